// When a check script runs, and what its results amount to.
//
// Pure: it starts no process and reads no clock. It is told what happened and when, and answers with what must be done,
// in order; runner.cpp turns that into processes and messages.
//
//   due      due      due      due           interval: from start to start, phase kept
//    |--run-->|        |--run-------+--TERM--+--KILL
//                               timeout   2 s later
//
// What stays true:
// - At most one run of a check exists. A start that finds the former run still going is skipped.
// - The verdict of a run that takes too long falls at its time limit, not when the process is finally gone.
// - Whatever is not exit status 0 is a failure, and so is a run that could not begin. A check whose stuck run keeps it
//   from running at all fails once per interval: what cannot be run has failed.
// - The first result decides alone, as nothing is known before it; afterwards `rise` or `fall` in a row are needed.
// - A check with init_fail has failed from the beginning, until its first success, which decides alone.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/instant.hpp"
#include "engine/config/model.hpp"
#include "runner/time_limit.hpp"

namespace runner {

enum class Verdict : std::uint8_t { kUnknown, kWell, kFailing };

// One result.
struct Outcome {
  bool well = false;
  bool timed_out = false;
  int status = 0;  // exit status, or minus the signal; what was sent when it had not ended yet
  base::Duration duration{0};
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

struct StartRun {
  friend bool operator==(const StartRun&, const StartRun&) = default;
};
// To the whole process group of the run.
struct SignalRun {
  int signal = 0;
  friend bool operator==(const SignalRun&, const SignalRun&) = default;
};
// A result came in; `changed` when it moved the verdict (or was the first).
struct Judged {
  Outcome outcome;
  Verdict verdict = Verdict::kUnknown;
  bool changed = false;
  friend bool operator==(const Judged&, const Judged&) = default;
};
using CheckAction = std::variant<StartRun, SignalRun, Judged>;
using CheckActions = std::vector<CheckAction>;

// What a run that could not begin counts as: the shell's "cannot execute".
inline constexpr int kCannotExecute = 126;

class Check {
 public:
  // `begins`: when init_fail counts, if it is set. A check that is only taken up again says nothing before it ran.
  Check(const config::Script& script, base::Instant first_start, bool begins = true);

  // Harmless when early. Requires: an end that already happened was told first.
  void advance(base::Instant now, CheckActions& todo);
  // The run that StartRun asked for has ended. >= 0 an exit status, < 0 minus the signal.
  void ended(int status, base::Instant now, CheckActions& todo);
  // The run that StartRun asked for could not begin.
  void not_started(base::Instant now, CheckActions& todo);

  base::Instant deadline() const;
  Verdict verdict() const { return verdict_; }
  bool is_running() const { return run_.has_value(); }
  // It runs, and its verdict has fallen already.
  bool is_past_limit() const { return run_ && run_->limit.is_over(); }
  std::uint64_t skipped() const { return skipped_; }

 private:
  struct Run {
    base::Instant started;
    TimeLimit limit;
  };
  void judge(const Outcome& outcome, base::Instant now, CheckActions& todo);

  base::Duration interval_;
  base::Duration timeout_;
  std::uint32_t rise_;
  std::uint32_t fall_;
  base::Instant due_;
  std::optional<Run> run_;
  Verdict verdict_ = Verdict::kUnknown;
  bool has_result_ = false;
  bool awaits_success_ = false;  // has failed from the beginning
  std::uint32_t against_ = 0;    // results in a row that contradict the verdict
  base::Instant judged_;         // when the latest result came in
  std::uint64_t skipped_ = 0;
};

}  // namespace runner
