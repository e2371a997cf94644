#include "cli/words.hpp"

#include <fmt/format.h>
#include <time.h>

#include <charconv>

namespace cli {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

tm parts_of(std::int64_t wall_ns, bool utc) {
  const time_t seconds = wall_ns / kSecond;
  tm parts{};
  if (utc) {
    ::gmtime_r(&seconds, &parts);
  } else {
    ::localtime_r(&seconds, &parts);
  }
  return parts;
}

std::optional<std::int64_t> ago(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size() - 1 || count < 0)
    return std::nullopt;
  std::int64_t unit = 0;
  switch (text.back()) {
    case 's': unit = 1; break;
    case 'm': unit = 60; break;
    case 'h': unit = 3'600; break;
    case 'd': unit = 86'400; break;
    case 'w': unit = 7 * 86'400; break;
    default: return std::nullopt;
  }
  std::int64_t span = 0;
  if (__builtin_mul_overflow(count, unit * kSecond, &span)) return std::nullopt;
  return span;
}

}  // namespace

std::string span_text(base::Duration span) {
  const std::int64_t ms = span.count() / 1'000'000;
  const std::int64_t s = ms / 1'000;
  if (ms < 1'000) return fmt::format("{} ms", ms);
  if (s < 10) return fmt::format("{}.{} s", s, ms / 100 % 10);
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3'600) return fmt::format("{} min {} s", s / 60, s % 60);
  if (s < 86'400) return fmt::format("{} h {} min", s / 3'600, s / 60 % 60);
  return fmt::format("{} d {} h", s / 86'400, s / 3'600 % 24);
}

std::string local_time(std::int64_t wall_ns) {
  const tm parts = parts_of(wall_ns, false);
  char text[32];
  return {text, ::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts)};
}

std::string iso_time(std::int64_t wall_ns) {
  const tm parts = parts_of(wall_ns, true);
  char text[32];
  const std::size_t length = ::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return fmt::format("{}.{:03}Z", std::string_view(text, length), wall_ns / 1'000'000 % 1'000);
}

std::optional<std::int64_t> parse_since(std::string_view text, std::int64_t now_wall_ns) {
  if (text.empty()) return std::nullopt;
  if (const auto span = ago(text)) return now_wall_ns - *span;
  const bool utc = text.back() == 'Z';
  const std::string typed(text.substr(0, text.size() - (utc ? 1 : 0)));
  for (const char* format :
       {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"}) {
    tm parts{};
    const char* end = ::strptime(typed.c_str(), format, &parts);
    if (end == nullptr || *end != '\0') continue;
    parts.tm_isdst = -1;  // the zone's rules say
    const time_t seconds = utc ? ::timegm(&parts) : ::mktime(&parts);
    return static_cast<std::int64_t>(seconds) * kSecond;
  }
  return std::nullopt;
}

}  // namespace cli
