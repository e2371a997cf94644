// Whole sync groups against each other: whatever happened to them, in the end one of them is master of everything and the
// others of nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

#include "engine/core/sync_group.hpp"
#include "subject.hpp"

namespace core::testing {
namespace {

constexpr Duration kOnTheWay = 200us;

// Some hosts with one group each; member i of all of them share LAN i.
class House {
 public:
  House(std::size_t hosts, const std::vector<std::vector<Router>>& routers) : rooms_(hosts) {
    for (std::size_t host = 0; host < hosts; ++host) {
      hosts_.emplace_back();
      for (const Router& router : routers[host]) hosts_[host].members.emplace_back(router);
      rooms_[host].resize(routers[host].size());
    }
  }

  void start(std::size_t host) {
    Host& it = hosts_[host];
    for (std::size_t i = 0; i < it.members.size(); ++i) {
      tell(host, i, LinkChanged{true, Cause::kLinkDown, address_of(host)});
      tell(host, i, Start{});
    }
    settle(host);
  }
  void happens(std::size_t host, std::size_t member, const Event& event) {
    tell(host, member, event);
    settle(host);
  }
  // The interface of one member carries nothing, in neither direction.
  void link(std::size_t host, std::size_t member, bool up) {
    hosts_[host].is_cut[member] = !up;
    happens(host, member, LinkChanged{up, Cause::kLinkDown, address_of(host)});
  }
  // The same, and nobody is told.
  void mute(std::size_t host, std::size_t member, bool on) { hosts_[host].is_cut[member] = on; }

  void pass(Duration time) {
    const Instant end = now + time;
    while (true) {
      Instant next = end;
      for (const Host& host : hosts_)
        for (const Instance& member : host.members) next = earlier(next, member.deadline());
      for (const Flight& flight : flights_) next = earlier(next, flight.lands);
      if (next >= end) break;
      now = std::max(now, next);
      land();
      for (std::size_t host = 0; host < hosts_.size(); ++host) settle(host);
    }
    now = end;
  }

  const Instance& member(std::size_t host, std::size_t i) const { return hosts_[host].members[i]; }
  std::size_t masters_on(std::size_t host) const {
    const auto& members = hosts_[host].members;
    return static_cast<std::size_t>(std::count_if(
        members.begin(), members.end(), [](const Instance& it) { return it.holds_addresses(); }));
  }
  void tell(std::size_t host, std::size_t member, const Event& event) {
    Actions todo;
    hosts_[host].members[member].handle(event, now, todo);
    act(host, member, todo);
  }
  // As an engine does at the end of its turn.
  void settle(std::size_t host) {
    Host& it = hosts_[host];
    for (std::size_t i = 0; i < it.members.size(); ++i) {
      Actions todo;
      it.members[i].advance(now, todo);
      act(host, i, todo);
    }
    const auto view = [&](std::size_t i) {
      const Instance& member = it.members[i];
      return Member{.instance = static_cast<std::uint16_t>(i),
                    .has_own_fault = member.has_own_fault(),
                    .is_stopped = member.state() == State::kStopped,
                    .is_departing = member.is_departing(),
                    .is_asking = member.is_asking(),
                    .is_held = member.holds() != 0,
                    .is_master = member.state() == State::kMaster,
                    .wants_master = member.wants_master(),
                    .must_prepare = member.must_prepare(),
                    .is_starting = member.state() == State::kInitialize,
                    .is_listening = member.is_listening(),
                    .told = member.told(),
                    .told_prepares = member.told_prepares()};
    };
    const Standing standing =
        core::settle(std::span(rooms_[host]), view,
                     [&](std::size_t i, const GroupChanged& event) { tell(host, i, event); });
    // Nobody is master of his own accord: members that are at all, are together.
    for (const Instance& member : it.members)
      if (member.state() == State::kMaster && !member.is_departing()) {
        EXPECT_EQ(standing.state, State::kMaster);
      }
  }
  Instant now = kStart;

 private:
  struct Host {
    std::vector<Instance> members;
    std::array<bool, 8> is_cut{};
  };
  struct Flight {
    Instant lands;
    std::size_t host, member;
    Heard heard;
  };

  static Address address_of(std::size_t host) {
    return Address::v4(192, 0, 2, static_cast<std::uint8_t>(1 + host));
  }

