#include "engine/keeper/filter.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace keeper {
namespace {

constexpr std::uint32_t kWholePacket = 0xffffffff;
constexpr std::uint32_t kShortestMessage = 8;

}  // namespace

std::vector<sock_filter> advert_filter(base::Family family, std::span<const std::uint8_t> vrids) {
  CHECK(!vrids.empty(), "an advert socket serves at least one virtual router");
  std::vector<std::uint8_t> sorted(vrids.begin(), vrids.end());
  std::sort(sorted.begin(), sorted.end());

  std::vector<sock_filter> program;
  // X: where the VRRP message starts.
  if (family == base::Family::kIpv4)
    program.push_back(BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0));
  else
    program.push_back(BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, 0));
  program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0));
  program.push_back(BPF_STMT(BPF_ALU | BPF_SUB | BPF_X, 0));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kShortestMessage, 1, 0));
  program.push_back(BPF_STMT(BPF_RET | BPF_K, 0));
  program.push_back(BPF_STMT(BPF_LD | BPF_B | BPF_IND, 1));
  // One step per run of neighbouring VRIDs: an interface with all 255 asks once.
  for (std::size_t first = 0; first < sorted.size();) {
    std::size_t last = first;
    while (last + 1 < sorted.size() && sorted[last + 1] <= sorted[last] + 1) ++last;
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, sorted[first], 0, 2));
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, sorted[last], 1, 0));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, kWholePacket));
    first = last + 1;
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, 0));
  return program;
}

}  // namespace keeper
