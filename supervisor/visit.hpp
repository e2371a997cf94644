// Going to another processor, to know that it runs.
//
// A processor that the hypervisor takes while it is idle tells nobody: it takes itself for idle until it is given back
// (processor_time.hpp), and a process asleep there, whose timer has run out long ago, looks like one that waits for what
// never comes. But nobody who goes there arrives before it runs again.
#pragma once

#include <cstdint>

namespace supervisor {

// Returns when the caller has been on this processor and has let whoever was due there have a turn; the caller may then use
// the processors it could use before. Takes a millisecond, or as long as the processor stands still; while processes with
// real-time priority hold it, as long as they leave the others nothing of it (the kernel's default: 950 ms of a second).
// False, at once, when the caller may not go there.
bool visit(std::uint32_t processor);

}  // namespace supervisor