  void land() {
    std::vector<Flight> landed;
    const auto rest = std::stable_partition(flights_.begin(), flights_.end(),
                                            [&](const Flight& f) { return f.lands > now; });
    landed.assign(rest, flights_.end());
    flights_.erase(rest, flights_.end());
    for (const Flight& flight : landed)
      if (!hosts_[flight.host].is_cut[flight.member])
        tell(flight.host, flight.member, flight.heard);
  }
  void act(std::size_t host, std::size_t member, const Actions& todo) {
    for (const Action& action : todo) {
      if (std::holds_alternative<InstallAddresses>(action))
        tell(host, member, AddressesInstalled{});
      const auto* sent = std::get_if<SendAdvert>(&action);
      if (sent == nullptr || hosts_[host].is_cut[member]) continue;
      Heard heard;
      heard.advert.priority = sent->priority;
      heard.advert.interval = 1s;
      heard.advert.source = address_of(host);
      heard.received = now + kOnTheWay;
      for (std::size_t other = 0; other < hosts_.size(); ++other)
        if (other != host) flights_.push_back({now + kOnTheWay, other, member, heard});
    }
  }
  std::vector<Host> hosts_;
  std::vector<std::vector<Member>> rooms_;
  std::vector<Flight> flights_;
};

Router with_priority(int priority) { return grouped(v2_router(priority)); }

// Exactly one host holds everything, the others nothing.
void expect_one_master(const House& house, std::size_t hosts, std::size_t members,
                       std::optional<std::size_t> who = std::nullopt) {
  std::size_t whole = 0;
  for (std::size_t host = 0; host < hosts; ++host) {
    const std::size_t masters = house.masters_on(host);
    EXPECT_TRUE(masters == 0 || masters == members)
        << "host " << host << " is master of " << masters;
    if (masters == members) {
      ++whole;
      EXPECT_EQ(host, who.value_or(host));
    }
  }
  EXPECT_EQ(whole, 1U);
}

TEST(GroupLife, TheBetterGroupIsMasterOfEverything) {
  House house(2,
              {{with_priority(150), with_priority(150)}, {with_priority(100), with_priority(100)}});
  house.start(0);
  house.start(1);
  house.pass(10s);
  expect_one_master(house, 2, 2, 0);
}

TEST(GroupLife, OneMembersLinkMovesAllOfThemAndBack) {
  House house(2, {{with_priority(150), with_priority(150), with_priority(150)},
                  {with_priority(100), with_priority(100), with_priority(100)}});
  house.start(0);
  house.start(1);
  house.pass(10s);
  house.link(0, 1, false);
  // The lost link says nothing and is missed after 3.609375 s; the others waited for it.
  house.pass(3700ms);
  expect_one_master(house, 2, 3, 1);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(house.member(0, i).state(), State::kFault);
  house.link(0, 1, true);
  house.pass(10s);
  expect_one_master(house, 2, 3, 0);
}

// As an engine asks all of them, in one turn.
void switch_over(House& house, std::size_t host, std::size_t members, Duration patience = 2s) {
  for (std::size_t i = 0; i < members; ++i)
    house.tell(host, i, Switchover{.take = false, .force = false, .uid = 0, .patience = patience});
  house.settle(host);
}

TEST(GroupLife, ASwitchoverMovesAllOfThem) {
  House house(2,
              {{with_priority(150), with_priority(150)}, {with_priority(100), with_priority(100)}});
  house.start(0);
  house.start(1);
  house.pass(10s);
  switch_over(house, 0, 2);
  house.pass(30s);
  expect_one_master(house, 2, 2, 1);
}

TEST(GroupLife, ASwitchoverThatNobodyAnswersMovesNothing) {
  House house(1, {{with_priority(150), with_priority(150), with_priority(150)}});
  house.start(0);
  house.pass(10s);
  switch_over(house, 0, 3);
  house.pass(1s);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(house.member(0, i).is_asking());
  house.pass(2s);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_FALSE(house.member(0, i).is_departing());
    EXPECT_FALSE(house.member(0, i).gave_way());
  }
  expect_one_master(house, 1, 3, 0);
}

// The other group rises when all of its members may, so nobody goes on before the slowest has been waited for.
TEST(GroupLife, ASwitchoverWaitsForTheSlowestMember) {
  Router fast[] = {with_priority(150), with_priority(100)};
  for (Router& router : fast) router.advert_interval = 100ms;
  House house(2, {{fast[0], with_priority(150)}, {fast[1], with_priority(100)}});
  house.start(0);
  house.start(1);
  house.pass(10s);
  switch_over(house, 0, 2);
  house.pass(30s);
  expect_one_master(house, 2, 2, 1);
}

// Who is better on one LAN and worse on the other moves nobody: it would want both.
TEST(GroupLife, AGroupThatIsBetterOnOneLanAloneStaysBackup) {
  House house(2,
              {{with_priority(150), with_priority(100)}, {with_priority(100), with_priority(150)}});
  house.start(0);
  house.pass(5s);
  house.start(1);
  house.pass(30s);
  expect_one_master(house, 2, 2, 0);
}

TEST(GroupLife, OfOwnersIsMasterAtOnce) {
  House house(1, {{with_priority(255), with_priority(255)}});
  house.start(0);
  EXPECT_EQ(house.masters_on(0), 2U);
}

TEST(GroupLife, OfAnOwnerAndAnotherWaitsForTheOther) {
  House house(1, {{with_priority(255), with_priority(100)}});
  house.start(0);
  house.pass(3600ms);
  EXPECT_EQ(house.masters_on(0), 0U);
  house.pass(20ms);
  EXPECT_EQ(house.masters_on(0), 2U);
}

// Both are master when the LANs heal, in step to the nanosecond, and each is the better one on one LAN: each makes the
// other leave.
// FAULT-41
TEST(GroupLife, TwoMasterGroupsThatMeetInStepSettleIt) {
  House house(2,
              {{with_priority(200), with_priority(100)}, {with_priority(100), with_priority(200)}});
  house.mute(0, 0, true);
  house.mute(0, 1, true);
  house.start(0);
  house.start(1);
  house.pass(5s);
  EXPECT_EQ(house.masters_on(0) + house.masters_on(1), 4U);
  house.mute(0, 0, false);
  house.mute(0, 1, false);
  house.pass(20s);
  expect_one_master(house, 2, 2);
}

// Links, holds, refusals and deaf LANs at random, then peace.
TEST(GroupLife, AfterAnythingOneGroupIsMasterOfEverything) {
  for (unsigned seed = 1; seed <= 150; ++seed) {
    std::mt19937_64 random{seed};
    const std::size_t hosts = 2 + random() % 2;
    const std::size_t members = 1 + random() % 3;
    std::vector<std::vector<Router>> routers(hosts);
    const bool is_mixed = seed % 3 == 0;  // who is better differs from LAN to LAN
    for (std::size_t host = 0; host < hosts; ++host)
      for (std::size_t i = 0; i < members; ++i) {
        const auto priority =
            is_mixed ? static_cast<int>(1 + random() % 255) : static_cast<int>(200 - 40 * host);
        routers[host].push_back(with_priority(priority));
        routers[host].back().preempt = random() % 4 != 0;
      }
    House house(hosts, routers);
    for (std::size_t host = 0; host < hosts; ++host) {
      house.start(host);
      house.pass(std::chrono::milliseconds{random() % 5000});
    }
    for (int step = 0; step < 60; ++step) {
      const std::size_t host = random() % hosts;
      const std::size_t member = random() % members;
      switch (random() % 6) {
        case 0: house.link(host, member, random() % 2 == 0); break;
        case 1: house.mute(host, member, random() % 2 == 0); break;
        case 2:
          house.happens(host, member, HoldChanged{Hold::kMaintenance, random() % 2 == 0, 0});
          break;
        case 3: house.happens(host, member, AddressRefused{99}); break;
        default: break;
      }
      house.pass(std::chrono::milliseconds{random() % 3000});
    }
    for (std::size_t host = 0; host < hosts; ++host)
      for (std::size_t i = 0; i < members; ++i) {
        house.happens(host, i, HoldChanged{Hold::kMaintenance, false, 0});
        house.link(host, i, true);
      }
    house.pass(60s);
    expect_one_master(house, hosts, members);
    if (::testing::Test::HasFailure()) {
      ADD_FAILURE() << "seed " << seed;
      return;
    }
  }
}

}  // namespace
}  // namespace core::testing
