#include "tests/unit/keeper/process.hpp"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "base/check.hpp"
#include "base/os/clock.hpp"
#include "base/os/mapping.hpp"
#include "engine/config/compiled.hpp"
#include "engine/ipc/role.hpp"

namespace keeper_test {
namespace {

constexpr std::size_t kRemembered = 16;
constexpr base::Duration kPatience = std::chrono::seconds{5};

}  // namespace

KeeperProcess::KeeperProcess(const config::Model& model) {
  std::string pattern = (std::filesystem::temp_directory_path() / "vigie-keeper-XXXXXX").string();
  CHECK(::mkdtemp(pattern.data()) != nullptr, "a directory for the test");
  run_dir_ = pattern;
  std::filesystem::create_directory(run_dir_ + "/keeper");
  auto pair = base::os::channel_pair();
  CHECK(pair, "a channel for the test");
  channel_ = base::os::Channel{std::move(pair->first)};
  other_end_ = std::move(pair->second);
  pulse_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  deaths_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  memory_.reset(::memfd_create("memory", MFD_CLOEXEC));
  CHECK(::ftruncate(memory_.get(), static_cast<off_t>(feed::memory_bytes(kRemembered))) == 0,
        "a memory for the test");
  write_configuration(model);
  spawn();
}

void KeeperProcess::write_configuration(const config::Model& model) {
  const auto compiled = config::compile(model);
  config_.reset(::memfd_create("config", MFD_CLOEXEC));
  CHECK(::write(config_.get(), compiled.data(), compiled.size()) ==
            static_cast<ssize_t>(compiled.size()),
        "a configuration for the test");
  configuration_ = config::hash_of(compiled);
}

bool KeeperProcess::reconfigure(const config::Model& model) {
  write_configuration(model);
  const unsigned before = caught_up;
  hello();
  held.clear();
  interfaces.clear();
  sources.clear();
  return listen_until([&] { return begun == configuration_ && caught_up > before; });
}

KeeperProcess::~KeeperProcess() {
  if (!has_ended_) kill();
  std::error_code ignored;  // what is left shows itself elsewhere
  std::filesystem::remove_all(run_dir_, ignored);
}

void KeeperProcess::spawn() {
  base::os::SpawnOptions options;
  options.arguments = {KEEPER_PROGRAM, "--run-dir", run_dir_, "--state-dir", "/var/lib/vigie"};
  options.descriptors = {{config_.get(), ipc::kConfigFd},
                         {other_end_.get(), ipc::kEngineFd},
                         {pulse_.get(), ipc::kPulseFd},
                         {deaths_.get(), ipc::kDeathsFd},
                         {memory_.get(), ipc::kMemoryFd}};
  auto child = base::os::spawn(options);
  CHECK(child, "vigie-keeper starts");
  child_ = std::move(*child);
}

void KeeperProcess::kill() {
  (void)::kill(child_.pid, SIGKILL);
  while (!base::os::try_reap(child_)) ::usleep(1000);
}

void KeeperProcess::respawn() {
  kill();
  spawn();
}

void KeeperProcess::respawn_into(const config::Model& model,
                                 std::span<const std::uint16_t> wishes) {
  kill();
  for (const std::uint16_t instance : wishes) want(instance, true);
  write_configuration(model);
  spawn();
}

void KeeperProcess::hello() {
  CHECK(channel_.send(ipc::Hello{.configuration = configuration_}, config_.get()),
        "room for a Hello");
}

void KeeperProcess::hello_without_configuration(std::uint64_t configuration) {
  CHECK(channel_.send(ipc::Hello{.configuration = configuration}), "room for a Hello");
}

void KeeperProcess::want(std::uint16_t instance, bool hold) {
  const ipc::Want message{.instance = instance,
                          .hold = static_cast<std::uint8_t>(hold ? 1 : 0),
                          .configuration = configuration_};
  CHECK(channel_.send(message), "room for a Want");
}

void KeeperProcess::engine_dies() {
  const std::uint64_t once = 1;
  CHECK(::write(deaths_.get(), &once, sizeof once) == sizeof once, "room for a death");
}

void KeeperProcess::remembers(const feed::Memory::Router& router, std::uint8_t key,
                              const base::Address& signer, std::uint64_t number) {
  auto mapped = base::os::Mapping::read_write(memory_.get());
  CHECK(mapped, "a memory for the test");
  feed::format_memory(mapped->writable(), kRemembered);
  auto memory = std::make_unique<feed::Memory>(mapped->writable());
  CHECK(signer.is_set() ? memory->raise_mark(router, key, signer, number, base::os::wall_ns())
                        : memory->raise_own(router, key, number, base::os::wall_ns()),
        "room for a mark");
}

bool KeeperProcess::listen(base::Instant until) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - base::os::now()).count();
  pollfd ready{.fd = channel_.fd(), .events = POLLIN, .revents = 0};
  if (left < 0 || ::poll(&ready, 1, static_cast<int>(left) + 1) != 1) return false;
  auto received = channel_.receive();
  CHECK(received, "the channel works");
  if (*received) take((*received)->message, std::move((*received)->descriptor));
  return true;
}

