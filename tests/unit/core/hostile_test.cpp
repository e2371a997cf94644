// A hostile LAN: what is rejected changes nothing, and what one accepted advert can do is bounded.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "subject.hpp"

namespace core::testing {
namespace {

using base::Drop;
using Bytes = std::vector<std::uint8_t>;

// Everything anybody can see of an instance.
struct Snapshot {
  State state;
  bool is_departing, holds_addresses, wants_master, is_listening, has_own_fault, ignores_adverts;
  State told;
  Instant deadline, last_heard;
  Priority effective, master_priority;
  std::uint8_t holds;
  unsigned faults;
  Duration interval;
  Address master;
  ChecksumForm form;
  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

Snapshot look(const Instance& it) {
  return {.state = it.state(),
          .is_departing = it.is_departing(),
          .holds_addresses = it.holds_addresses(),
          .wants_master = it.wants_master(),
          .is_listening = it.is_listening(),
          .has_own_fault = it.has_own_fault(),
          .ignores_adverts = it.ignores_adverts(),
          .told = it.told(),
          .deadline = it.deadline(),
          .last_heard = it.last_heard(),
          .effective = it.effective_priority(),
          .master_priority = it.master_priority(),
          .holds = it.holds(),
          .faults = it.fault_count(),
          .interval = it.master_interval(),
          .master = it.master(),
          .form = it.checksum_form()};
}

// One virtual router between the wire and the world, as an engine puts them together.
class Station {
 public:
  explicit Station(const Router& router) : instance_(router), router_(router) {
    tell(LinkChanged{true, Cause::kLinkDown, kOwn});
    tell(Start{});
  }
  Drop receive(const Bytes& message, const Address& source, const Address& destination, int ttl) {
    Advert advert;
    const Packet packet{.message = message,
                        .source = source,
                        .destination = destination,
                        .ttl = static_cast<std::uint8_t>(ttl),
                        .own = kOwn};
    const Drop drop = parse(packet, router_, advert);
    if (drop == Drop::kNone) tell(Heard{advert, now});
    return drop;
  }
  void pass(Duration time) {
    now += time;
    Actions todo;
    instance_.advance(now, todo);
    done.insert(done.end(), todo.begin(), todo.end());
  }
  void tell(const Event& event) {
    Actions todo;
    instance_.handle(event, now, todo);
    done.insert(done.end(), todo.begin(), todo.end());
  }
  const Instance& instance() const { return instance_; }

  Instant now = kStart;
  List done;

