#include "alert/conditions.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "engine/feed/sentence.hpp"

namespace alert {
namespace {

constexpr std::string_view kPrefix = "condition ";
constexpr std::string_view kSeen = "condition no-engine ";  // not from the ledger

// Too soon after `begun_ns` to tell again. Not when the clock was set back meanwhile.
bool is_too_soon(std::int64_t wall_ns, std::int64_t begun_ns) {
  const auto age = static_cast<std::uint64_t>(wall_ns) - static_cast<std::uint64_t>(begun_ns);
  return begun_ns != 0 && wall_ns >= begun_ns &&
         age < static_cast<std::uint64_t>(Conditions::kQuiet.count());
}

std::string key_of(const feed::Record& record) {
  std::string key = fmt::format("{}{} {}", kPrefix, feed::to_string(record.kind),
                                feed::one_line(feed::get_text(record.name)));
  // Of what is configured differently there are a handful of sorts.
  if (record.kind == feed::Kind::kMismatch)
    key += fmt::format(" {}", feed::one_line(feed::get_text(record.subject)));
  return key;
}

}  // namespace

bool Conditions::is_one(feed::Kind kind) {
  return kind == feed::Kind::kContest || kind == feed::Kind::kMismatch ||
         kind == feed::Kind::kClock || kind == feed::Kind::kAddressFought ||
         kind == feed::Kind::kNoEngine;
}

bool Conditions::recall(const Told& told) {
  if (!told.instance.starts_with(kPrefix)) return false;
  int is_told = 0;
  long long begun = 0;
  unsigned long long waiting = 0;
  if (std::sscanf(told.state.c_str(), "%d %lld %llu", &is_told, &begun, &waiting) != 3)
    return false;
  // Who sees that no engine runs sees it again.
  if (told.instance.starts_with(kSeen)) waiting = 0;
  all_[told.instance] = {.is_told = is_told != 0, .begun_ns = begun, .waiting = waiting};
  return true;
}

bool Conditions::take(const feed::Record& record) {
  One& one = all_[key_of(record)];
  one.is_changed = true;
  if (record.status == 0) {
    one.waiting = 0;
    return std::exchange(one.is_told, false);
  }
  if (one.is_told) return false;  // an engine that was replaced says it again
  if (is_too_soon(record.wall_ns, one.begun_ns)) {
    one.waiting = record.sequence;
    return false;
  }
  one.is_told = true;
  one.begun_ns = record.wall_ns;
  one.waiting = 0;
  return true;
}

std::vector<std::uint64_t> Conditions::due(std::int64_t wall_ns) {
  std::vector<std::uint64_t> list;
  for (auto& [key, one] : all_) {
    if (one.waiting == 0 || is_too_soon(wall_ns, one.begun_ns)) continue;
    list.push_back(std::exchange(one.waiting, 0));
    one.is_told = true;
    one.begun_ns = wall_ns;
    one.is_changed = true;
  }
  return list;
}

std::optional<std::int64_t> Conditions::next_due() const {
  std::optional<std::int64_t> next;
  for (const auto& [key, one] : all_) {
    if (one.waiting == 0) continue;
    const std::int64_t at = one.begun_ns + kQuiet.count();
    if (!next || at < *next) next = at;
  }
  return next;
}

std::vector<Told> Conditions::changed() {
  std::vector<Told> list;
  for (auto& [key, one] : all_)
    if (std::exchange(one.is_changed, false))
      list.push_back(
          {key, fmt::format("{} {} {}", one.is_told ? 1 : 0, one.begun_ns, one.waiting)});
  return list;
}

}  // namespace alert
