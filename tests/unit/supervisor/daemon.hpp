// vigied as a whole, with stand-ins for the processes it starts (fake_role.cpp), for every test that needs one.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "base/os/host_name.hpp"
#include "base/os/mapping.hpp"
#include "base/os/process.hpp"
#include "engine/feed/board.hpp"
#include "supervisor/control.hpp"

namespace supervisor {

namespace fs = std::filesystem;

inline sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

class Daemon : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "vigied-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir_ = name;
    fs::create_directories(dir_ / "bin");
    fs::create_directories(dir_ / "libexec/vigie");
    fs::copy_file(VIGIED, dir_ / "bin/vigied");
    for (const char* role :
         {"config", "engine", "keeper", "recorder", "runner", "alerter", "subagent"})
      fs::create_symlink(FAKE_ROLE, dir_ / "libexec/vigie" / (std::string("vigie-") + role));
  }
  void TearDown() override {
    if (vigied_.pid > 0 && !base::os::try_reap(vigied_)) {
      ::kill(vigied_.pid, SIGKILL);
      ::waitpid(vigied_.pid, nullptr, 0);
    }
    fs::remove_all(dir_);
  }

  // vigied wants to be root; a plain user is root in a namespace of their own.
  static std::vector<std::string> as_root(std::vector<std::string> arguments) {
    if (::geteuid() != 0)
      arguments.insert(arguments.begin(), {"/usr/bin/unshare", "--user", "--map-root-user"});
    return arguments;
  }
  base::os::Child launch(const char* file = "good.conf") {
    base::os::SpawnOptions options;
    options.arguments = as_root(
        {dir_ / "bin/vigied", "-n", "-f", file, "--run-dir", run(), "--state-dir", dir_ / "state"});
    options.environment = {"NOTIFY_SOCKET=" + (dir_ / "notify").string(), "WATCHDOG_USEC=100000"};
    const base::os::UniqueFd log{
        ::open((dir_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)};
    options.descriptors = {{log.get(), 2}};
    auto child = base::os::spawn(options);
    EXPECT_TRUE(child);
    return std::move(*child);
  }
  void start() {
    vigied_ = launch();
    ASSERT_TRUE(soon([&] { return log().find(": ready") != std::string::npos; })) << log();
  }
  // The exit status, or -1000 when it does not end within fifteen seconds.
  static int wait_for_end(const base::os::Child& child) {
    pollfd ended{child.pidfd.get(), POLLIN, 0};
    return ::poll(&ended, 1, 15'000) == 1 ? base::os::try_reap(child).value_or(-1000) : -1000;
  }
  int end_of_vigied() {
    const int status = wait_for_end(vigied_);
    if (status != -1000) vigied_.pid = 0;
    return status;
  }
  static bool soon(const std::function<bool()>& is_so) {
    for (int i = 0; i < 500; ++i) {
      if (is_so()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return false;
  }
  static std::string content(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  std::string run() const { return dir_ / "run"; }
  std::string log() const { return content(dir_ / "log"); }
  std::string said() const { return content(dir_ / "run/said"); }
  std::vector<std::string> said_lines_with(const std::string& word) const {
    std::vector<std::string> lines;
    std::istringstream text(said());
    for (std::string line; std::getline(text, line);)
      if (line.find(word) != std::string::npos) lines.push_back(line);
    return lines;
  }
  std::size_t starts_of(const std::string& role) const {
    return said_lines_with(role + " starts").size();
  }
  void touch(const std::string& name) const { std::ofstream(run() + "/" + name) << ""; }
  void remove(const std::string& name) const { fs::remove(run() + "/" + name); }
  pid_t engine_pid() const {
    const auto reply = control::ask(run(), {}, std::chrono::seconds{1});
    return reply ? reply->engine_pid : -1;
  }
  // Of the one that vigied has now; 0: it has none.
  pid_t pid_of(const std::string& role) const {
    const std::string vigied = std::to_string(vigied_.pid);
    std::istringstream children(content("/proc/" + vigied + "/task/" + vigied + "/children"));
    for (std::string child; children >> child;)
      if (content("/proc/" + child + "/cmdline").find("/vigie-" + role) != std::string::npos)
        return std::stoi(child);
    return 0;
  }

  // What the service manager hears from here on, message by message.
  void be_the_service_manager() {
    manager_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = unix_address(dir_ / "notify");
    ASSERT_EQ(::bind(manager_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
  }
  bool manager_hears(const std::string& wanted) {
    return soon([&] {
      char text[256];
      ssize_t length = 0;
      while ((length = ::recv(manager_.get(), text, sizeof text, MSG_DONTWAIT)) > 0)
        heard_.emplace_back(text, static_cast<std::size_t>(length));
      return std::ranges::any_of(heard_,
                                 [&](const std::string& one) { return one.starts_with(wanted); });
    });
  }

  fs::path dir_;
  base::os::Child vigied_;
  base::os::UniqueFd manager_;
  std::vector<std::string> heard_;
};

}  // namespace supervisor
