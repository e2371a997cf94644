// Takes what the outbox owes to the server: when to try, when to try again, when to give up.
//
// Per recipient in order. A server that does not answer is not asked for every recipient again: all wait together, and
// news makes it worth one more try at once. Nothing is sent twice because the outbox could not be written. Knows no
// socket and no clock.
#pragma once

#include <random>
#include <set>

#include "alert/outbox.hpp"
#include "alert/smtp.hpp"

namespace alert {

class Courier {
 public:
  struct Options {
    base::Duration retry_first = std::chrono::seconds{5};  // doubles with every attempt
    base::Duration retry_longest = std::chrono::minutes{10};
    base::Duration expire = std::chrono::hours{72};
    std::uint32_t seed = 0;  // of the jitter
  };
  Courier(Outbox& outbox, Sender& sender, Options options);

  // Sends at most one mail. False: nothing is due now, and the connection was closed.
  bool deliver_one(std::int64_t wall_ns);
  // Mails were added.
  void news(std::int64_t wall_ns);
  // When the next mail is due, on the wall clock; nothing when none waits.
  std::optional<std::int64_t> next_try(std::int64_t wall_ns);

  // Between 80 % and 120 % of first * 2^(attempts-1), at most the longest. `jitter` is from 0 to 1.
  static base::Duration retry_delay(const Options& options, std::int64_t attempts, double jitter);

 private:
  void answered(const Owed& mail, const Answer& answer, std::int64_t wall_ns);
  void retry(const Owed& mail, const Answer& answer, std::int64_t wall_ns);
  void give_up(const Owed& mail, const Answer& answer, std::string_view why, std::int64_t wall_ns);
  // Says an outbox that cannot be written once, and pauses.
  bool wrote(const store::DatabaseStatus& status, std::int64_t wall_ns);

  Outbox& outbox_;
  Sender& sender_;
  Options options_;
  std::minstd_rand random_;
  std::set<std::int64_t>
      done_;  // delivered or given up, but still in the outbox: its disk would not
  std::int64_t hold_until_ns_ = 0;  // the server does not answer, or the outbox cannot be written
  bool is_unreachable_ = false;
  bool is_unwritable_ = false;
};

}  // namespace alert
