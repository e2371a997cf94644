// IP and MAC addresses as values, with their own parser and printer: no inet_*, no allocation but for the printed text.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/fixed_text.hpp"

namespace base {

enum class Family : std::uint8_t { kNone = 0, kIpv4 = 4, kIpv6 = 6 };

class Address {
 public:
  constexpr Address() = default;  // Family::kNone
  static Address v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d);
  // Requires: bytes holds 4 (IPv4) or 16 (IPv6) bytes in network order.
  static Address from_bytes(Family family, std::span<const std::uint8_t> bytes);
  // Accepts what inet_pton accepts; no prefix length, no zone.
  static std::optional<Address> parse(std::string_view text);

  constexpr Family family() const { return family_; }
  constexpr bool is_set() const { return family_ != Family::kNone; }
  std::span<const std::uint8_t> bytes() const {
    return {bytes_.data(), family_ == Family::kIpv4 ? 4U : family_ == Family::kIpv6 ? 16U : 0U};
  }
  // The whole store: IPv4 in the first four bytes, the rest zero. The form shared memory carries.
  constexpr const std::array<std::uint8_t, 16>& padded() const { return bytes_; }
  bool is_link_local() const;
  bool is_multicast() const;

  // By family, then in network byte order as unsigned numbers: RFC 9568 6.4.3 breaks ties this way.
  friend constexpr auto operator<=>(const Address&, const Address&) = default;

 private:
  Family family_ = Family::kNone;
  std::array<std::uint8_t, 16> bytes_{};
};

struct Prefix {
  Address address;
  std::uint8_t length = 0;
  friend constexpr auto operator<=>(const Prefix&, const Prefix&) = default;
};

using Mac = std::array<std::uint8_t, 6>;

// RFC 9568 7.3: 00-00-5E-00-01-{VRID} for IPv4, 00-00-5E-00-02-{VRID} for IPv6.
Mac virtual_mac(Family family, std::uint8_t vrid);

// Allocates nothing. The longest IPv6 address has 39 letters.
FixedText<46> print(const Address& address);
std::string to_string(const Address& address);  // RFC 5952 for IPv6; "-" when not set
std::string to_string(const Prefix& prefix);
std::string to_string(const Mac& mac);  // 00:00:5e:00:01:32

}  // namespace base
