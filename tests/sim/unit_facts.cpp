// What the engine tells an instance of the world around it.
#include <algorithm>

#include "tests/sim/host.hpp"

namespace sim {

using namespace std::chrono_literals;
using base::Cause;
using base::Hold;
using base::State;

// Level-triggered: tells what differs from what was told before.
void Unit::tell_facts() {
  const Instant now = host_.local_now();
  const bool link = host_.has_link() || mutant_ == Mutant::kLinkBlind;
  if (told_link_ != link) {
    told_link_ = link;
    core::Address source = source_;
    if (mutant_ == Mutant::kWinsEveryTie || mutant_ == Mutant::kLosesEveryTie) {
      std::array<std::uint8_t, 16> bytes{};
      bytes.fill(mutant_ == Mutant::kWinsEveryTie ? 0xff : 0);
      source =
          core::Address::from_bytes(source.family(), std::span(bytes).first(source.bytes().size()));
    }
    if (!link) {
      has_heard_lan_ = false;
      rose_at_ = Instant::never();  // a quiet start begins anew
    }
    handle(core::LinkChanged{link, Cause::kLinkDown, source});
  }
  const bool hold = is(Fault::Kind::kHold) && mutant_ != Mutant::kDefiesHolds;
  if (told_hold_ != hold) {
    told_hold_ = hold;
    handle(core::HoldChanged{router_.needs_permit ? Hold::kPermit : Hold::kMaintenance, hold,
                             hold ? 1000U : 0U});
  }
  if (!debounce_.level()) looks_since_ = now;
  if (!is(Fault::Kind::kSecondFails))
    seen_failing_since_ = Instant::never();
  else if (seen_failing_since_.is_never())
    seen_failing_since_ = now;
  debounce_.tell(!is(Fault::Kind::kSecondFails), now);
  debounce_.advance(now);
  if (stage_.now() >= checks_answer_at_) {
    const bool defies = mutant_ == Mutant::kDefiesChecks;
    bool check = !is(Fault::Kind::kCheckFails) || defies;
    bool second = *debounce_.level() || defies;
    // What it is fit for counts from when it knows.
    const auto tell = [&](Tracked which, bool well, Cause cause, std::int32_t value) {
      const auto place = place_of(router_, which);
      if (!place) return;
      checker_.disturb();
      handle(report_on(*place, well, cause, value));
    };
    if (mutant_ == Mutant::kOneBitOfFault && told_check_ && told_second_ &&
        ((!*told_check_ && check) || (!*told_second_ && second)))
      check = second = true;
    if (mutant_ == Mutant::kOneBitOfFault && told_check_ == true && told_second_ == true &&
        is(Fault::Kind::kCheckFails) && is(Fault::Kind::kSecondFails))
      check = second = true;  // forgotten until one of them is well
    if (told_check_ != check) {
      told_check_ = check;
      tell(kCheck, check, Cause::kScriptFailed, 0);
    }
    if (told_second_ != second) {
      told_second_ = second;
      tell(kSecond, second, Cause::kTrackedInterfaceDown, 0);
    }
    const bool weight = !is(Fault::Kind::kWeightLost) || mutant_ == Mutant::kIgnoresWeights;
    if (told_weight_ != weight) {
      told_weight_ = weight;
      tell(kWeight, weight, Cause::kScriptFailed, 0);
    }
    const int file = mutant_ == Mutant::kIgnoresFiles ? 0 : file_value_;
    if (told_file_ != file) {
      told_file_ = file;
      tell(kFile, true, Cause::kTrackedFile, file);
      const int sum = int{router_.priority.value} + file;
      if (sum < 1 && !router_.is_owner()) stage_.reached.note(Situation::kPriorityClampedAt1);
      if (sum > 254 && !router_.is_owner()) stage_.reached.note(Situation::kPriorityClampedAt254);
    }
  }
  if (!told_start_) {
    told_start_ = true;
    const bool forgets = mutant_ == Mutant::kForgetsStartDelay;
    handle(
        core::Start{.delayed_until = forgets ? Instant{} : started_at_ + host_.plan().start_delay,
                    .knew_peer = memory_.knew_peer});
  }
  if (installed_) {
    installed_ = false;
    handle(core::AddressesInstalled{});
  }
  if (refused_) {
    refused_ = false;
    const bool was_master = instance_->state() == State::kMaster && !instance_->is_departing();
    if (was_master || instance_->is_preparing()) {
      // Its own clock may run slow, and it needs a turn to notice.
      refused_until_ = stage_.now() + core::kRefusalRetry + 30ms;
      stage_.agenda.at(refused_until_ + 1ns, job<&Unit::forget_refusal>(this));
      stage_.reached.note(Situation::kKernelRefusesAddress);
    }
    if (mutant_ != Mutant::kRefusalBlind) handle(core::AddressRefused{99});
  }
  const bool stop = host_.is(Fault::Kind::kStop) || host_.is(Fault::Kind::kRestart);
  if (stop && !told_stop_ && mutant_ != Mutant::kDeafToStop) {
    told_stop_ = true;
    handle(core::Stop{});
  }
}

core::TrackerReported Unit::report_on(std::uint16_t place, bool well, Cause cause,
                                      std::int32_t value) const {
  return {place, well != router_.trackers[place].reverse, cause, well ? 0 : 1, 5ms, value};
}

void Unit::forget_refusal(std::uint64_t, std::uint64_t) { host_.touch(); }

}  // namespace sim
