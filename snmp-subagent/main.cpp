// vigie-subagent: answers snmpd from the board and turns ledger records into notifications.
//
// May hang whenever snmpd does; nothing else waits for it. Notifications that snmpd was not there for are kept, up to
// kMaxWaiting, and sent when it is.

#include <deque>
#include <memory>

#include "base/os/clock.hpp"
#include "base/os/log.hpp"
#include "base/os/mapping.hpp"
#include "base/os/place_file.hpp"
#include "engine/feed/ledger.hpp"
#include "engine/feed/presence.hpp"
#include "engine/ipc/role.hpp"
#include "engine/role/role.hpp"
#include "snmp-subagent/agent.hpp"
#include "snmp-subagent/proto_errors.hpp"
#include "snmp-subagent/vrrp_mib.hpp"

namespace {

// A walk of a thousand instances reads one List; it is at most this old.
constexpr base::Duration kListLifetime = std::chrono::milliseconds{200};
constexpr base::Duration kIdle = std::chrono::seconds{1};
static_assert(kIdle < feed::Presence::kAwake);
constexpr std::size_t kMaxWaiting = 1000;

// Reads the board into a View, and the View into a List when the last one is too old.
class Tables {
 public:
  Tables(const config::Model& model, feed::BoardReader board)
      : model_(model), board_(board), presence_(base::os::now()) {}

  // At least once a second.
  void look_for_engine() { presence_.look(board_.global(), base::os::now()); }

  snmp::View view(std::uint64_t agent_uptime_cs) const {
    snmp::View view{model_,
                    {},
                    board_.global().value_or(feed::Global{}),
                    base::os::now(),
                    agent_uptime_cs,
                    presence_.is_missing()};
    for (std::size_t i = 0; i < board_.rows(); ++i) view.rows.push_back(board_.row(i));
    return view;
  }
  const snmp::List& list(std::uint64_t agent_uptime_cs) {
    if (list_.empty() || base::os::now() >= made_ + kListLifetime) {
      list_ = snmp::vrrp_mib(view(agent_uptime_cs));
      made_ = base::os::now();
    }
    return list_;
  }

 private:
  const config::Model& model_;
  feed::BoardReader board_;
  feed::Presence presence_;
  snmp::List list_;
  base::Instant made_;
};

// Ledger -> notifications, in order, each sent once; the place moves when they were handed to the library.
class Traps {
 public:
  Traps(feed::LedgerReader reader, base::os::PlaceFile place)
      : reader_(reader), place_(std::move(place)) {}

  void take_in(const Tables& tables, std::uint64_t agent_uptime_cs) {
    std::optional<snmp::View> view;
    while (const auto record = reader_.next()) {
      if (record->kind == feed::Kind::kLost)
        base::os::log_warning("missed " + std::to_string(record->status) +
                              " records of the ledger: their notifications were not sent");
      if (!view) view.emplace(tables.view(agent_uptime_cs));
      if (auto trap = snmp::vrrp_trap(*record, *view)) keep(std::move(*trap));
    }
  }

  // What counters tell and no record does.
  void look(const Tables& tables, std::uint64_t agent_uptime_cs) {
    const base::Instant now = base::os::now();
    if (now < look_at_) return;
    look_at_ = now + kIdle;
    for (snmp::Notification& error : errors_.look(tables.view(agent_uptime_cs)))
      keep(std::move(error));
  }

  void send(snmp::Agent& agent) {
    while (!waiting_.empty() && agent.notify(waiting_.front().name, waiting_.front().objects))
      waiting_.pop_front();
    if (!waiting_.empty() || remembered_ == reader_.place()) return;
    if (const auto written = place_.write(reader_.place()); !written)
      base::os::log_warning(base::to_string(written.error()));
    remembered_ = reader_.place();
    if (lost_ > 0)
      base::os::log_warning(std::to_string(lost_) +
                            " notifications were dropped while snmpd was away");
    lost_ = 0;
  }

 private:
  void keep(snmp::Notification trap) {
    waiting_.push_back(std::move(trap));
    if (waiting_.size() <= kMaxWaiting) return;
    waiting_.pop_front();
    if (lost_++ == 0)
      base::os::log_warning("snmpd is away for long: the oldest notifications are dropped");
  }

  feed::LedgerReader reader_;
  base::os::PlaceFile place_;
  std::deque<snmp::Notification> waiting_;
  std::uint64_t remembered_ = 0;
  std::uint64_t lost_ = 0;
  snmp::ProtoErrors errors_;
  base::Instant look_at_;
};

base::Status run(int argc, char** argv) {
  const auto signals = role::hold_signals();
  if (!signals) return signals.error();
  const auto arguments = role::begin("subagent", argc, argv);
  if (!arguments) return arguments.error();
  if (auto confined = role::confine({.user = "vigie-snmp",
                                     .groups = {"vigie"},
                                     .die_with_parent = true,
                                     .process_name = "vigie-subagent"});
      !confined)
    return confined;

  const auto model = role::read_configuration();
  if (!model) return model.error();
  const auto board = base::os::Mapping::read_only(ipc::kBoardFd);
  if (!board) return board.error();
  const auto ledger = base::os::Mapping::read_only(ipc::kLedgerFd);
  if (!ledger) return ledger.error();

  if (auto alone = role::stand_by(*arguments); !alone) return alone;
  Tables tables{*model, feed::BoardReader{board->bytes()}};
  const base::os::PlaceFile place{arguments->run_dir + "/subagent/place",
                                  feed::ledger_header(ledger->bytes()).identity};
  Traps traps{feed::LedgerReader{ledger->bytes(), place.read()}, place};

  // snmpd may keep us waiting.
  role::say_it_took_over(*arguments);
  auto agent = snmp::Agent::open(
      model->agentx.socket, snmp::kVrrpMib,
      [&](std::uint64_t uptime_cs) -> const snmp::List& { return tables.list(uptime_cs); });
  if (!agent) return agent.error();
  for (bool is_ending = false; !is_ending;) {
    // Asked before the ledger is read, so that what was there when we were asked to end is sent.
    is_ending = role::take_signal(*signals);
    if (auto kicked = role::take_kick(ipc::kKickFd); !kicked) return kicked.error();
    tables.look_for_engine();
    if (model->agentx.traps) {
      traps.take_in(tables, agent->uptime_cs());
      traps.look(tables, agent->uptime_cs());
      traps.send(*agent);
    }
    if (!is_ending) agent->serve({{ipc::kKickFd, signals->get()}}, base::os::now() + kIdle);
  }
  return base::ok();
}

}  // namespace

int main(int argc, char** argv) { return role::exit_status(run(argc, argv)); }
