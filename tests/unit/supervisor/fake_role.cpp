// Stands in for vigie-config and for every process the supervisor starts, by the name it is run under.
//
// Writes to <run-dir>/said what it was given and what it heard. A file "hang" in the run directory keeps the engine from
// beating, "hang-keeper" the keeper; a file "die-ROLE" makes that role remove it and end with status 3; "die-of-stop" makes the engine die when it is
// asked to depart; with "deaf" engine and runner do not hear that they should stop. With "refuse" the engine refuses a new
// configuration, "die-of-reload" makes it die of one, "hang-of-reload" stop, "die-after-reload" die as soon as it has answered,
// and with "hold" it beats and does not answer. With "slow-config" in the run directory vigie-config goes on waiting. A
// configuration file that says "two" has two instances, one that says "wrong" an error; where it stands is kept. With "tell-instances" every
// process says how many instances it was given. Lines
// `startup PATH` and `shutdown PATH` of the file name the scripts, which have a second each.
//
// Of those that are to succeed another one: "unborn-ROLE" makes it end with status 6, "silent-ROLE" say nothing at all, and
// "foreign-ROLE" say that it is of another version; "stillborn-ROLE" makes it end, and "deaf-born-ROLE" do nothing, when it is
// let in. Each of them removes its file.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "base/os/channel.hpp"
#include "base/os/clock.hpp"
#include "base/os/confine.hpp"
#include "base/os/mapping.hpp"
#include "engine/config/compiled.hpp"
#include "engine/config/summary.hpp"
#include "engine/feed/board.hpp"
#include "engine/ipc/messages.hpp"
#include "engine/ipc/role.hpp"

