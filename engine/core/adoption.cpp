// What a new engine takes over from a dead one.
#include "engine/core/handlers.hpp"

#include <algorithm>

namespace core {
namespace {

using base::Cause;
using base::Hold;
using base::State;
using states::Backup;
using states::Departing;
using states::Fault;
using states::Initialize;
using states::Master;
using states::Stopped;

}  // namespace

void Instance::adopt(const Adopted& adopted, Instant now, Actions& todo) {
  CHECK(std::holds_alternative<Initialize>(state_), "adoption stands in for the start");
  holds_ = adopted.holds;
  // When the start delay ends is in the configuration; a quiet start begins anew, for the time without us was silent.
  start_delay_ends_ = quiet_ends_ = Instant::never();
  if (adopted.delayed_until > now)
    start_delay_ends_ = adopted.delayed_until;
  else
    end_hold(Hold::kStartDelay);
  is_lan_trusted_ = (holds_ & bit_of(Hold::kQuiet)) == 0 || router_.quiet_cap == Duration{0};
  knows_peer_ = !is_lan_trusted_ || adopted.master.is_set();
  if (is_lan_trusted_)
    end_hold(Hold::kQuiet);
  else
    quiet_ends_ = now + router_.quiet_cap;
  // Nobody has said yet what the group is: whoever it may be that keeps us in fault, he does until then.
  if (router_.is_grouped && adopted.state == State::kFault) group_.standing = State::kFault;
  tracking_.adopt(adopted.effective);
  gave_way_ = adopted.gave_way;
  // The master of a master is itself: whom it heard last nobody knows any more.
  if (adopted.state != State::kMaster)
    peer_ = {adopted.master, adopted.master_priority, adopted.last_heard, adopted.master_interval};
  const Instant longest = now + router_.advert_interval;
  if (adopted.state == State::kMaster) {
    if (adopted.departing || holds_ != 0) {
      Departing departing;
      departing.bound = earlier(adopted.deadline, longest);
      departing.cause = Cause::kAdoption;
      for (const Hold hold : {Hold::kStartDelay, Hold::kMaintenance, Hold::kPermit})
        if ((holds_ & bit_of(hold)) != 0) departing.cause = cause_of(hold);
      todo.push_back(SendAdvert{base::kReleasePriority});
      todo.push_back(InstallAddresses{});
      state_ = departing;
      return;
    }
    todo.push_back(InstallAddresses{});
    const Instant next = earlier(adopted.deadline, longest);
    state_ = Master{.advert_deadline = next, .last_sent = next - router_.advert_interval};
    return;
  }
  todo.push_back(WithdrawAddresses{});
  switch (adopted.state) {
    case State::kInitialize: state_ = Initialize{.started = true}; return;
    case State::kBackup: {
      if (adopted.master_interval > Duration{0}) learn_interval(adopted.master_interval);
      Backup backup;
      const bool is_released =
          adopted.master.is_set() && adopted.master_priority == base::kReleasePriority;
      // With a delay it is not known how much of it has passed: he is obeyed until he is heard again.
      const bool preempts =
          router_.is_owner() || (router_.preempt && router_.preempt_delay == Duration{0});
      const bool is_lower = preempts && adopted.master_priority < effective_priority();
      if (adopted.master.is_set())
        backup.newest = is_released ? Backup::Newest::kRelease
                        : is_lower  ? Backup::Newest::kLower
                                    : Backup::Newest::kObeyed;
      if (backup.newest == Backup::Newest::kObeyed)
        backup.master = {peer_.address, peer_.priority, peer_.heard, master_interval_};
      // The board's deadline may have been the end of an overlap: what was heard last counts as well.
      // RFC 9568 6.4.2: but for what was discarded then, the timer of which ran on.
      const Instant from_heard = peer_.heard + (is_released ? skew() : down_interval());
      const bool counts = backup.newest != Backup::Newest::kLower;
      backup.down_deadline =
          earlier(counts ? std::max(adopted.deadline, from_heard) : adopted.deadline,
                  now + down_interval());
      // Whose silence has been waited for is obeyed no more: a group found halfway through its takeover goes on with it.
      if (backup.down_deadline <= now && !is_released) backup.newest = Backup::Newest::kNone;
      backup.only_listened =
          backup.newest == Backup::Newest::kNone || backup.newest == Backup::Newest::kRelease;
      state_ = backup;
      return;
    }
    case State::kMaster:  // handled above
    case State::kFault:
      // A fault with a deadline is a refusal that waits for its next try.
      state_ = Fault{.retry_at = adopted.deadline.is_never()
                                     ? adopted.deadline
                                     : earlier(adopted.deadline, now + kRefusalRetry)};
      return;
    case State::kStopped: state_ = Stopped{}; return;
  }
}

}  // namespace core
