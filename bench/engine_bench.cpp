// What a turn of the engine costs, and what an advert costs in it.
//
// The turns run in a network namespace of their own, on veth pairs with nobody at the other end. Time is made up, so
// that every turn finds every advert due:
//
//   unshare --user --map-root-user --net --mount build/bench/engine_bench
#include <benchmark/benchmark.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "base/os/mapping.hpp"
#include "engine/config/compiled.hpp"
#include "engine/core/advert.hpp"
#include "engine/engine.hpp"

namespace {

using base::Address;
using base::os::UniqueFd;
using namespace std::chrono_literals;

core::Router router(std::size_t addresses) {
  core::Router made;
  made.vrid = base::Vrid{50};
  made.version = core::Version::kV3;
  for (std::size_t i = 0; i < addresses; ++i)
    made.addresses.push_back(Address::v4(192, 0, 2, static_cast<std::uint8_t>(i)));
  return made;
}

void BuildAdvert(benchmark::State& state) {
  const core::Router from = router(static_cast<std::size_t>(state.range(0)));
  const Address source = Address::v4(192, 0, 2, 254);
  const Address group = core::multicast_group(base::Family::kIpv4);
  std::array<std::uint8_t, core::kMaxMessage> room;
  for (auto _ : state)
    benchmark::DoNotOptimize(
        core::build(from, from.priority, core::ChecksumForm::kPseudoHeader, source, group, room));
}
BENCHMARK(BuildAdvert)->Arg(1)->Arg(20)->Arg(255);

void ParseAdvert(benchmark::State& state) {
  const core::Router from = router(static_cast<std::size_t>(state.range(0)));
  const Address source = Address::v4(192, 0, 2, 254);
  const Address group = core::multicast_group(base::Family::kIpv4);
  std::array<std::uint8_t, core::kMaxMessage> room;
  const std::size_t length =
      core::build(from, from.priority, core::ChecksumForm::kPseudoHeader, source, group, room);
  const core::Packet packet{std::span(room).first(length), source, group, 255};
  core::Advert advert;
  for (auto _ : state) benchmark::DoNotOptimize(core::parse(packet, from, advert));
  if (core::parse(packet, from, advert) != base::Drop::kNone) state.SkipWithError("not accepted");
}
BENCHMARK(ParseAdvert)->Arg(1)->Arg(20)->Arg(255);

// Always before the real time, so that no poll waits.
std::int64_t made_up_ns = 1'000'000'000;
base::Instant made_up_now() { return base::Instant::from_ns(made_up_ns); }
std::int64_t made_up_wall() { return made_up_ns; }

constexpr std::size_t kPerInterface = 250;

// Owners: masters from the start.
config::Model masters(std::size_t count) {
  config::Model model;
  for (std::size_t i = 0; i < count; ++i) {
    config::Instance instance;
    instance.name = "VI_" + std::to_string(i);
    instance.interface = "bench" + std::to_string(i / kPerInterface);
    instance.vrid = static_cast<std::uint8_t>(1 + i % kPerInterface);
    instance.version = 3;
    instance.priority = 255;
    instance.advert_interval = 10ms;
    config::VirtualAddress address;
    address.prefix = {Address::v4(10, 0, static_cast<std::uint8_t>(i / 250),
                                  static_cast<std::uint8_t>(1 + i % 250)),
                      24};
    instance.addresses.push_back(address);
    model.instances.push_back(instance);
  }
  return model;
}

bool send_interface(base::os::Channel& keeper, std::size_t number) {
  const std::string name = "bench" + std::to_string(number);
  const std::string peer = name + "p";
  const std::string add = "ip link add " + name + " type veth peer name " + peer +
                          " 2>/dev/null; ip link set " + name + " up && ip link set " + peer +
                          " up && ip addr replace 192.0." + std::to_string(number) + ".1/24 dev " +
                          name;
  if (std::system(add.c_str()) != 0) return false;
  const UniqueFd fd{::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 112)};
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, name.c_str(),
                   static_cast<socklen_t>(name.size() + 1)) != 0)
    return false;
  const int off = 0;
  if (::setsockopt(fd.get(), IPPROTO_IP, IP_MULTICAST_LOOP, &off, sizeof off) != 0) return false;
  ipc::Socket socket;
  socket.family = base::Family::kIpv4;
  socket.protocol = 112;
  socket.ifindex = ::if_nametoindex(name.c_str());
  feed::put_text(socket.interface, name);
  ipc::Interface interface;
  interface.ifindex = socket.ifindex;
  feed::put_text(interface.name, name);
  interface.up = interface.running = 1;
  interface.ipv4 = {192, 0, static_cast<std::uint8_t>(number), 1};
  return keeper.send(socket, fd.get()).has_value() && keeper.send(interface).has_value();
}

