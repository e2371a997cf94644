#include "alert/notice.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "alert/conditions.hpp"
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

std::string_view condition_of(const Record& record) {
  const bool is_on = record.status != 0;
  if (record.kind == feed::Kind::kNoEngine)
    return is_on ? "No engine runs" : "An engine runs again";
  if (record.kind == feed::Kind::kContest) return is_on ? "Two masters" : "One master again";
  if (record.kind == feed::Kind::kAddressFought)
    return is_on ? "Somebody removes its addresses" : "Its addresses are left alone again";
  if (record.kind == feed::Kind::kClock)
    return is_on ? "Clock of a peer is wrong" : "Clock of a peer is right again";
  return is_on ? "Peer is configured differently" : "Peer is configured alike again";
}

std::string group_first_line(State to) {
  if (to == State::kStopped) return "=> All VRRP group instances are now stopping <=";
  return fmt::format("=> All VRRP group instances are now in {} state <=", base::to_string(to));
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
  if (record.priority != 0) line("Priority", fmt::format("{} (ours)", record.priority));
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
  const bool is_group = record.kind == feed::Kind::kGroup;
  if (!Conditions::is_one(record.kind)) {
    if (!is_group && record.kind != feed::Kind::kTransition) return false;
    if (record.to == State::kInitialize) return false;
    if (record.to == State::kFault && model.mail.no_faults) return false;
  }
  if (record.kind == feed::Kind::kNoEngine)
    return std::ranges::any_of(model.instances, &config::Instance::smtp_alert) ||
           std::ranges::any_of(model.groups, &config::SyncGroup::smtp_alert);
  // By name: a reload may have moved places while the record was on its way.
  const auto asks = [&](const auto& list) {
    for (const auto& one : list)
      if (one.name == feed::get_text(record.name)) return one.smtp_alert;
    return false;
  };
  return is_group ? asks(model.groups) : asks(model.instances);
}

Message notice_of(const Record& record, const Origin& origin, const Mailbox& from,
                  const std::vector<Mailbox>& to, std::string_view details) {
  const std::string name = feed::one_line(feed::get_text(record.name));
  const bool is_group = record.kind == feed::Kind::kGroup;
  Message message;
  message.from = from;
  message.to = to;
  message.wall_ns = record.wall_ns;
  message.id =
      fmt::format("vigie.{:016x}.{}@{}", origin.ledger_identity, record.sequence, origin.host);
  const std::string time = fmt::format("{:<10} {}\n", "Time:", date_of(record.wall_ns));
  const std::string end = fmt::format("{:<10} {} of ledger {:016x}\n", "Record:", record.sequence,
                                      origin.ledger_identity);
  if (Conditions::is_one(record.kind)) {
    message.headers = {{"X-Vigie-Router", origin.router},
                       {"X-Vigie-Condition", std::string(feed::to_string(record.kind))},
                       {"X-Vigie-Condition-Is", record.status != 0 ? "on" : "over"}};
    if (record.kind == feed::Kind::kNoEngine) {
      message.subject = fmt::format("[{}] VRRP - {}", origin.router, condition_of(record));
      message.body =
          fmt::format("On {}:\n{}.\n\n{}\n{}", origin.router, feed::because(record), details, time);
      return message;
    }
    message.headers.insert(message.headers.begin() + 1, {"X-Vigie-Instance", name});
    message.subject =
        fmt::format("[{}] VRRP Instance {} - {}", origin.router, name, condition_of(record));
    message.body = fmt::format("{} on {}:\n{}.\n\n{}{}", name, origin.router, feed::because(record),
                               time, end);
    return message;
  }
  message.subject = fmt::format("[{}] VRRP {} {} - {}", origin.router,
                                is_group ? "Group" : "Instance", name, what_happens(record.to));
  message.headers = {{"X-Vigie-Router", origin.router},
                     {is_group ? "X-Vigie-Group" : "X-Vigie-Instance", name},
                     {"X-Vigie-State", std::string(base::to_string(record.to))},
                     {"X-Vigie-Cause", std::string(base::to_string(record.cause))}};
  message.body = fmt::format(
      "{}\n\n"
      "{} on {} went from {} to {}:\n"
      "{}.\n\n"
      "{}"
      "{}"
      "{}",
      is_group ? group_first_line(record.to) : std::string(first_line(record.to)), name,
      origin.router, base::to_string(record.from), base::to_string(record.to),
      feed::because(record), time, evidence_of(record), end);
  return message;
}

}  // namespace alert
