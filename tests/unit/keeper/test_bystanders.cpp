// Which of the host's own addresses went although nobody asked for it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_addr.h>

#include "engine/keeper/bystanders.hpp"

namespace keeper {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kSomebody = 4711;

struct BystandersOf : testing::Test {
  static AddressFact own(const std::string& text = "198.51.100.1",
                         std::uint32_t flags = IFA_F_SECONDARY) {
    AddressFact fact;
    fact.exists = false;
    fact.index = IfIndex{4};
    fact.local = {*base::Address::parse(text), 24};
    fact.remote = fact.local.address;
    fact.flags = flags;
    return fact;
  }
  static AddressFact virtual_one() { return own("198.51.100.254", 0); }

  void gone(AddressFact fact, bool is_virtual, std::uint32_t request = 1,
            std::uint32_t requester = kSomebody) {
    fact.requester = requester;
    fact.request = request;
    bystanders.observe(fact, is_virtual, now);
  }
  std::vector<std::string> given_back() {
    std::vector<std::string> texts;
    for (const AddressFact& fact : bystanders.take(now))
      texts.push_back(base::to_string(fact.local));
    return texts;
  }
  std::vector<std::string> given_back_in_the_end() {
    now = now + Bystanders::kWhatElse;
    auto texts = given_back();
    now = now + 1s;
    EXPECT_TRUE(given_back().empty());
    EXPECT_TRUE(bystanders.deadline().is_never());
    return texts;
  }

  base::Instant now = base::Instant{} + 1h;
  Bystanders bystanders;
};

TEST_F(BystandersOf, AVirtualAddressThatSomebodyRemovedAreGivenBack) {
  gone(own(), false);
  gone(own("198.51.100.2"), false);
  gone(virtual_one(), true);
  EXPECT_EQ(now + Bystanders::kWhatElse, bystanders.deadline());
  EXPECT_TRUE(given_back().empty());
  EXPECT_THAT(given_back_in_the_end(), testing::ElementsAre("198.51.100.1/24", "198.51.100.2/24"));
}

TEST_F(BystandersOf, AVirtualAddressAreKnownWhenTheRestIsReadLater) {
  gone(own(), false);
  EXPECT_TRUE(given_back().empty());
  now = now + 1ms;
  gone(virtual_one(), true);
  EXPECT_THAT(given_back_in_the_end(), testing::ElementsAre("198.51.100.1/24"));
}

TEST_F(BystandersOf, ALeaseThatRanOutAreGivenBack) {
  gone(own(), false, 0, 0);
  gone(virtual_one(), true, 0, 0);
  EXPECT_THAT(given_back_in_the_end(), testing::ElementsAre("198.51.100.1/24"));
}

TEST_F(BystandersOf, ALeaseThatRanOutAreNotThoseWhoseOwnTimeIsOver) {
  AddressFact expired = own();
  expired.valid_s = 0;
  gone(expired, false, 0, 0);
  gone(virtual_one(), true, 0, 0);
  EXPECT_TRUE(given_back_in_the_end().empty());
}

TEST_F(BystandersOf, ARemovalAreNotThoseThatWereRemovedThemselves) {
  gone(own(), false, 1);
  gone(virtual_one(), true, 2);
  EXPECT_TRUE(given_back_in_the_end().empty());
}

TEST_F(BystandersOf, ARemovalAreNotThoseOfAnotherNetworkOrInterface) {
  gone(own("203.0.113.1"), false);
  AddressFact elsewhere = own();
  elsewhere.index = IfIndex{5};
  gone(elsewhere, false);
  gone(virtual_one(), true);
  EXPECT_TRUE(given_back_in_the_end().empty());
}

TEST_F(BystandersOf, AnAddressOfTheHostAreTheHostsAffair) {
  gone(own(), false);
  gone(own("198.51.100.7", 0), false);
  EXPECT_TRUE(given_back_in_the_end().empty());
}

// Of an interface that goes the kernel tells in another order: each by itself.
TEST_F(BystandersOf, AnInterfaceThatWentAreNotGivenBack) {
  gone(virtual_one(), true, 0, 0);
  gone(own(), false, 0, 0);
  EXPECT_TRUE(given_back_in_the_end().empty());
}

TEST_F(BystandersOf, AFlushAreMeantByIt) {
  gone(own(), false, 1);
  gone(virtual_one(), true, 1);
  now = now + 1ms;
  gone(own("203.0.113.1", 0), false, 2);
  EXPECT_TRUE(given_back_in_the_end().empty());
}

TEST_F(BystandersOf, AFlushAreMeantByItWhateverItBeginsWith) {
  gone(own("203.0.113.1", 0), false, 1);
  now = now + Bystanders::kWhatElse;
  EXPECT_TRUE(given_back().empty());
  gone(own(), false, 2);
  gone(virtual_one(), true, 2);
  EXPECT_TRUE(given_back_in_the_end().empty());
}

TEST_F(BystandersOf, OneThatRemovesVirtualAddressesOnlyAreGivenBack) {
  gone(own(), false, 1);
  gone(virtual_one(), true, 1);
  gone(own("203.0.113.254", 0), true, 2);
  gone(own("203.0.113.7", 0), false, 3, kSomebody + 1);
  EXPECT_THAT(given_back_in_the_end(), testing::ElementsAre("198.51.100.1/24"));
}

TEST_F(BystandersOf, ARemovalAreNotGivenBackTwiceWhenSomebodyElseDid) {
  gone(own(), false);
  gone(virtual_one(), true);
  AddressFact back = own();
  back.exists = true;
  bystanders.observe(back, false, now);
  EXPECT_TRUE(given_back_in_the_end().empty());
}

}  // namespace
}  // namespace keeper