namespace {

volatile sig_atomic_t asked_to_end = 0;

config::Model the_model() {
  config::Model model;
  model.router_id = "fake";
  config::Instance instance;
  instance.name = "VI";
  instance.interface = "eth0";
  instance.vrid = 50;
  instance.advert_interval = std::chrono::milliseconds{100};
  instance.version = 3;
  instance.notify.arguments = {"/bin/true"};
  model.instances.push_back(instance);
  return model;
}

int compile_the_model(const std::string& file, const std::string& output) {
  if (file.find("unsafe") != std::string::npos) {
    config::Summary summary;
    summary.warnings = summary.unsafe_scripts = 1;
    if (::write(3, &summary, sizeof summary) != sizeof summary) return 9;
    return file.find("bad") != std::string::npos ? 2 : 1;
  }
  if (file.find("bad") != std::string::npos) return 2;
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text.find("wrong") != std::string::npos) {
    config::Summary summary;
    summary.errors = 3;
    std::string("file:1:2: what is wrong").copy(summary.first.data(), summary.first.size() - 1);
    std::cerr << "error: what is wrong\n";
    return ::write(3, &summary, sizeof summary) == sizeof summary ? 2 : 9;
  }
  config::Model model = the_model();
  model.instances[0].at.line =
      static_cast<std::uint32_t>(1 + std::count(text.begin(), text.end(), '\n'));
  if (text.find("two") != std::string::npos) {
    model.instances.push_back(model.instances.front());
    model.instances.back().name = "VI_TWO";
    model.instances.back().vrid = 51;
  }
  std::istringstream lines(text);
  for (std::string word, path; lines >> word >> path;) {
    auto& script = word == "startup" ? model.notifying.startup : model.notifying.shutdown;
    if (word != "startup" && word != "shutdown") continue;
    script.command.arguments = {path};
    script.timeout = std::chrono::seconds{1};
  }
  if (file.find("nameless") != std::string::npos) model.router_id.clear();
  const auto bytes = config::compile(model);
  std::ofstream out(output, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  return file.find("odd") != std::string::npos ? 1 : 0;
}

class Diary {
 public:
  Diary(std::string dir, std::string role)
      : path_(std::move(dir) + "/said"), role_(std::move(role)) {}
  void write(const std::string& text) const {
    const std::string line = role_ + " " + text + "\n";
    const base::os::UniqueFd fd{
        ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644)};
    if (::write(fd.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      std::abort();
  }

 private:
  std::string path_;
  std::string role_;
};

std::string fs_parent(const std::string& path) { return path.substr(0, path.rfind('/')); }

// So many instances has the configuration that was handed over.
std::string instances_given() {
  const auto mapped = base::os::Mapping::read_only(ipc::kConfigFd);
  if (!mapped) return "";
  const auto model = config::decompile(mapped->bytes());
  return model ? " with instances " + std::to_string(model->instances.size()) : "";
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// Which descriptors were handed over, and whether the shared files may be written: "3 4rw 5rw 6".
std::string descriptors() {
  std::string list;
  for (int fd = 3; fd < 20; ++fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0) continue;
    list += ' ';
    list += std::to_string(fd);
    if (fd == ipc::kBoardFd || fd == ipc::kLedgerFd || fd == ipc::kMemoryFd)
      list += (flags & O_ACCMODE) == O_RDWR ? "rw" : "ro";
  }
  return list;
}

bool finds(const std::string& path) { return ::unlink(path.c_str()) == 0; }

// 0, or the status to end with.
int stand_by(const std::string& dir, const std::string& role, const Diary& diary) {
  if (finds(dir + "/unborn-" + role)) return 6;
  if (finds(dir + "/silent-" + role)) ::pause();
  ipc::StandingBy here;
  std::string(finds(dir + "/foreign-" + role) ? "0.0.0" : FAKE_VERSION)
      .copy(here.version.data(), here.version.size() - 1);
  char go = 0;
  if (::send(ipc::kBirthFd, &here, sizeof here, 0) != sizeof here ||
      ::recv(ipc::kBirthFd, &go, sizeof go, 0) != sizeof go)
    return 7;
  if (finds(dir + "/stillborn-" + role)) return 8;
  if (finds(dir + "/deaf-born-" + role)) ::pause();
  diary.write("is let in");
  if (::send(ipc::kBirthFd, &go, sizeof go, 0) != sizeof go) return 9;
  ::close(ipc::kBirthFd);
  return 0;
}

void beat(feed::BoardWriter& board) {
  feed::Global global;
  global.heartbeat_ns = base::os::now().ns();
  global.engine_pid = ::getpid();
  board.publish(global);
}

int be_the_engine(const std::string& dir, const Diary& diary) {
  ::signal(SIGTERM, SIG_IGN);
  auto memory = base::os::Mapping::read_write(ipc::kBoardFd);
  std::optional<feed::BoardWriter> board(memory->writable());
  base::os::UniqueFd next_board;
  base::os::Channel supervisor{base::os::UniqueFd{ipc::kSupervisorFd}};
  (void)supervisor.send(ipc::Ready{});
  while (true) {
    if (!exists(dir + "/hang")) beat(*board);
    if (::unlink((dir + "/die-engine").c_str()) == 0) return 3;
    while (true) {
      auto received = supervisor.receive();
      if (!received || !*received) break;
      if (ipc::as<ipc::Board>((*received)->message))
        next_board = std::move((*received)->descriptor);
      if (const auto wanted = ipc::as<ipc::Reconfigure>((*received)->message)) {
        if (::unlink((dir + "/die-of-reload").c_str()) == 0) return 5;
        if (::unlink((dir + "/hang-of-reload").c_str()) == 0) (void)::raise(SIGSTOP);
        if (exists(dir + "/hold")) diary.write("holds its answer");
        while (exists(dir + "/hold")) {
          beat(*board);
          ::usleep(10'000);
        }
        ipc::Reconfigured answer{.done = 1, .configuration = wanted->configuration};
        if (exists(dir + "/refuse")) {
          answer.done = 0;
          feed::put_text(answer.text, "it is too much");
        } else {
          auto mapped = base::os::Mapping::read_write(next_board.get());
          board.reset();
          memory = std::move(*mapped);
          board.emplace(memory->writable());
          diary.write("goes on with another configuration");
        }
        (void)supervisor.send(answer);
        if (::unlink((dir + "/die-after-reload").c_str()) == 0) return 6;
      }
      if (const auto report = ipc::as<ipc::Report>((*received)->message))
        diary.write("recorded kind " + std::to_string(static_cast<int>(report->record.kind)) +
                    " of " + std::string(feed::get_text(report->record.subject)) + " status " +
                    std::to_string(report->record.status) + ": " +
                    std::string(feed::get_text(report->record.text)));
      if (const auto said = ipc::as<ipc::Maintenance>((*received)->message); said && said->on != 0)
        diary.write("is held back by " + std::to_string(said->uid));
      if (ipc::as<ipc::Stop>((*received)->message)) {
        if (exists(dir + "/deaf")) continue;
        if (::unlink((dir + "/die-of-stop").c_str()) == 0) {
          diary.write("departs and dies");
          return 4;
        }
        diary.write("departs");
        (void)supervisor.send(ipc::Stopped{});
      }
    }
    ::usleep(10'000);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv, argv + argc);
  const std::string role = arguments[0].substr(arguments[0].rfind("/vigie-") + 7);
  if (role == "runner" && arguments.size() > 1 && arguments[1] == "--as") {
    // As the real one becomes a script.
    int first = 2;
    while (std::string(argv[first]) != "--") ++first;
    ::execv(argv[first + 1], argv + first + 1);
    return 127;
  }
  if (role == "config") {
    // Read when it is asked, as a reader does; what it says comes later.
    const std::string dir = fs_parent(arguments.at(4));
    if (exists(dir + "/vigied.pid")) std::ofstream(dir + "/readings", std::ios::app) << "one\n";
    const int status = compile_the_model(arguments.at(2), arguments.at(4));
    while (exists(dir + "/slow-config")) ::usleep(10'000);
    return status;
  }
  // As a real role does, so that none of us outlives a supervisor that a test killed.
  base::os::Confinement wanted;
  wanted.capabilities = {};
  wanted.keep_bounding_set = true;
  wanted.die_with_parent = true;
  if (!base::os::confine(wanted)) return 1;
  const std::string& dir = arguments.at(2);
  const Diary diary(dir, role);
  struct stat config {};
  std::string said = "starts with" + descriptors();
  said += ::fstat(ipc::kConfigFd, &config) == 0 && ::lseek(ipc::kConfigFd, 0, SEEK_CUR) == 0
              ? ""
              : " bad config";
  if (exists(dir + "/tell-instances")) said += instances_given();
  if (::getenv("NOTIFY_SOCKET") != nullptr) said += " and NOTIFY_SOCKET";
  diary.write(said);
  if (arguments.back() == "--stand-by")
    if (const int status = stand_by(dir, role, diary); status != 0) return status;
  if (role == "engine") return be_the_engine(dir, diary);
  struct sigaction end {};
  end.sa_handler = [](int) { asked_to_end = 1; };
  ::sigaction(SIGTERM, &end, nullptr);
  bool beats = role == "keeper";
  while (asked_to_end == 0 || (role == "runner" && exists(dir + "/deaf"))) {
    if (::unlink((dir + "/die-" + role).c_str()) == 0) return 3;
    const std::uint64_t once = 1;
    if (beats && ::write(ipc::kPulseFd, &once, sizeof once) != sizeof once) return 10;
    beats = role == "keeper" && !exists(dir + "/hang-keeper");  // it hangs when it has beaten
    ::usleep(10'000);
  }
  diary.write("ends");
  return 0;
}
