// What is tracked: track_file and vrrp_track_process blocks, the lines that name them, and what becomes of those lines
// when the whole file is known. A sync group's lines are merged into its members here.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "engine/config/reader.hpp"

namespace config {
namespace {

// A suggestion is not worth looking at more names.
constexpr std::size_t kMostNames = 1000;
// The kernel keeps no more of a process's name.
constexpr std::size_t kNameBytes = 15;

bool is_before(const Position& a, const Position& b) {
  return a.file == b.file && std::tie(a.line, a.column) < std::tie(b.line, b.column);
}

}  // namespace

// --- definitions

bool Reader::read_weight(const Argument& a, int most, int& weight, bool& reverse) {
  const auto number = whole_number(a.words[0].text);
  if (!number || *number < -most || *number > most) {
    add(Code::kOutOfRange, a.words[0], fmt::format("weight {} is out of range", a.words[0].text),
        fmt::format("must be {} to {}", -most, most), std::string(a.keyword->bad));
    return false;
  }
  weight = static_cast<int>(*number);
  reverse = false;
  if (a.words.size() < 2) return true;
  if (a.words[1].text == "reverse") {
    reverse = true;
  } else {
    add(Code::kBadValue, a.words[1], fmt::format("`{}` cannot follow a weight", a.words[1].text),
        "only `reverse` can");
  }
  return true;
}

void Reader::weight_of_script(const Argument& a) {
  Script& script = model_.scripts.back();
  (void)read_weight(a, 253, script.weight, script.reverse);  // a finding is all it takes
}

void Reader::weight_of_file(const Argument& a) {
  File& file = model_.tracked_files.back();
  (void)read_weight(a, 254, file.weight, file.reverse);  // a finding is all it takes
}

void Reader::weight_of_process(const Argument& a) {
  Process& process = model_.processes.back();
  if (!read_weight(a, 254, process.weight, process.reverse)) return;
  const int made = std::clamp(process.weight, -253, 253);
  if (made != process.weight)
    add(Code::kAdjusted, a.words[0], fmt::format("weight {} is out of range", process.weight),
        fmt::format("{} is used", made));
  process.weight = made;
}

void Reader::new_file(const Argument& a) {
  if (!new_named(a, tracked_files_, model_.tracked_files.size(), "tracked files")) return;
  const Word& name = a.words[0];
  File& file = model_.tracked_files.emplace_back();
  file.name = name.text;
  file.at = name.at;
  Seen seen;
  read_block(Block::kFile, a.line->block, seen);
  if (!seen.contains("file"))
    add(Code::kNothingToWatch, name, fmt::format("{} names no file", name.text),
        "a `file` line is missing");
  if (file.path.starts_with("/proc/") || file.path.starts_with("/sys/"))
    add(Code::kNeverMatches, value_of(*seen.at("file")),
        fmt::format("{} cannot be watched", file.path), "the kernel tells no changes there",
        "a vrrp_script can read it");
}

void Reader::init_file(const Argument& a) {
  File& file = model_.tracked_files.back();
  file.initial = 0;
  for (const Word& word : a.words) {
    if (word.text == "overwrite") {
      file.overwrites_initial = true;
    } else if (const auto number = whole_number(word.text);
               number && *number >= -2147483647 && *number <= 2147483647) {
      file.initial = static_cast<int>(*number);
    } else {
      add(Code::kBadValue, word, fmt::format("init_file cannot be `{}`", word.text),
          "a whole number and `overwrite` can follow");
    }
  }
}

void Reader::new_process(const Argument& a) {
  if (!new_named(a, processes_, model_.processes.size(), "tracked processes")) return;
  const Word& name = a.words[0];
  Process& process = model_.processes.emplace_back();
  process.name = name.text;
  process.at = name.at;
  Seen seen;
  read_block(Block::kProcess, a.line->block, seen);
  if (process.command.empty()) {
    if (!seen.contains("process"))
      add(Code::kNothingToWatch, name, fmt::format("{} names no process", name.text),
          "a `process` line is missing");
    return;
  }
  const bool has_parameters = process.command.size() > 1;
  if (has_parameters && process.parameters == Process::Match::kNone)
    process.parameters = Process::Match::kExact;
  if (process.parameters != Process::Match::kNone) process.full_command = true;
  std::string& command = process.command.front();
  const Word& word = value_of(*seen.at("process"));
  if (!process.full_command && command.find('/') != std::string::npos) {
    add(Code::kNeverMatches, word, fmt::format("no process is called `{}`", command),
        "a process's name has no slash", "`full_command` compares the command line");
  } else if (!process.full_command && command.size() > kNameBytes) {
    command.resize(kNameBytes);
    add(Code::kAdjusted, word, "the kernel's name of a process has at most 15 characters",
        fmt::format("`{}` is looked for", command), "`full_command` compares the command line");
  }
  // `quorum_max 0` alone: none may run.
  if (process.quorum_max == 0 && !seen.contains("quorum")) process.quorum = 0;
  if (process.quorum_max < process.quorum)
    add(Code::kQuorum, value_of(*seen.at("quorum_max")),
        fmt::format("{} needs at least {} and at most {}", name.text, process.quorum,
                    process.quorum_max),
        "less than quorum");
}

void Reader::command_of_process(const Argument& a) {
  std::vector<std::string>& command = model_.processes.back().command;
  command.clear();
  for (const Word& word : a.words) command.push_back(word.text);
  if (!command.front().empty()) return;
  command.clear();
  add(Code::kBadValue, a.words[0], "the name of the process is empty", "a name must follow");
}

void Reader::param_match(const Argument& a) {
  Process::Match& match = model_.processes.back().parameters;
  match = Process::Match::kExact;
  if (a.words.empty() || a.words[0].text == "exact") return;
  if (a.words[0].text == "initial") {
    match = Process::Match::kInitial;
  } else if (a.words[0].text == "partial") {
    match = Process::Match::kPartial;
  } else {
    add(Code::kBadValue, a.words[0], fmt::format("param_match cannot be `{}`", a.words[0].text),
        "must be exact, initial or partial");
  }
}

void Reader::delay_of_process(const Argument& a) {
  model_.processes.back().fork_delay = a.duration;
  model_.processes.back().terminate_delay = a.duration;
}

// --- lines that name them

void Reader::weight(const Argument& a) {
  weight_ = static_cast<int>(std::clamp<long long>(a.number, -most_weight_, most_weight_));
  if (weight_ != a.number)
    add(Code::kAdjusted, a.words[0], fmt::format("weight {} is out of range", a.number),
        fmt::format("{} is used", weight_));
}

void Reader::warn_unknown_option(Block block, const Word& word, std::string_view otherwise) {
  const std::string_view near = findings_.keeps(Code::kUnknownKeyword)
                                    ? nearest_keyword(block, word.text)
                                    : std::string_view();
  add(Code::kUnknownKeyword, word, fmt::format("unknown option `{}`", word.text),
      near.empty() ? std::string(otherwise) : did_you_mean(near), "ignored");
}

bool Reader::read_track_options(const Line& line, Watched kind, TrackOptions& options) {
  // A file's weight is a factor; that of the others is added as it is.
  most_weight_ = kind == Watched::kFile ? 254 : 253;
  for (std::size_t i = 1; i < line.words.size(); ++i) {
    const Word& word = line.words[i];
    const Keyword* keyword = find_keyword(Block::kTrack, word.text);
    if (keyword == nullptr) {
      warn_unknown_option(Block::kTrack, word, "only weight, reverse and noreverse can follow");
      continue;
    }
    if (keyword->takes == Takes::kNothing) {
      options.reverse = word.text == "reverse";
      continue;
    }
    Argument argument;
    argument.keyword = keyword;
    argument.line = &line;
    argument.words = std::span(line.words).subspan(i + 1);
    if (argument.words.empty()) {
      add(Code::kMissingValue, word, "`weight` lacks its value", "a number must follow");
      return false;
    }
    argument.words = argument.words.first(1);
    if (!read_number(*keyword, argument)) return false;
    (this->*keyword->apply)(argument);
    options.weight = weight_;
    ++i;
  }
  return true;
}

void Reader::read_tracked(const Argument& a, Watched kind) {
  for (const Line& line : a.line->block) {
    if (findings_.is_full()) return;
    if (line.words.empty()) continue;
    if (kind == Watched::kInterface && !is_interface(line.words[0])) continue;
    Pending pending{kind, &line.words[0], {}};
    if (read_track_options(line, kind, pending.options)) tracked_->push_back(pending);
  }
}

void Reader::track_script(const Argument& a) { read_tracked(a, Watched::kScript); }
void Reader::track_interface(const Argument& a) { read_tracked(a, Watched::kInterface); }
void Reader::track_file(const Argument& a) { read_tracked(a, Watched::kFile); }
void Reader::track_process(const Argument& a) { read_tracked(a, Watched::kProcess); }

// --- the whole file is known

void Reader::resolve(Pending& pending, Names& names, Code unknown, std::string_view kind) {
  const Word& word = *pending.name;
  const auto found = names.find(word.text);
  if (found == names.end()) {
    std::vector<std::string_view> candidates;
    for (const auto& [name, named] : names) {
      if (candidates.size() == kMostNames || !findings_.keeps(unknown)) break;
      candidates.push_back(name);
    }
    const std::string_view near = nearest(word.text, candidates);
    add(unknown, word, fmt::format("there is no {} {}", kind, word.text),
        near.empty() ? "defined nowhere" : did_you_mean(near),
        "keepalived goes on without the check");
    return;
  }
  found->second.is_used = true;
  pending.index = found->second.index;
  if (is_before(word.at, found->second.name->at))
    add(Code::kDefinedLater, word, fmt::format("{} is defined below its use", word.text),
        "found all the same", "keepalived would not find it and go on without the check");
}

void Reader::resolve(std::vector<Pending>& tracked) {
  for (Pending& pending : tracked) {
    switch (pending.kind) {
      case Watched::kInterface: break;
      case Watched::kScript: resolve(pending, scripts_, Code::kUnknownScript, "vrrp_script"); break;
      case Watched::kFile:
        resolve(pending, tracked_files_, Code::kUnknownTracker, "track_file");
        break;
      case Watched::kProcess:
        resolve(pending, processes_, Code::kUnknownTracker, "vrrp_track_process");
        break;
    }
  }
  // Those that lead nowhere have their finding.
  std::erase_if(tracked, [](const Pending& pending) {
    return pending.kind != Watched::kInterface && !pending.index;
  });
}

std::string_view Reader::kind_of(Watched kind) {
  switch (kind) {
    case Watched::kScript: return "script";
    case Watched::kInterface: return "interface";
    case Watched::kFile: return "file";
    case Watched::kProcess: return "process";
  }
  return {};
}

// A group's lines are looked at once for every member.
void Reader::drop_doubles(std::vector<Pending>& tracked) {
  std::set<std::pair<Watched, std::string_view>> known;
  std::erase_if(tracked, [&](const Pending& pending) {
    const Word& word = *pending.name;
    if (known.emplace(pending.kind, std::string_view(word.text)).second) return false;
    add(Code::kTrackedTwice, word,
        fmt::format("{} {} is tracked twice", kind_of(pending.kind), word.text), "ignored");
    return true;
  });
}

int Reader::weight_of(const Pending& pending) const {
  if (pending.options.weight) return *pending.options.weight;
  switch (pending.kind) {
    case Watched::kInterface: return 0;
    case Watched::kScript: return model_.scripts[*pending.index].weight;
    case Watched::kFile: return model_.tracked_files[*pending.index].weight;
    case Watched::kProcess: return model_.processes[*pending.index].weight;
  }
  return 0;
}

bool Reader::reverse_of(const Pending& pending) const {
  if (pending.options.reverse) return *pending.options.reverse;
  switch (pending.kind) {
    case Watched::kInterface: return false;
    case Watched::kScript: return model_.scripts[*pending.index].reverse;
    case Watched::kFile: return model_.tracked_files[*pending.index].reverse;
    case Watched::kProcess: return model_.processes[*pending.index].reverse;
  }
  return false;
}

void Reader::keep(Instance& instance, const Pending& pending) const {
  const int weight = weight_of(pending);
  const bool reverse = reverse_of(pending);
  const Position& at = pending.name->at;
  switch (pending.kind) {
    case Watched::kInterface:
      instance.track_interfaces.push_back({pending.name->text, weight, reverse, at});
      break;
    case Watched::kScript:
      instance.track_scripts.push_back({*pending.index, weight, reverse, at});
      break;
    case Watched::kFile:
      instance.track_files.push_back({*pending.index, weight, reverse, at});
      break;
    case Watched::kProcess:
      instance.track_processes.push_back({*pending.index, weight, reverse, at});
      break;
  }
}

void Reader::finish_tracking(Draft& draft, const GroupDraft* group) {
  Instance& instance = draft.instance;
  std::map<std::pair<Watched, std::string_view>, const Pending*> known;
  const auto take_up = [&](const Pending& pending, bool is_own) {
    const Word& word = *pending.name;
    const std::string_view kind = kind_of(pending.kind);
    if (pending.kind == Watched::kInterface && word.text == instance.interface &&
        instance.track_primary) {
      // In a group the line is for the other members.
      if (is_own)
        add(Code::kOwnInterfaceTracked, word, fmt::format("{} is tracked already", word.text),
            "ignored: it is the instance's own interface");
      return true;
    }
    const auto [earlier, is_new] =
        known.emplace(std::pair(pending.kind, std::string_view(word.text)), &pending);
    if (!is_new) {
      const Pending& first = *earlier->second;
      if (is_own)
        add(Code::kTrackedTwice, word, fmt::format("{} {} is tracked twice", kind, word.text),
            "ignored");
      else if (weight_of(first) != weight_of(pending) || reverse_of(first) != reverse_of(pending))
        add(Code::kTrackedTwice, word,
            fmt::format("{} {} has another weight in {}", kind, word.text, instance.name),
            "the instance's own counts there");
      return true;
    }
    if (known.size() > kMaxTrackers) {
      add(Code::kTooManyTrackers, word,
          fmt::format("{} tracks more than {} things", instance.name, kMaxTrackers));
      return false;
    }
    keep(instance, pending);
    return true;
  };
  for (const Pending& pending : draft.tracked)
    if (!take_up(pending, true)) return;
  if (group == nullptr) return;
  for (const Pending& pending : group->tracked)
    if (!take_up(pending, false)) return;
}

void Reader::warn_member_weights(const std::vector<Pending>& tracked) {
  for (const Pending& pending : tracked) {
    if (weight_of(pending) == 0) continue;
    add(Code::kMemberWeight, *pending.name,
        fmt::format("{} has a weight in a sync group", pending.name->text), "it counts here",
        "keepalived leaves it out without `sync_group_tracking_weight`");
  }
}

void Reader::warn_unused(const Names& names, Code code, std::string_view kind) {
  for (const auto& [name, named] : names) {
    if (named.is_used) continue;
    add(code, *named.name, fmt::format("{} {} is not used", kind, name), "no instance tracks it");
  }
}

// A dead link must be believed before the peers have waited for the adverts that do not come.
void Reader::finish_interface_delays() {
  const auto allowed_by = [](const Instance& instance) {
    return Duration{(instance.down_timer_adverts - 1) * instance.advert_interval};
  };
  std::map<std::string_view, const Draft*> impatient;  // the one of each interface that waits least
  for (const Draft& draft : drafts_) {
    const auto [known, is_new] = impatient.emplace(draft.instance.interface, &draft);
    if (!is_new && allowed_by(draft.instance) < allowed_by(known->second->instance))
      known->second = &draft;
  }
  for (InterfaceDelay& delay : model_.interface_delays) {
    const auto found = impatient.find(delay.interface);
    if (found == impatient.end()) continue;
    const Draft* shortest = found->second;
    const Duration most = allowed_by(shortest->instance);
    if (most >= delay.down) continue;
    findings_.add(
        Code::kDelayShortened, delay.at, delay.interface.size(),
        fmt::format("the down delay of {} is longer than its peers wait", delay.interface),
        fmt::format("{} is used", readable(most)),
        fmt::format("{} announces every {}", shortest->instance.name,
                    readable(shortest->instance.advert_interval)));
    delay.down = most;
  }
}

// A weight moves the priority, and only what moves it can move addresses.
void Reader::warn_stuck_weights(const Draft& draft) {
  const Instance& instance = draft.instance;
  int well = instance.priority;
  const auto add_up = [&](const auto& all) {
    for (const auto& tracked : all) well += std::max(tracked.weight, 0);
  };
  add_up(instance.track_scripts);
  add_up(instance.track_interfaces);
  add_up(instance.track_processes);
  const bool is_owner = instance.priority == 255;
  const auto kept = [](int sum) { return std::clamp(sum, 1, 254); };
  const auto look = [&](const auto& tracked, std::string_view name) {
    if (tracked.weight == 0) return;
    const int failing = well - std::abs(tracked.weight);
    if (!is_owner && kept(well) != kept(failing)) return;
    findings_.add(Code::kWeightWithoutEffect, tracked.at, name.size(),
                  fmt::format("whatever becomes of {}, {} keeps its priority", name, instance.name),
                  is_owner ? std::string("an owner's 255 never moves")
                           : fmt::format("{} when well, {} when failing: both count as {}", well,
                                         failing, kept(well)),
                  "without a weight a failure is a fault, and moves the addresses");
  };
  for (const TrackedScript& tracked : instance.track_scripts)
    look(tracked, model_.scripts[tracked.script].name);
  for (const TrackedInterface& tracked : instance.track_interfaces)
    look(tracked, tracked.interface);
  for (const TrackedProcess& tracked : instance.track_processes)
    look(tracked, model_.processes[tracked.process].name);
  if (!is_owner) return;
  // What a file adds is known only when it is read; to an owner it adds nothing.
  for (const TrackedFile& tracked : instance.track_files)
    look(tracked, model_.tracked_files[tracked.file].name);
}

}  // namespace config
