#include "engine/config/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "engine/config/conditionals.hpp"
#include "engine/config/includes.hpp"
#include "engine/config/keywords.hpp"
#include "engine/config/lines.hpp"
#include "engine/config/secrets.hpp"
#include "engine/config/sequences.hpp"

namespace config {
namespace {

// What a step of expanding costs on the account, beside the bytes it makes: what it leaves in memory.
constexpr std::size_t kStep = 128;
// And what it costs to ask the disk for a name.
constexpr std::size_t kQuestion = 1024;

// The same number for the same name, everywhere and for ever.
std::uint32_t seed_of(std::string_view name) {
  std::uint32_t hash = 2166136261U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

std::string_view first_word(std::string_view line) {
  std::size_t end = 0;
  while (end < line.size() && !is_blank(line[end]) && line[end] != '"' && line[end] != '{' &&
         line[end] != '}')
    ++end;
  return line.substr(0, end);
}

// What a line cannot hold behind a brace without being one of its own.
bool is_for_the_top(std::string_view text) {
  return text.starts_with('@') || is_repetition(text) || Definitions::definition_in(text);
}

class Lexer {
 public:
  Lexer(const FileReader& reader, const Options& options, std::vector<SourceFile>& files,
        Findings& findings)
      : reader_(reader),
        options_(options),
        id_(!options.id.empty() ? options.id
            : reader.host       ? reader.host()
                                : std::string()),
        files_(files),
        findings_(findings) {
    definitions_.seed(seed_of(id_));
  }

  Tree read(const std::string& path) {
    Line root;
    open_ = {&root};
    read_file(tidy(path), nullptr);
    return {std::move(root.block), std::move(definitions_), std::move(origins_)};
  }

 private:
  // --- files

  // Requires: `include` is the word that asked for it, or null for the first file.
  void read_file(const std::string& path, const Word* include) {
    const Position here = include != nullptr ? include->at : Position{0, 1, 1};
    const std::size_t width = include != nullptr ? include->width : 1;
    if (std::find(including_.begin(), including_.end(), path) != including_.end()) {
      findings_.add(Code::kIncludeLoop, here, width, fmt::format("{} includes itself", path),
                    "this closes the circle");
      return;
    }
    if (including_.size() >= kMaxIncludeDepth) {
      stop(here, width, fmt::format("includes are nested deeper than {}", kMaxIncludeDepth));
      return;
    }
    if (files_.size() >= kMaxFiles) {
      stop(here, width, fmt::format("more than {} files", kMaxFiles));
      return;
    }
    std::optional<std::string> text = reader_.read(path);
    if (!text) {
      // The first file keeps its name for the rendering, although there is nothing to show of it.
      if (include == nullptr) files_.push_back({path, {}});
      findings_.add(Code::kUnreadable, here, width, fmt::format("{} cannot be read", path),
                    include != nullptr ? "asked for here" : "",
                    reader_.explain ? reader_.explain(path)
                                    : "it must exist, be a regular file, be readable and not be "
                                      "executable");
      return;
    }
    const auto file = static_cast<std::uint16_t>(files_.size());
    files_.push_back({path, std::move(*text)});
    bytes_ += files_[file].text.size();
    if (bytes_ > kMaxBytes) {
      const bool is_alone = files_[file].text.size() > kMaxBytes;
      files_[file].text.clear();
      stop(is_alone ? Position{file, 1, 1} : here, is_alone ? 1 : width,
           fmt::format("{} {} MiB", is_alone ? path + " is larger than" : "the files are more than",
                       kMaxBytes >> 20));
      return;
    }
    // A copy of its own: reading an include moves files_ about.
    const std::string content = files_[file].text;
    including_.push_back(path);
    const Demands demands_outside = demands_;
    const std::size_t depth_outside = std::exchange(depth_, open_.size());
    read_text(file, content);
    while (open_.size() > depth_ && !stopped_) {
      findings_.add(Code::kBraces, open_.back()->opened_at, 1, "this block is not closed",
                    fmt::format("no `}}` for it up to the end of {}", path));
      open_.pop_back();
    }
    depth_ = depth_outside;
    demands_ = demands_outside;
    including_.pop_back();
  }

  void read_text(std::uint16_t file, std::string_view rest) {
    const std::optional<Gathering> gathering_outside = std::exchange(gathering_, std::nullopt);
    std::uint32_t number = 0;
    while (!rest.empty() && !stopped_ && !findings_.is_full()) {
      const Position start{file, ++number, 1};
      if (std::min(rest.find('\n'), rest.size()) > kMaxLineBytes) {
        stop(start, 1, fmt::format("a line is longer than {} KiB", kMaxLineBytes >> 10));
        break;
      }
      FileLine line = next_line(rest, start, findings_);
      if (gathering_) {
        gather(std::move(line), start);
      } else if (!line.text.empty()) {
        take(std::move(line));
      }
    }
    gathering_ = gathering_outside;
  }

  // --- lines of a file

  // A definition, or a dropped one, that goes on over the next lines.
  struct Gathering {
    Definition* definition;  // null: it does not count here
  };

  void gather(FileLine line, Position start) {
    if (line.is_empty) {
      findings_.add(Code::kDefinitionCut, start, 1, "a definition ends at this empty line",
                    "what follows is read at once",
                    "the line before it ends in a backslash; leave out the empty line if the "
                    "definition goes on");
      gathering_.reset();
      return;
    }
    if (line.text.empty()) return;  // a comment, or a backslash alone
    if (!spend(line.text)) return;
    if (Definition* definition = gathering_->definition) {
      if (definition->first.empty() && definition->more.empty()) {
        definition->first = std::move(line.text);
      } else {
        definition->more.push_back(std::move(line.text));
      }
    }
    if (!line.continues) gathering_.reset();
  }

  void take(FileLine line) {
    const Position end = line.end;
    continues_ = line.continues;
    process(std::move(line.text), 0);
    if (std::exchange(continues_, false) && !stopped_)
      findings_.add(Code::kContinued, end, 1, "a backslash ends this line",
                    "the next line is read as one of its own",
                    "only definitions go on over several lines");
  }

  // Takes a line from the top, and all the lines it turns into.
  void process(Text line, std::size_t depth) {
    if (depth > kMaxExpansionDepth) {
      stop(line, fmt::format("repetitions are nested deeper than {}", kMaxExpansionDepth));
      return;
    }
    std::vector<Text> pending;  // what follows the line, the next one last
    std::size_t from = 0;       // nothing is to be put in before
    bool is_at_top = true;
    while (!stopped_ && !findings_.is_full()) {
      if (line.empty()) {
        if (pending.empty()) return;
        line = std::move(pending.back());
        pending.pop_back();
        from = 0;
        is_at_top = true;
        continue;
      }
      if (std::exchange(is_at_top, false)) {
        if (is_conditional(line)) {
          line = condition(line);
          is_at_top = true;
          continue;
        }
        if (const auto equals = Definitions::definition_in(line.bytes())) {
          define(line, *equals, depth == 0 && pending.empty());
          line = Text();
          continue;
        }
        if (is_repetition(line.bytes())) {
          repeat(line, depth);
          line = Text();
          continue;
        }
      }
      if (const auto at = put_in(line, from, &pending)) {
        from = *at;
        is_at_top = from == 0;
        continue;
      }
      if (stopped_) return;
      line = finish(line);
      from = line.size();  // all is put in that can be
      is_at_top = true;
    }
  }

  Text condition(const Text& line) {
    if (auto counted = where_it_counts(line, id_)) return std::move(*counted);
    // A definition that does not count takes its other lines with it.
    std::size_t i = 0;
    while (i < line.size() && !is_blank(line[i])) ++i;
    const Text dropped = line.part(i, line.size()).trimmed();
    if (std::exchange(continues_, false) && Definitions::definition_in(dropped.bytes()))
      gathering_ = Gathering{nullptr};
    return {};
  }

  void define(const Text& line, std::size_t equals, bool may_go_on) {
    if (!spend(line)) return;
    Definition& made = definitions_.define(line, equals);
    if (!may_go_on || !std::exchange(continues_, false)) return;
    made.has_lines = true;
    gathering_ = Gathering{&made};
  }

  // --- expanding

  // Puts in what the first reference at or behind `from` means. Where to look next, or nothing when there is none left.
  // Without `pending` there is room for one line only.
  std::optional<std::size_t> put_in(Text& line, std::size_t from, std::vector<Text>* pending) {
    while (const auto found = Definitions::reference_in(line.bytes(), from)) {
      const Definitions::Reference reference = *found;
      from = reference.end;
      const Definition* definition =
          reference.parameters.empty() ? definitions_.find(reference.name) : nullptr;
      if (definition == nullptr) {
        const auto value = built_in(line, reference);
        if (!value) continue;
        if (!spend(line, value->size())) return std::nullopt;
        put(line, reference, {Expansion::Kind::kBuiltIn, 0, {}, {}, 1, {}, 0}, *value);
        // What is built in holds no names.
        return reference.begin + value->size();
      }
      if (definition->has_lines && (pending == nullptr || reference.end != line.size())) continue;
      if (!may_put_in(line, reference, *definition)) continue;
      if (!spend(line, definition->first.size())) return std::nullopt;
      Expansion expansion;
      expansion.kind =
          definition->what[0] == '$' ? Expansion::Kind::kDefinition : Expansion::Kind::kCounted;
      expansion.what = definition->what;
      expansion.made = definition->at;
      expansion.meaning = definition->number;
      const std::size_t begin = reference.begin;
      const std::uint32_t number = put(line, reference, expansion, definition->first);
      for (auto text = definition->more.rbegin(); text != definition->more.rend(); ++text) {
        if (!spend(*text)) return std::nullopt;
        pending->push_back(*text);
        pending->back().change_expansions([&](std::uint32_t) { return number; });
      }
      return begin;
    }
    return std::nullopt;
  }

  // Requires: `expansion` lacks what the reference's place says.
  std::uint32_t put(Text& line, const Definitions::Reference& reference, Expansion expansion,
                    Text value) {
    expansion.outer = line.run_at(reference.begin).expansion;
    expansion.use = line.written_at(reference.begin);
    expansion.use_width = narrow(reference.end - reference.begin);
    const std::uint32_t number = origins_.add(expansion);
    value.change_expansions([&](std::uint32_t) { return number; });
    line.replace(reference.begin, reference.end, value);
    if (line.size() > kMaxLineBytes)
      stop(line, fmt::format("a line becomes longer than {} KiB", kMaxLineBytes >> 10));
    return number;
  }

  bool may_put_in(const Text& line, const Definitions::Reference& reference,
                  const Definition& definition) {
    const std::uint32_t around = line.run_at(reference.begin).expansion;
    if (origins_.is_inside(around, definition.number)) {
      if (!endless_.insert(definition.number).second) return false;
      const Origins::Place place = origins_.place_of(line, reference.begin, reference.end);
      findings_.add(Code::kDefinitionLoop, place.at, place.width,
                    fmt::format("`${}` is defined by itself", definition.name),
                    "this would never end",
                    "definitions are put in where they are used, not where they are made");
      return false;
    }
    if (origins_.depth_of(around) < kMaxExpansionDepth) return true;
    stop(line, fmt::format("definitions are nested deeper than {}", kMaxExpansionDepth));
    return false;
  }

  std::optional<Text> built_in(const Text& line, const Definitions::Reference& reference) {
    const auto text = [&](std::string_view bytes) {
      return Text::standing_for(line.written_at(reference.begin), bytes);
    };
    if (reference.name == "_RANDOM") {
      const auto number = definitions_.random(reference.parameters);
      if (!number) return std::nullopt;
      return text(*number);
    }
    if (reference.name == "_ENV" && !reference.parameters.empty()) {
      const std::string name(reference.parameters);
      if (reader_.environment)
        if (const auto value = reader_.environment(name)) return text(*value);
      const Origins::Place place = origins_.place_of(line, reference.begin, reference.end);
      findings_.add(Code::kNoVariable, place.at, place.width,
                    fmt::format("the environment has no {}", name), "nothing is put in");
      return text({});
    }
    if (!reference.parameters.empty()) return std::nullopt;
    if (reference.name == "_PWD") {
      const std::string folder = folder_of(including_.back());
      return text(folder.size() > 1 ? folder.substr(0, folder.size() - 1)
                  : folder.empty()  ? "."
                                    : folder);
    }
    if (reference.name == "_INSTANCE") return text(id_);
    if (reference.name == "_HASH") return text("#");
    if (reference.name == "_BANG") return text("!");
    return std::nullopt;
  }

  void repeat(const Text& line, std::size_t depth) {
    Trouble trouble;
    auto repetition = repetition_in(line, trouble);
    if (!repetition) {
      const Origins::Place place = origins_.place_of(line, trouble.begin, trouble.end);
      findings_.add(Code::kBadRepetition, place.at, place.width,
                    fmt::format("`{}` cannot be read", line.bytes().substr(0, 4)), trouble.why);
      return;
    }
    for (Text& parameter : repetition->parameters)
      for (std::size_t from = 0; const auto at = put_in(parameter, from, nullptr);) from = *at;
    if (stopped_) return;
    std::string why;
    auto rounds = Rounds::of(*repetition, why);
    const std::size_t behind = line.size() - repetition->rest.size();
    const Origins::Place place = origins_.place_of(line, 0, line.part(0, behind).trimmed().size());
    if (!rounds) {
      findings_.add(Code::kBadRepetition, place.at, place.width,
                    fmt::format("`{}` cannot be read", line.bytes().substr(0, 4)), why);
      return;
    }
    while (const auto values = rounds->next()) {
      std::size_t made = 0;
      for (const Text& value : *values) made += kStep + value.size();
      // Each of its variables keeps what all of them are.
      if (stopped_ || findings_.is_full() || !spend(repetition->rest, made * values->size()))
        return;
      go_round(*repetition, rounds->names(), *values, line.written_at(0), depth);
    }
  }

  void go_round(const Repetition& repetition, const std::vector<std::string>& names,
                const std::vector<Text>& values, Position at, std::size_t depth) {
    std::string what;
    for (std::size_t i = 0; i < names.size(); ++i)
      what += fmt::format("{}{} = {}", i == 0 ? "" : ", ", names[i], values[i].bytes());
    std::string_view kept;  // `what`, where it stays
    for (std::size_t i = 0; i < names.size(); ++i)
      kept = definitions_.set(names[i], values[i], at, what).what;
    Text text = repetition.rest;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> known;
    text.change_expansions([&](std::uint32_t outer) {
      for (const auto& [before, now] : known)
        if (before == outer) return now;
      Expansion round;
      round.kind = Expansion::Kind::kRound;
      round.outer = outer;
      round.what = kept;
      round.made = at;
      known.emplace_back(outer, origins_.add(round));
      return known.back().second;
    });
    process(std::move(text), depth + 1);
  }

  // --- what a line says when everything is put in

  // Reads it brace by brace, up to what must be taken from the top: that is what is left. Nothing is looked at twice,
  // however many braces there are.
  Text finish(const Text& line) {
    if (line.size() >= kKeepalivedLineBytes) warn_long(line);
    const std::string_view bytes = line.bytes();
    const bool has_backslash = bytes.find('\\') != std::string::npos;
    for (std::size_t begin = 0; begin < bytes.size() && !stopped_ && !findings_.is_full();) {
      const std::string_view rest = bytes.substr(begin);
      if (begin > 0 && is_for_the_top(rest)) return line.part(begin, line.size());
      const std::string_view first = first_word(rest);
      if (const auto demands = demands_of(first, demands_)) {
        include(line.part(begin, line.size()), *demands);
        return {};
      }
      const bool has_escapes = has_backslash && takes_command(first);
      const std::size_t brace = next_brace(bytes, begin, has_escapes);
      const std::size_t quote = begin + open_quote(bytes.substr(begin, brace - begin), has_escapes);
      if (quote != brace) {
        const Origins::Place place = origins_.place_of(line, quote, quote + 1);
        findings_.add(Code::kUnterminatedQuote, place.at, place.width, "this quote is not closed",
                      "it must end on the same line");
        return {};
      }
      add_line(line, begin, brace, has_escapes);
      if (stopped_ || brace == bytes.size()) return {};
      const Position at = origins_.place_of(line, brace, brace + 1).at;
      if (bytes[brace] == '{') {
        open_block(at);
      } else {
        close_block(at);
      }
      begin = brace + 1;
      while (begin < bytes.size() && is_blank(bytes[begin])) ++begin;
    }
    return {};
  }

  void warn_long(const Text& line) {
    // Said already of a line that is as long in its file.
    if (line.runs().size() == 1 && line.runs()[0].expansion == 0) return;
    const Origins::Place place = origins_.place_of(line, 0, line.size());
    findings_.add(Code::kLongLine, place.at, place.width,
                  fmt::format("a line of {} bytes when all is put in", line.size()),
                  "keepalived puts in less; vigie reads it");
  }

  // The words of line[begin, end), if any, are a line of the innermost open block.
  void add_line(const Text& line, std::size_t begin, std::size_t end, bool has_escapes) {
    Line made;
    std::vector<std::size_t> stops;
    made.words = words_of(line, begin, end, has_escapes, origins_, &stops);
    if (made.words.empty()) return;
    words_ += made.words.size();
    if (words_ > options_.most_words) {
      stop(made.words.back().at, 1, fmt::format("more than {} words", options_.most_words));
      return;
    }
    const std::string& keyword = made.words[0].text;
    const bool is_secret = introduces_secret(keyword);
    if (is_secret) origins_.mark_secret(line, stops[0], end, files_);
    const std::string_view bytes = line.bytes();
    if (bytes.substr(begin, end - begin).find('$') != std::string_view::npos)
      warn_undefined(line, begin, end, is_secret, takes_command(keyword));
    if (open_.back()->words.size() == 1 && open_.back()->words[0].text == "global_defs") heed(made);
    made.tail = line.bytes().substr(stops[0], end - stops[0]);
    const Text::Run* behind_last = line.runs().data() + line.runs().size();
    for (const Text::Run* run = &line.run_at(stops[0]); run != behind_last && run->begin < end;
         ++run) {
      const std::size_t from = std::max(run->begin, stops[0]);
      made.tail_runs.push_back({from - stops[0], origins_.place_of(line, from, from + 1).at,
                                run->advances && (run->expansion == 0)});
    }
    open_.back()->block.push_back(std::move(made));
  }

  // What looks like a name and is none is left as it is. Whoever wrote it meant a name, mostly.
  void warn_undefined(const Text& line, std::size_t begin, std::size_t end, bool is_secret,
                      bool is_command) {
    // The byte behind the end says whether a name ends there.
    const std::string_view bytes = std::string_view(line.bytes()).substr(0, end + 1);
    std::size_t counted = begin;
    bool is_in_quotes = false;
    for (std::size_t from = begin; const auto found = Definitions::reference_in(bytes, from);) {
      from = found->end;
      if (found->begin >= end) return;
      for (; counted < found->begin; ++counted)
        if (bytes[counted] == '"') is_in_quotes = !is_in_quotes;
      const Definition* definition = definitions_.find(found->name);
      const Origins::Place place = origins_.place_of(line, found->begin, found->end);
      if (definition != nullptr && definition->has_lines) {
        if (is_secret) hide(*definition);
        if (endless_.contains(definition->number)) continue;
        findings_.add(Code::kLinesInside, place.at, place.width,
                      fmt::format("`${}` has several lines", definition->name),
                      "left as it is: something follows on the line",
                      "several lines are put in at the end of a line only");
      }
      if (definition != nullptr) continue;  // it has its finding
      const std::string_view near = ++guesses_ > Findings::kMost
                                        ? std::string_view()
                                        : definitions_.nearest_name(found->name);
      const bool is_meant = !near.empty() || (found->has_braces ? !is_command && !is_in_quotes
                                                                : definitions_.has_any() &&
                                                                      is_word(line, begin, *found));
      if (!is_meant) continue;
      findings_.add(
          Code::kUndefined, place.at, place.width,
          is_secret ? std::string("this name is not defined")
                    : fmt::format("`{}` is not defined", found->name),
          near.empty() || is_secret ? "left as it is" : fmt::format("did you mean `{}`?", near),
          found->has_braces ? "keepalived takes the braces for a block" : "");
    }
  }

  // Who wrote it meant it to be a part of a secret.
  void hide(const Definition& definition) {
    const auto mark = [&](const Text& line) {
      for (const Text::Run& run : line.runs())
        files_[run.written.file].mark_secret(run.written.line);
    };
    mark(definition.first);
    for (const Text& line : definition.more) mark(line);
  }

  static bool is_word(const Text& line, std::size_t begin,
                      const Definitions::Reference& reference) {
    return (reference.begin == begin || is_blank(line[reference.begin - 1])) &&
           (reference.end == line.size() || is_blank(line[reference.end]));
  }

  // What global_defs says about reading.
  void heed(const Line& line) {
    if (line.words[0].text == "random_seed" && line.words.size() > 1) {
      definitions_.seed(seed_of(line.words[1].text));
    } else if (line.words[0].text == "include_check") {
      bool adds = true;
      const bool is_change = line.words.size() > 1 && line.words[1].text.find_first_of("+-") == 0;
      if (!is_change) demands_ = line.words.size() > 1 ? Demands{} : Demands{true, true, true};
      for (std::size_t i = 1; i < line.words.size(); ++i) {
        const Word& word = line.words[i];
        if (apply_check(word.text, adds, demands_)) continue;
        findings_.add(Code::kBadValue, word.at, word.width,
                      fmt::format("`{}` is no check of includes", word.text),
                      "must be readable, match, wildcard_match or brace_match");
      }
    }
  }

  // --- include

  void include(const Text& line, const Demands& demands) {
    const std::vector<Word> words = words_of(line, 0, line.size(), false, origins_);
    words_ += words.size();
    const Word& keyword = words[0];
    if (words.size() < 2) {
      findings_.add(Code::kMissingValue, keyword.at, keyword.width, "include needs a file",
                    "no file is named");
      return;
    }
    if (words.size() > 2)
      findings_.add(Code::kSurplus, words[2].at, words[2].width,
                    "words are left over after the file to include", "ignored");
    const Word& named = words[1];
    const bool is_absolute = named.text.starts_with('/');
    const std::string pattern =
        is_absolute ? named.text : folder_of(including_.back()) + named.text;
    const auto alternatives =
        pattern.size() > kMaxPathBytes ? std::nullopt : alternatives_of(pattern);
    if (!alternatives) {
      findings_.add(
          Code::kTooMuch, named.at, named.width, "an include names too many files",
          fmt::format("at most {} alternatives in {} bytes", kMaxAlternatives, kMaxPathBytes));
      return;
    }
    work_ += alternatives->size() * kQuestion;
    if (!spend(line)) return;
    std::vector<std::string> found;
    std::vector<std::string> missing;  // names of files, no patterns: those may match nothing
    for (const std::string& alternative : *alternatives) {
      const auto matching = reader_.glob(tidy(alternative));
      if (!matching) {
        stop(named.at, named.width, "includes look at too many files");
        return;
      }
      found.insert(found.end(), matching->begin(), matching->end());
      if (matching->empty() && !has_wildcard(alternative)) missing.push_back(alternative);
    }
    const bool is_name = missing.size() == alternatives->size();
    if (found.empty() && (demands.wildcard_match || (demands.match && is_name))) {
      complain(keyword, named, pattern, true);
    } else {
      for (const std::string& name : missing)
        complain(keyword, named, name, demands.brace_match && alternatives->size() > 1);
    }
    for (const std::string& path : found) {
      if (stopped_) return;
      read_file(tidy(path), &named);
    }
  }

  void complain(const Word& keyword, const Word& named, const std::string& pattern,
                bool is_demanded) {
    const std::string message = fmt::format("no file matches {}", tidy(pattern));
    if (is_demanded) {
      findings_.add(Code::kUnreadable, named.at, named.width, message,
                    fmt::format("{} demands one",
                                keyword.text == "include" ? "include_check" : keyword.text));
    } else {
      findings_.add(Code::kNoMatch, named.at, named.width, message, "reading goes on without it");
    }
  }

  // --- blocks

  void open_block(Position at) {
    if (open_.size() > kMaxBlockDepth) {
      stop(at, 1, fmt::format("blocks are nested deeper than {}", kMaxBlockDepth));
      return;
    }
    std::vector<Line>& here = open_.back()->block;
    if (here.empty() || here.back().has_block) {
      findings_.add(Code::kBraces, at, 1, "this block follows no keyword", "skipped up to its `}`");
      here.emplace_back();
    }
    Line& owner = here.back();
    owner.has_block = true;
    owner.opened_at = at;
    open_.push_back(&owner);
  }

  void close_block(Position at) {
    if (open_.size() <= depth_) {
      findings_.add(Code::kBraces, at, 1, "this `}` closes nothing",
                    "no block of this file is open here");
      return;
    }
    open_.pop_back();
  }

  // --- bounds

  // Nothing more is read: what is left could mean anything.
  void stop(Position at, std::size_t width, std::string why) {
    if (std::exchange(stopped_, true)) return;
    findings_.add(Code::kTooMuch, at, width, std::move(why), "reading stops here");
  }
  void stop(const Text& line, std::string why) {
    const Origins::Place place = origins_.place_of(line, 0, line.size());
    stop(place.at, place.width, std::move(why));
  }

  // Accounts for one step of expanding this text by so many bytes. False when the account is used up.
  bool spend(const Text& text, std::size_t bytes = 0) {
    work_ += kStep + text.size() + bytes;
    if (work_ > options_.most_work) stop(text, "definitions and repetitions grow without end");
    return !stopped_;
  }

  static constexpr std::size_t kMaxPathBytes = 4096;

  const FileReader& reader_;
  const Options& options_;
  const std::string id_;
  std::vector<SourceFile>& files_;
  Findings& findings_;
  Definitions definitions_{0};
  Origins origins_;
  std::vector<Line*> open_;  // the blocks we are in; a pointer stays good while its block is open
  std::size_t depth_ = 0;    // of the blocks around the file that is read
  std::vector<std::string> including_;
  Demands demands_;
  std::optional<Gathering> gathering_;
  bool continues_ = false;           // the line that is taken ended in a backslash
  std::set<std::uint32_t> endless_;  // definitions that were complained about
  std::size_t bytes_ = 0;            // of all files
  std::size_t words_ = 0;
  std::size_t work_ = 0;
  std::size_t guesses_ = 0;
  bool stopped_ = false;
};

}  // namespace

std::size_t Line::width_from(std::size_t from) const {
  const Word& first = words[from];
  const Word& last = words.back();
  const std::size_t behind = std::size_t{last.at.column} + last.width;
  // Words that came out of several definitions need not stand side by side.
  const bool is_beside =
      first.at.file == last.at.file && first.at.line == last.at.line && behind > first.at.column;
  return is_beside ? behind - first.at.column : first.width;
}

Position Line::at_in_tail(std::size_t offset) const {
  Position at = this->at();
  for (const TailRun& run : tail_runs) {
    if (run.offset > offset && &run != &tail_runs.front()) break;
    at = run.at;
    if (run.advances && offset > run.offset) at.column = narrow(at.column + (offset - run.offset));
  }
  return at;
}

Tree read_lines(const std::string& path, const FileReader& reader, const Options& options,
                std::vector<SourceFile>& files, Findings& findings) {
  return Lexer(reader, options, files, findings).read(path);
}

}  // namespace config
