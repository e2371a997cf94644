#include "runner/fifo_place.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace runner {
namespace {

constexpr std::string_view kHeading = "vigie-runner-fifos 1";

std::string_view take_word(std::string_view& line) {
  const std::size_t length = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, length);
  line.remove_prefix(std::min(length + 1, line.size()));
  return word;
}

template <typename T>
bool number(std::string_view text, T& value, int radix = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, radix);
  return !text.empty() && error == std::errc{} && end == text.data() + text.size();
}

std::optional<FifoPlace> read_fifo(std::string_view line) {
  FifoPlace place;
  unsigned made = 0;
  if (take_word(line) != "fifo" || !number(take_word(line), place.told) ||
      !number(take_word(line), made) || made > 1 || !number(take_word(line), place.reader) ||
      place.reader < 0 || !number(take_word(line), place.reader_ticks) || line.empty())
    return std::nullopt;
  place.is_made_by_us = made == 1;
  place.path = line;
  return place;
}

}  // namespace

const FifoPlace* FifoPlaces::find(std::string_view path) const {
  const auto found = std::ranges::find(fifos, path, &FifoPlace::path);
  return found == fifos.end() ? nullptr : &*found;
}

std::string write_fifo_places(const FifoPlaces& places) {
  std::ostringstream text;
  text << kHeading << "\nledger " << std::hex << places.ledger << std::dec << '\n';
  for (const FifoPlace& place : places.fifos)
    text << "fifo " << place.told << ' ' << (place.is_made_by_us ? 1 : 0) << ' ' << place.reader
         << ' ' << place.reader_ticks << ' ' << place.path << '\n';
  return text.str();
}

std::optional<FifoPlaces> read_fifo_places(std::string_view text) {
  FifoPlaces places;
  int line_number = 0;
  while (!text.empty()) {
    const std::size_t length = text.find('\n');
    if (length == std::string_view::npos) return std::nullopt;  // cut off
    std::string_view line = text.substr(0, length);
    text.remove_prefix(length + 1);
    switch (++line_number) {
      case 1:
        if (line != kHeading) return std::nullopt;
        break;
      case 2:
        if (take_word(line) != "ledger" || !number(line, places.ledger, 16)) return std::nullopt;
        break;
      default:
        const auto place = read_fifo(line);
        if (!place) return std::nullopt;
        places.fifos.push_back(*place);
    }
  }
  return line_number >= 2 ? std::optional(places) : std::nullopt;
}

}  // namespace runner
