// Files that are no configurations, read by the process that is there to be lost: each ends in its time and with little
// memory, with a finding that says where, and without a compiled form.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/os/fd.hpp"
#include "engine/config/compiled.hpp"
#include "engine/config/dump.hpp"
#include "engine/config/lexer.hpp"

namespace config {
namespace {

namespace fs = std::filesystem;

// Of a processor, for a build without optimisation; the supervisor waits for 30 seconds.
constexpr rlim_t kMostSeconds = 20;
// Of the clock, for one that waits for something that never comes on a machine that is busy with other things.
constexpr int kPatienceMs = 60'000;
// Of the largest one, and a sanitizer's share.
constexpr long kMostKilobytes = 1024 * 1024;

class HostileFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "vigie-hostile-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  // The exit status of reading `file`; negative when a signal or our patience ended it. With `user`, as that one.
  int read(const fs::path& file, uid_t user = 0) {
    const std::string output = (folder_ / "config").string();
    const std::string errors = (folder_ / "stderr").string();
    const pid_t child = ::fork();
    if (child == 0) {
      const int fd = ::open(errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
      if (fd < 0 || ::dup2(fd, STDERR_FILENO) < 0) ::_exit(125);
      const rlimit processor{kMostSeconds, kMostSeconds};
      if (::setrlimit(RLIMIT_CPU, &processor) != 0) ::_exit(124);
      if (user != 0 && ::setresuid(user, user, user) != 0) ::_exit(126);
      ::execl(VIGIE_CONFIG_BINARY, VIGIE_CONFIG_BINARY, "--file", file.c_str(), "--output",
              output.c_str(), nullptr);
      ::_exit(127);
    }
    const base::os::UniqueFd ended{static_cast<int>(::syscall(SYS_pidfd_open, child, 0))};
    pollfd waiting{ended.get(), POLLIN, 0};
    const bool is_late = ::poll(&waiting, 1, kPatienceMs) == 0;
    if (is_late) ::kill(child, SIGKILL);
    int status = 0;
    rusage used{};
    EXPECT_EQ(::wait4(child, &status, 0, &used), child);
    EXPECT_FALSE(is_late) << "still reading after " << kPatienceMs << " ms";
    EXPECT_LT(used.ru_maxrss, kMostKilobytes) << "kilobytes";
    std::stringstream text;
    text << std::ifstream(errors, std::ios::binary).rdbuf();
    said_ = text.str();
    std::printf("%ld.%03ld s of processor, %ld MiB\n", used.ru_utime.tv_sec + used.ru_stime.tv_sec,
                (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000 % 1000,
                used.ru_maxrss / 1024);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  // Refused with `message`, at `place` ("vigie.conf:1:1", in the folder of the test), and nothing is written.
  void expect_refused(const fs::path& file, const std::string& message, const std::string& place) {
    EXPECT_EQ(read(file), 2);
    EXPECT_NE(said_.find(message), std::string::npos) << said_.substr(0, 2000);
    EXPECT_NE(said_.find("--> " + folder_.string() + "/" + place + "\n"), std::string::npos)
        << said_.substr(0, 2000);
    EXPECT_FALSE(fs::exists(folder_ / "config"));
  }

  // What is left of a usable file.
  Model compiled() const {
    std::stringstream text;
    text << std::ifstream(folder_ / "config", std::ios::binary).rdbuf();
    const std::string bytes = text.str();
    const auto model = decompile(std::as_bytes(std::span(bytes)));
    EXPECT_TRUE(model.has_value());
    return model.value_or(Model{});
  }

  fs::path folder_;
  std::string said_;
};

std::string times(std::size_t count, const std::string& text) {
  std::string made;
  made.reserve(count * text.size());
  for (std::size_t i = 0; i < count; ++i) made += text;
  return made;
}

constexpr const char* kRouter =
    "vrrp_instance V {\n interface e0\n virtual_router_id 1\n priority 100\n virtual_ipaddress {\n"
    "  192.0.2.1/24\n }\n}\n";

// --- what is no file

TEST_F(HostileFile, OfTwoHundredMegabytesOnOneLineIsRefusedUnread) {
  const fs::path file = write("vigie.conf", times(200, std::string(1'000'000, 'x')));
  expect_refused(file, "is larger than 16 MiB", "vigie.conf:1:1");
}

TEST_F(HostileFile, OfOneLineThatIsJustNoLargerThanAFileMayBe) {
  const fs::path file = write("vigie.conf", "#\n" + std::string(kMaxBytes - 2, '{'));
  expect_refused(file, "a line is longer than 64 KiB", "vigie.conf:2:1");
}

TEST_F(HostileFile, ThatIsAFifoNobodyEndsIsNotWaitedFor) {
  const fs::path fifo = folder_ / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  // Somebody who could write for ever.
  const base::os::UniqueFd writer{::open(fifo.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK)};
  ASSERT_TRUE(writer);
  ASSERT_GT(::write(writer.get(), kRouter, 10), 0);
  expect_refused(fifo, "it is not a regular file", "fifo:1:1");
  expect_refused(write("vigie.conf", std::string(kRouter) + "include fifo\n"),
                 "it is not a regular file", "vigie.conf:9:9");
}

TEST_F(HostileFile, ThatIncludesADeviceWithoutAnEndIsRefused) {
  expect_refused(write("vigie.conf", "a {\n  include /dev/zero\n}\n"), "it is not a regular file",
                 "vigie.conf:2:11");
  fs::create_symlink("/dev/zero", folder_ / "zero");
  expect_refused(folder_ / "zero", "it is not a regular file", "zero:1:1");
}

TEST_F(HostileFile, ThatIsAFolder) {
  fs::create_directory(folder_ / "conf.d");
  expect_refused(folder_ / "conf.d", "it is a directory", "conf.d:1:1");
}

TEST_F(HostileFile, ThatMayNotBeRead) {
  const fs::path file = write("vigie.conf", kRouter);
  fs::permissions(file, fs::perms::none);
  fs::permissions(folder_, fs::perms::all);
  write("stderr", "");
  constexpr uid_t kNobody = 65534;
  const int status = read(file, ::geteuid() == 0 ? kNobody : 0);
  if (status == 126 || status == 127)
    GTEST_SKIP() << "root may read everything, and there is nobody else to be here";
  EXPECT_EQ(status, 2);
  EXPECT_NE(said_.find("vigie.conf cannot be read"), std::string::npos) << said_;
  EXPECT_NE(said_.find("Permission denied"), std::string::npos) << said_;
}

// --- includes that never end

TEST_F(HostileFile, ThatIncludesItselfByAPattern) {
  const std::string all = "include *.conf\n";
  write("b.conf", all);
  expect_refused(write("a.conf", all), "a.conf includes itself", "a.conf:1:9");
  EXPECT_NE(said_.find("--> " + (folder_ / "b.conf").string() + ":1:9\n"), std::string::npos);
}

TEST_F(HostileFile, ThatIncludesItselfUnderOtherNames) {
  // A link to its own folder gives every file as many names as anybody wants.
  fs::create_directory_symlink(".", folder_ / "again");
  expect_refused(write("a.conf", "include again/a.conf\n"), "includes are nested deeper than 16",
                 "again/again/again/again/again/again/again/again/again/again/again/again/again/"
                 "again/again/a.conf:1:9");
}

TEST_F(HostileFile, ThatAsksForEveryNameThereIs) {
  // 30 links to the folder they are in: 24 million names five levels down.
  fs::create_directory(folder_ / "d");
  for (int i = 0; i < 30; ++i) fs::create_directory_symlink(".", folder_ / "d" / std::to_string(i));
  expect_refused(write("vigie.conf", "x\ninclude d/*/*/*/*/*\n"), "includes look at too many files",
                 "vigie.conf:2:9");
  // And a thousand for each of many questions.
  EXPECT_EQ(read(write("vigie.conf", times(100'000, "include d/*/*\n"))), 2);
  EXPECT_NE(said_.find("includes look at too many files"), std::string::npos) << said_;
}

// --- bytes that are no text

TEST_F(HostileFile, WithNulBytesSaysWhichLinesAreIgnored) {
  const fs::path file = write("vigie.conf", kRouter + std::string("rou\0ter_id x\n", 13));
  EXPECT_EQ(read(file), 1);
  EXPECT_NE(said_.find("this line holds a NUL byte"), std::string::npos) << said_;
  EXPECT_NE(said_.find("vigie.conf:9:1\n"), std::string::npos) << said_;
  EXPECT_EQ(compiled().instances.size(), 1U);
}

TEST_F(HostileFile, OfNothingButNulBytes) {
  const fs::path file = folder_ / "vigie.conf";
  std::ofstream(file).flush();
  fs::resize_file(file, 60'000);
  EXPECT_EQ(read(file), 1);
  EXPECT_NE(said_.find("vigie.conf:1:1\n"), std::string::npos) << said_;
  fs::remove(folder_ / "config");
  fs::resize_file(file, kMaxBytes);
  expect_refused(file, "a line is longer than 64 KiB", "vigie.conf:1:1");
}

TEST_F(HostileFile, OfAnotherSystemsMakingReadsTheSame) {
  const std::string router = std::string("global_defs {\n}\n") + kRouter;
  EXPECT_EQ(read(write("vigie.conf", router)), 0) << said_;
  const std::string expected = dump(compiled());
  std::string text = "\xef\xbb\xbf";
  for (const char c : router) text += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_EQ(read(write("vigie.conf", text)), 0) << said_;
  EXPECT_EQ(dump(compiled()), expected);
}

TEST_F(HostileFile, InNoEncodingIsShownWithoutHarm) {
  const fs::path file =
      write("vigie.conf", std::string(kRouter) + "\xff\xfe\xc3(\xed\xa0\x80 \x1b[2J\x07 \xc3\n");
  EXPECT_EQ(read(file), 1);
  EXPECT_NE(said_.find("vigie.conf:9:1\n"), std::string::npos) << said_;
  // Nothing that a terminal would take for an order.
  EXPECT_EQ(said_.find_first_of("\x1b\x07\r"), std::string::npos);
  EXPECT_EQ(compiled().instances.size(), 1U);
}

TEST_F(HostileFile, OfRandomBytesIsRefused) {
  std::string text;
  std::uint32_t state = 1;
  while (text.size() < 1'000'000) {
    state = state * 1664525U + 1013904223U;
    text += static_cast<char>(state >> 24);
  }
  EXPECT_EQ(read(write("vigie.conf", text)), 2);
  EXPECT_EQ(said_.find('\x1b'), std::string::npos);
}

// --- what multiplies

TEST_F(HostileFile, OfAMillionBracesWithinEachOther) {
  expect_refused(write("vigie.conf", times(1'000'000, "a{\n")), "blocks are nested deeper than 32",
                 "vigie.conf:33:2");
  expect_refused(write("vigie.conf", times(1'000'000, "}\n")), "too many findings",
                 "vigie.conf:1000:1");
}

TEST_F(HostileFile, OfAMillionWords) {
  expect_refused(write("vigie.conf", times(125'001, "a b c d e f g h\n")),
                 "more than 1000000 words", "vigie.conf:125001:15");
}

TEST_F(HostileFile, OfDefinitionsThatDouble) {
  std::string text = "$A0=xxxxxxxx\n";
  for (int i = 1; i < 30; ++i) {
    const std::string inner = "${A" + std::to_string(i - 1) + "}";
    text += "$A" + std::to_string(i) + "=" + inner + inner + "\n";
  }
  expect_refused(write("vigie.conf", text + "${A29}\n"),
                 "definitions and repetitions grow without end", "vigie.conf:31:1");
}

TEST_F(HostileFile, OfRepetitionsThatMultiply) {
  expect_refused(
      write("vigie.conf", "\n~SEQ(a, 99999) ~SEQ(b, 99999) ~SEQ(c, 99999) x${a}${b}${c}\n"),
      "definitions and repetitions grow without end", "vigie.conf:2:46");
}

TEST_F(HostileFile, OfTensOfThousandsOfEachBlock) {
  // As many as there is room for of what is looked up, compared or counted, in blocks of their own.
  const std::string kinds[] = {
      "vrrp_script s@ { script /bin/true }\n",
      "vrrp_instance V@ { interface e@ virtual_router_id 1 no_virtual_ipaddress }\n",
      "vrrp_sync_group G@ { group { a } }\n",
      "static_routes { 192.0.2.@ dev e@ }\n",
      "track_file f@ { file /x }\n",
      "garp_group { garp_interval 1 interface e@ }\n",
      "flags { active_file /a@ }\n",
  };
  for (const std::string& kind : kinds) {
    SCOPED_TRACE(kind);
    std::string text;
    for (int i = 0; text.size() < kMaxBytes - 200 && i < 20'000; ++i) {
      std::string line = kind;
      for (std::size_t at = 0; (at = line.find('@', at)) != std::string::npos;)
        line.replace(at, 1, std::to_string(i));
      // A keyword to a line.
      for (std::size_t at = 0; (at = line.find_first_of("{}", at)) != std::string::npos; at += 2)
        line.insert(at + 1, "\n");
      text += line;
    }
    const int status = read(write("vigie.conf", text));
    EXPECT_TRUE(status == 0 || status == 1 || status == 2) << status;
    fs::remove(folder_ / "config");
  }
}

}  // namespace
}  // namespace config
