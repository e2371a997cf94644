#include "engine/keeper/membership.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/bytes.hpp"
#include "base/check.hpp"

namespace keeper {
namespace {

constexpr std::uint8_t kIgmpv3Report = 0x22;
constexpr std::uint8_t kIgmpv2Report = 0x16;
constexpr std::uint8_t kMldv2Report = 143;
constexpr std::uint8_t kModeIsExclude = 2;
constexpr std::size_t kChecksumAt = 2;

// RFC 1071, over an even number of bytes.
std::uint16_t checksum(std::span<const std::uint8_t> message) {
  std::uint32_t sum = 0;
  base::ByteReader reader(message);
  while (reader.left() >= 2) sum += reader.u16();
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void fill_checksum(std::vector<std::uint8_t>& message) {
  const std::uint16_t sum = checksum(message);
  message[kChecksumAt] = static_cast<std::uint8_t>(sum >> 8);
  message[kChecksumAt + 1] = static_cast<std::uint8_t>(sum & 0xff);
}

// IGMPv3 and MLDv2 reports differ in their type and in how long an address is.
std::vector<std::uint8_t> report(std::uint8_t type, std::span<const Address> groups) {
  std::vector<std::uint8_t> room(8 + groups.size() * (4 + 16));
  base::ByteWriter writer(room);
  writer.u8(type);
  writer.u8(0);
  writer.u16(0);  // checksum
  writer.u16(0);
  writer.u16(static_cast<std::uint16_t>(groups.size()));
  for (const Address& group : groups) {
    writer.u8(kModeIsExclude);
    writer.u8(0);   // auxiliary data
    writer.u16(0);  // sources
    writer.put(group.bytes());
  }
  CHECK(writer.ok(), "room for every group");
  room.resize(writer.size());
  return room;
}

// The next line of a text, without its end.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string_view take_word(std::string_view& line) {
  constexpr std::string_view kBlank = " \t";
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  const std::size_t end = std::min(line.find_first_of(kBlank), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

bool is_number(std::string_view word, std::uint32_t number) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  return error == std::errc{} && end == word.data() + word.size() && value == number;
}

std::string hex(std::span<const std::uint8_t> bytes, std::string_view digits) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 0xf];
  }
  return text;
}

// Calls `see` with the head line of the interface and with every line below it, until it answers true.
template <typename See>
bool any_line_of(std::string_view text, base::IfIndex index, See see) {
  bool is_inside = false;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const bool is_head = !line.empty() && line[0] >= '0' && line[0] <= '9';
    if (is_head) {
      std::string_view rest = line;
      is_inside = is_number(take_word(rest), index.value);
    }
    if (is_inside && see(line, is_head)) return true;
  }
  return false;
}

}  // namespace

std::vector<std::uint8_t> igmpv3_report(std::span<const Address> groups) {
  auto message = report(kIgmpv3Report, groups);
  fill_checksum(message);
  return message;
}

std::vector<std::uint8_t> mldv2_report(std::span<const Address> groups) {
  return report(kMldv2Report, groups);
}

std::vector<std::uint8_t> igmpv2_report(const Address& group) {
  std::vector<std::uint8_t> message(8);
  base::ByteWriter writer(message);
  writer.u8(kIgmpv2Report);
  writer.u8(0);   // response time, of queries
  writer.u16(0);  // checksum
  writer.put(group.bytes());
  CHECK(writer.ok() && writer.size() == message.size(), "an IPv4 group");
  fill_checksum(message);
  return message;
}

bool lists_ipv4_group(std::string_view text, base::IfIndex index, const Address& group) {
  // The kernel prints the four bytes as one number of the host.
  std::uint32_t number = 0;
  std::memcpy(&number, group.bytes().data(), sizeof number);
  std::uint8_t in_order[4];
  base::ByteWriter(in_order).u32(number);
  const std::string wanted = hex(in_order, "0123456789ABCDEF");
  return any_line_of(text, index, [&](std::string_view line, bool is_head) {
    return !is_head && take_word(line) == wanted;
  });
}

unsigned igmp_version(std::string_view text, base::IfIndex index) {
  unsigned version = 3;
  (void)any_line_of(text, index, [&](std::string_view line, bool is_head) {
    if (is_head && line.ends_with("V1")) version = 1;
    if (is_head && line.ends_with("V2")) version = 2;
    return is_head;
  });
  return version;
}

bool lists_ipv6_group(std::string_view text, base::IfIndex index, const Address& group) {
  const std::string wanted = hex(group.bytes(), "0123456789abcdef");
  return any_line_of(text, index, [&](std::string_view line, bool) {
    (void)take_word(line);  // index
    (void)take_word(line);  // name
    return take_word(line) == wanted;
  });
}

void RefreshTimes::restart(Instant now) {
  next_ = now;
  distance_ = kFirstDistance;
}

bool RefreshTimes::take(Instant now) {
  if (now < next_) return false;
  next_ = now + distance_;
  distance_ = std::min(distance_ * 2, kRefreshInterval);
  return true;
}

}  // namespace keeper
