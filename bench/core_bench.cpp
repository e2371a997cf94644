// What one packet costs the tables that only people look at, and the condition of two masters: in peace and under a flood
// of made-up sources.
//
//   build/bench/core_bench
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "engine/core/contest.hpp"
#include "engine/core/peers.hpp"

namespace {

using namespace std::chrono_literals;
using base::Address;
using base::Instant;

constexpr std::size_t kSources = 100'000;

core::Claim claim(const Address& source) {
  core::Claim made;
  made.source = source;
  made.version = 3;
  made.vrid = base::Vrid{50};
  made.priority = base::Priority{200};
  made.interval = 1s;
  return made;
}

core::Advert advert(const Address& source) {
  core::Advert made;
  made.version = core::Version::kV3;
  made.priority = base::Priority{100};
  made.interval = 1s;
  made.source = source;
  return made;
}

std::vector<Address> made_up_sources() {
  std::mt19937 random{1};
  std::vector<Address> all;
  for (std::size_t i = 0; i < kSources; ++i) {
    const auto bits = static_cast<std::uint32_t>(random());
    all.push_back(Address::v4(10, static_cast<std::uint8_t>(bits >> 16),
                              static_cast<std::uint8_t>(bits >> 8),
                              static_cast<std::uint8_t>(bits)));
  }
  return all;
}

// One peer, accepted every interval, with so many addresses.
void AcceptedPacket(benchmark::State& state) {
  const std::vector<std::uint8_t> addresses(static_cast<std::size_t>(state.range(0)) * 4, 9);
  const core::Advert heard = advert(Address::v4(192, 0, 2, 2));
  core::Peers peers;
  core::Contest contest;
  contest.stand(false, 1s, Instant{});
  std::int64_t second = 0;
  for (auto _ : state) {
    const Instant now = Instant::from_ns(++second * 1'000'000'000);
    peers.accept(heard, addresses, false, now);
    benchmark::DoNotOptimize(contest.accept(core::claim_of(heard), now));
  }
}
BENCHMARK(AcceptedPacket)->Arg(1)->Arg(20)->Arg(255);

// 100,000 a second, each from a source of its own, none accepted; as master and with a rival shown.
void RejectedPacketOfAFlood(benchmark::State& state) {
  const std::vector<Address> sources = made_up_sources();
  core::Peers peers;
  core::Contest contest;
  contest.stand(true, 1s, Instant{});
  std::size_t packet = 0;
  for (auto _ : state) {
    const Instant now = Instant::from_ns(static_cast<std::int64_t>(packet) * 10'000);
    const core::Claim heard = claim(sources[packet++ % kSources]);
    peers.reject(heard, base::Drop::kAuthFailed, now);
    benchmark::DoNotOptimize(contest.reject(heard, base::Drop::kAuthFailed, now));
  }
}
BENCHMARK(RejectedPacketOfAFlood);

void ForeignPacketOfAFlood(benchmark::State& state) {
  const std::vector<Address> sources = made_up_sources();
  core::Foreign foreign;
  std::size_t packet = 0;
  for (auto _ : state) {
    core::Claim heard = claim(sources[packet % kSources]);
    heard.vrid = base::Vrid{static_cast<std::uint8_t>(1 + packet % 255)};
    foreign.hear(0, base::Family::kIpv4, heard,
                 Instant::from_ns(static_cast<std::int64_t>(packet++) * 10'000));
    benchmark::DoNotOptimize(foreign);
  }
}
BENCHMARK(ForeignPacketOfAFlood);

}  // namespace

BENCHMARK_MAIN();
