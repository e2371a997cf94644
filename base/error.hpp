// What the world said no to: an operation, its subject and the errno.
//
// Made where the call failed, handled or passed on by the next caller, logged once, at the top.
#pragma once

#include <string>
#include <string_view>

namespace base {

struct Error {
  std::string operation;  // a verb phrase: "open advert socket"
  std::string subject;    // what it was done to: an interface, a path
  int code = 0;           // errno, or 0 when the system call is not to blame
  std::string detail;     // said by a library, or empty

  // The error of the system call that just failed, from errno.
  static Error last(std::string_view operation, std::string_view subject = {});
  static Error of(int code, std::string_view operation, std::string_view subject = {});
  // An error that is no errno.
  static Error because(std::string_view operation, std::string_view detail,
                       std::string_view subject = {});
};

// "open advert socket on eth0: No such device"
std::string to_string(const Error& error);

}  // namespace base
