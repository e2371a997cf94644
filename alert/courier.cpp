#include "alert/courier.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/os/log.hpp"

namespace alert {
namespace {

constexpr std::int64_t kPauseNs = 1'000'000'000;

}  // namespace

Courier::Courier(Outbox& outbox, Sender& sender, Options options)
    : outbox_(outbox), sender_(sender), options_(options), random_(options.seed) {}

base::Duration Courier::retry_delay(const Options& options, std::int64_t attempts, double jitter) {
  base::Duration delay = options.retry_first;
  for (std::int64_t i = 1; i < attempts && delay < options.retry_longest; ++i) delay *= 2;
  const double spread = static_cast<double>(delay.count()) * (0.8 + 0.4 * jitter);
  return std::min(options.retry_longest, base::Duration{static_cast<std::int64_t>(spread)});
}

bool Courier::wrote(const store::DatabaseStatus& status, std::int64_t wall_ns) {
  if (status) {
    is_unwritable_ = false;
    return true;
  }
  if (!is_unwritable_)
    base::os::log_error("the outbox cannot be written; trying every second: " +
                        to_string(status.error()));
  is_unwritable_ = true;
  hold_until_ns_ = wall_ns + kPauseNs;
  return false;
}

bool Courier::deliver_one(std::int64_t wall_ns) {
  // A pause set by a clock that has since been put back must not outlast itself.
  hold_until_ns_ = std::min(hold_until_ns_, wall_ns + options_.retry_longest.count());
  if (wall_ns < hold_until_ns_) return false;
  while (!done_.empty()) {
    if (!wrote(outbox_.delivered(*done_.begin()), wall_ns)) return false;
    done_.erase(done_.begin());
  }
  if (!wrote(outbox_.limit_wait(wall_ns, options_.retry_longest), wall_ns)) return false;
  const auto mail = outbox_.due(wall_ns);
  if (!mail) return wrote(mail.error(), wall_ns);
  if (!*mail) {
    sender_.hang_up();
    return false;
  }
  const Owed& owed = **mail;
  if (wall_ns - owed.created_ns > options_.expire.count()) {
    give_up(owed, {}, "it expired", wall_ns);
    return true;
  }
  answered(owed, sender_.send(owed.recipient, owed.message), wall_ns);
  return true;
}

void Courier::answered(const Owed& mail, const Answer& answer, std::int64_t wall_ns) {
  if (answer.code != 0 && is_unreachable_) {
    is_unreachable_ = false;
    base::os::log_notice("the mail server answers again");
  }
  switch (answer.outcome) {
    case Outcome::kDelivered:
      base::os::log_info(fmt::format("mail to {} delivered: {}", mail.recipient, mail.subject));
      if (!wrote(outbox_.delivered(mail.id), wall_ns)) done_.insert(mail.id);
      return;
    case Outcome::kPermanent: give_up(mail, answer, answer.text, wall_ns); return;
    case Outcome::kMisconfigured:
    case Outcome::kTemporary: retry(mail, answer, wall_ns); return;
  }
}

void Courier::retry(const Owed& mail, const Answer& answer, std::int64_t wall_ns) {
  const double jitter = std::uniform_real_distribution<double>{0, 1}(random_);
  const base::Duration delay = answer.outcome == Outcome::kMisconfigured
                                   ? options_.retry_longest
                                   : retry_delay(options_, mail.attempts + 1, jitter);
  const std::int64_t next = wall_ns + delay.count();
  if (answer.outcome == Outcome::kMisconfigured) {
    hold_until_ns_ = next;
    base::os::log_error("the mail server refuses us, mails wait; look at the configuration: " +
                        answer.text);
  } else if (answer.code == 0) {
    // Nobody there: the other recipients' mails would only wait for the same timeout.
    hold_until_ns_ = next;
    if (!is_unreachable_)
      base::os::log_warning("the mail server does not answer, mails wait: " + answer.text);
    is_unreachable_ = true;
  } else if (mail.attempts == 0) {
    base::os::log_warning(fmt::format("mail to {} has to wait: {}", mail.recipient, answer.text));
  }
  (void)wrote(outbox_.postpone(mail.id, next, answer.code, answer.text), wall_ns);
}

void Courier::give_up(const Owed& mail, const Answer& answer, std::string_view why,
                      std::int64_t wall_ns) {
  base::os::log_error(
      fmt::format("mail to {} is given up: {}; it was: {}", mail.recipient, why, mail.subject));
  if (!wrote(outbox_.give_up(mail.id, answer.code, std::string(why)), wall_ns))
    done_.insert(mail.id);
}

void Courier::news(std::int64_t wall_ns) {
  if (!is_unreachable_) return;
  if (wrote(outbox_.retry_unreachable(wall_ns), wall_ns)) hold_until_ns_ = 0;
}

std::optional<std::int64_t> Courier::next_try(std::int64_t wall_ns) {
  const auto next = outbox_.next_try();
  if (!next) {
    (void)wrote(next.error(), wall_ns);
    return hold_until_ns_;
  }
  if (!done_.empty()) return hold_until_ns_;
  if (!*next) return std::nullopt;
  return std::max(**next, hold_until_ns_);
}

}  // namespace alert
