#include "engine/keeper/filter.hpp"

namespace keeper {
namespace {

constexpr std::uint32_t kWholePacket = 0xffffffff;
constexpr std::uint32_t kNothing = 0;
constexpr std::uint32_t kAhBytes = 24;  // RFC 2402 2: 12 bytes and the 96 bits of RFC 2403
constexpr std::uint32_t kVridAt = 1;
constexpr std::uint32_t kTtlAt = 8;  // of the IPv4 header, where the packet begins
constexpr std::uint32_t kHopLimitAt = static_cast<std::uint32_t>(SKF_NET_OFF) + 7;

}  // namespace

std::vector<sock_filter> advert_filter(Family family, std::uint8_t protocol,
                                       std::span<const HeardVrid> vrids, Side side) {
  const std::uint32_t ours = side == Side::kOurs ? kWholePacket : kNothing;
  const std::uint32_t stray = side == Side::kStray ? kWholePacket : kNothing;
  const std::uint32_t vrid_at = (protocol == kAhProtocol ? kAhBytes : 0) + kVridAt;

  std::vector<sock_filter> program;
  // X: where the IP payload starts.
  if (family == Family::kIpv4)
    program.push_back(BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0));
  else
    program.push_back(BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, 0));
  // A load beyond the packet would drop it on both sides, uncounted.
  program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0));
  program.push_back(BPF_STMT(BPF_ALU | BPF_SUB | BPF_X, 0));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, vrid_at + 1, 1, 0));
  program.push_back(BPF_STMT(BPF_RET | BPF_K, stray));
  if (protocol == kAhProtocol) {
    program.push_back(BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0));
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kVrrpProtocol, 1, 0));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, kNothing));
  }
  program.push_back(BPF_STMT(BPF_LD | BPF_B | BPF_IND, vrid_at));
  // One step per run of neighbouring VRIDs: an interface with all 255 asks once.
  for (std::size_t first = 0; first < vrids.size();) {
    std::size_t last = first;
    while (last + 1 < vrids.size() && vrids[last + 1].vrid == vrids[last].vrid + 1 &&
           vrids[last + 1].any_ttl == vrids[first].any_ttl)
      ++last;
    const bool asks_ttl = !vrids[first].any_ttl;
    const std::uint8_t next_run = asks_ttl ? 5 : 2;
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, vrids[first].vrid, 0, next_run));
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, vrids[last].vrid,
                               static_cast<std::uint8_t>(next_run - 1), 0));
    if (asks_ttl) {
      program.push_back(
          BPF_STMT(BPF_LD | BPF_B | BPF_ABS, family == Family::kIpv4 ? kTtlAt : kHopLimitAt));
      program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 255, 1, 0));
      program.push_back(BPF_STMT(BPF_RET | BPF_K, stray));
    }
    program.push_back(BPF_STMT(BPF_RET | BPF_K, ours));
    first = last + 1;
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, stray));
  return program;
}

std::vector<sock_filter> closed_filter() { return {BPF_STMT(BPF_RET | BPF_K, kNothing)}; }

}  // namespace keeper
