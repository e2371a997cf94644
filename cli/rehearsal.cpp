#include "cli/rehearsal.hpp"

#include <algorithm>

#include "engine/core/sync_group.hpp"
#include "engine/core/timing.hpp"

namespace cli {
namespace {

using base::Address;
using base::Duration;
using base::Hold;
using base::Instant;
using base::State;

constexpr Instant kBegin = Instant::from_ns(1'000'000'000'000);
// A preempt_delay of more than that is not waited for: it ends as it would.
constexpr Duration kLongestDelay = std::chrono::hours{1};

constexpr std::uint8_t bit_of(Hold hold) { return static_cast<std::uint8_t>(hold); }

std::uint16_t place_of(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::ranges::find(names, name);
  const auto place = static_cast<std::uint16_t>(found - names.begin());
  if (found == names.end()) names.push_back(name);
  return place;
}

template <typename Tracked>
void track(core::Router& router, core::Tracker::Kind kind, std::uint16_t index,
           const Tracked& tracked) {
  router.trackers.push_back({.kind = kind,
                             .index = index,
                             .weight = static_cast<std::int16_t>(tracked.weight),
                             .reverse = tracked.reverse});
}

core::Router basics_of(const config::Instance& instance) {
  core::Router router;
  router.vrid = base::Vrid{instance.vrid};
  router.version = instance.version == 3 ? core::Version::kV3 : core::Version::kV2;
  router.family = instance.family;
  router.advert_interval = instance.advert_interval;
  return router;
}

bool is_guarded(const config::Model& model, std::size_t place) {
  return std::ranges::any_of(model.flags, [&](const config::Flags& flags) {
    return !flags.permit_file.empty() &&
           (flags.instances.empty() ||
            std::ranges::find(flags.instances, place) != flags.instances.end());
  });
}

core::Router ours_of(const config::Model& model, std::size_t place,
                     std::vector<std::string>& interfaces) {
  using Kind = core::Tracker::Kind;
  const config::Instance& instance = model.instances[place];
  core::Router router = basics_of(instance);
  router.priority = base::Priority{instance.priority};
  router.preempt = instance.preempt;
  router.preempt_delay = std::min(instance.preempt_delay, kLongestDelay);
  router.down_timer_adverts = instance.down_timer_adverts;
  router.learned_interval_cap = instance.learned_interval_cap;
  router.needs_permit = is_guarded(model, place);
  router.owner_ignores_adverts = instance.owner_ignore_adverts;
  router.answers_lower = !instance.lower_prio_no_advert;
  router.answers_higher = instance.higher_prio_send_advert;
  router.is_grouped = instance.group != config::kNoGroup;
  for (const auto& tracked : instance.track_scripts)
    track(router, Kind::kScript, tracked.script, tracked);
  for (const auto& tracked : instance.track_interfaces)
    track(router, Kind::kInterface, place_of(interfaces, tracked.interface), tracked);
  for (const auto& tracked : instance.track_files)
    track(router, Kind::kFile, tracked.file, tracked);
  for (const auto& tracked : instance.track_processes)
    track(router, Kind::kProcess, tracked.process, tracked);
  return router;
}

// Any address will do for one that is not known: ties with it are broken at random in the field as well.
Address source_of(const config::Instance& instance, const InstanceSituation& now) {
  if (now.source.is_set()) return now.source;
  if (instance.source) return *instance.source;
  return instance.family == base::Family::kIpv6 ? *Address::parse("fe80::1")
                                                : Address::v4(0, 0, 0, 1);
}

}  // namespace

Rehearsal::Rehearsal(const config::Model& model, const Situation& situation, bool peers_preempt)
    : model_(model), situation_(situation), now_(kBegin), patience_(std::chrono::seconds{1}) {
  for (std::size_t i = 0; i < model.instances.size(); ++i) add_ours(i);
  for (std::size_t i = 0; i < model.instances.size(); ++i) {
    const InstanceSituation& one = situation.instances[i];
    const auto master = std::ranges::find(one.peers, one.master, &KnownPeer::address);
    const std::uint8_t obeyed = one.state == State::kMaster ? one.effective
                                : master != one.peers.end() ? master->priority
                                                            : std::uint8_t{255};
    for (const KnownPeer& peer : one.peers)
      if (peer.priority != 0)
        add_peer(i, peer, peers_preempt && (obeyed == 0 || peer.priority <= obeyed));
  }
  for (std::size_t i = 0; i < model.instances.size(); ++i) {
    const InstanceSituation& one = situation.instances[i];
    Node& node = ours(i);
    begin(node, one.state == State::kMaster, one.holds, one.effective);
    tell_trackers(i);
  }
  for (std::size_t i = model.instances.size(); i < nodes_.size(); ++i) {
    Node& node = nodes_[i];
    const InstanceSituation& one = situation.instances[node.router];
    begin(node, one.state != State::kMaster && node.source == one.master, 0,
          node.instance.router().priority.value);
  }
  deliver();
  settle_groups();
}

void Rehearsal::add_ours(std::size_t place) {
  const config::Instance& instance = model_.instances[place];
  const core::Router router = ours_of(model_, place, interfaces_);
  const Duration down = core::master_down_interval(
      router.version, base::Priority{1}, router.advert_interval * router.learned_interval_cap,
      std::max<std::uint8_t>(router.down_timer_adverts, 3));
  // A departure, a takeover, and the groups that follow, one after the other.
  patience_ = std::max(patience_, 3 * down + router.preempt_delay);
  nodes_.push_back({.instance = core::Instance(router),
                    .router = place,
                    .source = source_of(instance, situation_.instances[place]),
                    .is_ours = true});
}

void Rehearsal::add_peer(std::size_t place, const KnownPeer& peer, bool preempts) {
  core::Router router = basics_of(model_.instances[place]);
  router.priority = base::Priority{peer.priority};
  if (peer.interval > Duration{0}) router.advert_interval = peer.interval;
  router.preempt = preempts;
  nodes_.push_back({.instance = core::Instance(router), .router = place, .source = peer.address});
}

// A master goes on where it is; everybody else starts, and soon hears who is there.
void Rehearsal::begin(Node& node, bool is_master, std::uint8_t holds, std::uint8_t effective) {
  constexpr std::uint8_t kLasting = bit_of(Hold::kPermit) | bit_of(Hold::kMaintenance);
  const std::uint8_t kept = holds & kLasting;
  core::Actions todo;
  if (is_master && kept == 0) {
    core::Adopted adopted;
    adopted.state = State::kMaster;
    adopted.deadline = now_;
    adopted.effective = base::Priority{effective};
    node.instance.adopt(adopted, now_, todo);
    act(node, todo);
  }
  const bool is_down =
      node.is_ours &&
      situation_.interfaces_down.contains(model_.instances[node.router].interface) &&
      model_.instances[node.router].track_primary;
  tell(node, core::LinkChanged{.usable = !is_down, .source = node.source});
  if (is_master && kept == 0) return;
  for (const Hold hold : {Hold::kPermit, Hold::kMaintenance})
    tell(node, core::HoldChanged{.hold = hold, .on = (kept & bit_of(hold)) != 0});
  tell(node, core::Start{.delayed_until = now_});
}

void Rehearsal::tell_trackers(std::size_t place) {
  using Kind = core::Tracker::Kind;
  Node& node = ours(place);
  const core::Router router = node.instance.router();
  for (std::uint16_t i = 0; i < router.trackers.size(); ++i) {
    const core::Tracker& tracker = router.trackers[i];
    const std::int32_t value =
        tracker.kind == Kind::kFile ? situation_.file_values[tracker.index] : 0;
    bool fails = false;
    switch (tracker.kind) {
      case Kind::kScript: fails = situation_.script_fails[tracker.index]; break;
      case Kind::kProcess: fails = situation_.process_fails[tracker.index]; break;
      case Kind::kInterface:
        fails = situation_.interfaces_down.contains(interfaces_[tracker.index]);
        break;
      case Kind::kFile: break;
    }
    tell_tracker(node, i, !fails, value);
  }
}

void Rehearsal::tell_tracker(Node& node, std::uint16_t tracker, bool well, std::int32_t value) {
  tell(node, core::TrackerReported{.tracker = tracker, .well = well, .value = value});
}

void Rehearsal::tell(Node& node, const core::Event& event) {
  core::Actions todo;
  node.instance.handle(event, now_, todo);
  act(node, todo);
}

void Rehearsal::act(Node& node, core::Actions& todo) {
  const auto place = static_cast<std::size_t>(&node - nodes_.data());
  bool installs = false;
  for (const core::Action& action : todo) {
    if (const auto* advert = std::get_if<core::SendAdvert>(&action)) {
      if (!node.is_cut) said_.push_back({place, advert->priority.value});
    }
    installs = installs || std::holds_alternative<core::InstallAddresses>(action);
  }
  if (installs) tell(node, core::AddressesInstalled{});
}

// What is said is heard by all others, who may answer.
void Rehearsal::deliver() {
  // A master answers an advert twice per interval at most, so this ends; the bound says that it must.
  constexpr std::size_t kMost = 100'000;
  for (std::size_t i = 0; i < said_.size() && i < kMost; ++i) {
    const Said said = said_[i];
    const Node& speaker = nodes_[said.node];
    const core::Router& router = speaker.instance.router();
    core::Heard heard;
    heard.advert.version = router.version;
    heard.advert.vrid = router.vrid;
    heard.advert.priority = base::Priority{said.priority};
    heard.advert.interval = router.advert_interval;
    heard.advert.source = speaker.source;
    heard.received = now_;
    for (std::size_t to = 0; to < nodes_.size(); ++to) {
      Node& node = nodes_[to];
      const bool is_other = to != said.node && node.router == speaker.router;
      if (is_other && !node.is_cut && !node.is_gone && !node.instance.ignores_adverts())
        tell(node, heard);
    }
  }
  said_.clear();
}

void Rehearsal::settle_groups() {
  for (const config::SyncGroup& group : model_.groups) {
    if (group.members.empty()) continue;
    std::vector<core::Member> room(group.members.size());
    const auto view = [&](std::size_t i) -> core::Member {
      const core::Instance& instance = ours(group.members[i]).instance;
      return {.instance = group.members[i],
              .has_own_fault = instance.has_own_fault(),
              .is_stopped = instance.state() == State::kStopped,
              .is_departing = instance.is_departing(),
              .is_held = instance.holds() != 0,
              .is_master = instance.state() == State::kMaster,
              .wants_master = instance.wants_master(),
              .must_prepare = instance.must_prepare(),
              .is_starting = instance.state() == State::kInitialize,
              .is_listening = instance.is_listening(),
              .told = instance.told(),
              .told_prepares = instance.told_prepares()};
    };
    (void)core::settle(std::span(room), view, [&](std::size_t i, const core::GroupChanged& change) {
      tell(ours(group.members[i]), change);
    });
  }
  deliver();
}

void Rehearsal::settle() {
  const Instant end = now_ + patience_;
  // Whoever wants to be asked again at once is asked a few times, and not for ever.
  constexpr int kMostAtOnce = 100;
  for (int at_once = 0; at_once < kMostAtOnce;) {
    Instant next = end;
    for (const Node& node : nodes_)
      if (!node.is_gone) next = earlier(next, node.instance.deadline());
    if (next >= end) break;
    at_once = next > now_ ? 0 : at_once + 1;
    now_ = std::max(now_, next);
    for (Node& node : nodes_) {
      if (node.is_gone || node.instance.deadline() > now_) continue;
      core::Actions todo;
      node.instance.advance(now_, todo);
      act(node, todo);
    }
    deliver();
    settle_groups();
  }
  now_ = end;
}

void Rehearsal::fail(const Failure& failure) {
  using Kind = core::Tracker::Kind;
  const auto fail_trackers = [&](Kind kind, const auto& is_meant) {
    for (std::size_t place = 0; place < model_.instances.size(); ++place) {
      const core::Router router = ours(place).instance.router();
      for (std::uint16_t i = 0; i < router.trackers.size(); ++i)
        if (router.trackers[i].kind == kind && is_meant(router.trackers[i].index))
          tell_tracker(ours(place), i, false, failure.value);
    }
  };
  const auto is_index = [&](std::uint16_t index) { return index == failure.index; };
  switch (failure.kind) {
    case Failure::Kind::kScript: fail_trackers(Kind::kScript, is_index); break;
    case Failure::Kind::kProcess: fail_trackers(Kind::kProcess, is_index); break;
    case Failure::Kind::kFile: fail_trackers(Kind::kFile, is_index); break;
    case Failure::Kind::kInterface:
      for (std::size_t place = 0; place < model_.instances.size(); ++place) {
        const config::Instance& instance = model_.instances[place];
        if (instance.interface != failure.name) continue;
        ours(place).is_cut = true;
        if (instance.track_primary)
          tell(ours(place),
               core::LinkChanged{
                   .usable = false, .cause = base::Cause::kLinkDown, .source = ours(place).source});
      }
      fail_trackers(Kind::kInterface,
                    [&](std::uint16_t index) { return interfaces_[index] == failure.name; });
      break;
    case Failure::Kind::kFlag: {
      const config::Flags& flags = model_.flags[failure.index];
      for (std::size_t place = 0; place < model_.instances.size(); ++place)
        if (flags.instances.empty() ||
            std::ranges::find(flags.instances, place) != flags.instances.end())
          tell(ours(place), core::HoldChanged{.hold = Hold::kPermit, .on = true});
      break;
    }
    case Failure::Kind::kPeer:
      for (Node& node : nodes_)
        node.is_gone = node.is_gone || (!node.is_ours && node.source == failure.peer);
      break;
  }
  deliver();
  settle_groups();
}

State Rehearsal::state(std::size_t instance) const { return ours(instance).instance.state(); }

std::uint8_t Rehearsal::priority(std::size_t instance) const {
  return ours(instance).instance.effective_priority().value;
}

bool Rehearsal::has_own_fault(std::size_t instance) const {
  return ours(instance).instance.has_own_fault();
}

std::vector<Rehearsal::Claim> Rehearsal::masters(std::size_t instance) const {
  std::vector<Claim> claims;
  for (const Node& node : nodes_)
    if (node.router == instance && !node.is_gone && node.instance.state() == State::kMaster)
      claims.push_back({node.is_ours, node.source, node.instance.effective_priority().value});
  return claims;
}

}  // namespace cli
