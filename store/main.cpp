// vigie-recorder: carries the ledger into the history database and the log. May wait for a disk; nothing waits for it.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>

#include "base/os/clock.hpp"
#include "base/os/log.hpp"
#include "base/os/mapping.hpp"
#include "engine/feed/memory.hpp"
#include "engine/ipc/role.hpp"
#include "engine/role/role.hpp"
#include "store/follower.hpp"
#include "store/memory_copy.hpp"
#include "store/recorder.hpp"

namespace {

constexpr base::Duration kTimeToFinish = std::chrono::seconds{3};
constexpr const char* kUser = "vigie";

// A state directory that could not be prepared at the start. The log wants the events all the same, so we stay and try
// again with every turn; but what only root can do is done by our successor, who starts as root.
class MissingDirectory {
 public:
  explicit MissingDirectory(const std::string& path) : path_(path) {}

  base::Status try_again(base::Instant now) {
    if (is_made_) return base::ok();
    is_made_ = store::prepare_state_dir(path_, kUser).has_value();
    const bool needs_root = is_made_
                                ? ::faccessat(AT_FDCWD, path_.c_str(), W_OK | X_OK, AT_EACCESS) != 0
                                : now - begun_ >= kPatience;
    if (!needs_root) return base::ok();
    return base::Error::because("use the state directory",
                                "only root can make it or hand it over; the next start does",
                                path_);
  }

 private:
  // Seldom: a successor without a database repeats in the log what the ledger holds.
  static constexpr base::Duration kPatience = std::chrono::minutes{10};
  std::string path_;
  bool is_made_ = false;
  base::Instant begun_ = base::os::now();
};

// SIGTERM: what is in the ledger now shall be in the database, if the database lets us.
void finish(store::Recorder& recorder, store::Follower& follower) {
  const base::Instant until = base::os::now() + kTimeToFinish;
  for (;;) {
    const base::Instant now = base::os::now();
    recorder.turn(now, base::os::wall_ns());
    if (recorder.is_caught_up()) break;
    if (now >= until) {
      base::os::log_error(
          "stopping with events unrecorded: they stay in the ledger until the next start, "
          "or are lost with a reboot");
      break;
    }
    // A second SIGTERM says nothing new; a failing wait only makes us try again sooner.
    (void)follower.wait(base::earlier(recorder.deadline(), until));
  }
  recorder.close();
}

base::Status run(int argc, char** argv) {
  auto signals = role::hold_signals();
  if (!signals) return signals.error();
  const auto arguments = role::begin("recorder", argc, argv);
  if (!arguments) return arguments.error();
  // The database is for root and the group: rwxr-x---, rw-r-----.
  ::umask(0027);
  std::optional<MissingDirectory> missing;
  if (auto prepared = store::prepare_state_dir(arguments->state_dir, kUser); !prepared) {
    base::os::log_error(to_string(prepared.error()));
    missing.emplace(arguments->state_dir);
  }

  base::os::Confinement confinement;
  confinement.user = kUser;
  confinement.open_files = 64;
  confinement.die_with_parent = true;
  confinement.process_name = "vigie-recorder";
  if (auto confined = role::confine(confinement); !confined) return confined;

  if (auto alone = role::stand_by(*arguments); !alone) return alone;
  auto follower = store::Follower::open(*std::move(signals));
  if (!follower) return follower.error();
  const config::History& history = follower->model().history;
  store::Recorder recorder{
      {history.database.empty() ? arguments->state_dir + "/history.db" : history.database,
       history.keep},
      follower->ledger()};
  const auto memory = base::os::Mapping::read_only(ipc::kMemoryFd);
  if (!memory) return memory.error();
  if (!feed::is_memory(memory->bytes()))
    return base::Error::because("open memory", "it is none of this version");
  store::MemoryCopy copy{arguments->state_dir + "/memory", memory->bytes()};
  role::say_it_took_over(*arguments);
  for (;;) {
    recorder.turn(base::os::now(), base::os::wall_ns());
    copy.turn(base::os::now());
    const auto stop = follower->wait(base::earlier(recorder.deadline(), copy.deadline()));
    if (!stop) return stop.error();
    if (*stop) break;
    // The history may be kept elsewhere.
    if (missing && !recorder.is_caught_up())
      if (auto tried = missing->try_again(base::os::now()); !tried) return tried;
  }
  copy.finish();
  finish(recorder, *follower);
  return base::ok();
}

}  // namespace

int main(int argc, char** argv) { return role::exit_status(run(argc, argv)); }
