// Big-endian readers and writers over a span, bounds-checked.
//
// A reader that ran out stays failed and answers zero: read everything, then ask ok() once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

namespace base {

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  // The next `count` bytes; empty when there are fewer.
  std::span<const std::uint8_t> take(std::size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const auto head = rest_.first(count);
    rest_ = rest_.subspan(count);
    return head;
  }
  std::size_t left() const { return rest_.size(); }
  bool ok() const { return ok_; }

 private:
  std::uint64_t number(std::size_t width) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : take(width)) value = value << 8 | byte;
    return value;
  }

  std::span<const std::uint8_t> rest_;
  bool ok_ = true;
};

class ByteWriter {
 public:
  explicit ByteWriter(std::span<std::uint8_t> bytes) : all_(bytes) {}

  void u8(std::uint8_t value) { number(value, 1); }
  void u16(std::uint16_t value) { number(value, 2); }
  void u32(std::uint32_t value) { number(value, 4); }
  void put(std::span<const std::uint8_t> bytes) {
    if (bytes.size() > all_.size() - used_) {
      ok_ = false;
      return;
    }
    std::copy(bytes.begin(), bytes.end(), all_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ += bytes.size();
  }
  std::span<std::uint8_t> written() const { return all_.first(used_); }
  std::size_t size() const { return used_; }
  bool ok() const { return ok_; }

 private:
  void number(std::uint64_t value, std::size_t width) {
    std::uint8_t bytes[8];
    for (std::size_t i = 0; i < width; ++i)
      bytes[i] = static_cast<std::uint8_t>(value >> (8 * (width - 1 - i)));
    put({bytes, width});
  }

  std::span<std::uint8_t> all_;
  std::size_t used_ = 0;
  bool ok_ = true;
};

}  // namespace base
