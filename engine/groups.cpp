#include "engine/groups.hpp"

#include <algorithm>
#include <span>

namespace engine {

using base::State;

namespace {

// What the sentence of a cause speaks of.
void take_evidence(const feed::Record& from, feed::Record& to) {
  to.silence_ns = from.silence_ns;
  to.lateness_ns = from.lateness_ns;
  to.duration_ns = from.duration_ns;
  to.status = from.status;
  to.uid = from.uid;
  to.priority = from.priority;
  to.peer_priority = from.peer_priority;
  to.peer_family = from.peer_family;
  to.peer = from.peer;
}

}  // namespace

Groups::Groups(const config::Model& model, const Assembly& assembly, const Past& past,
               Instances& instances, Publication& publication)
    : model_(model),
      assembly_(assembly),
      instances_(instances),
      publication_(publication),
      is_marked_(model.groups.size()),
      has_left_(model.instances.size()) {
  marked_.reserve(model.groups.size());
  std::size_t largest = 0;
  for (std::size_t i = 0; i < model.groups.size(); ++i) {
    const config::SyncGroup& group = model.groups[i];
    largest = std::max(largest, group.members.size());
    const bool lives_on =
        std::any_of(group.members.begin(), group.members.end(),
                    [&](std::uint16_t id) { return past.states[id].has_value(); });
    show(i, past.groups[i], lives_on);
  }
  room_.resize(largest);
  members_.reserve(largest);
}

void Groups::inherit(const Publication& before, const Heritage& from) {
  for (std::size_t i = 0; i < model_.groups.size(); ++i) {
    const auto& members = model_.groups[i].members;
    const bool lives_on = std::any_of(members.begin(), members.end(), [&](std::uint16_t id) {
      return from.of.instances[id].has_value();
    });
    const auto was = from.of.groups[i];
    show(i, was ? before.look_at_group(*was) : feed::GroupRow{}, lives_on);
  }
  mark_all();
}

void Groups::show(std::size_t group, feed::GroupRow row, bool lives_on) {
  if (!lives_on) row.state = State::kInitialize;
  feed::put_text(row.name, model_.groups[group].name);
  row.members = static_cast<std::uint16_t>(model_.groups[group].members.size());
  publication_.group(group) = row;
}

void Groups::mark_all() {
  for (std::uint16_t group = 0; group < is_marked_.size(); ++group) {
    if (is_marked_[group]) continue;
    is_marked_[group] = true;
    marked_.push_back(group);
  }
}

void Groups::mark(std::uint16_t instance) {
  const std::uint16_t group = assembly_.group_of[instance];
  if (group == kNobody || is_marked_[group]) return;
  is_marked_[group] = true;
  marked_.push_back(group);
}

void Groups::settle(base::Instant now) {
  const std::size_t count = marked_.size();
  for (std::size_t i = 0; i < count; ++i) settle_one(marked_[i], now);
  // Telling members marks nothing anew; what has not settled is marked still.
  std::erase_if(marked_, [this](std::uint16_t group) { return !is_marked_[group]; });
}

void Groups::settle_one(std::uint16_t group, base::Instant now) {
  members_.clear();
  for (const std::uint16_t id : model_.groups[group].members)
    if (!has_left_[id]) members_.push_back(id);
  const std::vector<std::uint16_t>& members = members_;
  const std::span<core::Member> room = std::span(room_).first(members.size());
  if (room.empty()) {
    is_marked_[group] = false;
    return;
  }
  const core::Standing standing = core::settle(
      room, [&](std::size_t i) { return view(members[i]); },
      [&](std::size_t i, const core::GroupChanged& change) {
        instances_.handle(members[i], change, now);
      });
  note_change(group, standing, now);
  is_marked_[group] = std::any_of(members.begin(), members.end(), [&](std::uint16_t id) {
    return core::must_be_told(view(id), standing);
  });
}

core::Member Groups::view(std::uint16_t id) const {
  const core::Instance& instance = instances_[id];
  return {.instance = id,
          .has_own_fault = instance.has_own_fault(),
          .is_stopped = instance.state() == State::kStopped,
          .is_departing = instance.is_departing(),
          .is_asking = instance.is_asking(),
          .is_held = instance.holds() != 0,
          .is_master = instance.state() == State::kMaster,
          .wants_master = instance.wants_master(),
          .must_prepare = instance.must_prepare(),
          .is_starting = instance.state() == State::kInitialize,
          .is_listening = instance.is_listening(),
          .told = instance.told(),
          .told_prepares = instance.told_prepares()};
}

// What is written down, and what notify scripts are told: as with an instance, a master that departs is one until its
// addresses are let go. And a group whose members have all stopped has stopped.
State Groups::shown(std::uint16_t group, State standing) {
  const auto& members = model_.groups[group].members;
  const auto all_stopped = [this](std::uint16_t id) {
    return instances_[id].state() == State::kStopped;
  };
  if (std::all_of(members.begin(), members.end(), all_stopped)) return State::kStopped;
  const State before = publication_.look_at_group(group).state;
  const auto departs = [this](std::uint16_t id) { return instances_[id].is_departing(); };
  const bool is_leaving = before == State::kMaster && standing != State::kMaster &&
                          std::any_of(members.begin(), members.end(), departs);
  return is_leaving ? before : standing;
}

void Groups::note_change(std::uint16_t group, const core::Standing& standing, base::Instant now) {
  const State state = shown(group, standing.state);
  if (publication_.look_at_group(group).state == state) return;
  feed::GroupRow& row = publication_.group(group);
  const feed::Row& decider = publication_.look_at(standing.member);
  feed::Record record = publication_.record(feed::Kind::kGroup);
  feed::put_text(record.name, feed::get_text(row.name));
  feed::put_text(record.subject, feed::get_text(decider.name));
  record.from = row.state;
  record.to = state;
  // Of the member, when it is what the group became; one that is held or departs has not changed yet.
  if (decider.state == state) record.cause = decider.transition_cause;
  if (record.cause != base::Cause::kNone)
    if (const auto of_member = publication_.find(decider.transition_sequence))
      take_evidence(*of_member, record);
  record.sequence = publication_.remember(record);
  row.from = row.state;
  row.state = state;
  row.cause = record.cause;
  row.decider = standing.member;
  row.change_sequence = record.sequence;
  row.change_wall_ns = record.wall_ns;
  row.since_ns = now.ns();
  ++row.changes;
}

}  // namespace engine
