#include "runner/process_match.hpp"

#include <algorithm>

namespace runner {

using Match = config::Process::Match;

bool needs_command_line(const config::Process& wanted) {
  return wanted.full_command || wanted.parameters != Match::kNone || wanted.command.size() > 1;
}

bool matches_name(const config::Process& wanted, std::string_view short_name) {
  return !wanted.command.empty() &&
         std::string_view(wanted.command.front()).substr(0, kShortName) == short_name;
}

bool matches_command_line(const config::Process& wanted, const std::vector<std::string>& words) {
  const auto& command = wanted.command;
  if (command.empty() || words.empty() || words.front() != command.front()) return false;
  Match how = wanted.parameters;
  // Parameters that are written down are meant, also when nothing says how.
  if (how == Match::kNone && command.size() > 1) how = Match::kExact;
  switch (how) {
    case Match::kNone: return true;
    case Match::kExact: return words == command;
    case Match::kInitial:
      return words.size() >= command.size() &&
             std::equal(command.begin(), command.end(), words.begin());
    case Match::kPartial: {
      if (words.size() < command.size()) return false;
      if (command.size() == 1) return true;
      const std::size_t last = command.size() - 1;
      return std::equal(command.begin(), command.end() - 1, words.begin()) &&
             words[last].starts_with(command[last]);
    }
  }
  return false;
}

}  // namespace runner
