// Any bytes as a datagram from rtnetlink. Aborts when the reader leaves it, does not come to an end, or gives an event no
// kernel could mean.
#include <algorithm>
#include <vector>

#include "base/check.hpp"
#include "engine/wire/link_events.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A copy of exactly this length, so that a sanitizer sees a step outside.
  std::vector<std::byte> datagram(size);
  std::transform(data, data + size, datagram.begin(), [](std::uint8_t b) { return std::byte{b}; });
  wire::LinkMessages messages{datagram};
  std::size_t events = 0;
  while (const auto event = messages.next()) {
    ++events;
    CHECK(event->ifindex > 0 && event->ifindex <= 0x7fffffff, "an interface has an index");
    CHECK(event->name.back() == '\0', "a name ends");
    CHECK(!event->gone || (!event->up && !event->running), "what is gone is not up");
    CHECK(events <= size / 32, "a link message has at least 32 bytes");
  }
  CHECK(!messages.next(), "the end stays the end");
  return 0;
}
