#include "cli/status.hpp"

#include <fmt/format.h>

#include "cli/row_words.hpp"
#include "cli/table.hpp"
#include "cli/words.hpp"
#include "engine/feed/sentence.hpp"

namespace cli {

using base::Duration;
using base::Hold;
using base::Instant;
using base::State;
using feed::Row;

namespace {

bool has(const Row& row, Hold hold) { return (row.holds & static_cast<std::uint8_t>(hold)) != 0; }

// How long a hold that ends by itself may last; empty when that is not known.
std::string at_most(std::int64_t until_ns, Instant now) {
  if (until_ns == 0 || now == Instant{} || until_ns <= now.ns()) return {};
  return fmt::format(" for at most {}", span_text(Instant::from_ns(until_ns) - now));
}

std::string holds_text(const Row& row, Instant now) {
  std::string text;
  const auto add = [&](Hold hold, const std::string& words) {
    if (has(row, hold)) text += fmt::format("{}{}", text.empty() ? "" : ", ", words);
  };
  add(Hold::kPermit, "permit absent");
  add(Hold::kMaintenance, "maintenance");
  add(Hold::kStartDelay, "start delay" + at_most(row.start_delay_until_ns, now));
  add(Hold::kQuiet, "quiet start" + at_most(row.quiet_until_ns, now));
  return text;
}

std::string master_text(const Row& row) {
  if (row.state == State::kMaster) {
    const base::Address own = address_of(row.family, row.source);
    return own.is_set() ? to_string(own) + " (us)" : "us";
  }
  const base::Address master = address_of(row.family, row.master);
  if (!master.is_set()) return "-";
  return fmt::format("{} ({})", to_string(master), row.master_priority);
}

// Wall time of a monotonic moment: rows carry both clocks only for the last transition.
std::int64_t wall_of(std::int64_t monotonic_ns, const Status& status) {
  return status.now_wall_ns - (status.now.ns() - monotonic_ns);
}

std::string since_text(std::int64_t since_ns, const Status& status) {
  if (since_ns == 0) return "-";
  return fmt::format("{} ({})", local_time(wall_of(since_ns, status)),
                     age_text(since_ns, status.now));
}

std::string priority_text(const Row& row) {
  return row.effective_priority == row.base_priority
             ? std::to_string(row.base_priority)
             : fmt::format("{}/{}", row.effective_priority, row.base_priority);
}

std::string addresses_text(const Row& row) {
  return fmt::format("{}/{}", row.addresses_installed, row.addresses);
}

std::string headline(const Status& status) {
  if (!status.engine || status.engine->heartbeat_ns == 0)
    return fmt::format("{}: the engine has not started yet\n", or_dash(status.router_id));
  // First: an engine that has said it stopped still beats until it is ended.
  if (status.stop)
    return fmt::format("{}: STOPPED in an orderly way at {} ({} ago); what follows was true then\n",
                       or_dash(status.router_id), local_time(status.stop->wall_ns),
                       age_text(status.stop->monotonic_ns, status.now));
  if (status.is_stale())
    return fmt::format(
        "{}: NO ENGINE RUNS HERE: its last sign of life is {} old; what follows was true then\n",
        or_dash(status.router_id), span_text(status.heartbeat_age()));
  return fmt::format("{}: engine pid {}, up {}, heartbeat {} ago\n", or_dash(status.router_id),
                     status.engine->engine_pid,
                     age_text(status.engine->engine_started_ns, status.now),
                     span_text(status.heartbeat_age()));
}

std::string last_why(const Facts& facts, const Row& row) {
  if (row.transition_sequence == 0) return {};
  if (const auto record = facts.record(row.transition_sequence)) return feed::because(*record);
  return std::string(
      to_string(row.transition_cause));  // the ring has moved on; the cause stays on the board
}

// The orderly stop, unless an engine was started after it. That one may have recorded nothing yet, but it beats first.
std::optional<feed::Record> last_stop(const Facts& facts, const feed::Global& engine) {
  for (std::uint64_t sequence = facts.ledger_head();; --sequence) {
    const auto record =
        facts.record(sequence);  // nothing before the first, or where the ring has moved on
    if (!record || record->kind == feed::Kind::kEngineStarted) return std::nullopt;
    if (record->kind != feed::Kind::kStopped) continue;
    if (record->monotonic_ns < engine.engine_started_ns) return std::nullopt;
    return record;
  }
}

std::string rival_text(const Row& row) {
  const std::string rival = or_dash(to_string(address_of(row.family, row.rival)));
  return fmt::format("{}{} (priority {})", rival, row.contest_crowd != 0 ? " and others" : "",
                     row.contest_priority);
}

std::string contest_text(const Row& row, const Status& status) {
  const base::Address other = address_of(row.family, row.contest_other);
  std::string text = fmt::format("TWO MASTERS for {}: {} is one as well as {}",
                                 age_text(row.contest_since_ns, status.now), rival_text(row),
                                 other.is_set()                ? to_string(other)
                                 : row.state == State::kMaster ? std::string("this router")
                                                               : std::string("another router"));
  const std::string_view reason = feed::get_text(row.contest_reason);
  if (!reason.empty()) text += fmt::format(", and {}", feed::contest_words(feed::one_line(reason)));
  return text;
}

nlohmann::ordered_json contest_json(const Row& row, const Status& status) {
  if (row.contest == 0) return nullptr;
  const base::Address rival = address_of(row.family, row.rival);
  const base::Address other = address_of(row.family, row.contest_other);
  return {{"rival", rival.is_set() ? nlohmann::ordered_json(to_string(rival)) : nullptr},
          {"rival_priority", row.contest_priority},
          {"other", other.is_set() ? nlohmann::ordered_json(to_string(other)) : nullptr},
          {"reason", feed::get_text(row.contest_reason)},
          {"drop", row.contest_drop == base::Drop::kNone
                       ? nlohmann::ordered_json(nullptr)
                       : nlohmann::ordered_json(to_string(row.contest_drop))},
          {"crowd", row.contest_crowd != 0},
          {"since", iso_time(wall_of(row.contest_since_ns, status))}};
}

std::string decider_of(const feed::BoardReader& board, const feed::GroupRow& group) {
  if (group.change_sequence == 0 || group.decider >= board.rows()) return {};
  const auto row = board.row(group.decider);
  return row ? std::string(feed::get_text(row->name)) : std::string();
}

std::string group_why(const Facts& facts, const feed::GroupRow& group) {
  if (group.change_sequence == 0) return {};
  if (const auto record = facts.record(group.change_sequence)) return feed::because(*record);
  return std::string(to_string(group.cause));
}

std::string group_name(const feed::BoardReader& board, const Row& row) {
  if (row.group >= board.groups()) return {};
  const auto group = board.group(row.group);
  return group ? std::string(feed::get_text(group->name)) : std::string();
}

nlohmann::ordered_json json_of(const GroupStatus& group, const Status& status) {
  const feed::GroupRow& row = group.row;
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(text);
  };
  nlohmann::ordered_json members = nlohmann::ordered_json::array();
  for (const InstanceStatus& instance : status.instances)
    if (instance.group == feed::get_text(row.name))
      members.push_back(feed::get_text(instance.row.name));
  return {{"name", feed::get_text(row.name)},
          {"state", to_string(row.state)},
          {"members", std::move(members)},
          {"since", row.since_ns == 0
                        ? nlohmann::ordered_json(nullptr)
                        : nlohmann::ordered_json(iso_time(wall_of(row.since_ns, status)))},
          {"cause", row.change_sequence == 0 ? nlohmann::ordered_json(nullptr)
                                             : nlohmann::ordered_json(to_string(row.cause))},
          {"decided_by", text_or_null(group.decider)},
          {"why", text_or_null(group.why)},
          {"changes", row.changes}};
}

nlohmann::ordered_json json_of(const InstanceStatus& instance, const Status& status) {
  const Row& row = instance.row;
  const auto time_or_null = [&](std::int64_t monotonic_ns) -> nlohmann::ordered_json {
    if (monotonic_ns == 0) return nullptr;
    return iso_time(wall_of(monotonic_ns, status));
  };
  const base::Address master = address_of(row.family, row.master);
  const base::Address source = address_of(row.family, row.source);
  nlohmann::ordered_json holds = nlohmann::ordered_json::array();
  if (has(row, Hold::kPermit)) holds.push_back("permit");
  if (has(row, Hold::kMaintenance)) holds.push_back("maintenance");
  if (has(row, Hold::kStartDelay)) holds.push_back("start-delay");
  if (has(row, Hold::kQuiet)) holds.push_back("quiet-start");
  const auto end_of = [&](Hold hold, std::int64_t until_ns) {
    return has(row, hold) ? time_or_null(until_ns) : nlohmann::ordered_json(nullptr);
  };
  return {
      {"name", feed::get_text(row.name)},
      {"state", to_string(row.state)},
      {"departing", row.departing != 0},
      {"preparing", row.preparing != 0},
      {"gave_way", row.gave_way != 0},
      {"addresses_fought", row.fought != 0},
      {"holds", std::move(holds)},
      {"start_delay_until", end_of(Hold::kStartDelay, row.start_delay_until_ns)},
      {"quiet_until", end_of(Hold::kQuiet, row.quiet_until_ns)},
      {"contest", contest_json(row, status)},
      {"contests", row.contests},
      {"differs", differs_json(row.differs)},
      {"group", instance.group.empty() ? nlohmann::ordered_json(nullptr)
                                       : nlohmann::ordered_json(instance.group)},
      {"faults", row.faults},
      {"interface", feed::get_text(row.interface)},
      {"link_usable", row.link_usable != 0},
      {"vrid", row.vrid},
      {"version", row.version},
      {"family", family_word(row.family)},
      {"unicast", row.unicast != 0},
      {"auth", auth_text(row.auth_type)},
      {"priority", row.base_priority},
      {"effective_priority", row.effective_priority},
      {"master", master.is_set() ? nlohmann::ordered_json(to_string(master)) : nullptr},
      {"master_priority", row.master_priority},
      {"source", source.is_set() ? nlohmann::ordered_json(to_string(source)) : nullptr},
      {"last_heard", time_or_null(row.last_heard_ns)},
      {"addresses", row.addresses},
      {"addresses_installed", row.addresses_installed},
      {"since", time_or_null(row.in_state_since_ns)},
      {"cause", row.transition_sequence == 0
                    ? nlohmann::ordered_json(nullptr)
                    : nlohmann::ordered_json(to_string(row.transition_cause))},
      {"why", instance.why.empty() ? nlohmann::ordered_json(nullptr)
                                   : nlohmann::ordered_json(instance.why)},
      {"advert_interval_ms", static_cast<double>(row.advert_interval_ns) / 1e6},
      {"became_master", row.became_master},
      {"released_master", row.released_master},
      {"adverts_sent", row.adverts_sent},
      {"adverts_received", row.adverts_received},
      {"zero_sent", row.zero_sent},
      {"zero_received", row.zero_received},
      {"announcements_sent", row.announcements_sent},
      {"send_errors", row.send_errors},
      {"address_list_errors", row.address_list_errors},
      {"interval_differences", row.interval_differences},
      {"clock_bad", row.clock_bad},
      {"drops", drops_json(row.drops)},
  };
}

}  // namespace

