// CHECK: stop now when we are wrong.
//
// For broken invariants only, never for what a packet, a file or the kernel says. Always on. The supervisor restarts
// the process and the ledger remembers.
#pragma once

namespace base {

[[noreturn]] void check_failed(const char* file, int line, const char* condition,
                               const char* message);

}  // namespace base

#define CHECK(condition, message) \
  ((condition) ? void(0) : ::base::check_failed(__FILE__, __LINE__, #condition, message))
