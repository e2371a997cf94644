#include "base/os/clock.hpp"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "base/check.hpp"
#include "base/os/fd.hpp"

namespace base::os {
namespace {

std::int64_t read_ns(clockid_t clock) {
  timespec at{};
  CHECK(::clock_gettime(clock, &at) == 0, "the kernel has this clock");
  return std::int64_t{at.tv_sec} * 1'000'000'000 + at.tv_nsec;
}

}  // namespace

Instant now() { return Instant::from_ns(read_ns(CLOCK_MONOTONIC)); }

std::int64_t wall_ns() { return read_ns(CLOCK_REALTIME); }

Duration since_boot() { return Duration{read_ns(CLOCK_BOOTTIME)}; }

std::string boot_id() {
  const UniqueFd file{::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)};
  char text[36];
  // Without it a stale board could pass for a live one: nothing may start.
  CHECK(file && ::read(file.get(), text, sizeof text) == sizeof text, "/proc names this boot");
  return {text, sizeof text};
}

}  // namespace base::os