Duration Status::heartbeat_age() const {
  if (!engine || engine->heartbeat_ns == 0) return Duration::max();
  return std::max(now - Instant::from_ns(engine->heartbeat_ns), Duration{0});
}

Status read_status(const Facts& facts, Instant now, std::int64_t now_wall_ns) {
  const feed::BoardReader board = facts.board();
  Status status;
  status.router_id = feed::get_text(board.header().router_id);
  status.engine = board.global();
  if (status.engine) status.stop = last_stop(facts, *status.engine);
  status.now = now;
  status.now_wall_ns = now_wall_ns;
  for (std::size_t i = 0; i < board.groups(); ++i) {
    const auto group = board.group(i);
    if (!group || feed::get_text(group->name).empty()) continue;
    status.groups.push_back({*group, decider_of(board, *group), group_why(facts, *group)});
  }
  for (std::size_t i = 0; i < board.rows(); ++i) {
    const auto row = board.row(i);
    // A row without a name was never published; a torn one is published again by the next engine.
    if (!row || feed::get_text(row->name).empty()) continue;
    status.instances.push_back({*row, last_why(facts, *row), group_name(board, *row)});
  }
  return status;
}

std::vector<std::string> conditions(const InstanceStatus& instance, const Status& status) {
  const Row& row = instance.row;
  std::vector<std::string> list;
  if (row.contest != 0) list.push_back(contest_text(row, status));
  if (row.fought != 0)
    list.push_back(
        fmt::format("somebody removes its addresses from this host again and again "
                    "(vigie history {})",
                    feed::get_text(row.name)));
  if (row.differs != 0)
    list.push_back(fmt::format("a peer is configured differently: {} (vigie peers {})",
                               differs_text(row.differs), feed::get_text(row.name)));
  return list;
}

