// Copying plain structs through shared memory word by word, so that a concurrent writer is no data race.
//
// A struct is a whole number of 64-bit words, trivially copyable. The writer stores each word with release order and
// the reader loads each with acquire order: no fences, and clean under a race detector.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace feed {

template <typename T>
concept Words = std::is_trivially_copyable_v<T> && sizeof(T) % 8 == 0 && alignof(T) <= 8;

template <Words T>
void store_words(std::uint64_t* to, const T& value) {
  std::uint64_t words[sizeof(T) / 8];
  std::memcpy(words, &value, sizeof(T));
  for (std::size_t i = 0; i < sizeof(T) / 8; ++i)
    std::atomic_ref(to[i]).store(words[i], std::memory_order_release);
}

template <Words T>
void load_words(const std::uint64_t* from, T& value) {
  std::uint64_t words[sizeof(T) / 8];
  for (std::size_t i = 0; i < sizeof(T) / 8; ++i)
    // atomic_ref wants a mutable object even to read it; the mapping may be read-only, which a load respects.
    words[i] = std::atomic_ref(const_cast<std::uint64_t&>(from[i])).load(std::memory_order_acquire);
  std::memcpy(static_cast<void*>(&value), words, sizeof(T));
}

inline std::uint64_t load_word(const std::uint64_t& word) {
  return std::atomic_ref(const_cast<std::uint64_t&>(word)).load(std::memory_order_acquire);
}
inline void store_word(std::uint64_t& word, std::uint64_t value) {
  std::atomic_ref(word).store(value, std::memory_order_release);
}

}  // namespace feed
