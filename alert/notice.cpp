#include "alert/notice.hpp"

#include <fmt/format.h>

#include "engine/feed/sentence.hpp"

namespace alert {
namespace {

using base::State;
using feed::Record;

std::string_view what_happens(State to) {
  switch (to) {
    case State::kMaster: return "Entering MASTER state";
    case State::kBackup: return "Entering BACKUP state";
    case State::kFault: return "Entering FAULT state";
    case State::kStopped: return "Stopping";
    case State::kInitialize: return "Entering INIT state";
  }
  return "Entering an unknown state";
}

std::string_view first_line(State to) {
  if (to == State::kMaster) return "=> VRRP Instance is now owning VRRP VIPs <=";
  if (to == State::kStopped) return "=> VRRP Instance stopping <=";
  return "=> VRRP Instance is no longer owning VRRP VIPs <=";
}

std::string milliseconds(std::int64_t ns) {
  return fmt::format("{:.3f} ms", static_cast<double>(ns) / 1e6);
}

std::string evidence_of(const Record& record) {
  std::string lines;
  const auto line = [&](std::string_view name, std::string_view value) {
    lines += fmt::format("{:<10} {}\n", fmt::format("{}:", name), value);
  };
  line("Priority", fmt::format("{} (ours)", record.priority));
  if (record.peer_family != base::Family::kNone)
    line("Peer", fmt::format("{}, priority {}", base::to_string(feed::peer_of(record)),
                             record.peer_priority));
  if (record.silence_ns != 0) line("Silence", milliseconds(record.silence_ns));
  if (record.lateness_ns != 0) line("Own delay", milliseconds(record.lateness_ns));
  if (record.duration_ns != 0) line("Check ran", milliseconds(record.duration_ns));
  if (record.status != 0) line("Status", std::to_string(record.status));
  if (!feed::get_text(record.subject).empty())
    line("About", feed::one_line(feed::get_text(record.subject)));
  return lines;
}

}  // namespace

bool wants_mail(const Record& record, const config::Model& model) {
  if (record.kind != feed::Kind::kTransition || record.to == State::kInitialize) return false;
  if (record.to == State::kFault && model.mail.no_faults) return false;
  // By name: a reload may have moved places while the record was on its way.
  for (const config::Instance& instance : model.instances)
    if (instance.name == feed::get_text(record.name)) return instance.smtp_alert;
  return false;
}

Message notice_of(const Record& record, const Origin& origin, const Mailbox& from,
                  const std::vector<Mailbox>& to) {
  const std::string name = feed::one_line(feed::get_text(record.name));
  Message message;
  message.from = from;
  message.to = to;
  message.wall_ns = record.wall_ns;
  message.id =
      fmt::format("vigie.{:016x}.{}@{}", origin.ledger_identity, record.sequence, origin.host);
  message.subject =
      fmt::format("[{}] VRRP Instance {} - {}", origin.router, name, what_happens(record.to));
  message.headers = {{"X-Vigie-Router", origin.router},
                     {"X-Vigie-Instance", name},
                     {"X-Vigie-State", std::string(base::to_string(record.to))},
                     {"X-Vigie-Cause", std::string(base::to_string(record.cause))}};
  message.body = fmt::format(
      "{}\n\n"
      "{} on {} went from {} to {}:\n"
      "{}.\n\n"
      "{:<10} {}\n"
      "{}"
      "{:<10} {} of ledger {:016x}\n",
      first_line(record.to), name, origin.router, base::to_string(record.from),
      base::to_string(record.to), feed::because(record), "Time:", date_of(record.wall_ns),
      evidence_of(record), "Record:", record.sequence, origin.ledger_identity);
  return message;
}

}  // namespace alert