std::string state_text(const Row& row, Instant now) {
  std::string text(to_string(row.state));
  if (row.departing != 0) text += ", leaving";
  if (row.preparing != 0) text += ", taking over";
  if (row.gave_way != 0 && row.state == State::kBackup)
    text += row.gave_way == 1 ? ", gave way (vigie switchover)"
                              : ", gave way (somebody removes its addresses here)";
  const std::string holds = holds_text(row, now);
  if (!holds.empty() && row.state != State::kMaster) text += fmt::format(", held back ({})", holds);
  return text;
}

std::string render_table(const Status& status) {
  std::string text = headline(status);
  if (status.instances.empty()) return text + "no instance has been published yet\n";
  std::vector<std::vector<std::string>> rows{{"INSTANCE", "STATE", "PRIORITY", "INTERFACE", "VRID",
                                              "MASTER", "LAST HEARD", "ADDRESSES", "SINCE"}};
  for (const InstanceStatus& instance : status.instances) {
    const Row& row = instance.row;
    rows.push_back({std::string(feed::get_text(row.name)), state_text(row, status.now),
                    priority_text(row), std::string(feed::get_text(row.interface)),
                    std::to_string(row.vrid), master_text(row),
                    age_text(row.last_heard_ns, status.now), addresses_text(row),
                    since_text(row.in_state_since_ns, status)});
  }
  text += table(rows);
  std::vector<std::pair<std::string, std::string>> reasons;
  for (const InstanceStatus& instance : status.instances)
    if (!instance.why.empty())
      reasons.emplace_back(feed::get_text(instance.row.name), "because " + instance.why);
  for (const InstanceStatus& instance : status.instances)
    for (std::string& condition : conditions(instance, status))
      reasons.emplace_back(feed::get_text(instance.row.name), std::move(condition));
  text += pairs(reasons);
  if (status.groups.empty()) return text;
  std::vector<std::vector<std::string>> groups{{"GROUP", "STATE", "MEMBERS", "SINCE", "BY"}};
  for (const GroupStatus& group : status.groups)
    groups.push_back({std::string(feed::get_text(group.row.name)),
                      std::string(to_string(group.row.state)), std::to_string(group.row.members),
                      since_text(group.row.since_ns, status), or_dash(group.decider)});
  return text + table(groups);
}

