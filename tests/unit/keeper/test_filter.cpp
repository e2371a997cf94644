// The filter is run here by a small machine of its own; with the real kernel in test_ears.cpp.
#include "engine/keeper/filter.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <set>

namespace keeper {
namespace {

// What a socket shows the program, and where the network header lies that the program may reach with SKF_NET_OFF.
struct Packet {
  std::vector<std::uint8_t> shown;
  std::vector<std::uint8_t> network;
};

// What the kernel does with these instructions; nothing for a load beyond the packet, which drops it.
std::optional<std::uint32_t> execute(const std::vector<sock_filter>& program,
                                     const Packet& packet) {
  std::uint32_t a = 0;
  std::uint32_t x = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    switch (step.code) {
      case BPF_LDX | BPF_B | BPF_MSH:
        if (step.k >= packet.shown.size()) return std::nullopt;
        x = (packet.shown[step.k] & 0xfU) * 4;
        break;
      // NOLINTNEXTLINE(misc-redundant-expression): two names for 0, both part of what the code means
      case BPF_LDX | BPF_W | BPF_IMM: x = step.k; break;
      case BPF_LD | BPF_W | BPF_LEN: a = static_cast<std::uint32_t>(packet.shown.size()); break;
      case BPF_ALU | BPF_SUB | BPF_X: a -= x; break;
      case BPF_LD | BPF_B | BPF_IND:
        if (x + step.k >= packet.shown.size()) return std::nullopt;
        a = packet.shown[x + step.k];
        break;
      case BPF_LD | BPF_B | BPF_ABS: {
        const auto& bytes = static_cast<std::int32_t>(step.k) < 0 ? packet.network : packet.shown;
        const std::uint32_t place = static_cast<std::int32_t>(step.k) < 0
                                        ? step.k - static_cast<std::uint32_t>(SKF_NET_OFF)
                                        : step.k;
        if (place >= bytes.size()) return std::nullopt;
        a = bytes[place];
        break;
      }
      case BPF_JMP | BPF_JGE | BPF_K: at += a >= step.k ? step.jt : step.jf; break;
      case BPF_JMP | BPF_JGT | BPF_K: at += a > step.k ? step.jt : step.jf; break;
      case BPF_JMP | BPF_JEQ | BPF_K: at += a == step.k ? step.jt : step.jf; break;
      case BPF_RET | BPF_K: return step.k;
      default: ADD_FAILURE() << "instruction " << step.code; return std::nullopt;
    }
  }
  ADD_FAILURE() << "ran off the end";
  return std::nullopt;
}

enum class Passes : std::uint8_t { kOurs, kStray, kNeither, kBoth };

Passes side_of(Family family, std::uint8_t protocol, std::span<const HeardVrid> vrids,
               const Packet& packet) {
  const auto passes = [&](Side side) {
    return execute(advert_filter(family, protocol, vrids, side), packet).value_or(0) != 0;
  };
  const bool ours = passes(Side::kOurs);
  const bool stray = passes(Side::kStray);
  if (ours == stray) return ours ? Passes::kBoth : Passes::kNeither;
  return ours ? Passes::kOurs : Passes::kStray;
}

struct Shape {
  unsigned vrid = 50;
  std::size_t length = 20;
  std::uint8_t header_words = 5;
  std::uint8_t ttl = 255;
  bool has_ah = false;
  std::uint8_t next_header = kVrrpProtocol;  // in the authentication header
};

Packet packet(Family family, const Shape& shape) {
  std::vector<std::uint8_t> header;
  if (family == Family::kIpv4) {
    header.resize(shape.header_words * 4U, 0);
    header[0] = static_cast<std::uint8_t>(0x40 | shape.header_words);
    header[8] = shape.ttl;
  } else {
    header.resize(40, 0);
    header[0] = 0x60;
    header[7] = shape.ttl;
  }
  std::vector<std::uint8_t> payload;
  if (shape.has_ah) {
    payload.resize(24, 0);
    payload[0] = shape.next_header;
    payload[1] = 4;
  }
  const std::size_t start = payload.size();
  payload.resize(start + shape.length, 0);
  if (shape.length > 1) payload[start + 1] = static_cast<std::uint8_t>(shape.vrid);
  Packet made;
  made.network = header;
  made.network.insert(made.network.end(), payload.begin(), payload.end());
  made.shown = family == Family::kIpv4 ? made.network : payload;
  return made;
}

std::vector<HeardVrid> one(std::uint8_t vrid, bool any_ttl = false) { return {{vrid, any_ttl}}; }

// FAULT-53
TEST(AdvertFilter, GivesConfiguredVridsToOneSideAndAllOthersToTheOther) {
  std::mt19937 random{7};  // NOLINT(cert-msc51-cpp): the same on every run
  const auto pick = [&] { return static_cast<unsigned>(1 + random() % 255); };
  for (int round = 0; round < 50; ++round) {
    std::set<unsigned> wanted;
    const unsigned count = pick();
    while (wanted.size() < count) wanted.insert(pick());
    std::vector<HeardVrid> vrids;
    for (const unsigned vrid : wanted)
      vrids.push_back({static_cast<std::uint8_t>(vrid), random() % 2 == 0});
    for (const Family family : {Family::kIpv4, Family::kIpv6}) {
      for (unsigned vrid = 0; vrid < 256; ++vrid)
        EXPECT_EQ(wanted.contains(vrid) ? Passes::kOurs : Passes::kStray,
                  side_of(family, kVrrpProtocol, vrids, packet(family, {.vrid = vrid})))
            << vrid;
    }
  }
}

// RFC9568-7.1-1 positive and negative: what came over a router is none of a multicast virtual router's.
TEST(AdvertFilter, AsksMulticastVridsForATtlOf255AndUnicastOnesForNone) {
  const std::vector<HeardVrid> vrids{{50, false}, {51, true}, {52, false}};
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    for (unsigned ttl = 0; ttl < 256; ++ttl) {
      const auto side = [&](unsigned vrid) {
        return side_of(family, kVrrpProtocol, vrids,
                       packet(family, {.vrid = vrid, .ttl = static_cast<std::uint8_t>(ttl)}));
      };
      EXPECT_EQ(ttl == 255 ? Passes::kOurs : Passes::kStray, side(50)) << ttl;
      EXPECT_EQ(Passes::kOurs, side(51)) << ttl;
      EXPECT_EQ(ttl == 255 ? Passes::kOurs : Passes::kStray, side(52)) << ttl;
      EXPECT_EQ(Passes::kStray, side(53)) << ttl;
    }
  }
}

