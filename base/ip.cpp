#include "base/ip.hpp"

#include <algorithm>
#include <charconv>

#include "base/check.hpp"

namespace base {
namespace {

// One to three decimal digits, no leading zero, at most 255.
std::optional<std::uint8_t> parse_octet(std::string_view text) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > 255) return std::nullopt;
  return static_cast<std::uint8_t>(value);
}

std::optional<std::array<std::uint8_t, 4>> parse_v4(std::string_view text) {
  std::array<std::uint8_t, 4> octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const std::size_t dot = text.find('.');
    if ((dot == std::string_view::npos) != (i == 3)) return std::nullopt;
    const auto octet = parse_octet(text.substr(0, dot));
    if (!octet) return std::nullopt;
    octets[i] = *octet;
    if (i < 3) text.remove_prefix(dot + 1);
  }
  return octets;
}

std::optional<std::array<std::uint8_t, 16>> parse_v6(std::string_view text) {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t filled = 0;             // bytes written from the left
  std::optional<std::size_t> gap_at;  // where "::" stood
  if (text.starts_with("::")) {
    gap_at = 0;
    text.remove_prefix(2);
  } else if (text.starts_with(':')) {
    return std::nullopt;
  }
  while (!text.empty()) {
    const std::size_t end = text.find(':');
    const std::string_view group = text.substr(0, end);
    if (end == std::string_view::npos && group.find('.') != std::string_view::npos) {
      const auto tail = parse_v4(group);
      if (!tail || filled + 4 > bytes.size()) return std::nullopt;
      std::copy(tail->begin(), tail->end(), bytes.begin() + static_cast<std::ptrdiff_t>(filled));
      filled += 4;
      break;
    }
    unsigned value = 0;
    const auto [stop, error] =
        std::from_chars(group.data(), group.data() + group.size(), value, 16);
    if (group.empty() || group.size() > 4 || error != std::errc{} ||
        stop != group.data() + group.size() || filled + 2 > bytes.size())
      return std::nullopt;
    bytes[filled++] = static_cast<std::uint8_t>(value >> 8);
    bytes[filled++] = static_cast<std::uint8_t>(value & 0xff);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
    if (text.starts_with(':')) {
      if (gap_at) return std::nullopt;
      gap_at = filled;
      text.remove_prefix(1);
    } else if (text.empty()) {
      return std::nullopt;  // a single trailing colon
    }
  }
  if (!gap_at) return filled == bytes.size() ? std::optional{bytes} : std::nullopt;
  if (filled > bytes.size() - 2) return std::nullopt;
  // Slide what followed the gap to the right end.
  const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(*gap_at);
  const auto to = bytes.begin() + static_cast<std::ptrdiff_t>(filled);
  std::move_backward(from, to, bytes.end());
  std::fill(from, bytes.end() - (to - from), std::uint8_t{0});
  return bytes;
}

using AddressText = FixedText<46>;

void append_hex(AddressText& text, unsigned value) {
  char digits[8];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
  text += std::string_view(digits, static_cast<std::size_t>(end - digits));
}

AddressText v6_text(std::span<const std::uint8_t> bytes) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < groups.size(); ++i)
    groups[i] = static_cast<unsigned>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  // RFC 5952 4.2: the longest run of at least two zero groups, the first of equals.
  std::size_t best = 8;
  std::size_t best_length = 1;
  for (std::size_t i = 0; i < groups.size();) {
    std::size_t run = i;
    while (run < groups.size() && groups[run] == 0) ++run;
    if (run - i > best_length) {
      best = i;
      best_length = run - i;
    }
    i = std::max(run, i + 1);
  }
  AddressText text;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i == best) {
      text += "::";
      i += best_length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    append_hex(text, groups[i]);
  }
  return text;
}

}  // namespace

Address Address::v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  const std::array<std::uint8_t, 4> octets{a, b, c, d};
  return from_bytes(Family::kIpv4, octets);
}

Address Address::from_bytes(Family family, std::span<const std::uint8_t> bytes) {
  CHECK(bytes.size() == (family == Family::kIpv4 ? 4U : 16U), "an address of the family's length");
  Address address;
  address.family_ = family;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

std::optional<Address> Address::parse(std::string_view text) {
  if (text.find(':') != std::string_view::npos) {
    if (const auto bytes = parse_v6(text)) return from_bytes(Family::kIpv6, *bytes);
    return std::nullopt;
  }
  if (const auto octets = parse_v4(text)) return from_bytes(Family::kIpv4, *octets);
  return std::nullopt;
}

bool Address::is_link_local() const {
  if (family_ == Family::kIpv6) return bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
  return family_ == Family::kIpv4 && bytes_[0] == 169 && bytes_[1] == 254;
}

bool Address::is_multicast() const {
  if (family_ == Family::kIpv6) return bytes_[0] == 0xff;
  return family_ == Family::kIpv4 && (bytes_[0] & 0xf0) == 0xe0;
}

Mac virtual_mac(Family family, std::uint8_t vrid) {
  return {0x00, 0x00, 0x5e, 0x00, static_cast<std::uint8_t>(family == Family::kIpv6 ? 2 : 1), vrid};
}

FixedText<46> print(const Address& address) {
  const auto bytes = address.bytes();
  if (address.family() == Family::kIpv6) return v6_text(bytes);
  AddressText text;
  if (!address.is_set()) text += '-';
  for (const std::uint8_t octet : bytes) {
    if (!text.empty()) text += '.';
    text += octet;
  }
  return text;
}

std::string to_string(const Address& address) { return std::string(print(address).view()); }

std::string to_string(const Prefix& prefix) {
  return to_string(prefix.address) + "/" + std::to_string(prefix.length);
}

std::string to_string(const Mac& mac) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : mac) {
    if (!text.empty()) text += ':';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xf];
  }
  return text;
}

}  // namespace base
