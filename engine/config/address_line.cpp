// The lines of virtual_ipaddress: an address first, then its options in any order.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/config/reader.hpp"

namespace config {
namespace {

std::uint8_t bits_of(const Address& address) {
  return static_cast<std::uint8_t>(8 * address.bytes().size());
}

}  // namespace

std::optional<base::Prefix> parse_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  base::Prefix prefix{*address, bits_of(*address)};
  if (slash == std::string_view::npos) return prefix;
  const std::string_view digits = text.substr(slash + 1);
  unsigned length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() ||
      length > prefix.length)
    return std::nullopt;
  prefix.length = static_cast<std::uint8_t>(length);
  return prefix;
}

namespace {

// The last (`brd +`) or the first (`brd -`) address of the network.
Address edge_of(const base::Prefix& prefix, bool is_last) {
  std::uint8_t bytes[4];
  std::copy_n(prefix.address.bytes().begin(), 4, bytes);
  for (unsigned bit = prefix.length; bit < 32; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> bit % 8);
    bytes[bit / 8] = is_last ? static_cast<std::uint8_t>(bytes[bit / 8] | mask)
                             : static_cast<std::uint8_t>(bytes[bit / 8] & ~mask);
  }
  return Address::from_bytes(Family::kIpv4, bytes);
}

constexpr std::string_view kDropped = "keepalived drops the address";

}  // namespace

void Reader::virtual_ipaddress(const Argument& a) { read_addresses(a, true); }
void Reader::virtual_ipaddress_excluded(const Argument& a) { read_addresses(a, false); }

void Reader::read_addresses(const Argument& a, bool is_advertised) {
  for (const Line& line : a.line->block) {
    if (findings_.is_full()) return;
    if (line.words.empty()) continue;
    if (line.has_block)
      findings_.add(Code::kNoBlockHere, line.opened_at, 1, "an address line takes no block",
                    "skipped up to its `}`");
    if (!read_address(line, is_advertised)) continue;
    draft().instance.addresses.push_back(address_);
    draft().addresses.push_back(&line.words[0]);
    if (address_group_ != nullptr)
      add(Code::kIdleHere, *address_group_, "track_group is for static addresses alone", "ignored",
          "an instance's addresses follow the instance");
  }
}

bool Reader::read_address(const Line& line, bool is_advertised) {
  const Word& first = line.words[0];
  const auto prefix = parse_prefix(first.text);
  if (!prefix) {
    add(Code::kBadAddress, first, fmt::format("`{}` is no address", first.text),
        "an address line starts with ADDRESS[/LENGTH]");
    return false;
  }
  address_ = {};
  address_group_ = nullptr;
  address_.prefix = *prefix;
  address_.is_advertised = is_advertised;
  address_.at = first.at;
  address_ok_ = true;
  std::vector<std::string_view> given;
  for (std::size_t i = 1; i < line.words.size(); ++i) {
    const Word& word = line.words[i];
    const Keyword* keyword = find_keyword(Block::kAddress, word.text);
    if (keyword == nullptr) {
      warn_unknown_option(
          Block::kAddress, word,
          parse_prefix(word.text) ? "one address per line" : "not an option of an address");
      continue;
    }
    Argument argument;
    argument.keyword = keyword;
    argument.line = &line;
    if (keyword->takes != Takes::kNothing) {
      if (i + 1 >= line.words.size()) {
        add(Code::kMissingValue, word, fmt::format("`{}` lacks its value", word.text),
            "nothing follows", std::string(kDropped));
        address_ok_ = false;
        break;
      }
      argument.words = std::span(line.words).subspan(++i, 1);
    }
    if (keyword->effect == Effect::kLater)
      add(keyword->later, word,
          fmt::format("`{}` does not take effect in this version of vigie", word.text),
          "the address is added without it");
    const std::string_view name = keyword->name == "broadcast" ? "brd" : keyword->name;
    if (std::find(given.begin(), given.end(), name) != given.end()) {
      add(Code::kBadAddress, word, fmt::format("`{}` is given twice", word.text), {},
          std::string(kDropped));
      address_ok_ = false;
      continue;
    }
    given.push_back(name);
    if (keyword->takes == Takes::kInterface && !is_interface(argument.words[0])) {
      address_ok_ = false;
      continue;
    }
    (this->*keyword->apply)(argument);
  }
  if (!address_ok_) return false;
  if (address_.peer && address_.broadcast) {
    add(Code::kBadAddress, first, "an address with a peer has no broadcast address",
        "give `peer` or `brd`", std::string(kDropped));
    return false;
  }
  return true;
}

