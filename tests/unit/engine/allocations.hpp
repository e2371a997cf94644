// How often this program has asked for memory with operator new.
#pragma once

#include <cstdint>

std::uint64_t allocations_so_far();