// What claims a VRID of ours is counted by reason, and a wrong length is one.
TEST(AdvertFilter, GivesWhatIsTooShortForAVridToTheStraySideAndNothingElse) {
  for (const Family family : {Family::kIpv4, Family::kIpv6})
    for (std::size_t length = 0; length < 40; ++length)
      EXPECT_EQ(length < 2 ? Passes::kStray : Passes::kOurs,
                side_of(family, kVrrpProtocol, one(50), packet(family, {.length = length})))
          << length;
}

// FAULT-50
TEST(AdvertFilter, FindsTheMessageBehindIpOptions) {
  for (std::uint8_t words = 5; words <= 15; ++words) {
    const auto side = [&](unsigned vrid) {
      return side_of(Family::kIpv4, kVrrpProtocol, one(50),
                     packet(Family::kIpv4, {.vrid = vrid, .header_words = words}));
    };
    EXPECT_EQ(Passes::kOurs, side(50));
    EXPECT_EQ(Passes::kStray, side(51));
  }
}

TEST(AdvertFilter, FindsTheVridBehindAnAuthenticationHeader) {
  const auto side = [&](const Shape& shape) {
    return side_of(Family::kIpv4, kAhProtocol, one(50), packet(Family::kIpv4, shape));
  };
  EXPECT_EQ(Passes::kOurs, side({.vrid = 50, .has_ah = true}));
  EXPECT_EQ(Passes::kStray, side({.vrid = 51, .has_ah = true}));
  EXPECT_EQ(Passes::kStray, side({.vrid = 50, .ttl = 254, .has_ah = true}));
  EXPECT_EQ(Passes::kOurs, side({.vrid = 50, .header_words = 6, .has_ah = true}));
  // 25 bytes behind the IP header: one less than reach to the VRID.
  EXPECT_EQ(Passes::kStray, side({.length = 1, .has_ah = true}));
  EXPECT_EQ(Passes::kOurs, side({.length = 2, .has_ah = true}));
}

TEST(AdvertFilter, LeavesAHostsOwnIpsecAlone) {
  for (const std::uint8_t next : {std::uint8_t{4}, std::uint8_t{6}, std::uint8_t{50}})
    EXPECT_EQ(Passes::kNeither,
              side_of(Family::kIpv4, kAhProtocol, one(50),
                      packet(Family::kIpv4, {.has_ah = true, .next_header = next})));
}

TEST(AdvertFilter, StaysShortWithAllVridsAndLoadableAtItsLongest) {
  std::vector<HeardVrid> all, mixed;
  for (unsigned vrid = 1; vrid < 256; ++vrid) {
    all.push_back({static_cast<std::uint8_t>(vrid), false});
    mixed.push_back({static_cast<std::uint8_t>(vrid), vrid % 2 == 0});
  }
  // Five to find the message, one to load the VRID, six of one run, the end.
  EXPECT_EQ(5U + 1U + 6U + 1U,
            advert_filter(Family::kIpv4, kVrrpProtocol, all, Side::kOurs).size());
  // 128 runs of six and 127 of three.
  EXPECT_EQ(5U + 1U + 128U * 6U + 127U * 3U + 1U,
            advert_filter(Family::kIpv6, kVrrpProtocol, mixed, Side::kStray).size());
}

TEST(AdvertFilter, LetsNothingPassBeforeTheSocketIsBound) {
  EXPECT_EQ(0U, execute(closed_filter(), packet(Family::kIpv4, {})));
}

}  // namespace
}  // namespace keeper
