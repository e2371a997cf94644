#include "supervisor/processor_time.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <numeric>
#include <utility>

namespace supervisor {

using base::Duration;
using base::Error;
using base::Result;
using base::os::UniqueFd;

namespace {

// Takes the next number off `text`.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::string_view take_word(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  const std::string_view word = text.substr(0, text.find_first_of(" \n"));
  text.remove_prefix(word.size());
  return word;
}

// The file from its beginning, into `room`, which grows to what is needed.
Result<std::string_view> read_all(int fd, std::string& room, std::string_view what) {
  while (true) {
    const ssize_t size = ::pread(fd, room.data(), room.size(), 0);
    if (size < 0) return Error::last("read", what);
    if (static_cast<std::size_t>(size) < room.size())
      return std::string_view(room.data(), static_cast<std::size_t>(size));
    room.resize(room.size() * 2);
  }
}

// A kernel that does not keep the figures writes zeros, also of us, who have certainly been put on a processor: so says the
// third figure at once, the first not before it is next brought up to date.
bool are_kept() {
  std::string room(256, '\0');
  const UniqueFd ours{::open("/proc/self/schedstat", O_RDONLY | O_CLOEXEC)};
  if (!ours) return false;
  const auto text = read_all(ours.get(), room, "our own schedstat");
  return text && parse_schedstat(*text) && !text->starts_with("0 0 0");
}

// Idle time may be corrected backwards by the kernel.
std::uint64_t growth(std::uint64_t before, std::uint64_t now) {
  return now > before ? now - before : 0;
}

Duration of_ticks(std::uint64_t ticks) {
  static const auto kPerSecond = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return Duration{static_cast<std::int64_t>(ticks * (1'000'000'000 / kPerSecond))};
}

}  // namespace

std::optional<Scheduled> parse_schedstat(std::string_view text) {
  const auto ran = take_number(text);
  const auto waited = take_number(text);
  if (!ran || !waited) return std::nullopt;
  return Scheduled{Duration{static_cast<std::int64_t>(*ran)},
                   Duration{static_cast<std::int64_t>(*waited)}};
}

std::optional<Whereabouts> parse_stat(std::string_view text) {
  constexpr int kProcessorField = 39;  // the state is field 3
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  text.remove_prefix(name_end + 1);
  const std::string_view state = take_word(text);
  for (int field = 4; field < kProcessorField; ++field) (void)take_word(text);  // may be negative
  const auto processor = take_number(text);
  if (state.empty() || !processor) return std::nullopt;
  return Whereabouts{.is_ready = state == "R",
                     .is_asleep = state == "S",
                     .is_stopped = state == "T" || state == "t",
                     .processor = static_cast<std::uint32_t>(*processor)};
}

std::optional<Ticks> parse_machine(std::string_view text, std::uint32_t processor) {
  const std::string begin = fmt::format("\ncpu{} ", processor);
  const std::size_t line = text.find(begin);
  if (line == std::string_view::npos) return std::nullopt;
  text.remove_prefix(line + begin.size());
  // user nice system idle iowait irq softirq steal
  std::array<std::uint64_t, 8> ticks{};
  for (std::uint64_t& number : ticks) {
    const auto next = take_number(text);
    if (!next) return std::nullopt;
    number = *next;
  }
  return Ticks{.stolen = ticks[7],
               .interrupted = ticks[5] + ticks[6],
               .told = std::accumulate(ticks.begin(), ticks.end(), std::uint64_t{0})};
}

ProcessorTimes::ProcessorTimes(UniqueFd schedstat, UniqueFd stat, UniqueFd machine)
    : schedstat_(std::move(schedstat)),
      stat_(std::move(stat)),
      machine_(std::move(machine)),
      room_(4096, '\0') {}

Result<ProcessorTimes> ProcessorTimes::open(pid_t pid) {
  if (!are_kept()) return Error::because("read schedstat", "this kernel does not keep it");
  std::array<UniqueFd, 3> files;
  const std::array<std::string, 3> paths{fmt::format("/proc/{}/schedstat", pid),
                                         fmt::format("/proc/{}/stat", pid), "/proc/stat"};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    files[i].reset(::open(paths[i].c_str(), O_RDONLY | O_CLOEXEC));
    if (!files[i]) return Error::last("open", paths[i]);
  }
  return ProcessorTimes(std::move(files[0]), std::move(files[1]), std::move(files[2]));
}

Result<ProcessorTime> ProcessorTimes::read() {
  ProcessorTime time;
  const auto schedstat = read_all(schedstat_.get(), room_, "schedstat of the process");
  if (!schedstat) return schedstat.error();
  const auto scheduled = parse_schedstat(*schedstat);
  if (!scheduled) return Error::because("read schedstat of the process", "it is not as expected");
  time.ran = scheduled->ran;
  time.waited = scheduled->waited;

  const auto stat = read_all(stat_.get(), room_, "stat of the process");
  if (!stat) return stat.error();
  const auto whereabouts = parse_stat(*stat);
  if (!whereabouts) return Error::because("read stat of the process", "it is not as expected");
  time.is_ready = whereabouts->is_ready;
  time.is_asleep = whereabouts->is_asleep;
  time.is_stopped = whereabouts->is_stopped;
  time.processor = whereabouts->processor;

  const auto machine = read_all(machine_.get(), room_, "/proc/stat");
  if (!machine) return machine.error();
  // Some containers show other processors than the kernel has: then nothing is known of this one.
  if (ticks_) {
    if (const auto now = parse_machine(*machine, processor_)) {
      sum_.stolen += growth(ticks_->stolen, now->stolen);
      sum_.interrupted += growth(ticks_->interrupted, now->interrupted);
      sum_.told += growth(ticks_->told, now->told);
      time.told = of_ticks(sum_.told);
    }
  }
  processor_ = whereabouts->processor;
  ticks_ = parse_machine(*machine, processor_);
  time.stolen = of_ticks(sum_.stolen);
  time.interrupted = of_ticks(sum_.interrupted);
  return time;
}

}  // namespace supervisor
