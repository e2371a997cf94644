// A file's bytes as memory, shared with every other process that maps it.
#pragma once

#include <cstddef>
#include <span>

#include "base/result.hpp"

namespace base::os {

class Mapping {
 public:
  Mapping() = default;
  static Result<Mapping> read_only(int fd);
  static Result<Mapping> read_write(int fd);
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  // Requires: made by read_write().
  std::span<std::byte> writable() { return {data_, size_}; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace base::os