std::string render_detail(const Status& status, const InstanceStatus& instance) {
  const Row& row = instance.row;
  const base::Address source = address_of(row.family, row.source);
  std::vector<std::pair<std::string, std::string>> lines{
      {"instance", std::string(feed::get_text(row.name))},
      {"state", state_text(row, status.now)},
      {"since", since_text(row.in_state_since_ns, status)},
      {"because", or_dash(instance.why)},
      {"interface", fmt::format("{} ({})", feed::get_text(row.interface),
                                row.link_usable != 0 ? "usable" : "not usable")},
      {"virtual router",
       fmt::format("{}, VRRPv{}, {}", row.vrid, row.version, family_text(row.family))},
      {"priority", priority_text(row)},
      {"master", master_text(row)},
      {"last heard", age_text(row.last_heard_ns, status.now)},
      {"speaks from", to_string(source)},
      {"addresses", addresses_text(row) + " installed"},
      {"advert interval", span_text(Duration{row.advert_interval_ns})},
      {"became master",
       fmt::format("{} times, released {}", row.became_master, row.released_master)},
      {"adverts", fmt::format("{} sent, {} received", row.adverts_sent, row.adverts_received)},
      {"priority zero", fmt::format("{} sent, {} received", row.zero_sent, row.zero_received)},
      {"announcements", std::to_string(row.announcements_sent)},
      {"dropped", drops_text(row.drops)},
  };
  if (!instance.group.empty()) lines.insert(lines.begin() + 4, {"sync group", instance.group});
  if (row.auth_type != 0)
    lines.emplace_back("authentication", std::string(auth_text(row.auth_type)));
  if (row.unicast != 0) lines.emplace_back("adverts go to", "unicast peers");
  if (row.clock_bad > 0)
    lines.emplace_back("clock bad",
                       fmt::format("{} adverts of peers whose clock is wrong", row.clock_bad));
  if (row.contests > 0) lines.emplace_back("two masters", fmt::format("{} times", row.contests));
  for (std::string& condition : conditions(instance, status))
    lines.insert(lines.begin() + 4, {"now", std::move(condition)});
  if (row.faults > 0) lines.insert(lines.begin() + 4, {"faults", std::to_string(row.faults)});
  if (row.send_errors > 0) lines.emplace_back("send errors", std::to_string(row.send_errors));
  return headline(status) + pairs(lines);
}