bool KeeperProcess::listen_until(const std::function<bool()>& done) {
  const base::Instant until = base::os::now() + kPatience;
  while (!done())
    if (!listen(until)) return done();
  return true;
}

void KeeperProcess::listen_for(std::chrono::milliseconds time) {
  const base::Instant until = base::os::now() + time;
  while (base::os::now() < until) (void)listen(until);
}

bool KeeperProcess::waits_for_held(std::uint16_t instance, unsigned installed, int error) {
  return listen_until([&] {
    const auto found = held.find(instance);
    return found != held.end() && found->second.installed == installed &&
           found->second.error == error;
  });
}

bool KeeperProcess::waits_for_caught_up() {
  const unsigned before = caught_up;
  return listen_until([&] { return caught_up > before; });
}

void KeeperProcess::take(std::span<const std::byte> message, base::os::UniqueFd descriptor) {
  if (const auto one = ipc::as<ipc::Held>(message)) {
    held[one->instance] = *one;
    all_held.push_back(*one);
  } else if (const auto back = ipc::as<ipc::Restored>(message)) {
    restored.push_back(*back);
  } else if (const auto interface = ipc::as<ipc::Interface>(message)) {
    interfaces[interface->name.data()] = *interface;
  } else if (const auto socket = ipc::as<ipc::Socket>(message)) {
    sockets.push_back({*socket, std::move(descriptor)});
  } else if (const auto report = ipc::as<ipc::Report>(message)) {
    CHECK(report->record.kind == feed::Kind::kNote, "a keeper speaks of its own work alone");
    remarks.emplace_back(feed::get_text(report->record.text));
  } else if (const auto account = ipc::as<ipc::StoodIn>(message)) {
    stood_in.push_back(*account);
  } else if (const auto begin = ipc::as<ipc::Begin>(message)) {
    begun = begin->configuration;
  } else if (const auto source = ipc::as<ipc::Source>(message)) {
    sources[source->instance] = source->present != 0;
  } else {
    CHECK(ipc::as<ipc::CaughtUp>(message), "a keeper says nothing else");
    ++caught_up;
  }
}

int KeeperProcess::socket(ipc::SocketKind kind, const std::string& interface, base::Family family,
                          std::uint8_t protocol) const {
  for (auto given = sockets.rbegin(); given != sockets.rend(); ++given)
    if (given->description.kind == kind && given->description.family == family &&
        given->description.protocol == protocol && interface == given->description.interface.data())
      return given->descriptor.get();
  return -1;
}

void KeeperProcess::signal(int number) { (void)::kill(child_.pid, number); }

void KeeperProcess::abandon() {
  channel_ = base::os::Channel{};
  other_end_.reset();
}

std::optional<int> KeeperProcess::exit_status() {
  const base::Instant until = base::os::now() + kPatience;
  while (base::os::now() < until) {
    if (const auto status = base::os::try_reap(child_)) {
      has_ended_ = true;
      return status;
    }
    ::usleep(1000);
  }
  return std::nullopt;
}

}  // namespace keeper_test