 private:
  Instance instance_;
  Router router_;
};

// A good advert with a few things wrong, or noise.
Bytes hostile(const Router& router, std::mt19937_64& random) {
  Router sender = router;
  if (random() % 4 == 0) sender.vrid = Vrid{static_cast<std::uint8_t>(random())};
  if (random() % 4 == 0) sender.version = random() % 2 == 0 ? Version::kV2 : Version::kV3;
  if (sender.version == Version::kV2) sender.advert_interval = 1s;
  if (random() % 4 == 0) sender.auth_type = static_cast<AuthType>(random() % 4);
  if (random() % 4 == 0) sender.auth_data[random() % 8] = static_cast<std::uint8_t>(random());
  if (random() % 8 == 0) sender.addresses.clear();
  Bytes message(kMaxMessage);
  message.resize(build(sender, Priority{static_cast<std::uint8_t>(random())},
                       ChecksumForm::kMessageOnly, kPeer, multicast_group(Family::kIpv4), message));
  if (random() % 4 == 0) {  // any byte of the header, rightly summed
    message[random() % 6] = static_cast<std::uint8_t>(random());
    message[6] = message[7] = 0;
    const std::uint16_t sum = internet_checksum({}, message);
    message[6] = static_cast<std::uint8_t>(sum >> 8);
    message[7] = static_cast<std::uint8_t>(sum & 0xff);
  }
  if (random() % 3 == 0) message[random() % message.size()] = static_cast<std::uint8_t>(random());
  if (random() % 6 == 0) message.resize(random() % (message.size() + 1));
  if (random() % 6 == 0) message.resize(message.size() + random() % 30);
  return message;
}

Router hostile_router(std::mt19937_64& random) {
  Router router = random() % 2 == 0 ? v2_router() : v3_router(100, 100ms);
  if (router.version == Version::kV2 && random() % 2 == 0) {
    router.auth_type = AuthType::kPassword;
    router.auth_data = {'s', 'e', 'c', 'r', 'e', 't', 0, 0};
  }
  router.preempt = random() % 2 == 0;
  router.strict = random() % 2 == 0;
  if (random() % 4 == 0) router.peers.push_back({.address = kPeer, .min_ttl = 250});
  router.checks_source = random() % 2 == 0;
  return router;
}

// Twins in the same world; one of them hears junk besides. Whatever they do, they do alike, to the nanosecond.
// FAULT-51: 24,000 packets, junk of 14 kinds among them: state, timers and adverts are to the nanosecond those of a twin that
//   heard no junk
TEST(HostileLan, RejectedPacketsChangeNothing) {
  std::mt19937_64 random{3};
  std::array<unsigned, base::kDropReasons> dropped{};
  for (int round = 0; round < 400; ++round) {
    const Router router = hostile_router(random);
    Station plagued{router};
    Station left_alone{router};
    for (int step = 0; step < 60; ++step) {
      const Bytes message = hostile(router, random);
      const Address source = random() % 3 == 0 ? kLower : kPeer;
      const Address destination = random() % 5 == 0 ? kOwn : group_of(router);
      const int ttl = random() % 5 == 0 ? static_cast<int>(random() % 256) : 255;
      const Snapshot before = look(plagued.instance());
      const std::size_t done = plagued.done.size();
      const Drop drop = plagued.receive(message, source, destination, ttl);
      ++dropped[static_cast<std::size_t>(drop)];
      if (drop == Drop::kNone) {
        (void)left_alone.receive(message, source, destination, ttl);
      } else {
        ASSERT_EQ(look(plagued.instance()), before) << to_string(drop);
        ASSERT_EQ(plagued.done.size(), done);
      }
      const Duration time = std::chrono::milliseconds{random() % 400};
      plagued.pass(time);
      left_alone.pass(time);
      ASSERT_EQ(look(plagued.instance()), look(left_alone.instance()));
      ASSERT_EQ(plagued.done, left_alone.done);
    }
  }
  // The junk was of every kind the codec knows to reject, and not all of it was junk.
  for (const Drop reason : {Drop::kNone, Drop::kTtl, Drop::kVersion, Drop::kType, Drop::kLength,
                            Drop::kChecksum, Drop::kUnknownVrid, Drop::kInterval, Drop::kAuthType,
                            Drop::kAuthMismatch, Drop::kAuthFailed, Drop::kNoAddresses,
                            Drop::kMulticast, Drop::kNotAPeer, Drop::kAddressList})
    EXPECT_GT(dropped[static_cast<std::size_t>(reason)], 10U) << to_string(reason);
}

// The worst one advert can do to a backup is to keep it waiting for down_timer_adverts capped intervals and the skew.
// FAULT-56
TEST(HostileLan, OneAdvertSilencesABackupForABoundedTime) {
  std::mt19937_64 random{4};
  for (int round = 0; round < 2000; ++round) {
    const Router router = hostile_router(random);
    Subject subject = backup(router);
    const int priority = static_cast<int>(random() % 256);
    const Duration interval = router.version == Version::kV2
                                  ? Duration{std::chrono::seconds{1 + random() % 255}}
                                  : Duration{10ms * static_cast<int>(1 + random() % 4095)};
    (void)subject.hear(priority, kPeer, interval);
    // v2: 3 x 3 s + 0.609375 s; v3: 3 x 300 ms + 300 ms x 156/256
    const Duration bound = router.version == Version::kV2 ? 9'609'375'000ns : 1'082'812'500ns;
    EXPECT_LE(subject.due_in(), bound);
  }
}

// A master is outlived by the forger: what it takes back, it takes back within that bound.
// FAULT-55
TEST(HostileLan, OneForgedOwnerCostsAMasterABoundedTime) {
  Subject subject = master(v3_router(100, 100ms));
  (void)subject.hear(255, kPeer, 40950ms);
  EXPECT_EQ(subject->state(), State::kBackup);
  Duration gone{0};
  while (subject->state() == State::kBackup) {
    gone += subject.due_in();
    (void)subject.after(subject.due_in());
  }
  EXPECT_EQ(gone, 1'082'812'500ns);
}

}  // namespace
}  // namespace core::testing
