#include "cli/status.hpp"

#include <fmt/format.h>

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

std::string holds_text(const Row& row) {
  std::string text;
  const auto add = [&](Hold hold, std::string_view words) {
    if (has(row, hold)) text += fmt::format("{}{}", text.empty() ? "" : ", ", words);
  };
  add(Hold::kPermit, "permit absent");
  add(Hold::kMaintenance, "maintenance");
  add(Hold::kStartDelay, "start delay");
  return text;
}

base::Address address_of(base::Family family, const std::array<std::uint8_t, 16>& bytes) {
  const bool is_zero = std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
  if (is_zero || family == base::Family::kNone) return {};
  return base::Address::from_bytes(family,
                                   std::span(bytes).first(family == base::Family::kIpv4 ? 4 : 16));
}

std::string text_of(std::string_view text) { return text.empty() ? "-" : std::string(text); }

std::string master_text(const Row& row) {
  if (row.state == State::kMaster) {
    const base::Address own = address_of(row.family, row.source);
    return own.is_set() ? to_string(own) + " (us)" : "us";
  }
  const base::Address master = address_of(row.family, row.master);
  if (!master.is_set()) return "-";
  return fmt::format("{} ({})", to_string(master), row.master_priority);
}

std::string age_text(std::int64_t then_ns, Instant now) {
  return then_ns == 0 ? "-" : span_text(now - Instant::from_ns(then_ns));
}

// Wall time of a monotonic moment: rows carry both clocks only for the last transition.
std::int64_t wall_of(std::int64_t monotonic_ns, const Status& status) {
  return status.now_wall_ns - (status.now.ns() - monotonic_ns);
}

std::string since_text(const Row& row, const Status& status) {
  if (row.in_state_since_ns == 0) return "-";
  return fmt::format("{} ({})", local_time(wall_of(row.in_state_since_ns, status)),
                     age_text(row.in_state_since_ns, status.now));
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
    return fmt::format("{}: the engine has not started yet\n", text_of(status.router_id));
  // First: an engine that has said it stopped still beats until it is ended.
  if (status.stop)
    return fmt::format("{}: STOPPED in an orderly way at {} ({} ago); what follows was true then\n",
                       text_of(status.router_id), local_time(status.stop->wall_ns),
                       age_text(status.stop->monotonic_ns, status.now));
  if (status.is_stale())
    return fmt::format(
        "{}: NO ENGINE RUNS HERE: its last sign of life is {} old; what follows was true then\n",
        text_of(status.router_id), span_text(status.heartbeat_age()));
  return fmt::format("{}: engine pid {}, up {}, heartbeat {} ago\n", text_of(status.router_id),
                     status.engine->engine_pid,
                     age_text(status.engine->engine_started_ns, status.now),
                     span_text(status.heartbeat_age()));
}

std::string drops_text(const Row& row) {
  std::string text;
  for (std::size_t i = 1; i < row.drops.size(); ++i)
    if (row.drops[i] > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", row.drops[i],
                          to_string(static_cast<base::Drop>(i)));
  return text.empty() ? "none" : text;
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

nlohmann::ordered_json json_of(const InstanceStatus& instance, const Status& status) {
  const Row& row = instance.row;
  const auto time_or_null = [&](std::int64_t monotonic_ns) -> nlohmann::ordered_json {
    if (monotonic_ns == 0) return nullptr;
    return iso_time(wall_of(monotonic_ns, status));
  };
  const base::Address master = address_of(row.family, row.master);
  const base::Address source = address_of(row.family, row.source);
  nlohmann::ordered_json drops = nlohmann::ordered_json::object();
  for (std::size_t i = 1; i < row.drops.size(); ++i)
    if (row.drops[i] > 0) drops[std::string(to_string(static_cast<base::Drop>(i)))] = row.drops[i];
  nlohmann::ordered_json holds = nlohmann::ordered_json::array();
  if (has(row, Hold::kPermit)) holds.push_back("permit");
  if (has(row, Hold::kMaintenance)) holds.push_back("maintenance");
  if (has(row, Hold::kStartDelay)) holds.push_back("start-delay");
  return {
      {"name", feed::get_text(row.name)},
      {"state", to_string(row.state)},
      {"departing", row.departing != 0},
      {"holds", std::move(holds)},
      {"faults", row.faults},
      {"interface", feed::get_text(row.interface)},
      {"link_usable", row.link_usable != 0},
      {"vrid", row.vrid},
      {"version", row.version},
      {"family", row.family == base::Family::kIpv6 ? "ipv6" : "ipv4"},
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
      {"drops", std::move(drops)},
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
  for (std::size_t i = 0; i < board.rows(); ++i) {
    const auto row = board.row(i);
    // A row without a name was never published; a torn one is published again by the next engine.
    if (!row || feed::get_text(row->name).empty()) continue;
    status.instances.push_back({*row, last_why(facts, *row)});
  }
  return status;
}

std::string state_text(const Row& row) {
  std::string text(to_string(row.state));
  if (row.departing != 0) text += ", leaving";
  const std::string holds = holds_text(row);
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
    rows.push_back({std::string(feed::get_text(row.name)), state_text(row), priority_text(row),
                    std::string(feed::get_text(row.interface)), std::to_string(row.vrid),
                    master_text(row), age_text(row.last_heard_ns, status.now), addresses_text(row),
                    since_text(row, status)});
  }
  text += table(rows);
  std::vector<std::pair<std::string, std::string>> reasons;
  for (const InstanceStatus& instance : status.instances)
    if (!instance.why.empty())
      reasons.emplace_back(feed::get_text(instance.row.name), "because " + instance.why);
  return text + pairs(reasons);
}

std::string render_detail(const Status& status, const InstanceStatus& instance) {
  const Row& row = instance.row;
  const base::Address source = address_of(row.family, row.source);
  std::vector<std::pair<std::string, std::string>> lines{
      {"instance", std::string(feed::get_text(row.name))},
      {"state", state_text(row)},
      {"since", since_text(row, status)},
      {"because", text_of(instance.why)},
      {"interface", fmt::format("{} ({})", feed::get_text(row.interface),
                                row.link_usable != 0 ? "usable" : "not usable")},
      {"virtual router", fmt::format("{}, VRRPv{}, {}", row.vrid, row.version,
                                     row.family == base::Family::kIpv6 ? "IPv6" : "IPv4")},
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
      {"dropped", drops_text(row)},
  };
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
    };
  nlohmann::ordered_json instances = nlohmann::ordered_json::array();
  for (const InstanceStatus& instance : status.instances)
    instances.push_back(json_of(instance, status));
  return {{"router_id", status.router_id},
          {"time", iso_time(status.now_wall_ns)},
          {"engine", std::move(engine)},
          {"instances", std::move(instances)}};
}

}  // namespace cli
