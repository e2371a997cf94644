#include "alert/intake.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/os/log.hpp"
#include "engine/feed/sentence.hpp"

namespace alert {
namespace {

using store::DatabaseResult;
using store::DatabaseStatus;

constexpr std::size_t kBurst = 256;  // records per transaction

}  // namespace

Intake::Intake(Outbox& outbox, const config::Model& model, Origin origin, Addresses addresses,
               std::span<const std::byte> ledger)
    : outbox_(outbox),
      model_(model),
      origin_(std::move(origin)),
      addresses_(std::move(addresses)),
      ledger_(ledger) {
  origin_.ledger_identity = feed::ledger_header(ledger_).identity;
  identity_ = fmt::format("{:016x}", origin_.ledger_identity);
}

DatabaseStatus Intake::begin() {
  const auto place = outbox_.place(identity_);
  if (!place) return place.error();
  is_first_look_ = !*place;
  reader_.emplace(ledger_, place->value_or(0));
  return {};
}

// With no_email_faults, coming back from a fault into the state last told is no news.
bool Intake::is_repetition(const feed::Record& record, std::vector<Told>& told) {
  if (!model_.mail.no_faults || record.from != base::State::kFault) return false;
  const std::string name{feed::get_text(record.name)};
  const std::string_view to = base::to_string(record.to);
  const auto latest = std::find_if(told.rbegin(), told.rend(),
                                   [&](const Told& one) { return one.instance == name; });
  if (latest != told.rend()) return latest->state == to;
  // Not knowing is no reason to be silent.
  return outbox_.told(identity_, name).value_or(std::string()) == to;
}

DatabaseResult<std::size_t> Intake::take_in(std::int64_t wall_ns) {
  if (!reader_)
    if (auto begun = begin(); !begun) return begun.error();
  std::size_t added = 0;
  while (!is_caught_up()) {
    feed::LedgerReader ahead = *reader_;
    std::vector<NewMail> mails;
    std::vector<Told> told;
    for (std::size_t i = 0; i < kBurst; ++i) {
      const auto record = ahead.next();
      if (!record) break;
      if (record->kind == feed::Kind::kLost) {
        base::os::log_error("some mails may be missing: " + feed::because(*record));
        continue;
      }
      if (!wants_mail(*record, model_) || is_repetition(*record, told)) continue;
      if (is_first_look_ && wall_ns - record->wall_ns > kStillNews.count()) continue;
      told.push_back(
          {std::string(feed::get_text(record->name)), std::string(base::to_string(record->to))});
      const Message notice = notice_of(*record, origin_, addresses_.from, addresses_.to);
      const std::string text = to_text(notice);
      for (const Mailbox& to : addresses_.to)
        mails.push_back({record->sequence, to.address, notice.subject, text});
    }
    if (auto stored = outbox_.add(identity_, ahead.place(), mails, told, wall_ns); !stored)
      return stored.error();
    reader_.emplace(ahead);
    added += mails.size();
  }
  is_first_look_ = false;
  return added;
}

bool Intake::is_caught_up() const { return reader_ && reader_->place() >= reader_->head(); }

}  // namespace alert
