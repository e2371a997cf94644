// The part of Addresses that renews leases (engine/config/lease.hpp).
#include <algorithm>

#include "engine/keeper/addresses.hpp"

namespace keeper {

using std::chrono::seconds;

// Before is_present says that it is there: an address that appears is judged anew.
void Addresses::look_at_lifetime(Slot& slot, const AddressFact& fact, bool asked_by_us,
                                 Instant now) {
  slot.is_permanent = fact.valid_s == kForEver;
  // Where the kernel keeps no origin, a lifetime as short as ours is the mark.
  const bool is_short = fact.origin == 0 && !slot.is_permanent && slot.lease.is_on &&
                        fact.valid_s <= slot.lease.seconds;
  if (asked_by_us || fact.origin == kOurOrigin || is_short)
    slot.is_ours = true;
  else if (!slot.is_present)
    slot.is_ours = false;
  if (!slot.is_present) {
    // Nobody knows how long it has been there: renewed at once.
    slot.renew_at = {};
    slot.renewed_at =
        now - seconds{slot.lease.seconds - std::min(slot.lease.seconds, fact.valid_s)};
    slot.is_spread = false;
  }
  look_whether_to_renew(slot);
}

bool Addresses::is_to_be_renewed(const Slot& slot) const {
  if (!slot.is_present || !slot.is_ours || slot.is_outdated || !is_spoken_for(slot) ||
      interfaces_[slot.interface].index.value == 0)
    return false;
  const Wish wish = wish_of(slot);
  if (slot.lease.is_on && !slot.is_permanent) return wish != Wish::kRelease;
  // Other than the configuration has it: made as it should be, once somebody has said that it is wanted.
  return wish == Wish::kHold && slot.lease.is_on == slot.is_permanent;
}

void Addresses::look_whether_to_renew(const Slot& slot) {
  if (is_to_be_renewed(slot)) renew_at_ = base::earlier(renew_at_, slot.renew_at);
}

bool Addresses::may_have_expired(const Slot& slot, Instant now) {
  constexpr Duration kKernelsRounding = std::chrono::milliseconds{20};
  return slot.lease.is_on && !slot.is_permanent &&
         now >= slot.renewed_at + seconds{slot.lease.seconds} - kKernelsRounding;
}

std::vector<Addresses::Task> Addresses::take_renewals(std::size_t most, Instant now) {
  std::vector<Task> tasks;
  if (renew_at_ > now) return tasks;
  std::vector<std::size_t> due, soon;
  Instant next = Instant::never();
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    if (!is_to_be_renewed(slot)) continue;
    // What the kernel told of a renewal would pass for the end of adding.
    if (slot.begun_at > now)
      next = base::earlier(next, slot.begun_at);
    else if (slot.renew_at <= now)
      due.push_back(i);
    else if (slot.renew_at <= now + slot.lease.refresh / 4)
      soon.push_back(i);
    else
      next = base::earlier(next, slot.renew_at);
  }
  due.insert(due.end(), soon.begin(), soon.end());
  for (const std::size_t i : due) {
    const Slot& slot = slots_[i];
    if (tasks.size() == most) {
      next = base::earlier(next, slot.renew_at);
      continue;
    }
    Task task{i, request_for(slot, false)};
    task.request.verb = Request::Verb::kRenew;
    task.request.was_permanent = slot.is_permanent && slot.address.has_prefix_route;
    tasks.push_back(std::move(task));
  }
  renew_at_ = next;
  return tasks;
}

void Addresses::renewed(const Task& task, int error, Instant now) {
  Slot& slot = slots_[task.slot];
  if (error == 0) return lease_begins(slot, now);
  slot.renew_at = now + kRenewAgainAfter;
  renew_at_ = base::earlier(renew_at_, slot.renew_at);
}

void Addresses::lease_begins(Slot& slot, Instant now) {
  slot.is_permanent = !slot.lease.is_on;
  slot.renewed_at = now;
  slot.renew_at = Instant::never();
  if (!slot.lease.is_on) return;
  Duration next = slot.lease.refresh;
  if (!std::exchange(slot.is_spread, true)) {
    // Those that begin together are not renewed together for ever.
    constexpr std::ptrdiff_t kTimes = 64;
    next = next * (1 + (&slot - slots_.data()) % kTimes) / kTimes;
  }
  slot.renew_at = now + next;
  renew_at_ = base::earlier(renew_at_, slot.renew_at);
}

}  // namespace keeper
