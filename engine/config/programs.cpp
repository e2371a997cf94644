// Whether what is to be run is there, may be run, and is safe from others. Asks the FileReader alone; without its `look`
// nothing is said.
#include <fmt/format.h>

#include <set>

#include "engine/config/reader.hpp"

namespace config {
namespace {

constexpr std::uint32_t kAnyExecute = 0111;
constexpr std::uint32_t kGroupWrites = 020;
constexpr std::uint32_t kOthersWrite = 02;
constexpr std::uint32_t kSticky = 01000;
// PATH_MAX: the kernel knows no longer ones.
constexpr std::size_t kLongestPath = 4096;

// "/a", "/a/b", "/a/b/c".
std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1))
    parts.push_back(path.substr(0, slash));
  parts.push_back(path);
  return parts;
}

// Why others could change what runs; empty when they cannot.
std::string weakness_of(const std::string& part, const PathFacts& facts) {
  const auto found = [&](std::string_view what) {
    return fmt::format("{} {} (owner {}, mode {:04o})", part, what, facts.owner, facts.permissions);
  };
  if (facts.owner != 0) return found("belongs to another user than root");
  // Nobody writes to a link; where it leads is looked at too.
  if (facts.kind == PathFacts::Kind::kLink) return {};
  // In a sticky folder nobody can replace what is not his own.
  if (facts.kind == PathFacts::Kind::kFolder && (facts.permissions & kSticky) != 0) return {};
  if ((facts.permissions & kOthersWrite) != 0) return found("is writable by everybody");
  if ((facts.permissions & kGroupWrites) != 0 && facts.group != 0)
    return found("is writable by a group other than root's");
  return {};
}

}  // namespace

void Reader::warn_programs() {
  if (!files_.look) return;
  // The user that scripts have without a word is keepalived's, where it exists.
  std::optional<bool> default_is_root;
  const auto is_default_root = [&] {
    if (!default_is_root) {
      const auto accounts = files_.read("/etc/passwd");
      default_is_root = !accounts || (!accounts->starts_with("keepalived_script:") &&
                                      accounts->find("\nkeepalived_script:") == std::string::npos);
    }
    return *default_is_root;
  };
  for (const Program& program : programs_) {
    if (findings_.is_full()) return;
    std::string user = program.user;
    if (user.empty() && program.script) user = model_.scripts[*program.script].command.user;
    if (user.empty()) user = model_.script_user;
    look_at(program, user.empty() ? is_default_root() : user == "root" || user == "0");
  }
}

void Reader::look_at(const Program& program, bool runs_as_root) {
  const std::string& path = program.path;
  if (!path.starts_with('/')) {
    add(Code::kScriptByName, program.command, fmt::format("`{}` has no path", path),
        "looked for in the PATH of the service");
    return;
  }
  if (path.size() >= kLongestPath) {
    add(Code::kScriptAbsent, program.command, "a command cannot be run",
        fmt::format("no path has {} bytes", path.size()), "what cannot be run has failed");
    return;
  }
  for (const std::string& part : parts_of(path)) {
    const PathFacts facts = files_.look(part);
    if (facts.kind == PathFacts::Kind::kHidden) return;  // who may not look cannot tell
    if (facts.kind != PathFacts::Kind::kAbsent) continue;
    add(Code::kScriptAbsent, program.command, fmt::format("{} cannot be run", path),
        part == path ? std::string("it does not exist") : fmt::format("{} does not exist", part),
        "what cannot be run has failed");
    return;
  }
  const std::string real = files_.look(path).real;
  const PathFacts facts = files_.look(real.empty() ? path : real);
  if (facts.kind == PathFacts::Kind::kHidden) return;
  if (facts.kind != PathFacts::Kind::kFile || (facts.permissions & kAnyExecute) == 0) {
    add(Code::kScriptNotExecutable, program.command, fmt::format("{} cannot be run", path),
        facts.kind != PathFacts::Kind::kFile
            ? std::string("it is no regular file")
            : fmt::format("nobody may execute it (owner {}, mode {:04o})", facts.owner,
                          facts.permissions),
        "what cannot be run has failed");
    return;
  }
  if (!runs_as_root) return;
  std::vector<std::string> parts = parts_of(path);
  if (real != path && !real.empty())
    for (std::string& part : parts_of(real)) parts.push_back(std::move(part));
  for (const std::string& part : parts) {
    const std::string weakness = weakness_of(part, files_.look(part));
    if (weakness.empty()) continue;
    add(Code::kScriptUnsafe, program.command, fmt::format("root runs {}", path), weakness,
        model_.script_security ? "with enable_script_security it is not run, which is a failure"
                               : "whoever can change it becomes root");
    return;
  }
}

}  // namespace config
