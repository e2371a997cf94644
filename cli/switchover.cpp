#include "cli/switchover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/os/clock.hpp"
#include "cli/status.hpp"
#include "cli/words.hpp"
#include "supervisor/control.hpp"
#include "supervisor/maintenance.hpp"

namespace cli {

using base::Error;
using base::Result;
using base::State;
using std::chrono::milliseconds;

namespace {

constexpr int kFailed = 1;
constexpr int kNotUnderstood = 2;
constexpr int kNoEffectSeen = 3;
constexpr base::Duration kAnswer = std::chrono::seconds{2};
// Beside what a departure may take, or the kernel for the addresses.
constexpr base::Duration kPatience = std::chrono::seconds{2};

int refuse(const Error& error) {
  fmt::print(stderr, "vigie: {}\n", to_string(error));
  return kFailed;
}

bool is_lively(const Facts& facts) {
  const auto global = facts.board().global();
  return global && base::os::now() - base::Instant::from_ns(global->heartbeat_ns) <= kStale;
}

std::string address_text(const feed::Row& row) {
  const std::size_t bytes = row.family == base::Family::kIpv6 ? 16 : 4;
  return to_string(base::Address::from_bytes(row.family, std::span(row.master).first(bytes)));
}

bool is_known(const std::array<std::uint8_t, 16>& address) {
  return address != std::array<std::uint8_t, 16>{};
}

std::vector<Moved> read_moved(const Facts& facts, const std::vector<std::uint16_t>& ids) {
  std::vector<Moved> rows;
  for (const std::uint16_t id : ids) {
    const auto row = id < facts.board().rows() ? facts.board().row(id) : std::nullopt;
    if (!row) continue;
    rows.push_back({.row = *row});
  }
  return rows;
}

void print_states(const std::vector<Moved>& rows) {
  for (const Moved& one : rows)
    fmt::print("{} is {}{}\n", feed::get_text(one.row.name), state_text(one.row),
               one.row.state == State::kBackup && is_known(one.row.master)
                   ? fmt::format("; master is {}", address_text(one.row))
                   : "");
}

bool is_any_in(const std::vector<Moved>& rows, State state) {
  return std::ranges::any_of(rows, [&](const Moved& one) { return one.row.state == state; });
}

bool is_told(const Result<control::Reply>& reply) {
  if (!reply) return (void)refuse(reply.error()), false;
  if (reply->answer == control::Answer::kDone) return true;
  const std::string_view why = reply->answer == control::Answer::kFailed
                                   ? feed::get_text(reply->text)
                                   : "vigied is of another version";
  fmt::print(stderr, "vigie: {}\n", why);
  return false;
}

}  // namespace

Result<std::vector<std::uint16_t>> moved_together(const config::Model& model,
                                                  const std::string& name) {
  for (const config::SyncGroup& group : model.groups)
    if (group.name == name) return group.members;
  for (std::size_t i = 0; i < model.instances.size(); ++i) {
    if (model.instances[i].name != name) continue;
    const auto id = static_cast<std::uint16_t>(i);
    for (const config::SyncGroup& group : model.groups)
      if (std::ranges::find(group.members, id) != group.members.end()) return group.members;
    return std::vector<std::uint16_t>{id};
  }
  return Error::because("find instance or group", "the running configuration has none of this name",
                        name);
}

Result<Move> move_of(const std::vector<Moved>& rows, base::Instant now) {
  const auto because = [](const feed::Row& row, std::string_view why) {
    return Error::because("switch over", why, feed::get_text(row.name));
  };
  if (rows.empty()) return Error::because("switch over", "the board does not show it");
  const State state = rows.front().row.state;
  for (const Moved& one : rows) {
    if (one.row.departing != 0) return because(one.row, "it is leaving already");
    if (one.row.preparing != 0) return because(one.row, "it is taking over already");
    if (one.row.state != State::kMaster && one.row.state != State::kBackup)
      return because(one.row, fmt::format("it is {}", to_string(one.row.state)));
    if (one.row.state != state) return because(one.row, "its group is not of one mind just now");
  }
  // Whoever leaves asks by that whether anybody is there, and stays master when nobody takes over.
  if (state == State::kMaster) return Move::kGive;
  for (const Moved& one : rows) {
    const feed::Row& row = one.row;
    if (row.holds != 0) return because(row, fmt::format("it is {}", state_text(row)));
    const base::Duration silence = now - base::Instant::from_ns(row.last_heard_ns);
    if (!is_known(row.master) || silence > 3 * base::Duration{row.master_interval_ns})
      return because(row, "no master is heard: it rises by itself");
    if (row.master_priority >= row.effective_priority)
      return because(row,
                     fmt::format("it is BACKUP with priority {}, and {} is master with {}; "
                                 "run vigie switchover there",
                                 row.effective_priority, address_text(row), row.master_priority));
  }
  return Move::kTake;
}

int switch_over(const std::string& name, bool is_forced, const Directories& directories) {
  const auto model = running_configuration(directories);
  if (!model) return refuse(model.error());
  const auto ids = moved_together(*model, name);
  if (!ids) return refuse(ids.error());
  const auto facts = Facts::open(directories);
  if (!facts) return refuse(facts.error());
  if (!is_lively(*facts))
    return refuse(Error::because("switch over", "no engine runs here", directories.run));
  std::vector<Moved> rows = read_moved(*facts, *ids);
  const auto move = move_of(rows, base::os::now());
  if (!move) return refuse(move.error());

  control::Request request;
  request.command = control::Command::kSwitchover;
  feed::put_text(request.subject, *move == Move::kTake ? "take" : is_forced ? "force" : "give");
  feed::put_text(request.text, model->instances[ids->front()].name);
  if (!is_told(control::ask(directories.run, request, kAnswer))) return kFailed;

  base::Duration longest{0};
  for (const Moved& one : rows)
    longest = std::max(longest, base::Duration{one.row.advert_interval_ns});
  longest = *move == Move::kTake ? base::Duration{std::chrono::seconds{5}} : 2 * longest;
  const base::Instant end = base::os::now() + longest + kPatience;
  const State wanted = *move == Move::kGive ? State::kBackup : State::kMaster;
  bool has_begun = false;
  while (base::os::now() < end) {
    rows = read_moved(*facts, *ids);
    const auto is_any = [&](auto&& is) { return std::ranges::any_of(rows, is); };
    if (!is_any([&](const Moved& one) { return one.row.state != wanted; })) {
      print_states(rows);
      return 0;
    }
    const bool is_under_way =
        is_any([](const Moved& one) { return one.row.departing != 0 || one.row.preparing != 0; });
    const bool is_over = has_begun && !is_under_way && *move == Move::kGive;
    if (is_over && !is_any([](const Moved& one) { return one.row.state != State::kMaster; })) break;
    has_begun = has_begun || is_under_way;
    std::this_thread::sleep_for(milliseconds{5});
  }
  print_states(rows);
  std::string_view what = "the engine has not acted on it";
  if (is_any_in(rows, State::kStopped))
    what = "the daemon is being stopped";
  else if (*move == Move::kTake)
    what = "it has not become master; see vigie why";
  else if (has_begun && is_forced)
    what = "it has not left; see vigie why";
  else if (has_begun)
    what = "nobody has taken over, so nothing has moved; --force makes it leave all the same";
  fmt::print(stderr, "vigie: {}\n", what);
  return kNoEffectSeen;
}

std::optional<base::Duration> span_of(std::string_view text) {
  const auto since = parse_since(text, 0);
  if (!since || *since >= 0) return std::nullopt;  // a date
  return base::Duration{-*since};
}

namespace {

int show_maintenance(const Directories& directories) {
  const auto found = control::read_maintenance(control::maintenance_file(directories.state));
  if (!found) return refuse(found.error());
  if (!*found || (*found)->is_over(base::os::wall_ns())) {
    fmt::print("maintenance is off\n");
    return 0;
  }
  fmt::print("maintenance is on {}", control::end_text(**found));
  if ((*found)->is_legible) fmt::print(", asked for by uid {}", (*found)->uid);
  fmt::print("\n");
  return kNoEffectSeen;
}

bool is_as_wished(const feed::Row& row, bool is_on) {
  const bool is_held = (row.holds & static_cast<std::uint8_t>(base::Hold::kMaintenance)) != 0;
  return is_held == is_on && row.departing == 0 && !(is_on && row.state == State::kMaster);
}

// The supervisor waits for no disk.
int keep_maintenance(const Directories& directories, int result) {
  const auto synced = control::sync_maintenance(control::maintenance_file(directories.state));
  if (synced) return result;
  fmt::print(stderr, "vigie: it is done, but may be forgotten when the power fails now: {}\n",
             to_string(synced.error()));
  return kFailed;
}

}  // namespace

int maintain(MaintenanceWish wish, const std::optional<std::string>& lasts,
             const Directories& directories) {
  const bool is_on = wish == MaintenanceWish::kOn;
  std::int64_t until_wall_ns = 0;
  // Also one that is empty, as an unset variable is: who meant to say an end must not get none.
  if (lasts) {
    const auto span = span_of(*lasts);
    if (!is_on || !span) {
      fmt::print(stderr, "vigie: --for {}: {}\n", lasts->empty() ? "\"\"" : *lasts,
                 is_on ? "no time span such as 90s, 30m, 2h or 7d" : "goes with maintenance on");
      return kNotUnderstood;
    }
    until_wall_ns = base::os::wall_ns() + span->count();
  }
  if (wish == MaintenanceWish::kStatus) return show_maintenance(directories);
  control::Request request;
  request.command = control::Command::kMaintenance;
  feed::put_text(request.subject, is_on ? "on" : "off");
  feed::put_text(request.text, std::to_string(until_wall_ns));
  const auto reply = control::ask(directories.run, request, kAnswer);
  if (!is_told(reply)) return kFailed;
  fmt::print("maintenance is {}: {}\n", is_on ? "on" : "off", feed::get_text(reply->text));

  const auto facts = Facts::open(directories);
  base::Instant end = base::os::now() + kPatience;
  base::Duration longest{0};
  while (facts && base::os::now() < end + longest) {
    bool is_done = true;
    for (std::size_t i = 0; i < facts->board().rows(); ++i) {
      const auto row = facts->board().row(i);
      is_done = is_done && row && is_as_wished(*row, is_on);
      if (row) longest = std::max(longest, base::Duration{row->advert_interval_ns});
    }
    if (is_done) return keep_maintenance(directories, 0);
    std::this_thread::sleep_for(milliseconds{5});
  }
  fmt::print(stderr, "vigie: the engine has not acted on it yet\n");
  return keep_maintenance(directories, kNoEffectSeen);
}

}  // namespace cli