// An engine and what it needs to be one; the keeper has caught up and its wishes are read.
struct Bench {
  std::vector<std::uint64_t> board, ledger, memory;
  base::os::Channel keeper, runner, supervisor;
  std::unique_ptr<engine::Engine> engine;

  // Answers false when there is no way to make interfaces here.
  bool start(std::size_t count, bool with_interfaces) {
    auto to_keeper = base::os::channel_pair(), to_runner = base::os::channel_pair(),
         to_supervisor = base::os::channel_pair();
    keeper = base::os::Channel(std::move(to_keeper->first));
    runner = base::os::Channel(std::move(to_runner->first));
    supervisor = base::os::Channel(std::move(to_supervisor->first));
    if (!keeper.send(ipc::Begin{})) return false;
    for (std::size_t i = 0; with_interfaces && i * kPerInterface < count; ++i)
      if (!send_interface(keeper, i)) return false;
    board.resize(feed::board_bytes(count) / 8);
    memory.resize(feed::memory_bytes() / 8);
    ledger.resize(feed::ledger_bytes() / 8);
    engine::Parts parts;
    parts.model = masters(count);
    parts.boot_id = "bench";
    parts.board = std::as_writable_bytes(std::span(board));
    parts.ledger = std::as_writable_bytes(std::span(ledger));
    feed::format_board(parts.board, count, 0, "bench", "");
    feed::format_ledger(parts.ledger, 1, "bench");
    parts.memory = std::as_writable_bytes(std::span(memory));
    feed::format_memory(parts.memory);
    parts.keeper = std::move(to_keeper->second);
    parts.runner = std::move(to_runner->second);
    parts.supervisor = std::move(to_supervisor->second);
    parts.clock = {made_up_now, made_up_wall};
    auto made = engine::Engine::open(std::move(parts));
    if (!made || !keeper.send(ipc::CaughtUp{})) return false;
    engine = std::move(*made);
    for (int i = 0; i < 20; ++i) {
      (void)engine->turn();
      for (auto wish = keeper.receive(); wish && *wish; wish = keeper.receive()) {
      }
    }
    return true;
  }
  std::uint64_t adverts_sent() const {
    const feed::BoardReader reader(std::as_bytes(std::span(board)));
    std::uint64_t sent = 0;
    for (std::size_t i = 0; i < reader.rows(); ++i) sent += reader.row(i)->adverts_sent;
    return sent;
  }
};

// Every instance owes an advert in every turn.
void TurnOfMasters(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  Bench bench;
  if (!bench.start(count, true)) return state.SkipWithError("run it in a namespace");
  const std::uint64_t before = bench.adverts_sent();
  for (auto _ : state) {
    made_up_ns += 10'000'000;
    (void)bench.engine->turn();
  }
  const std::uint64_t sent = bench.adverts_sent() - before;
  if (sent != count * static_cast<std::uint64_t>(state.iterations()))
    state.SkipWithError("not every advert left");
  state.SetItemsProcessed(static_cast<std::int64_t>(sent));
}
BENCHMARK(TurnOfMasters)->Arg(1)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond);

