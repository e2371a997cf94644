// Numbers that do not mix: a VRID is no priority, an interface index is no instance.
#pragma once

#include <compare>
#include <cstdint>

namespace base {

template <typename Tag, typename Number>
struct Id {
  Number value{};
  constexpr Id() = default;
  constexpr explicit Id(Number number) : value(number) {}
  friend constexpr auto operator<=>(Id, Id) = default;
};

using Vrid = Id<struct VridTag, std::uint8_t>;             // 1-255
using Priority = Id<struct PriorityTag, std::uint8_t>;     // 0 releases, 1-254, 255 owns
using IfIndex = Id<struct IfIndexTag, std::uint32_t>;      // 0: the interface does not exist
using InstanceId = Id<struct InstanceTag, std::uint16_t>;  // place in the compiled configuration

inline constexpr Priority kReleasePriority{0};  // RFC 9568 5.2.4: the master is leaving
inline constexpr Priority kOwnerPriority{255};
inline constexpr InstanceId kNoInstance{0xffff};

}  // namespace base
