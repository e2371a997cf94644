#include "engine/config/route_line.hpp"

#include <fmt/format.h>

#include <charconv>

#include "engine/config/reader.hpp"

namespace config {
namespace {

using base::Family;
using Kind = Route::Kind;

struct NamedKind {
  std::string_view name;
  Kind kind;
};
constexpr NamedKind kKinds[] = {{"unicast", Kind::kUnicast},         {"local", Kind::kLocal},
                                {"broadcast", Kind::kBroadcast},     {"anycast", Kind::kAnycast},
                                {"multicast", Kind::kMulticast},     {"throw", Kind::kThrow},
                                {"unreachable", Kind::kUnreachable}, {"prohibit", Kind::kProhibit},
                                {"blackhole", Kind::kBlackhole},     {"nat", Kind::kNat}};

struct NamedMetric {
  std::string_view name;
  std::uint8_t kind;  // RTAX_*
  bool may_lock;
  bool is_time;
};
constexpr NamedMetric kMetrics[] = {
    {"mtu", 2, true, false},        {"window", 3, false, false},
    {"rtt", 4, true, true},         {"rttvar", 5, true, true},
    {"ssthresh", 6, true, false},   {"cwnd", 7, true, false},
    {"advmss", 8, true, false},     {"reordering", 9, true, false},
    {"hoplimit", 10, false, false}, {"initcwnd", 11, false, false},
    {"rto_min", 13, true, true},    {"initrwnd", 14, false, false},
    {"quickack", 15, false, false}, {"fastopen_no_cookie", 17, false, false}};
constexpr std::uint8_t kFeatures = 12;    // RTAX_FEATURES
constexpr std::uint32_t kFeatureEcn = 1;  // RTAX_FEATURE_ECN

bool needs_no_way(Kind kind) {
  return kind == Kind::kBlackhole || kind == Kind::kUnreachable || kind == Kind::kProhibit ||
         kind == Kind::kThrow;
}

}  // namespace

std::optional<Route> RouteLine::read() {
  while (const Word* word = take()) {
    const Keyword* known = keyword(*word);
    if (known != nullptr) {
      read_option(known->name, *word, *known);
    } else if (word->text == "default" || word->text == "any" || word->text == "all" ||
               parse_prefix(word->text)) {
      read_destination(*word);
    } else {
      unknown(*word);
    }
    if (!is_good()) return std::nullopt;
  }
  finish();
  if (!is_good()) return std::nullopt;
  return std::move(route_);
}

void RouteLine::read_option(std::string_view name, const Word& word, const Keyword& known) {
  if (read_kind(name) || read_metric(name, word, known)) return;
  if (name == "inet") return be(Family::kIpv4, word);
  if (name == "inet6") return be(Family::kIpv6, word);
  if (name == "onlink") {
    first_.is_onlink = has_first_ = true;
  } else if (name == "no_track") {
    route_.is_tracked = false;
  } else if (name == "add" || name == "prepend" || name == "append") {
    if (has_place_) refuse(word, "a route has one place", "after another one");
    has_place_ = true;
    route_.place = name == "add"       ? Route::Place::kAlone
                   : name == "prepend" ? Route::Place::kPrepend
                                       : Route::Place::kAppend;
  } else {
    read_value(name, word, known);
  }
}

bool RouteLine::read_kind(std::string_view name) {
  for (const NamedKind& named : kKinds) {
    if (named.name != name) continue;
    route_.kind = named.kind;
    return true;
  }
  return false;
}

std::optional<std::uint32_t> RouteLine::milliseconds(const Word& word) {
  const Word* value = value_of(word);
  if (value == nullptr) return std::nullopt;
  std::string_view text = value->text;
  std::uint64_t factor = 1;
  std::uint64_t divisor = 1;
  if (text.ends_with("ms")) {
    text.remove_suffix(2);
  } else if (text.ends_with("us")) {
    text.remove_suffix(2);
    divisor = 1000;
  } else if (text.ends_with('s')) {
    text.remove_suffix(1);
    factor = 1000;
  }
  const auto number = c_number(text);
  if (number && *number * factor / divisor <= 0xffffffffULL)
    return static_cast<std::uint32_t>(*number * factor / divisor);
  refuse(*value, fmt::format("`{}` is no time", value->text), "like 40, 40ms or 1s");
  return std::nullopt;
}

bool RouteLine::read_metric(std::string_view name, const Word& word, const Keyword& known) {
  for (const NamedMetric& named : kMetrics) {
    if (named.name != name) continue;
    RouteMetric made{named.kind, 0, named.may_lock && take_if("lock")};
    const auto value = named.is_time ? milliseconds(word) : [&]() -> std::optional<std::uint32_t> {
      const auto number_read = number(word, known);
      if (!number_read) return std::nullopt;
      return static_cast<std::uint32_t>(*number_read);
    }();
    if (!value) return true;
    made.value = *value;
    route_.metrics.push_back(made);
    return true;
  }
  return false;
}

void RouteLine::read_value(std::string_view name, const Word& word, const Keyword& known) {
  if (name == "to") {
    if (const Word* value = value_of(word)) {
      // `to unreachable 192.0.2.0/24`: the kind may stand between.
      if (read_kind(value->text)) value = value_of(*value);
      if (value != nullptr) read_destination(*value);
    }
  } else if (name == "via") {
    read_via(word, first_);
    has_first_ = true;
  } else if (name == "or") {
    second_ = address(word);
    if (second_) be(second_->family(), word);
  } else if (name == "dev") {
    if (auto made = interface(word)) first_.interface = std::move(*made);
    has_first_ = true;
  } else if (name == "vrf") {
    if (auto made = interface(word)) route_.vrf = std::move(*made);
  } else if (name == "src") {
    route_.source = address(word);
    if (route_.source) be(route_.source->family(), word);
  } else if (name == "from") {
    const Word* value = value_of(word);
    if (value == nullptr) return;
    if (const auto made = prefix(*value)) {
      if (made->address.family() != Family::kIpv6)
        return refuse(*value, "only an IPv6 route is for sources", "a rule can say it for IPv4");
      be(Family::kIpv6, *value);
      route_.from = network_of(*made, *value);
    }
  } else if (name == "tos") {
    if (const auto made = named(word, IprouteNames::Kind::kTos, 255))
      route_.tos = static_cast<std::uint8_t>(*made);
  } else if (name == "table") {
    if (const auto made = named(word, IprouteNames::Kind::kTable, 0xffffffff)) route_.table = *made;
  } else if (name == "protocol") {
    protocol_ = peek();
    if (const auto made = named(word, IprouteNames::Kind::kProtocol, 255))
      route_.protocol = static_cast<std::uint8_t>(*made);
  } else if (name == "scope") {
    if (const auto made = named(word, IprouteNames::Kind::kScope, 255))
      route_.scope = static_cast<std::uint8_t>(*made);
  } else if (name == "metric") {
    if (const auto made = number(word, known)) route_.metric = static_cast<std::uint32_t>(*made);
  } else if (name == "expires") {
    if (const auto made = number(word, known))
      route_.expires = std::chrono::seconds{static_cast<std::int64_t>(*made)};
    be(Family::kIpv6, word);
  } else if (name == "realms") {
    if (const auto made = realms(word)) first_.realms = *made;
  } else if (name == "features") {
    if (choice(word, known.choices)) route_.metrics.push_back({kFeatures, kFeatureEcn, false});
  } else if (name == "congctl") {
    route_.is_congestion_control_locked = take_if("lock");
    if (const Word* value = value_of(word)) route_.congestion_control = value->text;
  } else if (name == "pref") {
    // ICMPV6_ROUTER_PREF_LOW, MEDIUM, HIGH.
    constexpr std::uint8_t kPreferences[] = {3, 0, 1};
    if (const auto made = choice(word, known.choices)) route_.preference = kPreferences[*made];
    be(Family::kIpv6, word);
  } else if (name == "ttl-propagate") {
    if (const auto made = choice(word, known.choices)) route_.propagates_ttl = *made == 0;
  } else if (name == "encap") {
    read_encapsulation(word, first_.encapsulation);
    has_first_ = true;
  } else if (name == "nexthop") {
    read_hop(word);
  } else if (name == "track_group") {
    track_group_ = value_of(word);
  } else {
    unknown(word);
  }
}

void RouteLine::read_destination(const Word& word) {
  if (has_destination_) return refuse(word, "a route leads to one network", "the second one");
  has_destination_ = true;
  // Of which family a default route is, the rest of the line says.
  if (word.text == "default" || word.text == "any" || word.text == "all") return;
  const auto made = prefix(word);
  if (!made) return;
  be(made->address.family(), word);
  route_.to = network_of(*made, word);
}

void RouteLine::read_via(const Word& word, NextHop& hop) {
  // An IPv4 route may lie behind an IPv6 router, when it says so.
  std::optional<Family> said;
  if (take_if("inet6"))
    said = Family::kIpv6;
  else if (take_if("inet"))
    said = Family::kIpv4;
  hop.via = address(word);
  if (!hop.via) return;
  if (!said) return be(hop.via->family(), word);
  if (*said != hop.via->family())
    refuse(word, fmt::format("{} is {}", base::to_string(*hop.via), name_of(hop.via->family())),
           fmt::format("the line says {}", name_of(*said)));
}

void RouteLine::read_hop(const Word& word) {
  NextHop hop;
  while (const Word* next = peek()) {
    if (next->text == "nexthop") break;
    const Keyword* known = keyword(*next);
    const std::string_view name = known == nullptr ? std::string_view(next->text) : known->name;
    if (name == "via") {
      (void)take();  // looked at already, here and below
      read_via(*next, hop);
    } else if (name == "dev") {
      (void)take();
      if (auto made = interface(*next)) hop.interface = std::move(*made);
    } else if (name == "weight") {
      (void)take();
      if (const auto made = number(*next, 1, 256)) hop.weight = static_cast<std::uint16_t>(*made);
    } else if (name == "onlink") {
      (void)take();
      hop.is_onlink = true;
    } else if (name == "realms") {
      (void)take();
      if (const auto made = realms(*next)) hop.realms = *made;
    } else if (name == "encap") {
      (void)take();
      read_encapsulation(*next, hop.encapsulation);
    } else {
      break;
    }
    if (!is_good()) return;
  }
  if (!hop.via && hop.interface.empty())
    return refuse(word, "a nexthop needs a router or an interface", "via or dev must follow");
  route_.hops.push_back(std::move(hop));
}

void RouteLine::read_encapsulation(const Word& word, Encapsulation& made) {
  const auto kind = choice(word, "ip|ip6|mpls|ila");
  if (!kind) return;
  made = {};
  made.kind = static_cast<Encapsulation::Kind>(*kind + 1);
  switch (made.kind) {
    case Encapsulation::Kind::kNone: return;
    case Encapsulation::Kind::kIp:
    case Encapsulation::Kind::kIp6: return read_tunnel(made);
    case Encapsulation::Kind::kIla: {
      // Four groups of an IPv6 address.
      const Word* value = value_of(word);
      if (value == nullptr) return;
      const auto whole = base::Address::parse(value->text + "::");
      if (!whole || whole->family() != Family::kIpv6)
        return refuse(*value, fmt::format("`{}` is no locator", value->text), "like 2001:db8:1:2");
      for (int i = 0; i < 8; ++i)
        made.locator = made.locator << 8 | whole->bytes()[static_cast<std::size_t>(i)];
      return;
    }
    case Encapsulation::Kind::kMpls: {
      const Word* value = value_of(word);
      if (value == nullptr) return;
      std::string_view rest = value->text;
      while (true) {
        const std::string_view one = rest.substr(0, rest.find('/'));
        const auto label = c_number(one);
        if (!label || *label > 0xfffff)
          return refuse(*value, fmt::format("`{}` is no label", one),
                        "0 to 1048575, with / between");
        made.labels.push_back(*label);
        if (one.size() == rest.size()) return;
        rest.remove_prefix(one.size() + 1);
      }
    }
  }
}

void RouteLine::read_tunnel(Encapsulation& made) {
  while (const Word* next = peek()) {
    const std::string_view name = next->text;
    const bool is_known = name == "id" || name == "dst" || name == "src" || name == "tos" ||
                          name == "tc" || name == "ttl" || name == "hoplimit" || name == "flags";
    // `src` of the tunnel stands before whatever else the route says.
    if (!is_known) return;
    (void)take();  // it is `next`
    if (name == "id") {
      if (const auto value = number(*next, 0, ~std::uint64_t{0})) made.id = *value;
    } else if (name == "dst") {
      made.destination = address(*next);
    } else if (name == "src") {
      made.source = address(*next);
    } else if (name == "tos" || name == "tc") {
      if (const auto value = named(*next, IprouteNames::Kind::kTos, 255))
        made.tos = static_cast<std::uint8_t>(*value);
    } else if (name == "ttl" || name == "hoplimit") {
      if (const auto value = number(*next, 0, 255)) made.ttl = static_cast<std::uint8_t>(*value);
    } else if (const auto value = number(*next, 0, 0xffff)) {
      made.flags = static_cast<std::uint16_t>(*value);
    }
    if (!is_good()) return;
  }
}

void RouteLine::finish() {
  const Word& word = line().words.front();
  route_.at = word.at;
  if (!has_destination_)
    return refuse(word, "this route leads nowhere", "a network or `default` is missing");
  if (!route_.to.address.is_set()) {
    const std::uint8_t nothing[16] = {};
    const bool is_ipv6 = family() == Family::kIpv6;
    route_.to = {base::Address::from_bytes(is_ipv6 ? Family::kIpv6 : Family::kIpv4,
                                           std::span(nothing).first(is_ipv6 ? 16 : 4)),
                 0};
  }
  if (second_) {
    if (!first_.via) return refuse(word, "`or` needs a `via` before it", "no first router");
    NextHop other = first_;
    other.via = second_;
    route_.hops.push_back(first_);
    route_.hops.push_back(std::move(other));
  } else if (has_first_ && !route_.hops.empty()) {
    return refuse(word, "a route has either one way or nexthops", "via or dev beside nexthop");
  } else if (has_first_) {
    route_.hops.push_back(first_);
  }
  if (needs_no_way(route_.kind) && !route_.hops.empty())
    return refuse(word, "packets that are refused or dropped go no way", "without via and dev");
  if (!needs_no_way(route_.kind) && route_.hops.empty())
    return refuse(word, "this route goes no way", "via or dev is missing");
  if (route_.kind == Kind::kNat)
    return refuse(word, "the kernel has no `nat` routes", "nftables does that");
  if (route_.is_tracked && protocol_ != nullptr && route_.protocol != kKeepalivedProtocol) {
    say(Code::kAdjusted, *protocol_, "a route that is watched is marked as keepalived's",
        "protocol keepalived is used", "`no_track` keeps another protocol");
    route_.protocol = kKeepalivedProtocol;
  }
}

}  // namespace config
