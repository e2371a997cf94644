#include "cli/routing.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "base/os/clock.hpp"
#include "base/os/fd.hpp"
#include "cli/status.hpp"
#include "supervisor/control.hpp"

namespace cli {

using base::Error;
using base::Result;
using base::os::UniqueFd;
using std::chrono::milliseconds;

namespace {

constexpr int kFailed = 1;
constexpr int kNoEffectSeen = 3;
constexpr base::Duration kPatience = std::chrono::seconds{1};

std::string_view name_of(Routing routing) {
  return routing == Routing::kEnable ? "enable-routing" : "disable-routing";
}

// The directory's entry reaches the disk too: a permit that was taken away must not come back with the power.
base::Status sync_directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const UniqueFd fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  // A filesystem that cannot sync a directory keeps none after a reboot either.
  if (!fd || (::fsync(fd.get()) != 0 && errno != EINVAL)) return Error::last("sync", directory);
  return base::ok();
}

Result<bool> make(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) == 0) return false;
  const UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)};
  if (!fd) return Error::last("make permit", path);
  return true;
}

Result<bool> remove(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return Error::last("remove permit", path);
}

// Who asked is known to the supervisor from the socket; the engine writes it down.
base::Status record(Routing routing, const Guard& guard, std::string_view what,
                    const Directories& directories) {
  control::Request request;
  request.command = control::Command::kNote;
  if (guard.instances.size() == 1)
    request.instance = static_cast<std::uint16_t>(guard.instances.front());
  feed::put_text(request.subject, name_of(routing));
  feed::put_text(request.text, what);
  const auto reply = control::ask(directories.run, request, kPatience);
  if (!reply) return reply.error();
  if (reply->answer != control::Answer::kDone)
    return Error::because("have it recorded", feed::get_text(reply->text));
  return base::ok();
}

// The rows of the guarded instances once all show the effect, or as they are when patience ends.
std::optional<bool> wait_for_effect(const Facts& facts, const std::vector<std::size_t>& instances,
                                    Routing routing) {
  const base::Instant end = base::os::now() + kPatience;
  while (true) {
    const auto global = facts.board().global();
    if (!global || base::os::now() - base::Instant::from_ns(global->heartbeat_ns) > kStale)
      return std::nullopt;
    bool all = true;
    bool known = true;
    for (const std::size_t instance : instances) {
      if (instance >= facts.board().rows()) continue;
      const auto row = facts.board().row(instance);
      all = all && row && has_taken_effect(*row, routing);
      known = known && row && (row->departing != 0 || has_taken_effect(*row, routing));
    }
    if (all) return true;
    // A departure takes as long as it takes; that it began is effect enough.
    if (base::os::now() >= end) return known;
    std::this_thread::sleep_for(milliseconds{5});
  }
}

void print_states(const Facts& facts, const std::vector<std::size_t>& instances) {
  for (const std::size_t instance : instances) {
    if (instance >= facts.board().rows()) continue;
    if (const auto row = facts.board().row(instance))
      fmt::print("{} is {}\n", feed::get_text(row->name), state_text(*row));
  }
}

}  // namespace

Result<std::vector<Guard>> guards_of(const config::Model& model, const std::string& instance) {
  std::optional<std::size_t> wanted;
  for (std::size_t i = 0; i < model.instances.size(); ++i)
    if (model.instances[i].name == instance) wanted = i;
  if (!instance.empty() && !wanted)
    return Error::because("find instance", "the running configuration has none of this name",
                          instance);
  std::vector<Guard> guards;
  for (const config::Flags& flags : model.flags) {
    if (flags.permit_file.empty()) continue;
    Guard guard{.permit_file = flags.permit_file, .instances = {}};
    for (const std::uint16_t index : flags.instances) guard.instances.push_back(index);
    if (flags.instances.empty())
      for (std::size_t i = 0; i < model.instances.size(); ++i) guard.instances.push_back(i);
    if (wanted && std::ranges::find(guard.instances, *wanted) == guard.instances.end()) continue;
    guards.push_back(std::move(guard));
  }
  if (guards.empty())
    return Error::because("find permit file",
                          "no flags block of the running configuration has a permit_file",
                          instance.empty() ? std::string_view("any instance") : instance);
  return guards;
}

Result<bool> set_permit(const std::string& path, Routing routing) {
  auto changed = routing == Routing::kEnable ? make(path) : remove(path);
  if (!changed || !*changed) return changed;
  if (auto synced = sync_directory_of(path); !synced) return synced.error();
  return changed;
}

bool has_taken_effect(const feed::Row& row, Routing routing) {
  const bool is_held = (row.holds & static_cast<std::uint8_t>(base::Hold::kPermit)) != 0;
  if (routing == Routing::kEnable) return !is_held;
  return is_held && row.state != base::State::kMaster && row.departing == 0;
}

int set_routing(Routing routing, const std::string& instance, const Directories& directories) {
  const auto model = running_configuration(directories);
  if (!model) return fmt::print(stderr, "vigie: {}\n", to_string(model.error())), kFailed;
  const auto guards = guards_of(*model, instance);
  if (!guards) return fmt::print(stderr, "vigie: {}\n", to_string(guards.error())), kFailed;

  std::vector<std::size_t> instances;
  bool has_failed = false;
  for (const Guard& guard : *guards) {
    instances.insert(instances.end(), guard.instances.begin(), guard.instances.end());
    const auto changed = set_permit(guard.permit_file, routing);
    if (!changed) {
      fmt::print(stderr, "vigie: {}\n", to_string(changed.error()));
      has_failed = true;
      continue;
    }
    const std::string what =
        fmt::format("{} {}",
                    routing == Routing::kEnable ? (*changed ? "made" : "there was already")
                                                : (*changed ? "removed" : "there was no"),
                    guard.permit_file);
    fmt::print("{}\n", what);
    if (auto recorded = record(routing, guard, what, directories); !recorded)
      fmt::print(stderr, "vigie: not recorded: {}\n", to_string(recorded.error()));
  }
  if (has_failed) return kFailed;

  const auto facts = Facts::open(directories);
  const auto effect = facts ? wait_for_effect(*facts, instances, routing) : std::nullopt;
  if (!effect) {
    fmt::print(stderr, "vigie: no engine runs here: it will see the permit when it starts\n");
    return kNoEffectSeen;
  }
  print_states(*facts, instances);
  if (*effect) return 0;
  fmt::print(stderr, "vigie: the engine has not acted on it within {} ms\n",
             std::chrono::duration_cast<milliseconds>(kPatience).count());
  return kNoEffectSeen;
}

}  // namespace cli
