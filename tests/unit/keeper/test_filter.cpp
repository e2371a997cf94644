// The filter is run here by a small machine of its own; with the real kernel in test_kernel.cpp.
#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <set>

#include "engine/keeper/filter.hpp"

namespace keeper {
namespace {

using base::Family;

// What the kernel does with these instructions; nothing for a load beyond the packet, which drops it.
std::optional<std::uint32_t> execute(const std::vector<sock_filter>& program,
                                     const std::vector<std::uint8_t>& packet) {
  std::uint32_t a = 0;
  std::uint32_t x = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    switch (step.code) {
      case BPF_LDX | BPF_B | BPF_MSH:
        if (step.k >= packet.size()) return std::nullopt;
        x = (packet[step.k] & 0xfU) * 4;
        break;
      // NOLINTNEXTLINE(misc-redundant-expression): two names for 0, both part of what the code means
      case BPF_LDX | BPF_W | BPF_IMM: x = step.k; break;
      case BPF_LD | BPF_W | BPF_LEN: a = static_cast<std::uint32_t>(packet.size()); break;
      case BPF_ALU | BPF_SUB | BPF_X: a -= x; break;
      case BPF_LD | BPF_B | BPF_IND:
        if (x + step.k >= packet.size()) return std::nullopt;
        a = packet[x + step.k];
        break;
      case BPF_JMP | BPF_JGE | BPF_K: at += a >= step.k ? step.jt : step.jf; break;
      case BPF_JMP | BPF_JGT | BPF_K: at += a > step.k ? step.jt : step.jf; break;
      case BPF_RET | BPF_K: return step.k;
      default: ADD_FAILURE() << "instruction " << step.code; return std::nullopt;
    }
  }
  ADD_FAILURE() << "ran off the end";
  return std::nullopt;
}

bool passes(const std::vector<sock_filter>& program, const std::vector<std::uint8_t>& packet) {
  return execute(program, packet).value_or(0) != 0;
}

std::vector<std::uint8_t> packet(Family family, unsigned vrid, std::size_t message_length,
                                 std::uint8_t header_words = 5, std::uint8_t ttl = 255) {
  std::vector<std::uint8_t> made;
  if (family == Family::kIpv4) {
    made.resize(header_words * 4U, 0);
    made[0] = static_cast<std::uint8_t>(0x40 | header_words);
    made[8] = ttl;
  }
  const std::size_t start = made.size();
  made.resize(start + message_length, 0);
  if (message_length > 1) made[start + 1] = static_cast<std::uint8_t>(vrid);
  return made;
}

TEST(AdvertFilter, LetsPassConfiguredVridsAndNoOthers) {
  std::mt19937 random{7};
  const auto pick = [&] { return static_cast<unsigned>(1 + random() % 255); };
  for (int round = 0; round < 50; ++round) {
    std::set<unsigned> wanted;
    const unsigned count = pick();
    while (wanted.size() < count) wanted.insert(pick());
    std::vector<std::uint8_t> vrids;
    for (const unsigned vrid : wanted) vrids.push_back(static_cast<std::uint8_t>(vrid));
    std::shuffle(vrids.begin(), vrids.end(), random);
    for (const Family family : {Family::kIpv4, Family::kIpv6}) {
      const auto program = advert_filter(family, vrids);
      for (unsigned vrid = 0; vrid < 256; ++vrid)
        EXPECT_EQ(wanted.contains(vrid), passes(program, packet(family, vrid, 20))) << vrid;
    }
  }
}

TEST(AdvertFilter, DropsWhatIsShorterThanAMessage) {
  const std::uint8_t vrids[] = {50};
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const auto program = advert_filter(family, vrids);
    for (std::size_t length = 0; length < 8; ++length)
      EXPECT_FALSE(passes(program, packet(family, 50, length))) << length;
    EXPECT_TRUE(passes(program, packet(family, 50, 8)));
  }
}

TEST(AdvertFilter, FindsTheMessageBehindIpOptions) {
  const std::uint8_t vrids[] = {50};
  const auto program = advert_filter(Family::kIpv4, vrids);
  for (std::uint8_t words = 5; words <= 15; ++words) {
    EXPECT_TRUE(passes(program, packet(Family::kIpv4, 50, 20, words)));
    EXPECT_FALSE(passes(program, packet(Family::kIpv4, 51, 20, words)));
  }
}

// RFC9568-7.1-1 negative: the TTL is the ladder's, which counts what it drops.
TEST(AdvertFilter, LeavesWrongTtlsToTheLadder) {
  const std::uint8_t vrids[] = {50};
  EXPECT_TRUE(passes(advert_filter(Family::kIpv4, vrids), packet(Family::kIpv4, 50, 20, 5, 64)));
}

TEST(AdvertFilter, StaysShortWithAllVridsAndWithEveryOtherOne) {
  std::vector<std::uint8_t> all(255);
  std::iota(all.begin(), all.end(), std::uint8_t{1});
  EXPECT_EQ(6U + 3U + 1U, advert_filter(Family::kIpv4, all).size());
  std::vector<std::uint8_t> odd;
  for (unsigned vrid = 1; vrid < 256; vrid += 2) odd.push_back(static_cast<std::uint8_t>(vrid));
  // 128 runs of one VRID each.
  EXPECT_EQ(6U + 128U * 3U + 1U, advert_filter(Family::kIpv4, odd).size());
}

}  // namespace
}  // namespace keeper
