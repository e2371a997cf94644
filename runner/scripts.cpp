#include "runner/scripts.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace runner {

using base::Duration;
using base::Instant;

namespace {

// An interval of nothing would be a loop without end.
constexpr Duration kShortest = std::chrono::milliseconds{1};

}  // namespace

Check::Check(const config::Script& script, Instant first_start, bool begins)
    : interval_(std::max(script.interval, kShortest)),
      timeout_(script.timeout > Duration::zero() ? script.timeout : interval_),
      rise_(std::max(script.rise, 1U)),
      fall_(std::max(script.fall, 1U)),
      due_(first_start),
      verdict_(begins && script.init_fail ? Verdict::kFailing : Verdict::kUnknown),
      awaits_success_(verdict_ == Verdict::kFailing) {}

void Check::advance(Instant now, CheckActions& todo) {
  if (run_) {
    const bool was_over = run_->limit.is_over();
    if (const auto signal = run_->limit.advance(now)) {
      if (!was_over)
        judge({.timed_out = true, .status = -*signal, .duration = now - run_->started}, now, todo);
      todo.push_back(SignalRun{*signal});
    }
  }
  if (now < due_) return;
  // Starts that were slept through are not made up for.
  due_ += interval_ * ((now - due_) / interval_ + 1);
  if (!run_) {
    run_ = Run{now, TimeLimit{now, timeout_}};
    todo.push_back(StartRun{});
    return;
  }
  ++skipped_;
  // A run within its limit will still give a result. One that is past it gave its own and now stands in the way of the
  // next.
  if (run_->limit.is_over() && now - judged_ >= interval_)
    judge({.timed_out = true, .status = -SIGKILL, .duration = now - run_->started}, now, todo);
}

void Check::ended(int status, Instant now, CheckActions& todo) {
  CHECK(run_.has_value(), "only a run can end");
  const Run run = *run_;
  run_.reset();
  if (run.limit.is_over()) return;  // judged at its limit
  judge({.well = status == 0, .status = status, .duration = now - run.started}, now, todo);
}

void Check::not_started(Instant now, CheckActions& todo) {
  CHECK(run_.has_value(), "only a start that was asked for can fail");
  run_.reset();
  judge({.status = kCannotExecute}, now, todo);
}

void Check::judge(const Outcome& outcome, Instant now, CheckActions& todo) {
  judged_ = now;
  const Verdict said = outcome.well ? Verdict::kWell : Verdict::kFailing;
  // Also one that agrees with init_fail: from now on there is a reason.
  bool changed = !std::exchange(has_result_, true);
  if (said == verdict_) {
    against_ = 0;
  } else if (++against_ >= (outcome.well ? rise_ : fall_) || verdict_ == Verdict::kUnknown ||
             awaits_success_) {
    verdict_ = said;
    against_ = 0;
    awaits_success_ = false;
    changed = true;
  }
  todo.push_back(Judged{outcome, verdict_, changed});
}

Instant Check::deadline() const {
  return run_ ? base::earlier(due_, run_->limit.deadline()) : due_;
}

}  // namespace runner
