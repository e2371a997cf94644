#include "engine/core/sync_group.hpp"

#include <algorithm>

namespace core {
namespace {

// Lets the others stay what they are: master, about to be, or with nothing to say yet.
bool is_patient(const Member& member) {
  if (member.is_stopped || member.is_held) return false;
  if (member.is_departing) return member.is_asking;
  return member.is_master || member.wants_master || member.is_starting || member.is_listening;
}

bool rises(const Member& member) { return member.is_master || member.wants_master; }

}  // namespace

Standing standing_of(std::span<const Member> members) {
  CHECK(!members.empty(), "a group has members");
  const auto first = [&](auto&& is) { return std::find_if(members.begin(), members.end(), is); };
  const auto none = members.end();
  if (const auto who = first([](const Member& m) { return m.has_own_fault; }); who != none)
    return {base::State::kFault, who->instance, false};
  if (const auto who = first([](const Member& m) { return !is_patient(m); }); who != none)
    return {base::State::kBackup, who->instance, false};
  if (const auto who = first([](const Member& m) { return m.is_master; }); who != none)
    return {base::State::kMaster, who->instance, false};
  if (const auto who = first([](const Member& m) { return !rises(m); }); who != none)
    return {base::State::kBackup, who->instance, false};
  if (const auto who = first([](const Member& m) { return m.must_prepare; }); who != none)
    return {base::State::kBackup, who->instance, true};
  return {base::State::kMaster, members.front().instance, false};
}

bool must_be_told(const Member& member, const Standing& standing) {
  if (member.is_stopped) return false;  // it will not be anything else
  if (member.told != standing.state || member.told_prepares != standing.prepares) return true;
  return standing.state == base::State::kMaster && member.wants_master && !member.is_master &&
         !member.must_prepare;
}

}  // namespace core
