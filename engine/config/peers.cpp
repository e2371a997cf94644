// Where adverts go and come from: unicast peers, source addresses, multicast groups.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/config/reader.hpp"

namespace config {
namespace {

bool is_zero(const Address& address) {
  const auto bytes = address.bytes();
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

// What one host can have: no group, not "any", not everybody.
bool is_of_a_host(const Address& address) {
  return !address.is_multicast() && !is_zero(address) && address != Address::v4(255, 255, 255, 255);
}

// ff02::/16 and its siblings with flags: RFC 9568 5.1.2.2 keeps adverts on the link.
bool is_on_link_group(const Address& address) {
  return address.is_multicast() &&
         (address.family() == Family::kIpv4 || (address.bytes()[1] & 0x0f) == 2);
}

}  // namespace

bool Reader::read_options(Block block, const Line& line, std::string_view otherwise) {
  for (std::size_t i = 1; i < line.words.size(); ++i) {
    const Word& word = line.words[i];
    const Keyword* keyword = find_keyword(block, word.text);
    if (keyword == nullptr) {
      warn_unknown_option(block, word, otherwise);
      continue;
    }
    Argument argument;
    argument.keyword = keyword;
    argument.line = &line;
    argument.words = std::span(line.words).subspan(i + 1);
    if (argument.words.empty()) {
      add(Code::kMissingValue, word, fmt::format("`{}` lacks its value", word.text),
          "a number must follow");
      return false;
    }
    argument.words = argument.words.first(1);
    if (!read_number(*keyword, argument)) return false;
    (this->*keyword->apply)(argument);
    ++i;
  }
  return true;
}

void Reader::unicast_peer(const Argument& a) {
  for (const Line& line : a.line->block) {
    if (findings_.is_full()) return;
    if (!line.words.empty()) read_peer(line);
  }
}

void Reader::read_peer(const Line& line) {
  const Word& word = line.words[0];
  const auto address = Address::parse(word.text);
  if (!address || !is_of_a_host(*address)) {
    add(Code::kBadValue, word, fmt::format("`{}` cannot be a peer", word.text),
        "must be the address of another router", "keepalived goes on without it");
    return;
  }
  peer_ = {};
  peer_.address = *address;
  peer_.at = word.at;
  const bool is_alone = line.words.size() > 1 && Address::parse(line.words[1].text);
  if (!read_options(Block::kPeer, line,
                    is_alone ? "one address per line" : "only min_ttl and max_ttl can follow"))
    return;
  if (peer_.min_ttl > peer_.max_ttl) {
    add(Code::kOutOfRange, word, fmt::format("no advert of {} would do", word.text),
        "min_ttl is more than max_ttl");
    return;
  }
  const auto& all = draft().instance.unicast_peers;
  const bool is_known = std::any_of(all.begin(), all.end(), [&](const UnicastPeer& other) {
    return other.address == peer_.address;
  });
  if (is_known) {
    add(Code::kAddressTwice, word, fmt::format("{} is given twice", word.text), "ignored");
  } else if (all.size() >= kMaxPeers) {
    if (all.size() == kMaxPeers)
      add(Code::kTooManyPeers, word, fmt::format("more than {} peers", kMaxPeers),
          "multicast reaches any number");
  } else {
    draft().instance.unicast_peers.push_back(peer_);
    draft().peers.push_back(&word);
  }
}

void Reader::source(const Argument& a) {
  const auto address = Address::parse(a.words[0].text);
  if (!address || !is_of_a_host(*address)) {
    add(Code::kBadValue, a.words[0], fmt::format("`{}` cannot be the source", a.words[0].text),
        "must be an address of this router", "keepalived uses the primary address");
    return;
  }
  const std::string_view other =
      a.keyword->name == "mcast_src_ip" ? "unicast_src_ip" : "mcast_src_ip";
  if (draft().has(other))
    add(Code::kGivenAgain, a.name(), fmt::format("{} and {} are the same", a.keyword->name, other),
        "this one counts", fmt::format("first given on line {}", draft().at(other)->at().line));
  draft().instance.source = *address;
}

void Reader::multicast_group(const Argument& a) {
  const Word& word = a.words[0];
  const auto address = Address::parse(word.text);
  if (!address || !is_on_link_group(*address)) {
    add(Code::kBadValue, word, fmt::format("`{}` is no multicast group", word.text),
        "224.0.0.18 and ff02::12 are the standard ones",
        "an IPv6 group must be link-local, ff02::/16");
    return;
  }
  const std::string_view name = a.keyword->name;
  if (name == "mcast_dst_ip") {
    draft().instance.multicast_group = *address;
    return;
  }
  const Family family = name == "vrrp_mcast_group4" ? Family::kIpv4 : Family::kIpv6;
  if (address->family() != family) {
    add(Code::kWrongFamily, word, fmt::format("{} is for {}", name, name_of(family)),
        fmt::format("this is {}", name_of(address->family())));
    return;
  }
  (family == Family::kIpv4 ? standards_.group4 : standards_.group6) = *address;
}

// --- the whole file is known

void Reader::finish_source(Draft& draft) {
  Instance& instance = draft.instance;
  if (!instance.source) {
    if (instance.track_src_ip)
      add(Code::kIdleHere, draft.word("track_src_ip"), "track_src_ip has no address to track",
          "no effect", "unicast_src_ip or mcast_src_ip names it");
    instance.track_src_ip = false;
    return;
  }
  // Whichever of the two stands last has set it.
  const Line* line = draft.at("unicast_src_ip");
  if (const Line* other = draft.at("mcast_src_ip");
      line == nullptr || (other != nullptr && other->at().file == line->at().file &&
                          other->at().line > line->at().line))
    line = other;
  if (instance.source->family() != instance.family)
    add(Code::kWrongFamily, value_of(*line),
        fmt::format("the source of {} is {}", instance.name, name_of(instance.source->family())),
        fmt::format("the instance is {}", name_of(instance.family)));
}

void Reader::finish_peers(Draft& draft) {
  Instance& instance = draft.instance;
  std::set<Address> virtual_ones;
  for (const VirtualAddress& address : instance.addresses)
    virtual_ones.insert(address.prefix.address);
  for (std::size_t i = 0; i < instance.unicast_peers.size(); ++i) {
    const Address& peer = instance.unicast_peers[i].address;
    const Word& word = *draft.peers[i];
    if (peer.family() != instance.family) {
      add(Code::kWrongFamily, word, fmt::format("peer {} is {}", word.text, name_of(peer.family())),
          fmt::format("{} is {}", instance.name, name_of(instance.family)));
    } else if (instance.source == peer) {
      add(Code::kPeerIsSelf, word, fmt::format("{} is its own peer", instance.name),
          "this is its source address", "list the other routers alone");
    } else if (virtual_ones.contains(peer)) {
      add(Code::kPeerIsVirtual, word, fmt::format("peer {} is a virtual address", word.text),
          "whoever is master has it");
    }
  }
  if (!instance.unicast_peers.empty()) {
    // Also when it was given: it says what to do without peers.
    instance.unicast_fault_no_peer = false;
    return;
  }
  for (const std::string_view keyword : {"unicast_peer", "unicast_src_ip", "unicast_fault_no_peer",
                                         "unicast_ttl", "check_unicast_src"}) {
    if (!draft.has(keyword)) continue;
    add(Code::kUnicastWithoutPeers, draft.word(keyword),
        fmt::format("{} is meant to use unicast and has no peer", instance.name),
        instance.unicast_fault_no_peer ? "it stays in fault" : "its adverts go by multicast",
        instance.unicast_fault_no_peer ? "as unicast_fault_no_peer says"
                                       : "`unicast_fault_no_peer` keeps it in fault instead");
    break;
  }
  // keepalived would send multicast with this TTL.
  instance.unicast_ttl = 255;
  instance.check_unicast_src = false;
}

void Reader::finish_multicast(Draft& draft) {
  Instance& instance = draft.instance;
  if (!instance.unicast_peers.empty()) {
    if (draft.has("mcast_dst_ip"))
      add(Code::kIdleHere, draft.word("mcast_dst_ip"), "mcast_dst_ip has no effect with peers",
          "adverts go to the peers");
    instance.multicast_group.reset();
    return;
  }
  if (!instance.multicast_group) {
    instance.multicast_group =
        instance.family == Family::kIpv6 ? standards_.group6 : standards_.group4;
  } else if (instance.multicast_group->family() != instance.family) {
    add(Code::kWrongFamily, draft.value("mcast_dst_ip"),
        fmt::format("the group of {} is {}", instance.name,
                    name_of(instance.multicast_group->family())),
        fmt::format("the instance is {}", name_of(instance.family)));
  }
}

}  // namespace config
