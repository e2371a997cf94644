#include "engine/instances.hpp"

#include <algorithm>
#include <utility>

namespace engine {
namespace {

using base::Instant;
using base::State;
using feed::Kind;
using feed::Record;

template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
// Deduced by the compiler since C++20; clang 14, whose tools read this too, has to be told.
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

// Board fields have no "never": nothing awaited is zero.
std::int64_t on_board(Instant at) { return at.is_never() ? 0 : at.ns(); }

}  // namespace

Instances::Instances(const config::Model& model, const Assembly& assembly, const World& world,
                     Publication& publication, Voice& voice, Wishes& wishes,
                     Announcements& announcements, Neighbours& neighbours)
    : model_(model),
      assembly_(assembly),
      world_(world),
      publication_(publication),
      voice_(voice),
      wishes_(wishes),
      announcements_(announcements),
      neighbours_(neighbours),
      instances_(assembly.routers.size()),
      deadlines_(assembly.routers.size(), Instant::never()),
      refused_(assembly.routers.size()),
      fought_(assembly.routers.size()),
      held_(assembly.routers.size()) {}

void Instances::make(std::uint16_t id) {
  instances_[id] = std::make_unique<core::Instance>(assembly_.routers[id]);
}

void Instances::inherit(Instances& before, const Heritage& from) {
  for (std::uint16_t id = 0; id < instances_.size(); ++id) {
    const auto was = from.of.instances[id];
    if (!was) continue;
    instances_[id] = std::move(before.instances_[*was]);
    deadlines_[id] = before.deadlines_[*was];
    held_[id] = before.held_[*was];
  }
}

void Instances::reconfigure(std::uint16_t id, const Heritage& from,
                            const std::vector<core::TrackerOrigin>& origins, Instant now) {
  burst_ = core::Announcer::Burst::kMaster;
  actions_.clear();
  instances_[id]->reconfigure(
      {.router = assembly_.routers[id], .trackers = origins, .places = from.heirs}, now, actions_);
  carry_out(id, now);
  note_holds(id, false, now);
}

void Instances::cut_short(std::uint16_t id, Instant now) {
  // Whatever else it waits for comes first.
  while (instances_[id]->is_departing()) {
    actions_.clear();
    instances_[id]->advance(std::max(now, instances_[id]->deadline()), actions_);
    carry_out(id, now);
  }
}

Instant Instances::earliest_deadline() const {
  Instant earliest = Instant::never();
  for (const Instant deadline : deadlines_) earliest = earlier(earliest, deadline);
  return earliest;
}

void Instances::adopt(std::uint16_t id, const core::Adopted& adopted, Instant now) {
  actions_.clear();
  instances_[id]->adopt(adopted, now, actions_);
  // What is on was begun and written down by the engine before.
  held_[id] = {.holds = instances_[id]->holds(),
               .delayed_until = adopted.delayed_until,
               .quiet_since = now,
               .delayed_since = now};
  // A quiet start begins anew: the time without us was silent.
  if ((held_[id].holds & static_cast<std::uint8_t>(base::Hold::kQuiet)) != 0)
    publication_.row(id).quiet_until_ns = (now + instances_[id]->router().quiet_cap).ns();
  carry_out(id, now);
  // The one before spoke until it died: its adverts are ours, and who claims beside them contends.
  if (instances_[id]->state() == State::kMaster && !instances_[id]->is_departing())
    neighbours_.spoke(id, adopted.deadline - instances_[id]->router().advert_interval);
}

void Instances::handle(std::uint16_t id, const core::Event& event, Instant now) {
  const bool was_heard =
      std::holds_alternative<core::Heard>(event) || std::holds_alternative<core::LanHeard>(event);
  if (const auto* start = std::get_if<core::Start>(&event))
    held_[id].delayed_until = start->delayed_until;
  // A master that announces because of what it heard answers somebody who loses against it.
  burst_ = was_heard ? core::Announcer::Burst::kLower : core::Announcer::Burst::kMaster;
  actions_.clear();
  instances_[id]->handle(event, now, actions_);
  carry_out(id, now);
  note_holds(id, was_heard, now);
}

void Instances::advance(std::uint16_t id, Instant now) {
  // Of itself a master announces because of who lost against it and is silent now.
  burst_ = core::Announcer::Burst::kLower;
  actions_.clear();
  instances_[id]->advance(now, actions_);
  carry_out(id, now);
  note_holds(id, false, now);
}

void Instances::carry_out(std::uint16_t id, Instant now) {
  const core::Instance& router = *instances_[id];
  note_priority(id);
  for (const core::Action& action : actions_) {
    std::visit(Overloaded{[&](const core::SendAdvert& send) {
                            voice_.owe({.instance = id,
                                        .priority = send.priority,
                                        .form = router.checksum_form(),
                                        .source = world_.link_of(id).source});
                          },
                          [&](const core::InstallAddresses&) { wishes_.set(id, true); },
                          [&](const core::WithdrawAddresses&) { wishes_.set(id, false); },
                          [&](const core::Announce&) { announcements_.start(id, now, burst_); },
                          [&](const core::Changed& change) { changed(id, change); }},
               action);
  }
  // Who is leaving, or has lost, still answers for a moment but claims nothing any more: an announcement now would take
  // the clients back from the successor.
  if (router.state() != State::kMaster || router.is_departing()) announcements_.stop(id);
  deadlines_[id] = router.deadline();
  neighbours_.stand(id, router.state() == State::kMaster && !router.is_departing(),
                    router.router().advert_interval, now);
}

void Instances::note_priority(std::uint16_t id) {
  feed::Row& row = publication_.row(id);
  const std::uint8_t before =
      std::exchange(row.effective_priority, instances_[id]->effective_priority().value);
  const bool counts = row.state == State::kMaster || row.state == State::kBackup;
  if (before == row.effective_priority || !counts || !model_.instances[id].notify_priority_changes)
    return;
  Record record = publication_.record(Kind::kPriority, id);
  record.from = row.state;  // nothing of this moment was carried out yet
  record.to = row.state;
  record.status = before;
  (void)publication_.remember(record);
}

void Instances::note_holds(std::uint16_t id, bool was_heard, Instant now) {
  note_hold(id, base::Hold::kStartDelay, was_heard, now);
  note_hold(id, base::Hold::kQuiet, was_heard, now);
}

void Instances::note_hold(std::uint16_t id, base::Hold hold, bool was_heard, Instant now) {
  const auto bit = static_cast<std::uint8_t>(hold);
  Held& held = held_[id];
  const bool is_on = (instances_[id]->holds() & bit) != 0;
  if (is_on == ((held.holds & bit) != 0)) return;
  held.holds ^= bit;
  const bool is_quiet = hold == base::Hold::kQuiet;
  Instant& since = is_quiet ? held.quiet_since : held.delayed_since;
  if (is_on) since = now;
  const Instant until = is_quiet ? since + instances_[id]->router().quiet_cap : held.delayed_until;
  feed::Row& row = publication_.row(id);
  (is_quiet ? row.quiet_until_ns : row.start_delay_until_ns) = is_on ? until.ns() : 0;
  Record record = publication_.record(Kind::kHold, id);
  feed::put_text(record.subject, is_quiet ? "quiet start" : "start delay");
  record.status = is_on ? 1 : 0;
  record.duration_ns = is_on ? (until - now).count() : (now - since).count();
  if (!is_on && is_quiet)
    feed::put_text(record.text, was_heard ? "the LAN was heard" : "nothing was heard for so long");
  (void)publication_.remember(record);
}

void Instances::changed(std::uint16_t id, const core::Changed& change) {
  const core::Evidence& evidence = change.evidence;
  Record record = publication_.record(Kind::kTransition, id);
  record.from = change.from;
  record.to = change.to;
  record.cause = change.cause;
  record.silence_ns = evidence.silence.count();
  record.lateness_ns = evidence.lateness.count();
  record.duration_ns = evidence.duration.count();
  record.status = evidence.status;
  record.uid = evidence.uid;
  record.peer_priority = evidence.peer_priority.value;
  record.peer_family = evidence.peer.family();
  record.peer = evidence.peer.padded();
  if (change.cause == base::Cause::kAddressRefused) {
    feed::put_text(record.subject, assembly_.address_names[id][refused_[id]]);
  } else if (change.cause == base::Cause::kAddressFought) {
    feed::put_text(record.subject, fought(id));
  } else if (change.cause == base::Cause::kOperator) {
    // To take it is a switchover; to leave is one as well, or a maintenance.
    const bool is_switchover =
        change.to == State::kMaster || instances_[id]->gave_way_for() == core::GaveWay::kSwitchover;
    feed::put_text(record.subject, is_switchover ? "a switchover" : "maintenance");
  } else {
    world_.describe(id, change, record);
  }
  record.sequence = publication_.remember(record);
  apply_transition(record, publication_.row(id));
}

void Instances::announce_again(std::uint16_t id, Instant now) {
  const core::Instance& instance = (*this)[id];
  const bool is_master = instance.state() == State::kMaster && !instance.is_departing();
  if (is_master && !wishes_.awaits_install(id)) announcements_.start(id, now);
}

bool Instances::take(const ipc::Held& held, Instant now) {
  const std::uint16_t id = held.instance;
  if (id >= instances_.size()) return false;
  const auto& names = assembly_.address_names[id];
  publication_.row(id).addresses_installed = held.installed;
  if (held.is_fought != 0) {
    if (held.fought >= names.size()) return false;
    fought_[id] = held.fought;
  }
  if (!wishes_.holds(id)) return true;  // an answer to a wish of the past
  if (held.error != 0) {
    if (held.refused >= names.size()) return false;
    refused_[id] = held.refused;
    Record record = publication_.record(Kind::kAddressRefused, id);
    feed::put_text(record.subject, names[held.refused]);
    record.status = held.error;
    (void)publication_.remember(record);
    handle(id, core::AddressRefused{.error = held.error}, now);
  } else if (wishes_.awaits_install(id) && held.installed == names.size()) {
    wishes_.install_answered(id);
    handle(id, core::AddressesInstalled{}, now);
  }
  return true;
}

// What was said before another configuration came may be about a place that is none now.
std::string_view Instances::fought(std::uint16_t id) const {
  const auto& names = assembly_.address_names[id];
  return fought_[id] < names.size() ? std::string_view(names[fought_[id]]) : std::string_view();
}

bool Instances::have_stopped() const {
  return std::all_of(instances_.begin(), instances_.end(),
                     [](const auto& instance) { return instance->state() == State::kStopped; });
}

bool Instances::hold_addresses() const {
  if (wishes_.is_owed()) return true;
  for (std::uint16_t id = 0; id < instances_.size(); ++id)
    if (publication_.look_at(id).addresses_installed > 0) return true;
  return false;
}

void Instances::refresh_rows() {
  for (const std::uint16_t id : publication_.touched()) {
    const core::Instance& instance = *instances_[id];
    const Link& link = world_.links()[assembly_.interface_of[id]];
    feed::Row& row = publication_.row(id);
    row.ifindex = link.ifindex;
    row.interface_mac = link.mac;
    row.source = link.source(row.family).padded();
    row.link_usable = world_.link_of(id).usable ? 1 : 0;
    row.state = instance.state();
    row.effective_priority = instance.effective_priority().value;
    row.master = instance.master().padded();
    row.master_priority = instance.master_priority().value;
    row.holds = instance.holds();
    row.departing = instance.is_departing() ? 1 : 0;
    row.preparing = instance.is_preparing() ? 1 : 0;
    row.gave_way = static_cast<std::uint8_t>(instance.gave_way_for());
    row.faults = static_cast<std::uint16_t>(instance.fault_count());
    row.master_interval_ns = instance.master_interval().count();
    row.deadline_ns = on_board(instance.deadline());
    row.last_heard_ns = instance.last_heard().ns();
  }
}

}  // namespace engine