// Nothing is due: what looking at sleeping instances and beating the heart cost.
void IdleTurn(benchmark::State& state) {
  Bench bench;
  if (!bench.start(static_cast<std::size_t>(state.range(0)), false))
    return state.SkipWithError("no engine");
  for (auto _ : state) (void)bench.engine->turn();
}
BENCHMARK(IdleTurn)->Arg(1)->Arg(1000)->Unit(benchmark::kMicrosecond);

// A file like those the supervisor hands over.
UniqueFd file_of(std::size_t bytes) {
  UniqueFd fd{::memfd_create("bench", MFD_CLOEXEC)};
  if (::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0) fd.reset();
  return fd;
}

// Of this thread: what others take of the machine is none of it.
std::chrono::duration<double> processor_time() {
  timespec spent{};
  (void)::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);  // valid arguments
  return std::chrono::seconds{spent.tv_sec} + std::chrono::nanoseconds{spent.tv_nsec};
}

// The longest of the turns in which another configuration is read and taken over, in which every instance is other than
// it was. An advert of every instance is due in each of them; `ordinary_us` is what these alone take.
void LongestTurnOfAReload(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  Bench bench;
  if (!bench.start(count, true)) return state.SkipWithError("run it in a namespace");
  const auto drain = [](base::os::Channel& channel) {
    for (auto told = channel.receive(); told && *told; told = channel.receive()) {
    }
  };
  std::array<double, 64> spent{};  // by turn, in microseconds, of all reloads
  for (auto _ : state) {
    config::Model model = masters(count);
    for (config::Instance& instance : model.instances)
      instance.preempt_delay = std::chrono::seconds{state.iterations() % 2 + 1};
    model.router_id = std::to_string(made_up_ns);
    const std::vector<std::byte> compiled = config::compile(model);
    const std::uint64_t hash = config::hash_of(compiled);
    const UniqueFd file = file_of(compiled.size());
    const UniqueFd board = file_of(feed::board_bytes(count));
    auto mapped = base::os::Mapping::read_write(board.get());
    if (!mapped || ::pwrite(file.get(), compiled.data(), compiled.size(), 0) < 0)
      return state.SkipWithError("no files");
    feed::format_board(mapped->writable(), count, hash, "bench", "");
    if (!bench.supervisor.send(ipc::Board{.configuration = hash}, board.get()) ||
        !bench.supervisor.send(ipc::Reconfigure{.configuration = hash}, file.get()))
      return state.SkipWithError("no room in the channel");
    std::chrono::duration<double> longest{0};
    bool is_done = false;
    for (std::size_t turn = 0; turn < spent.size(); ++turn) {
      made_up_ns += 10'000'000;
      const auto began = processor_time();
      (void)bench.engine->turn();
      const auto took = processor_time() - began;
      longest = std::max(longest, took);
      spent[turn] += took.count() * 1e6;
      for (auto told = bench.supervisor.receive(); told && *told; told = bench.supervisor.receive())
        if (const auto answer = ipc::as<ipc::Reconfigured>((*told)->message))
          is_done = answer->done != 0;
      drain(bench.keeper);
      drain(bench.runner);
    }
    if (!is_done) return state.SkipWithError("it was not done");
    state.SetIterationTime(longest.count());
  }
  // Those after the change are what a turn is when nothing but the adverts is to be done.
  double ordinary = 0;
  for (std::size_t turn = spent.size() - 8; turn < spent.size(); ++turn)
    ordinary += spent[turn] / 8;
  state.counters["ordinary_us"] = ordinary / static_cast<double>(state.iterations());
}
BENCHMARK(LongestTurnOfAReload)
    ->Arg(3)
    ->Arg(200)
    ->Arg(1000)
    ->Iterations(100)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace

// With its memory locked, as the engine's is: what is mapped is there at once, and the map costs accordingly.
int main(int count, char** arguments) {
  if (::mlockall(MCL_CURRENT | MCL_FUTURE) != 0) std::perror("not locked");
  benchmark::Initialize(&count, arguments);
  benchmark::RunSpecifiedBenchmarks();
}
