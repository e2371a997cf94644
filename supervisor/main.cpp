// vigied: reads the command line, makes the parts, runs the supervisor.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/os/clock.hpp"
#include "base/os/confine.hpp"
#include "base/os/log.hpp"
#include "supervisor/former.hpp"
#include "supervisor/once.hpp"
#include "supervisor/options.hpp"
#include "supervisor/supervisor.hpp"
#include "supervisor/take_over.hpp"

namespace {

using base::Error;
using base::Result;
using base::Status;
using supervisor::Options;
using supervisor::Parts;
using supervisor::Places;
using supervisor::Verdict;

constexpr int kExitFailure = 1;
constexpr int kExitBadConfiguration = 2;
// keepalived's, for scripts that know them.
constexpr int kExitTestNoFile = 4;
constexpr int kExitTestFoundSomething = 5;
constexpr int kExitTestUnsafeScript = 6;  // whatever else there is

int fail(const Error& error) {
  base::os::log_error(to_string(error));
  return kExitFailure;
}

// Descriptors that whoever started us left open would reach every process.
Status keep_descriptors_to_ourselves() {
  if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
    return Error::last("keep descriptors to ourselves");
  return base::ok();
}

// Who started us must not matter: not its umask, nor a SIGCHLD it ignores (deaths would be lost).
Result<base::os::UniqueFd> prepare_process() {
  ::umask(022);
  if (::signal(SIGCHLD, SIG_DFL) == SIG_ERR) return Error::last("listen to SIGCHLD");
  sigset_t set;
  sigemptyset(&set);
  for (const int number : supervisor::handled_signals()) sigaddset(&set, number);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return Error::last("block signals");
  base::os::UniqueFd signals{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!signals) return Error::last("receive signals");
  return signals;
}

Result<std::string> absolute(const std::string& path) {
  char resolved[PATH_MAX];
  if (::realpath(path.c_str(), resolved) == nullptr) return Error::last("find", path);
  return std::string(resolved);
}

// A router without a history is still a router: what needs the directory says so and tries again for as long as we run.
std::string make_state_directory(const std::string& path) {
  if (auto made = supervisor::make_directory(path, 0750); !made)
    base::os::log_error(to_string(made.error()) + "; nothing is recorded until it can be used");
  supervisor::give_to_user(path, "vigie");
  std::error_code unknown;  // the working directory is gone: the path as it was given, then
  const auto full = std::filesystem::absolute(path, unknown);
  return absolute(path).value_or(unknown ? path : full.string());
}

Result<Places> make_places(const Options& options) {
  if (auto made = supervisor::make_directory(options.run_dir, 0755); !made) return made.error();
  const std::string state_dir = make_state_directory(options.state_dir);
  // The subagent's place in the ledger, and what the keeper found in the kernel.
  for (const auto& [name, user] :
       {std::pair{"/subagent", "vigie-snmp"}, {"/keeper", "vigie-keeper"}}) {
    if (auto made = supervisor::make_directory(options.run_dir + name, 0750); !made)
      return made.error();
    supervisor::give_to_user(options.run_dir + name, user);
  }
  auto run_dir = absolute(options.run_dir);
  if (!run_dir) return run_dir.error();
  auto programs = supervisor::programs_directory();
  if (!programs) return programs.error();
  return Places{std::move(*run_dir), state_dir, std::move(*programs), options.config_id};
}

// What the daemon before, which did not end in order, may have left in the kernel.
std::vector<config::FormerAddress> left_behind(const Places& places, const config::Model& now) {
  if (::access(places.config().c_str(), F_OK) != 0) return {};
  const auto before = supervisor::load_compiled(places.config());
  if (!before) {
    base::os::log_warning(to_string(before.error()) +
                          ": addresses that only the configuration before had are not removed");
    return {};
  }
  return supervisor::former_addresses(before->model, now);
}

// Reads and compiles the configuration; nothing when it has errors, which the reader has shown.
Result<std::optional<supervisor::Compiled>> take_configuration(const Places& places,
                                                               const std::string& file,
                                                               bool ended_in_order) {
  const std::string fresh = places.config() + ".new";
  const auto verdict =
      supervisor::read_configuration(places.programs, file, fresh, places.config_id);
  if (!verdict) return verdict.error();
  if (verdict->verdict == Verdict::kErrors) {
    (void)::unlink(fresh.c_str());  // the reader need not have written one
    base::os::log_error(fmt::format("{} has errors: not started", file));
    return std::optional<supervisor::Compiled>{};
  }
  auto compiled = supervisor::load_compiled(fresh);
  if (!compiled) return compiled.error();
  if (!ended_in_order) {
    compiled->model.former = left_behind(places, compiled->model);
    compiled = supervisor::store_compiled(fresh, std::move(compiled->model));
    if (!compiled) return compiled.error();
  }
  supervisor::share_with_group(fresh, 0640);  // it carries passwords
  if (::rename(fresh.c_str(), places.config().c_str()) != 0)
    return Error::last("put in place", places.config());
  return std::optional{std::move(*compiled)};
}

Result<Parts> make_parts(const Options& options, Places places, std::string file,
                         supervisor::Compiled configuration, base::os::UniqueFd signals,
                         base::os::UniqueFd lock) {
  auto vigied = supervisor::own_path();
  if (!vigied) return vigied.error();
  const std::string boot_id = base::os::boot_id();
  supervisor::discard_next(places);  // of a predecessor that was killed while it changed over
  auto running =
      supervisor::make_candidate(std::move(configuration), places.config(), places.board());
  if (!running) return running.error();
  auto ledger = supervisor::open_ledger(places.ledger(), boot_id);
  if (!ledger) return ledger.error();
  auto memory = supervisor::open_memory(places.memory(), places.memory_copy());
  if (!memory) return memory.error();
  auto wiring = supervisor::Wiring::make();
  if (!wiring) return wiring.error();
  auto control = supervisor::ControlServer::open(places.run_dir);
  if (!control) return control.error();
  auto poller = base::os::Poller::open();
  if (!poller) return poller.error();
  auto programs = supervisor::Programs::open(places.programs, std::move(*vigied));
  return Parts{.version = VIGIE_VERSION,
               .command_line = options.command_line,
               .places = std::move(places),
               .programs = std::move(programs),
               .log_to_journal = !options.log_to_stderr,
               .file = std::move(file),
               .running = std::move(*running),
               .ledger = std::move(*ledger),
               .memory = std::move(memory->file),
               .memory_note = std::move(memory->note),
               .startup_row = {},
               .lock = std::move(lock),
               .wiring = std::move(*wiring),
               .control = std::move(*control),
               .signals = std::move(signals),
               .poller = std::move(*poller)};
}

// What is needed from here on: to signal processes of other users, to work in a run directory somebody else made, and to
// give the files of a reload to the group.
// The bounding set stays, because the scripts operators run may need anything root has.
Status drop_privileges() {
  base::os::Confinement wanted;
  wanted.capabilities = {"cap_kill", "cap_dac_override", "cap_chown"};
  wanted.keep_bounding_set = true;
  wanted.no_new_privileges = false;
  wanted.lock_memory = true;
  wanted.process_name = "vigied";
  auto notes = base::os::confine(wanted);
  if (!notes) return notes.error();
  for (const std::string& note : *notes) base::os::log_info(note);
  return base::ok();
}

int serve(Parts parts) {
  const std::string run_dir = parts.places.run_dir;
  const std::string lock_path = parts.places.lock();
  supervisor::Supervisor supervisor(std::move(parts));
  if (auto ended = supervisor.run(); !ended) return fail(ended.error());
  // Left behind on a failure, they are replaced by the next start.
  (void)::unlink(control::socket_path(run_dir).c_str());
  (void)::unlink(lock_path.c_str());
  if (!supervisor.is_to_start_anew()) {
    base::os::log_notice("stopped");
    return 0;
  }
  base::os::log_notice("stopped; the version that is installed starts");
  return fail(supervisor::start_anew(supervisor.installed_vigied(), supervisor.command_line()));
}

// We were executed in place of another vigied, which goes on in our place when we cannot.
int succeed(const supervisor::Invitation& invitation, char** argv) {
  auto signals = prepare_process();
  auto parts = signals ? supervisor::take_over(invitation, VIGIE_VERSION, std::move(*signals))
                       : Result<Parts>(signals.error());
  if (!parts) return fail(supervisor::go_back(invitation, parts.error(), argv));
  base::os::open_log("supervisor", parts->log_to_journal);
  if (auto dropped = drop_privileges(); !dropped) return fail(dropped.error());
  return serve(std::move(*parts));
}

int run(const Options& options) {
  if (::geteuid() != 0)
    return fail(Error::because(
        "start", "vigied must be started as root; its processes give up what they do not need"));
  if (auto kept = keep_descriptors_to_ourselves(); !kept) return fail(kept.error());
  auto signals = prepare_process();
  if (!signals) return fail(signals.error());
  auto places = make_places(options);
  if (!places) return fail(places.error());
  // Whoever ends in order removes it, after everything was withdrawn.
  const bool ended_in_order = ::access(places->lock().c_str(), F_OK) != 0;
  auto lock = supervisor::take_lock(places->lock());
  if (!lock) return fail(lock.error());
  const std::string file = supervisor::configuration_file(options);
  auto configuration = take_configuration(*places, file, ended_in_order);
  if (!configuration || !*configuration) {
    if (ended_in_order) (void)::unlink(places->lock().c_str());  // as we found it
    return configuration ? kExitBadConfiguration : fail(configuration.error());
  }

  const std::string lock_path = places->lock();
  const config::Model& model = (*configuration)->model;
  supervisor::Startup startup;
  if (ended_in_order) {
    startup = supervisor::run_startup_script(model, places->programs);
  } else if (model.notifying.startup.command.is_set()) {
    // Peers wait for us no longer than for three adverts.
    base::os::log_notice("startup_script is not run again: the daemon before did not end in order");
  }
  if (startup.was_interrupted) {
    (void)::unlink(lock_path.c_str());  // as we found it
    base::os::log_notice("stopped before anything was started");
    return 0;
  }
  auto parts = make_parts(options, std::move(*places), file, std::move(**configuration),
                          std::move(*signals), std::move(*lock));
  if (!parts) return fail(parts.error());
  parts->startup_row = startup.row;
  if (auto dropped = drop_privileges(); !dropped) return fail(dropped.error());
  base::os::log_notice(fmt::format("starting: {} instance(s) from {}",
                                   parts->running.configuration.model.instances.size(), file));
  return serve(std::move(*parts));
}

int test(const Options& options) {
  const auto programs = supervisor::programs_directory();
  if (!programs) return fail(programs.error());
  const std::string file = supervisor::configuration_file(options);
  // The compiled form goes where nobody looks for it, and away again.
  char directory[] = "/tmp/vigied-test-XXXXXX";
  if (::mkdtemp(directory) == nullptr) return fail(Error::last("make directory", directory));
  const std::string output = std::string(directory) + "/config";
  const auto verdict = supervisor::read_configuration(*programs, file, output, options.config_id);
  (void)::unlink(output.c_str());  // not there when there were errors
  if (::rmdir(directory) != 0) base::os::log_warning(to_string(Error::last("remove", directory)));
  if (!verdict) return fail(verdict.error());
  if (verdict->verdict == Verdict::kClean) return 0;
  if (verdict->summary.unsafe_scripts > 0) return kExitTestUnsafeScript;
  return ::access(file.c_str(), F_OK) == 0 ? kExitTestFoundSomething : kExitTestNoFile;
}

}  // namespace

int main(int argc, char** argv) {
  base::os::open_log("supervisor", false);
  if (argc == 2 && std::string_view(argv[1]) == supervisor::kTrialArgument)
    return supervisor::try_to_take_over(VIGIE_VERSION);
  if (const auto invitation = supervisor::take_invitation()) return succeed(*invitation, argv);
  const auto options = supervisor::parse_options(argc, argv);
  if (!options) {
    base::os::log_error(options.error() + "; see vigied --help");
    return kExitFailure;
  }
  switch (options->act) {
    case Options::Act::kHelp: std::fputs(supervisor::help_text().c_str(), stdout); return 0;
    case Options::Act::kVersion: std::puts("vigied " VIGIE_VERSION); return 0;
    case Options::Act::kTest: return test(*options);
    case Options::Act::kRun: break;
  }
  base::os::open_log("supervisor", !options->log_to_stderr);
  return run(*options);
}
