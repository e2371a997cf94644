#include "runner/place.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

#include "monit/small_file.hpp"

namespace runner {

using base::Error;

namespace {

constexpr std::string_view kHeading = "vigie-runner-place 1";

template <typename T>
bool number(std::string_view text, T& value, int radix = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, radix);
  return error == std::errc{} && end == text.data() + text.size();
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t length = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, length));
    line.remove_prefix(std::min(length + 1, line.size()));
  }
  return words;
}

bool read_record(const std::vector<std::string_view>& words, Progress& progress) {
  if (words.size() != 3 && words.size() != 7) return false;
  std::uint64_t sequence = 0;
  RecordProgress record;
  if (!number(words[1], sequence) || !number(words[2], record.ended) || record.ended > 3)
    return false;
  if (words.size() == 7) {
    Running running;
    unsigned part = 0;
    if (!number(words[3], part) || (part != 1 && part != 2) || !number(words[4], running.pid) ||
        running.pid <= 1 || !number(words[5], running.start_ticks) ||
        !number(words[6], running.started_ns))
      return false;
    running.part = static_cast<Part>(part);
    record.running = running;
  }
  return sequence > progress.place && progress.beyond.emplace(sequence, record).second;
}

}  // namespace

std::string write_place(const Progress& progress) {
  std::ostringstream text;
  text << kHeading << "\nledger " << std::hex << progress.ledger << std::dec << "\nplace "
       << progress.place << '\n';
  for (const auto& [sequence, record] : progress.beyond) {
    text << "record " << sequence << ' ' << static_cast<unsigned>(record.ended);
    if (const auto& running = record.running)
      text << ' ' << static_cast<unsigned>(running->part) << ' ' << running->pid << ' '
           << running->start_ticks << ' ' << running->started_ns;
    text << '\n';
  }
  return text.str();
}

std::optional<Progress> read_place(std::string_view text) {
  Progress progress;
  int line_number = 0;
  while (!text.empty()) {
    const std::size_t length = text.find('\n');
    if (length == std::string_view::npos) return std::nullopt;  // cut off
    const std::string_view line = text.substr(0, length);
    const auto words = words_of(line);
    text.remove_prefix(length + 1);
    bool is_good = false;
    switch (++line_number) {
      case 1: is_good = line == kHeading; break;
      case 2:
        is_good =
            words.size() == 2 && words[0] == "ledger" && number(words[1], progress.ledger, 16);
        break;
      case 3:
        is_good = words.size() == 2 && words[0] == "place" && number(words[1], progress.place);
        break;
      default: is_good = !words.empty() && words[0] == "record" && read_record(words, progress);
    }
    if (!is_good) return std::nullopt;
  }
  return line_number >= 3 ? std::optional(progress) : std::nullopt;
}

base::Status save_place(const std::string& path, const Progress& progress) {
  return monit::replace_file(path, write_place(progress));
}

base::Result<Progress> load_place(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    if (errno == ENOENT) return Progress{};
    return Error::last("read place", path);
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto progress = read_place(text);
  if (!progress) return Error::because("read place", "the file is damaged", path);
  return *std::move(progress);
}

}  // namespace runner