void Reader::broadcast(const Argument& a) {
  const Word& word = a.words[0];
  const auto refuse = [&](std::string label) {
    add(Code::kBadAddress, word, fmt::format("broadcast {} cannot be", word.text), std::move(label),
        std::string(kDropped));
    address_ok_ = false;
  };
  if (address_.prefix.address.family() != Family::kIpv4)
    return refuse("IPv6 has no broadcast addresses");
  if (word.text == "+" || word.text == "-") {
    if (address_.prefix.length > 30) return refuse("needs a prefix of 30 bits or less");
    address_.broadcast = edge_of(address_.prefix, word.text == "+");
    return;
  }
  const auto address = Address::parse(word.text);
  if (!address || address->family() != Family::kIpv4)
    return refuse("must be an IPv4 address, + or -");
  address_.broadcast = *address;
}

void Reader::scope(const Argument& a) {
  const Word& word = a.words[0];
  if (address_.prefix.address.family() == Family::kIpv6) {
    add(Code::kNoEffect, word, "scope has no effect on an IPv6 address",
        "the kernel derives it from the address");
    return;
  }
  struct Named {
    std::string_view name;
    std::uint8_t scope;
  };
  // RT_SCOPE_*, by the names of iproute2.
  constexpr Named kNames[] = {{"global", 0}, {"universe", 0}, {"site", 200},
                              {"link", 253}, {"host", 254},   {"nowhere", 255}};
  for (const Named& named : kNames) {
    if (named.name != word.text) continue;
    address_.scope = named.scope;
    return;
  }
  unsigned number = 0;
  const auto [end, error] =
      std::from_chars(word.text.data(), word.text.data() + word.text.size(), number);
  if (error != std::errc{} || end != word.text.data() + word.text.size() || number > 255) {
    add(Code::kBadAddress, word, fmt::format("`{}` is no scope", word.text),
        "global, site, link, host, nowhere or 0 to 255");
    address_ok_ = false;
    return;
  }
  address_.scope = static_cast<std::uint8_t>(number);
}

void Reader::label(const Argument& a) {
  const Word& word = a.words[0];
  if (address_.prefix.address.family() == Family::kIpv6) {
    add(Code::kNoEffect, word, "a label has no effect on an IPv6 address",
        "only IPv4 addresses have labels");
    return;
  }
  if (word.text.empty() || word.text.size() > 15) {
    add(Code::kBadAddress, word, fmt::format("`{}` is no label", word.text), "1 to 15 characters",
        std::string(kDropped));
    address_ok_ = false;
    return;
  }
  address_.label = word.text;
}

void Reader::peer(const Argument& a) {
  const Word& word = a.words[0];
  const auto peer = parse_prefix(word.text);
  if (!peer || peer->address.family() != address_.prefix.address.family()) {
    add(Code::kBadAddress, word, fmt::format("`{}` cannot be the peer", word.text),
        "must be an address of the same family", std::string(kDropped));
    address_ok_ = false;
    return;
  }
  address_.peer = peer->address;
  // The other end of a point-to-point link carries the prefix length.
  address_.prefix.length = peer->length;
}

void Reader::preferred_lft(const Argument& a) {
  const Word& word = a.words[0];
  if (word.text == "forever") {
    address_.preferred = 0xffffffff;
    return;
  }
  address_.preferred = c_number(word.text);
  if (address_.preferred) return;
  add(Code::kBadAddress, word, fmt::format("`{}` is no lifetime", word.text),
      "seconds, or `forever`", std::string(kDropped));
  address_ok_ = false;
}

void Reader::no_prefix_route(const Argument&) { address_.has_prefix_route = false; }
void Reader::no_track(const Argument&) { address_.is_tracked = false; }
void Reader::track_group_of_address(const Argument& a) { address_group_ = &a.words[0]; }

}  // namespace config
