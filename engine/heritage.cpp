#include "engine/heritage.hpp"

#include <algorithm>
#include <string_view>

#include "base/fixed_text.hpp"

namespace engine {
namespace {

using Places = Heritage::Places;

// For each thing of `now` the first one of `before` that is the same.
template <typename Thing, typename IsSame>
Places places_of(const std::vector<Thing>& before, const std::vector<Thing>& now, IsSame is_same) {
  Places places(now.size());
  for (std::size_t i = 0; i < now.size(); ++i)
    for (std::size_t was = 0; was < before.size() && !places[i]; ++was)
      if (is_same(before[was], now[i])) places[i] = static_cast<std::uint16_t>(was);
  return places;
}

// --- What changed, in words -------------------------------------------------------------------------------------------

class Words {
 public:
  template <typename Value>
  void compare(std::string_view what, const Value& was, const Value& is) {
    if (was == is) return;
    begin(what);
    text_ += ' ' + std::to_string(was) + " -> " + std::to_string(is);
  }
  void compare(std::string_view what, const std::string& was, const std::string& is) {
    if (was == is) return;
    begin(what);
    text_ += ' ' + was + " -> " + is;
  }
  void compare(std::string_view what, bool was, bool is) {
    if (was == is) return;
    begin(what);
    text_ += is ? " on" : " off";
  }
  void compare_ms(std::string_view what, base::Duration was, base::Duration is) {
    if (was == is) return;
    begin(what);
    text_ += ' ' + std::to_string(was / std::chrono::milliseconds{1}) + " -> " +
             std::to_string(is / std::chrono::milliseconds{1}) + " ms";
  }
  void compare_addresses(const config::Instance& was, const config::Instance& is) {
    count("added", is.addresses, was.addresses);
    count("removed", was.addresses, is.addresses);
  }
  void say_if(bool is_so, std::string_view what) {
    if (is_so) begin(what);
  }
  bool is_empty() const { return text_.empty(); }
  std::string take() { return std::move(text_); }

 private:
  void begin(std::string_view what) {
    if (!text_.empty()) text_ += ", ";
    text_ += what;
  }
  void count(std::string_view what, const std::vector<config::VirtualAddress>& those,
             const std::vector<config::VirtualAddress>& others) {
    const auto is_alone = [&](const config::VirtualAddress& one) {
      return std::none_of(others.begin(), others.end(), [&](const config::VirtualAddress& other) {
        return config::is_same(one, other);
      });
    };
    const auto found = std::count_if(those.begin(), those.end(), is_alone);
    if (found == 0) return;
    const auto& first = *std::find_if(those.begin(), those.end(), is_alone);
    begin(base::to_string(first.prefix));
    if (found > 1) text_ += " and " + std::to_string(found - 1) + " more";
    text_ += ' ';
    text_ += what;
  }
  std::string text_;
};

std::string changes_of(const config::Instance& was, const config::Instance& is,
                       const config::Lineage& lineage) {
  if (config::is_same(was, is, lineage)) return {};
  Words words;
  words.compare("name", was.name, is.name);
  words.compare("priority", was.priority, is.priority);
  words.compare("version", was.version, is.version);
  words.compare_ms("interval", was.advert_interval, is.advert_interval);
  words.compare("preemption", was.preempt, is.preempt);
  words.compare_ms("preempt delay", was.preempt_delay, is.preempt_delay);
  words.compare_addresses(was, is);
  words.say_if(
      was.auth_type != is.auth_type || was.auth_pass != is.auth_pass || !(was.hmac == is.hmac),
      "authentication");
  words.say_if(was.unicast_peers != is.unicast_peers, "peers");
  if (words.is_empty()) words.say_if(true, "other settings");
  return words.take();
}

}  // namespace

Heritage heritage_of(const Terms& before, const Terms& now) {
  Heritage heritage;
  heritage.of = config::lineage_of(before.model, now.model);
  heritage.heirs = config::reversed(heritage.of.instances, before.model.instances.size());
  for (std::uint16_t was = 0; was < heritage.heirs.size(); ++was)
    if (!heritage.heirs[was]) heritage.removed.push_back(was);
  heritage.interfaces = places_of(before.assembly.interfaces, now.assembly.interfaces,
                                  [](const auto& was, const auto& is) { return was == is; });
  const auto is_same_interface = [&](std::uint16_t was, std::uint16_t is) {
    return heritage.interfaces[is] == was;
  };
  heritage.ears =
      places_of(before.assembly.ears, now.assembly.ears, [&](const Ear& was, const Ear& is) {
        return is_same_interface(was.interface, is.interface) && was.family == is.family &&
               was.protocol == is.protocol;
      });
  heritage.lanes =
      places_of(before.assembly.lanes, now.assembly.lanes, [&](const Lane& was, const Lane& is) {
        return is_same_interface(was.interface, is.interface) && was.family == is.family;
      });
  heritage.changes.resize(now.model.instances.size());
  return heritage;
}

void Heritage::compare(const Terms& before, const Terms& now, std::uint16_t instance) {
  if (const auto was = of.instances[instance])
    changes[instance] = changes_of(before.model.instances[*was], now.model.instances[instance], of);
}

std::vector<core::TrackerOrigin> Heritage::trackers(const Terms& before, const Terms& now,
                                                    std::uint16_t instance) const {
  const auto was = of.instances[instance];
  const auto& trackers = now.assembly.routers[instance].trackers;
  std::vector<core::TrackerOrigin> origins(trackers.size());
  if (!was) return origins;
  const auto& those = before.assembly.routers[*was].trackers;
  const auto place_before = [&](const core::Tracker& tracker) -> std::optional<std::uint16_t> {
    switch (tracker.kind) {
      case core::Tracker::Kind::kScript: return of.scripts[tracker.index];
      case core::Tracker::Kind::kInterface: return interfaces[tracker.index];
      case core::Tracker::Kind::kFile: return of.tracked_files[tracker.index];
      case core::Tracker::Kind::kProcess: return of.processes[tracker.index];
    }
    return std::nullopt;
  };
  std::array<bool, core::kMaxTrackers> is_taken{};
  for (std::size_t i = 0; i < trackers.size(); ++i) {
    const auto watched = place_before(trackers[i]);
    if (!watched) continue;
    for (std::uint16_t place = 0; place < those.size(); ++place) {
      if (is_taken[place] || those[place].kind != trackers[i].kind ||
          those[place].index != *watched)
        continue;
      is_taken[place] = true;
      origins[i].before = place;
      break;
    }
  }
  return origins;
}

}  // namespace engine
