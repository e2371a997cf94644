// Every case runs in a child that can be lost: what is given up does not come back.
#include "base/os/confine.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include "base/os/fd.hpp"

namespace {

using base::os::confine;
using testing::HasSubstr;
using testing::StartsWith;

struct Report {
  int status = 0;    // exit status, or minus the signal
  std::string text;  // what the child wrote
};

// Runs `act` in a child and answers what it wrote to the descriptor it is given.
Report in_child(const std::function<void(int)>& act) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  base::os::UniqueFd reading{ends[0]};
  base::os::UniqueFd writing{ends[1]};
  const pid_t child = ::fork();
  if (child == 0) {
    act(writing.get());
    ::_exit(0);
  }
  writing.reset();
  Report report;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(reading.get(), buffer, sizeof buffer)) > 0;)
    report.text.append(buffer, static_cast<std::size_t>(got));
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  report.status = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  return report;
}

void say(int out, const std::string& text) {
  if (::write(out, text.data(), text.size()) != static_cast<ssize_t>(text.size())) ::_exit(90);
}

void say_notes(int out, const base::Result<std::vector<std::string>>& notes) {
  if (!notes) {
    say(out, "error: " + to_string(notes.error()) + "\n");
    ::_exit(91);
  }
  for (const std::string& note : *notes) say(out, "note: " + note + "\n");
}

// The value of one line of /proc/self/status.
std::string own(const std::string& name) {
  std::ifstream file{"/proc/self/status"};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name + ":")) {
      const std::size_t value = line.find_first_not_of(" \t", name.size() + 1);
      return value == std::string::npos ? "" : line.substr(value);
    }
  return "no such line";
}

void write_own(const char* path, const std::string& text) {
  const base::os::UniqueFd file{::open(path, O_WRONLY | O_CLOEXEC)};
  if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    ::_exit(92);
}

