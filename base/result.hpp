// A value, or the reason there is none.
//
// Result is tl::expected with one thing added: the compiler complains when one is dropped unread. It becomes
// std::expected the day the toolchain floor moves (see docs/decisions/0002-language.md).
#pragma once

#include <tl/expected.hpp>

#include "base/error.hpp"

namespace base {

template <typename T, typename E = Error>
class [[nodiscard]] Result : public tl::expected<T, E> {
 public:
  using tl::expected<T, E>::expected;
  // NOLINTNEXTLINE(google-explicit-constructor): an Error is a Result that failed.
  Result(E error) : tl::expected<T, E>(tl::unexpect, std::move(error)) {}
};

using Status = Result<void>;
inline Status ok() { return Status{}; }

}  // namespace base
