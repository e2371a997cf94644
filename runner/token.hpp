// What the runner's poller tells apart.
#pragma once

#include <cstddef>
#include <cstdint>

namespace runner {

// What became ready, in the upper half of a poller's token; which one of them in the lower.
enum class Source : std::uint32_t {
  kEngine,
  kKick,
  kSignals,
  kPermits,
  kCheckEnded,
  kCheckOutput,
  kNotifyEnded,
  kReaderEnded,
  kLeftOutput,
  kTracked,
};

constexpr std::uint64_t token(Source source, std::size_t index = 0) {
  return static_cast<std::uint64_t>(source) << 32 | static_cast<std::uint32_t>(index);
}

}  // namespace runner