// Root of a user namespace in which nobody else exists: what a plain user's tests and demo run as.
void become_lonely_root() {
  const auto uid = ::geteuid();
  const auto gid = ::getegid();
  if (::unshare(CLONE_NEWUSER) != 0) ::_exit(93);
  write_own("/proc/self/setgroups", "deny");
  write_own("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
  write_own("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
}

bool exists_here(uid_t uid) {
  std::ifstream map{"/proc/self/uid_map"};
  for (unsigned long inside = 0, outside = 0, count = 0; map >> inside >> outside >> count;)
    if (uid >= inside && uid - inside < count) return true;
  return false;
}

// A sanitizer's runtime locks no memory and makes system calls of its own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SKIP_UNDER_A_SANITIZER() GTEST_SKIP() << "a sanitizer's runtime has its own ways here"
#else
#define SKIP_UNDER_A_SANITIZER() static_cast<void>(0)
#endif

constexpr const char* kNone = "0000000000000000";
constexpr const char* kNetAdminAndRaw = "0000000000003000";  // bits 12 and 13
constexpr const char* kKill = "0000000000000020";            // bit 5

TEST(Confine, RunsOnTheProcessorsAskedForAloneAndSaysWhenThereAreNone) {
  const Report report = in_child([](int out) {
    const auto allowed = [] {
      std::ifstream status("/proc/self/status");
      for (std::string line; std::getline(status, line);)
        if (line.starts_with("Cpus_allowed_list:")) return line.substr(line.find('\t') + 1);
      return std::string("?");
    };
    base::os::Confinement wanted;
    wanted.keep_bounding_set = true;
    wanted.no_new_privileges = false;
    wanted.processors = {0, 1023};  // one that is there, one that is not
    const auto notes = confine(wanted);
    const std::string first = allowed();
    wanted.processors = {1022, 1023};
    const auto more = confine(wanted);
    ::dprintf(out, "%s, then %s with %zu more: %s", first.c_str(), allowed().c_str(),
              more->size() - notes->size(), more->empty() ? "" : more->front().c_str());
  });
  EXPECT_THAT(report.text, StartsWith("0, then 0 with 1 more: "));
  EXPECT_THAT(report.text, HasSubstr("run on the processors asked for"));
}

TEST(Confine, LeavesNoCapabilityAnywhereWhenNoneIsAskedFor) {
  const Report report = in_child([](int out) {
    become_lonely_root();
    say_notes(out, confine({}));
    for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
      say(out, std::string(set) + " " + own(set) + "\n");
  });
  EXPECT_EQ(report.status, 0);
  const std::string none = kNone;
  EXPECT_EQ(report.text, "CapInh " + none + "\nCapPrm " + none + "\nCapEff " + none + "\nCapBnd " +
                             none + "\nCapAmb " + none + "\n");
}

TEST(Confine, KeepsExactlyTheCapabilitiesThatAreNamed) {
  const Report report = in_child([](int out) {
    become_lonely_root();
    say_notes(out, confine({.capabilities = {"cap_net_admin", "cap_net_raw"}}));
    say(out, own("CapPrm") + " " + own("CapEff") + " " + own("CapBnd"));
  });
  EXPECT_EQ(report.status, 0);
  const std::string kept = kNetAdminAndRaw;
  EXPECT_EQ(report.text, kept + " " + kept + " " + kept);
}

TEST(Confine, LeavesTheBoundingSetToWhoseChildrenMayBeRoot) {
  const Report report = in_child([](int out) {
    become_lonely_root();
    const std::string before = own("CapBnd");
    say_notes(out, confine({.capabilities = {"cap_kill"},
                            .keep_bounding_set = true,
                            .no_new_privileges = false}));
    say(out, own("CapEff") + (own("CapBnd") == before ? " whole " : " cut ") + own("NoNewPrivs"));
  });
  EXPECT_EQ(report.status, 0);
  EXPECT_EQ(report.text, std::string(kKill) + " whole 0");
}

TEST(Confine, RefusesToGoOnWithACapabilityThatHasNoSuchName) {
  const Report report =
      in_child([](int out) { say_notes(out, confine({.capabilities = {"cap_fly"}})); });
  EXPECT_EQ(report.status, 91);
  EXPECT_THAT(report.text, HasSubstr("no such capability"));
}

TEST(Confine, ForbidsNewPrivilegesAndCoreDumps) {
  const Report report = in_child([](int out) {
    become_lonely_root();
    say_notes(out, confine({}));
    say(out, own("NoNewPrivs") + " " + std::to_string(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)));
  });
  EXPECT_EQ(report.text, "1 0");
}

TEST(Confine, BecomesTheUserForGoodAndKeepsWhatIsNamed) {
  const passwd* nobody = ::getpwnam("nobody");
  ASSERT_NE(nobody, nullptr);
  if (::geteuid() != 0 || !exists_here(nobody->pw_uid))
    GTEST_SKIP() << "only root of a system with more than one user becomes another";
  const Report report = in_child([](int out) {
    say_notes(out, confine({.user = "nobody", .capabilities = {"cap_net_admin", "cap_net_raw"}}));
    say(out, own("Uid") + "|" + own("CapEff") + "|" + own("CapPrm") + "|" + own("CapBnd") + "|" +
                 own("Groups") + "|" + (::setuid(0) == 0 ? "root again" : "never again"));
  });
  EXPECT_EQ(report.status, 0);
  const std::string uid = std::to_string(nobody->pw_uid);
  const std::string kept = kNetAdminAndRaw;
  EXPECT_EQ(report.text, uid + "\t" + uid + "\t" + uid + "\t" + uid + "|" + kept + "|" + kept +
                             "|" + kept + "|" + std::to_string(nobody->pw_gid) + " |never again");
}

TEST(Confine, SaysThatAUserCannotBeBecomeAndDropsCapabilitiesAllTheSame) {
  const Report report = in_child([](int out) {
    become_lonely_root();
    say_notes(out, confine({.user = "nobody"}));
    say(out, own("CapEff") + own("CapPrm") + own("CapBnd"));
  });
  EXPECT_EQ(report.status, 0);
  EXPECT_THAT(report.text, StartsWith("note: become user nobody: "));
  EXPECT_THAT(report.text, HasSubstr(std::string("\n") + kNone + kNone + kNone));
}

TEST(Confine, SaysThatAUserDoesNotExist) {
  const Report report = in_child([](int out) {
    become_lonely_root();
    say_notes(out, confine({.user = "no-such-user-here"}));
  });
  EXPECT_EQ(report.text, "note: user no-such-user-here does not exist: running as uid 0\n");
}

TEST(Confine, GivesTheProcessItsName) {
  const Report report = in_child([](int out) {
    become_lonely_root();
    say_notes(out, confine({.process_name = "vigie-example"}));
    say(out, own("Name"));
  });
  EXPECT_EQ(report.text, "vigie-example");
}

TEST(Confine, LimitsOpenFiles) {
  const Report report = in_child([](int out) {
    become_lonely_root();
    say_notes(out, confine({.open_files = 16}));
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    say(out, std::to_string(files.rlim_cur) + " " + std::to_string(files.rlim_max));
  });
  EXPECT_EQ(report.text, "16 16");
}

// Uses far more stack than a program has touched when it starts.
[[gnu::noinline]] std::size_t go_deep() {
  volatile char deep[200 * 1024];
  for (std::size_t at = 0; at < sizeof deep; at += 1024) deep[at] = 1;
  return sizeof deep;
}

TEST(Confine, LocksWhatIsMappedNowWhereTheLimitCannotBeLifted) {
  SKIP_UNDER_A_SANITIZER();
  const Report report = in_child([](int out) {
    const std::unique_ptr<std::remove_pointer_t<cap_t>, int (*)(void*)> set{cap_get_proc(),
                                                                            cap_free};
    cap_flag_value_t may_lock = CAP_CLEAR;
    const cap_value_t lift = CAP_SYS_RESOURCE;
    const rlimit little{std::size_t{1} << 20, std::size_t{1} << 20};
    if (::cap_get_flag(set.get(), CAP_IPC_LOCK, CAP_EFFECTIVE, &may_lock) != 0 ||
        may_lock == CAP_CLEAR || !exists_here(1) || ::setrlimit(RLIMIT_MEMLOCK, &little) != 0 ||
        ::cap_set_flag(set.get(), CAP_EFFECTIVE, 1, &lift, CAP_CLEAR) != 0 ||
        ::cap_set_flag(set.get(), CAP_PERMITTED, 1, &lift, CAP_CLEAR) != 0 ||
        ::cap_set_proc(set.get()) != 0)
      ::_exit(94);
    say_notes(out, confine({.lock_memory = true}));
    say(out, own("VmLck") == "0 kB" ? "nothing locked\n" : "locked\n");
    void* later = ::mmap(nullptr, std::size_t{1} << 20, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    say(out, later == MAP_FAILED ? "no more memory\n" : "more memory\n");
    say(out, std::to_string(go_deep()));
  });
  if (report.status == 94) GTEST_SKIP() << "nobody here may lock memory beyond the limit";
  EXPECT_EQ(report.status, 0);
  EXPECT_EQ(report.text,
            "note: lift the limit of locked memory: Operation not permitted; what is mapped from "
            "here on can be paged out\nlocked\nmore memory\n204800");
}

TEST(Confine, SaysThatMemoryCannotBeLockedAtAll) {
  SKIP_UNDER_A_SANITIZER();
  const Report report = in_child([](int out) {
    const rlimit none{4096, 4096};
    if (::setrlimit(RLIMIT_MEMLOCK, &none) != 0) ::_exit(95);
    become_lonely_root();
    say_notes(out, confine({.lock_memory = true}));
  });
  EXPECT_EQ(report.status, 0);
  EXPECT_THAT(report.text, HasSubstr("\nnote: lock memory: "));
}

// Starts a grandchild that follows its parent, ends the parent, and sees whether anybody still holds the pipe.
TEST(Confine, DiesWithItsParent) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  base::os::UniqueFd reading{ends[0]};
  base::os::UniqueFd writing{ends[1]};
  const Report report = in_child([&](int out) {
    const pid_t parent = ::getpid();
    ::setenv(base::os::kParentVariable, std::to_string(parent).c_str(), 1);
    if (::fork() == 0) {
      ::close(out);
      const auto notes = confine({.die_with_parent = true});
      say(writing.get(), notes ? "y" : "n");
      for (;;) ::pause();
    }
    char ready = 0;
    if (::read(reading.get(), &ready, 1) != 1) ::_exit(96);
    say(out, std::string(1, ready));
  });
  EXPECT_EQ(report.text, "y");
  writing.reset();
  // End of file comes when the grandchild is gone; were it not to go, this would be the test's time limit.
  char more = 0;
  EXPECT_EQ(::read(reading.get(), &more, 1), 0);
}

TEST(Confine, WillNotLiveOnWhenItsParentHasGoneBeforeItAsked) {
  const Report report = in_child([](int out) {
    ::setenv(base::os::kParentVariable, "1", 1);  // not ours: ours is the test
    say_notes(out, confine({.die_with_parent = true}));
  });
  EXPECT_EQ(report.status, 91);
  EXPECT_THAT(report.text, HasSubstr("it is gone already"));
}

TEST(AllowOnly, KillsAtTheFirstCallThatIsNotListed) {
  const Report report = in_child([](int out) {
    constexpr std::string_view allowed[] = {"write", "exit_group"};
    if (!base::os::allow_only(allowed)) ::_exit(97);
    say(out, "alive");
    (void)::socket(AF_INET, SOCK_DGRAM, 0);
    say(out, " and well");
  });
  EXPECT_EQ(report.status, -SIGSYS);
  EXPECT_EQ(report.text, "alive");
}

TEST(AllowOnly, LetsListedCallsBe) {
  SKIP_UNDER_A_SANITIZER();
  const Report report = in_child([](int out) {
    constexpr std::string_view allowed[] = {"write", "exit_group"};
    if (!base::os::allow_only(allowed)) ::_exit(97);
    say(out, "alive");
  });
  EXPECT_EQ(report.status, 0);
  EXPECT_EQ(report.text, "alive");
}

TEST(AllowOnly, RefusesANameThatIsNoCall) {
  const Report report = in_child([](int out) {
    constexpr std::string_view allowed[] = {"write", "exit_group", "fly"};
    const auto filtered = base::os::allow_only(allowed);
    say(out, filtered ? "filtered" : to_string(filtered.error()));
  });
  EXPECT_THAT(report.text, HasSubstr("no such system call"));
}

}  // namespace
