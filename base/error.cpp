#include "base/error.hpp"

#include <cerrno>
#include <cstring>

namespace base {

Error Error::last(std::string_view operation, std::string_view subject) {
  return of(errno, operation, subject);
}

Error Error::of(int code, std::string_view operation, std::string_view subject) {
  return Error{std::string(operation), std::string(subject), code, {}};
}

Error Error::because(std::string_view operation, std::string_view detail,
                     std::string_view subject) {
  return Error{std::string(operation), std::string(subject), 0, std::string(detail)};
}

std::string to_string(const Error& error) {
  std::string text = error.operation;
  if (!error.subject.empty()) text += " " + error.subject;
  if (error.code != 0) {
    char buffer[128];
    // The GNU form: the text may or may not be in the buffer.
    text += std::string(": ") + strerror_r(error.code, buffer, sizeof buffer);
  }
  if (!error.detail.empty()) text += ": " + error.detail;
  return text;
}

}  // namespace base
