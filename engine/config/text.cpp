#include "engine/config/text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "engine/config/diagnostic.hpp"

namespace config {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

std::uint16_t narrow(std::size_t value) {
  return static_cast<std::uint16_t>(std::min<std::size_t>(value, 0xffff));
}

Text::Text(std::string_view bytes, Position written) : bytes_(bytes) {
  runs_.push_back({0, written, 0, true});
}

Text Text::standing_for(Position written, std::string_view bytes) {
  Text made(bytes, written);
  made.runs_[0].advances = false;
  return made;
}

const Text::Run& Text::run_at(std::size_t i) const {
  CHECK(!runs_.empty(), "a text with a place has a run");
  const auto behind = std::upper_bound(
      runs_.begin(), runs_.end(), i, [](std::size_t at, const Run& run) { return at < run.begin; });
  return *(behind - 1);
}

Position Text::written_at(std::size_t i) const {
  const Run& run = run_at(i);
  Position at = run.written;
  if (run.advances) at.column = narrow(at.column + (i - run.begin));
  return at;
}

void Text::append(const Text& other) {
  if (other.empty()) return;
  for (Run run : other.runs_) {
    run.begin += bytes_.size();
    runs_.push_back(run);
  }
  if (bytes_.empty()) runs_ = other.runs_;
  bytes_ += other.bytes_;
}

Text Text::part(std::size_t begin, std::size_t end) const {
  Text made;
  if (runs_.empty()) return made;
  made.bytes_ = bytes_.substr(begin, end - begin);
  Run first = run_at(begin);
  first.written = written_at(begin);
  first.begin = 0;
  made.runs_.push_back(first);
  for (const Run& run : runs_) {
    if (run.begin <= begin || run.begin >= end) continue;
    made.runs_.push_back(run);
    made.runs_.back().begin -= begin;
  }
  return made;
}

Text Text::trimmed() const {
  std::size_t begin = 0;
  std::size_t end = bytes_.size();
  while (begin < end && is_blank(bytes_[begin])) ++begin;
  while (end > begin && is_blank(bytes_[end - 1])) --end;
  return part(begin, end);
}

void Text::replace(std::size_t begin, std::size_t end, const Text& by) {
  Text made = part(0, begin);
  made.append(by);
  if (end < size()) made.append(part(end, size()));
  // Text that is gone altogether still has a place.
  if (made.runs_.empty()) made.runs_ = {run_at(begin)};
  *this = std::move(made);
}

std::uint32_t Origins::add(Expansion expansion) {
  expansions_.push_back(expansion);
  return static_cast<std::uint32_t>(expansions_.size());
}

std::size_t Origins::depth_of(std::uint32_t expansion) const {
  std::size_t depth = 0;
  for (; expansion != 0; expansion = (*this)[expansion].outer) ++depth;
  return depth;
}

bool Origins::is_inside(std::uint32_t expansion, std::uint32_t meaning) const {
  for (; expansion != 0; expansion = (*this)[expansion].outer)
    if ((*this)[expansion].meaning == meaning) return true;
  return false;
}

Origins::Place Origins::outermost(const Text& text, std::size_t i) const {
  const Text::Run& run = text.run_at(i);
  Place place{text.written_at(i), 1};
  for (std::uint32_t expansion = run.expansion; expansion != 0;) {
    const Expansion& around = (*this)[expansion];
    if (around.kind != Expansion::Kind::kRound) place = {around.use, around.use_width};
    expansion = around.outer;
  }
  return place;
}

Origins::Place Origins::place_of(const Text& text, std::size_t begin, std::size_t end) {
  Place place = outermost(text, begin);
  if (end > begin + 1) {
    const Place last = outermost(text, end - 1);
    const std::size_t behind = std::size_t{last.at.column} + last.width;
    if (last.at.file == place.at.file && last.at.line == place.at.line && behind > place.at.column)
      place.width = narrow(std::max<std::size_t>(place.width, behind - place.at.column));
  }
  // The first byte that came from elsewhere tells the story.
  for (std::size_t i = begin; i < std::max(end, begin + 1);) {
    const Text::Run& run = text.run_at(i);
    if (run.expansion != 0) {
      origins_.push_back({text.written_at(i), run.expansion});
      place.at.origin = static_cast<std::uint32_t>(origins_.size());
      break;
    }
    const auto next =
        std::upper_bound(text.runs().begin(), text.runs().end(), i,
                         [](std::size_t at, const Text::Run& other) { return at < other.begin; });
    if (next == text.runs().end()) break;
    i = next->begin;
  }
  return place;
}

std::vector<std::string> Origins::trace(const Position& at,
                                        const std::vector<SourceFile>& files) const {
  std::vector<std::string> made;
  if (at.origin == 0 || at.origin > origins_.size()) return made;
  const auto say = [&](std::string text, const Position& where) {
    if (where.file < files.size())
      text += fmt::format("{}:{}:{}", files[where.file].path, where.line, where.column);
    if (std::find(made.begin(), made.end(), text) == made.end()) made.push_back(std::move(text));
  };
  const Origin& origin = origins_[at.origin - 1];
  Position written = origin.written;
  for (std::uint32_t expansion = origin.expansion; expansion != 0;) {
    const Expansion& around = (*this)[expansion];
    using Kind = Expansion::Kind;
    if (around.kind == Kind::kRound || around.kind == Kind::kCounted) {
      const bool is_secret =
          around.made.file < files.size() && files[around.made.file].is_secret(around.made.line);
      const std::string_view name = around.what.substr(0, around.what.find(" = "));
      say(fmt::format("with {}, counted at ", is_secret ? name : around.what), around.made);
    } else if (around.kind == Kind::kDefinition) {
      say(fmt::format("out of `{}`, written at ", around.what), written);
    }
    if (around.kind != Kind::kRound) written = around.use;
    expansion = around.outer;
  }
  return made;
}

void Origins::mark_secret(const Text& text, std::size_t begin, std::size_t end,
                          std::vector<SourceFile>& files) const {
  for (std::size_t i = begin; i < end;) {
    const Text::Run& run = text.run_at(i);
    if (run.expansion != 0 && run.written.file < files.size())
      files[run.written.file].mark_secret(run.written.line);
    const auto next =
        std::upper_bound(text.runs().begin(), text.runs().end(), i,
                         [](std::size_t at, const Text::Run& other) { return at < other.begin; });
    if (next == text.runs().end()) break;
    i = next->begin;
  }
}

}  // namespace config
