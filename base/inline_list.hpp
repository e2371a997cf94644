// An ordered list that lives where it is declared. Its bound is part of its type and overflowing it is our mistake.
//
// What it could hold and does not costs nothing but room: it is neither made nor copied.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <new>
#include <type_traits>

#include "base/check.hpp"

namespace base {

template <typename T, std::size_t kCapacity>
class InlineList {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>,
                "what is left is forgotten, not destroyed");

 public:
  // What is not there is not cleared either.
  InlineList() {}  // NOLINT(modernize-use-equals-default,cppcoreguidelines-pro-type-member-init)
  InlineList(std::initializer_list<T> items) : InlineList() {
    for (const T& item : items) push_back(item);
  }
  InlineList(const InlineList& other) : InlineList() { *this = other; }
  InlineList& operator=(const InlineList& other) {
    if (this == &other) return *this;
    std::uninitialized_copy(other.begin(), other.end(), items());
    size_ = other.size_;
    return *this;
  }
  ~InlineList() = default;

  void push_back(const T& item) {
    CHECK(size_ < kCapacity, "an inline list must not overflow");
    std::construct_at(items() + size_, item);
    ++size_;
  }
  void clear() { size_ = 0; }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == kCapacity; }
  static constexpr std::size_t capacity() { return kCapacity; }
  T& operator[](std::size_t i) { return items()[i]; }
  const T& operator[](std::size_t i) const { return items()[i]; }
  const T* begin() const { return items(); }
  const T* end() const { return items() + size_; }
  T* begin() { return items(); }
  T* end() { return items() + size_; }

  friend bool operator==(const InlineList& a, const InlineList& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  T* items() { return std::launder(reinterpret_cast<T*>(room_)); }
  const T* items() const { return std::launder(reinterpret_cast<const T*>(room_)); }

  std::size_t size_ = 0;
  alignas(T) std::byte room_[kCapacity * sizeof(T)];
};

}  // namespace base
