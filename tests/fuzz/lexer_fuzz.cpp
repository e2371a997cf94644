// Any bytes as lines, for everything that looks at one line alone: comments, conditions, definitions and references,
// repetitions, words and braces, command lines, includes, secrets. Aborts when a promise of theirs is broken.
//
// The first byte chooses whether backslashes count, and whether the text is one line of a definition's making.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "engine/config/command_line.hpp"
#include "engine/config/conditionals.hpp"
#include "engine/config/definitions.hpp"
#include "engine/config/includes.hpp"
#include "engine/config/lines.hpp"
#include "engine/config/secrets.hpp"
#include "engine/config/sequences.hpp"
#include "engine/config/words.hpp"

namespace {

// Far more rounds than a line needs to show what it does.
constexpr int kRounds = 8;

void expect_text(const config::Text& text) {
  if (text.empty()) return;
  std::size_t before = 0;
  CHECK(!text.runs().empty() && text.runs()[0].begin == 0, "every byte has a run");
  for (const config::Text::Run& run : text.runs()) {
    CHECK(run.begin >= before && run.begin < text.size(), "runs are in order and not empty");
    before = run.begin;
  }
  CHECK(text.written_at(text.size() - 1).line >= 1, "the last byte has a place");
}

void split_command(std::string_view text) {
  const auto pieces = config::split_command_line(text);
  if (!pieces) return;
  std::size_t behind = 0;
  for (const config::Piece& piece : *pieces) {
    CHECK(piece.offset >= behind && piece.offset + piece.width <= text.size(),
          "pieces follow each other");
    CHECK(piece.text.size() <= piece.width, "splitting adds nothing");
    behind = piece.offset + piece.width;
  }
}

void hide(std::string_view text) {
  const std::string shown = config::without_secrets(text);
  const std::string bare = config::without_values(text);
  CHECK(shown.size() == text.size() && bare.size() == text.size(), "carets stay where they are");
  for (std::size_t i = 0; i < text.size(); ++i)
    CHECK((shown[i] == text[i] || shown[i] == '*') && (bare[i] == text[i] || bare[i] == '*'),
          "a byte is shown as it is or not at all");
}

void repeat(const config::Text& line) {
  config::Trouble trouble;
  const auto repetition = config::repetition_in(line, trouble);
  if (!repetition) {
    CHECK(!trouble.why.empty() && trouble.begin <= trouble.end && trouble.end <= line.size(),
          "trouble has a reason and a place");
    return;
  }
  CHECK(!repetition->rest.empty(), "there is something to repeat");
  for (const config::Text& parameter : repetition->parameters) expect_text(parameter);
  std::string why;
  auto rounds = config::Rounds::of(*repetition, why);
  CHECK(rounds.has_value() == why.empty(), "what cannot be repeated has a reason");
  for (int i = 0; rounds && i < kRounds; ++i) {
    const auto values = rounds->next();
    if (!values) break;
    CHECK(values->size() == rounds->names().size(), "each variable has a value");
    for (const config::Text& value : *values) expect_text(value);
  }
}

void refer(std::string_view line) {
  std::size_t from = 0;
  while (const auto found = config::Definitions::reference_in(line, from)) {
    CHECK(found->begin >= from && found->end > found->begin && found->end <= line.size(),
          "references follow each other");
    CHECK(!found->name.empty() && line[found->begin] == '$', "a reference has a name");
    from = found->end;
  }
}

void split(const config::Text& line, bool has_escapes) {
  const std::string_view bytes = line.bytes();
  const std::size_t quote = config::open_quote(bytes, has_escapes);
  CHECK(quote == bytes.size() || bytes[quote] == '"', "a quote is a quote");
  config::Origins origins;
  for (std::size_t from = 0; from < bytes.size();) {
    const std::size_t brace = config::next_brace(bytes, from, has_escapes);
    CHECK(brace >= from && brace <= bytes.size(), "a brace is not behind us");
    std::vector<std::size_t> stops;
    const auto words = config::words_of(line, from, brace, has_escapes, origins, &stops);
    CHECK(words.size() == stops.size(), "every word ends");
    std::size_t letters = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
      CHECK(stops[i] > (i == 0 ? from : stops[i - 1]) && stops[i] <= brace, "words are in order");
      CHECK(words[i].at.line >= 1 && words[i].at.column >= 1, "words have places");
      letters += words[i].text.size();
    }
    CHECK(letters <= brace - from, "words hold what is written, no more");
    from = brace + 1;
  }
}

void include(std::string_view line) {
  config::Demands demands;
  bool adds = true;
  (void)config::demands_of(line.substr(0, line.find(' ')), demands);  // either answer is one
  (void)config::apply_check(line, adds, demands);                     // likewise
  const std::string path = config::tidy(line);
  CHECK(path.size() <= line.size() && config::tidy(path) == path, "tidy is tidy");
  CHECK(path.starts_with(config::folder_of(path)), "a folder is the front of its path");
  if (const auto alternatives = config::alternatives_of(line))
    CHECK(!alternatives->empty() && alternatives->size() <= config::kMaxAlternatives,
          "alternatives are bounded");
}

void look_at(const config::Text& line, bool has_escapes) {
  expect_text(line);
  const std::string& bytes = line.bytes();
  hide(bytes);
  if (config::is_conditional(line))
    for (const std::string_view id : {"here", ""})
      if (const auto counted = config::where_it_counts(line, id)) expect_text(*counted);
  if (const auto equals = config::Definitions::definition_in(bytes)) {
    CHECK(bytes[*equals] == '=', "a definition has its sign");
    config::Definitions definitions(1);
    const config::Definition& made = definitions.define(line, *equals);
    CHECK(definitions.find(made.name) == &made, "what is defined is found");
    expect_text(made.first);
  }
  if (config::is_repetition(bytes)) repeat(line);
  refer(bytes);
  split(line, has_escapes);
  split_command(bytes);
  include(bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool has_escapes = (data[0] & 1) != 0;
  std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
  if ((data[0] & 2) != 0) {
    if (!rest.empty()) look_at(config::Text(rest, config::Position{0, 1, 1}), has_escapes);
    return 0;
  }
  config::Findings findings;
  std::uint32_t number = 0;
  while (!rest.empty()) {
    const std::size_t before = rest.size();
    const std::string_view raw = rest.substr(0, rest.find('\n'));
    const config::FileLine line =
        config::next_line(rest, config::Position{0, ++number, 1}, findings);
    CHECK(rest.size() < before, "lines come to an end");
    CHECK(line.text.size() <= raw.size(), "a line holds what is written, no more");
    CHECK(line.text.bytes().find('\0') == std::string::npos, "no NUL comes through");
    CHECK(config::open_quote(line.text.bytes(), true) <= line.text.size(), "quotes are looked at");
    if (!line.text.empty()) look_at(line.text, has_escapes);
  }
  CHECK(findings.take().size() <= config::Findings::kMost, "findings are bounded");
  return 0;
}
