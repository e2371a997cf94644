// use_vmac and use_ipvlan: an interface of the virtual router's own.
#include <fmt/format.h>

#include <algorithm>

#include "engine/config/reader.hpp"

namespace config {

std::optional<base::Mac> parse_mac(std::string_view text, std::uint8_t vrid) {
  base::Mac made{};
  std::size_t octets = 0;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(':'));
    if (octets == made.size() || part.empty() || part.size() > 2) return std::nullopt;
    const auto octet = c_number("0x" + std::string(part));
    if (!octet) return std::nullopt;
    made[octets++] = static_cast<std::uint8_t>(*octet);
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  if (octets == made.size() - 1) made[octets++] = vrid;
  if (octets != made.size()) return std::nullopt;
  return made;
}

void Reader::use_vmac(const Argument& a) {
  (void)read_own_interface(a, OwnInterface::Kind::kMacvlan);  // a finding is all it takes
}
void Reader::use_ipvlan(const Argument& a) {
  (void)read_own_interface(a, OwnInterface::Kind::kIpvlan);  // likewise
}

bool Reader::read_own_interface(const Argument& a, OwnInterface::Kind kind) {
  OwnInterface& own = draft().instance.own_interface;
  const auto refuse = [&](const Word& word, std::string message, std::string label) {
    add(Code::kBadOwnInterface, word, std::move(message), std::move(label));
    return false;
  };
  if (own.kind != OwnInterface::Kind::kNone && own.kind != kind)
    return refuse(a.name(), "use_vmac stands beside use_ipvlan", "remove one of them");
  const bool sends_from_parent = own.sends_from_parent;
  const bool for_other_interfaces = own.for_other_interfaces;
  own = {};
  own.kind = kind;
  own.sends_from_parent = sends_from_parent;
  own.for_other_interfaces = for_other_interfaces;
  const bool is_macvlan = kind == OwnInterface::Kind::kMacvlan;
  constexpr std::string_view kModes[] = {"bridge", "private", "vepa"};
  for (std::size_t i = 0; i < a.words.size(); ++i) {
    const Word& word = a.words[i];
    const auto mode = std::find(std::begin(kModes), std::end(kModes), word.text);
    if (is_macvlan && word.text == "netlink_notify_msg") {
      own.is_told = true;
    } else if (!is_macvlan && mode != std::end(kModes)) {
      own.mode = static_cast<OwnInterface::Mode>(mode - std::begin(kModes));
    } else if (word.text == "group") {
      if (++i >= a.words.size())
        return refuse(word, "`group` lacks its value", "a number or a name must follow");
      own.group = names_.number_of(IprouteNames::Kind::kGroup, a.words[i].text);
      if (own.group) continue;
      add(Code::kUnknownName, a.words[i],
          fmt::format("there is no interface group `{}`", a.words[i].text),
          "neither a number nor a name that iproute2 knows");
      return false;
    } else if (const auto address = parse_prefix(word.text); address && !is_macvlan) {
      own.address = *address;
    } else if (is_macvlan && word.text.find(':') != std::string::npos) {
      // The VRID may stand below this line: it is put in when the instance is known.
      own.mac = parse_mac(word.text, 0);
      if (!own.mac || ((*own.mac)[0] & 1) != 0)
        return refuse(word, fmt::format("`{}` is no hardware address of a host", word.text),
                      "five or six pairs of digits, the first one even");
      draft().mac_awaits_vrid = std::count(word.text.begin(), word.text.end(), ':') == 4;
      constexpr std::uint8_t kVrrp[] = {0x00, 0x00, 0x5e, 0x00};
      if (std::equal(std::begin(kVrrp), std::end(kVrrp), own.mac->begin()))
        return refuse(word, "this hardware address is the virtual router's own already",
                      "00:00:5e:00 is what it has without a word");
    } else if (own.name.empty() && is_interface_name(word.text)) {
      own.name = word.text;
    } else {
      return refuse(word, fmt::format("`{}` cannot follow `{}`", word.text, a.name().text),
                    is_macvlan ? "a name, a hardware address, netlink_notify_msg, group"
                               : "a name, an address, bridge, private, vepa, group");
    }
  }
  return true;
}

void Reader::finish_own_interface(Draft& draft) {
  Instance& instance = draft.instance;
  OwnInterface& own = instance.own_interface;
  if (draft.mac_awaits_vrid && own.mac) (*own.mac)[5] = instance.vrid;
  if (own.kind == OwnInterface::Kind::kNone) {
    if (draft.has("vmac_xmit_base"))
      add(Code::kIdleHere, draft.word("vmac_xmit_base"),
          "vmac_xmit_base needs use_vmac or use_ipvlan", "no effect");
    own.sends_from_parent = false;
    return;
  }
  if (instance.unicast_peers.empty() || own.sends_from_parent) return;
  own.sends_from_parent = true;
  add(Code::kVirtualMacBase,
      draft.word(own.kind == OwnInterface::Kind::kIpvlan ? "use_ipvlan" : "use_vmac"),
      fmt::format("adverts of {} leave through {}", instance.name, instance.interface),
      "unicast has the interface's own hardware address", "as `vmac_xmit_base` says");
}

}  // namespace config
