#include "base/os/mapping.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <utility>

namespace base::os {
namespace {

Result<std::span<std::byte>> map(int fd, int protection) {
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) return Error::last("look at file to map");
  if (facts.st_size == 0) return Error::because("map file", "it is empty");
  const auto size = static_cast<std::size_t>(facts.st_size);
  void* at = ::mmap(nullptr, size, protection, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) return Error::last("map file");
  return std::span{static_cast<std::byte*>(at), size};
}

}  // namespace

Result<Mapping> Mapping::read_only(int fd) {
  const auto mapped = map(fd, PROT_READ);
  if (!mapped) return mapped.error();
  Mapping mapping;
  mapping.data_ = mapped->data();
  mapping.size_ = mapped->size();
  return mapping;
}

Result<Mapping> Mapping::read_write(int fd) {
  const auto mapped = map(fd, PROT_READ | PROT_WRITE);
  if (!mapped) return mapped.error();
  Mapping mapping;
  mapping.data_ = mapped->data();
  mapping.size_ = mapped->size();
  return mapping;
}

Mapping::Mapping(Mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Mapping::~Mapping() {
  if (data_ != nullptr) (void)::munmap(data_, size_);
}

}  // namespace base::os