nlohmann::ordered_json to_json(const Status& status) {
  nlohmann::ordered_json engine = nullptr;
  if (status.engine && status.engine->heartbeat_ns != 0)
    engine = {
        {"pid", status.engine->engine_pid},
        {"starts", status.engine->engine_starts},
        {"started", iso_time(wall_of(status.engine->engine_started_ns, status))},
        {"heartbeat_age_ms", static_cast<double>(status.heartbeat_age().count()) / 1e6},
        {"stale", status.is_stale()},
        {"stopped", status.stop ? nlohmann::ordered_json(iso_time(status.stop->wall_ns))
                                : nlohmann::ordered_json(nullptr)},
        {"lateness_max_ms", static_cast<double>(status.engine->lateness_ns_max) / 1e6},
        {"turns", status.engine->turns},
        {"ledger_head", status.engine->ledger_head},
        // Of all instances together, and what was for none of them.
        {"drops", drops_json(status.engine->drops)},
    };
  nlohmann::ordered_json instances = nlohmann::ordered_json::array();
  for (const InstanceStatus& instance : status.instances)
    instances.push_back(json_of(instance, status));
  nlohmann::ordered_json groups = nlohmann::ordered_json::array();
  for (const GroupStatus& group : status.groups) groups.push_back(json_of(group, status));
  return {{"router_id", status.router_id},
          {"time", iso_time(status.now_wall_ns)},
          {"engine", std::move(engine)},
          {"instances", std::move(instances)},
          {"groups", std::move(groups)}};
}

}  // namespace cli
