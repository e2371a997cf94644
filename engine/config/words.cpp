#include "engine/config/words.hpp"

#include <algorithm>

namespace config {
namespace {

// Where the quote opened at `open` ends; line.size() when it does not.
std::size_t close_of(std::string_view line, std::size_t open, bool has_escapes) {
  for (std::size_t i = open + 1; i < line.size(); ++i) {
    if (line[i] == '\\' && has_escapes) {
      ++i;
    } else if (line[i] == '"') {
      return i;
    }
  }
  return line.size();
}

}  // namespace

std::size_t next_brace(std::string_view line, std::size_t from, bool has_escapes) {
  for (std::size_t i = from; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"') {
      i = close_of(line, i, has_escapes);
    } else if (c == '\\' && has_escapes) {
      ++i;
    } else if (c == '$' && i + 1 < line.size() && line[i + 1] == '{') {
      const std::size_t close = line.find('}', i);
      if (close != std::string_view::npos) i = close;
    } else if (c == '{' || c == '}') {
      return i;
    }
  }
  return line.size();
}

std::size_t open_quote(std::string_view line, bool has_escapes) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && has_escapes) {
      ++i;
      continue;
    }
    if (line[i] != '"') continue;
    const std::size_t close = close_of(line, i, has_escapes);
    if (close == line.size()) return i;
    i = close;
  }
  return line.size();
}

std::vector<Word> words_of(const Text& line, std::size_t begin, std::size_t end, bool has_escapes,
                           Origins& origins, std::vector<std::size_t>* stops) {
  const std::string_view text = line.bytes();
  std::vector<Word> made;
  std::size_t i = begin;
  while (true) {
    while (i < end && is_blank(text[i])) ++i;
    if (i >= end) return made;
    Word word;
    const std::size_t from = i;
    if (text[i] == '"') {
      const std::size_t close = std::min(close_of(text, i, has_escapes), end);
      word.text = text.substr(i + 1, close - i - 1);
      i = std::min(close + 1, end);
    } else {
      while (i < end && !is_blank(text[i]) && text[i] != '"') {
        if (text[i] == '\\' && has_escapes && i + 1 < end) word.text += text[i++];
        word.text += text[i++];
      }
    }
    const Origins::Place place = origins.place_of(line, from, i);
    word.at = place.at;
    word.width = place.width;
    made.push_back(std::move(word));
    if (stops != nullptr) stops->push_back(i);
  }
}

}  // namespace config
