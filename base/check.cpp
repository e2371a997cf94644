#include "base/check.hpp"

#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace base {
namespace {

void say(const char* text) {
  // Nothing can be done when the last words cannot be said.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, std::strlen(text));
}

}  // namespace

void check_failed(const char* file, int line, const char* condition, const char* message) {
  char digits[12] = {};
  char* digit = digits + sizeof digits - 1;
  do {
    *--digit = static_cast<char>('0' + line % 10);
    line /= 10;
  } while (line > 0);
  say("CHECK failed: ");
  say(condition);
  say(" (");
  say(message);
  say(") at ");
  say(file);
  say(":");
  say(digit);
  say("\n");
  std::abort();
}

}  // namespace base
