#include "cli/past.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "base/os/clock.hpp"
#include "cli/table.hpp"
#include "cli/words.hpp"
#include "engine/feed/sentence.hpp"

namespace cli {

using base::Error;
using base::Result;

namespace {

// The sentence without the line breaks an attacker's output could bring to a terminal.
std::string on_one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  return text;
}

std::string what_happened(const store::Event& event) {
  if (event.kind == "transition" || event.kind == "group")
    return fmt::format("{} -> {}", event.from, event.to);
  return event.kind;
}

template <typename T>
nlohmann::ordered_json or_null(const std::optional<T>& value) {
  if (!value) return nullptr;
  return *value;
}

nlohmann::ordered_json or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  return text;
}

}  // namespace

std::vector<std::string> kinds_of_events() {
  std::vector<std::string> names;
  for (std::uint16_t number = 1;; ++number) {
    const std::string_view name = to_string(static_cast<feed::Kind>(number));
    if (name == "?") return names;
    names.emplace_back(name);
  }
}

std::string render_history(const std::vector<store::Event>& events) {
  if (events.empty()) return "nothing is recorded that matches\n";
  std::vector<std::vector<std::string>> rows{{"TIME", "INSTANCE", "WHAT", "WHY"}};
  for (const store::Event& event : events)
    rows.push_back({local_time(event.wall_ns), event.instance.empty() ? "-" : event.instance,
                    what_happened(event), on_one_line(event.sentence)});
  return table(rows);
}

nlohmann::ordered_json history_json(const std::vector<store::Event>& events) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const store::Event& event : events)
    list.push_back({{"id", event.id},
                    {"time", iso_time(event.wall_ns)},
                    {"kind", event.kind},
                    {"instance", or_null(event.instance)},
                    {"from", or_null(event.from)},
                    {"to", or_null(event.to)},
                    {"cause", or_null(event.cause)},
                    {"sentence", event.sentence},
                    {"priority", or_null(event.priority)},
                    {"peer", or_null(event.peer)},
                    {"peer_priority", or_null(event.peer_priority)},
                    {"silence_ms", or_null(event.silence_ms)},
                    {"lateness_ms", or_null(event.lateness_ms)},
                    {"duration_ms", or_null(event.duration_ms)},
                    {"status", or_null(event.status)},
                    {"uid", or_null(event.uid)},
                    {"subject", or_null(event.subject)},
                    {"text", or_null(event.text)},
                    {"generation", event.generation},
                    {"monotonic_ns", event.monotonic_ns},
                    {"boot_id", event.boot_id},
                    {"ledger", event.ledger},
                    {"sequence", or_null(event.sequence)}});
  return list;
}

std::string render_why(const store::Event& last, std::int64_t now_wall_ns) {
  return fmt::format("{} was {} since {} ({}), and no engine runs now: {}", last.instance, last.to,
                     local_time(last.wall_ns),
                     span_text(base::Duration{now_wall_ns - last.wall_ns}),
                     on_one_line(last.sentence));
}

std::string render_why(const InstanceStatus& instance, const Status& status) {
  const feed::Row& row = instance.row;
  const base::Duration age = status.now - base::Instant::from_ns(row.in_state_since_ns);
  std::string text = fmt::format(
      "{} is {} since {} ({}): {}", feed::get_text(row.name), state_text(row, status.now),
      local_time(status.now_wall_ns - age.count()), span_text(age),
      instance.why.empty() ? "nothing happened to it yet" : on_one_line(instance.why));
  // What its group did explains what it did.
  if (row.transition_cause == base::Cause::kSyncGroup)
    for (const GroupStatus& group : status.groups)
      if (feed::get_text(group.row.name) == instance.group && !group.why.empty())
        text += fmt::format("; {}", on_one_line(group.why));
  for (const std::string& condition : conditions(instance, status))
    text += "; " + on_one_line(condition);
  return text;
}

std::string history_file(const Directories& directories) {
  const auto model = running_configuration(directories);
  if (model && !model->history.database.empty()) return model->history.database;
  return directories.state + "/history.db";
}

Result<std::string> why(const std::string& instance, const Directories& directories) {
  const std::int64_t now_wall_ns = base::os::wall_ns();
  if (const auto facts = Facts::open(directories)) {
    const Status status = read_status(*facts, base::os::now(), now_wall_ns);
    for (const InstanceStatus& one : status.instances)
      if (feed::get_text(one.row.name) == instance && !status.is_stale())
        return render_why(one, status);
  }
  auto history = store::History::open(history_file(directories));
  if (!history) return history.error();
  const auto last = history->last_transition(instance);
  if (!last) return last.error();
  if (!*last) return Error::because("say why", "nothing is known of this instance", instance);
  return render_why(**last, now_wall_ns);
}

}  // namespace cli
