#include "cli/row_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/words.hpp"

namespace cli {
namespace {

constexpr std::array kDifferences{feed::Differs::kAddresses, feed::Differs::kInterval,
                                  feed::Differs::kVersion,   feed::Differs::kAuth,
                                  feed::Differs::kChecksum,  feed::Differs::kPriority};

}  // namespace

base::Address address_of(base::Family family, const std::array<std::uint8_t, 16>& bytes) {
  const bool is_zero = std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
  if (is_zero || (family != base::Family::kIpv4 && family != base::Family::kIpv6)) return {};
  return base::Address::from_bytes(family,
                                   std::span(bytes).first(family == base::Family::kIpv4 ? 4 : 16));
}

std::string or_dash(std::string_view text) { return text.empty() ? "-" : std::string(text); }

std::string age_text(std::int64_t then_ns, base::Instant now) {
  return then_ns == 0 ? "-" : span_text(now - base::Instant::from_ns(then_ns));
}

std::string_view auth_text(std::uint8_t auth_type) {
  switch (auth_type) {
    case 0: return "none";
    case 1: return "pass";
    case 2: return "ah";
    case 3: return "hmac";
    default: return "unknown";
  }
}

std::string_view family_text(base::Family family) {
  return family == base::Family::kIpv6 ? "IPv6" : "IPv4";
}

std::string_view family_word(base::Family family) {
  return family == base::Family::kIpv6 ? "ipv6" : "ipv4";
}

template <typename Count>
std::string drops_text(const std::array<Count, base::kDropReasons>& drops) {
  std::string text;
  for (std::size_t i = 1; i < drops.size(); ++i)
    if (drops[i] > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", drops[i],
                          to_string(static_cast<base::Drop>(i)));
  return text.empty() ? "none" : text;
}

template <typename Count>
nlohmann::ordered_json drops_json(const std::array<Count, base::kDropReasons>& drops) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (std::size_t i = 1; i < drops.size(); ++i)
    if (drops[i] > 0) json[std::string(to_string(static_cast<base::Drop>(i)))] = drops[i];
  return json;
}

template std::string drops_text(const std::array<std::uint32_t, base::kDropReasons>&);
template std::string drops_text(const std::array<std::uint64_t, base::kDropReasons>&);
template nlohmann::ordered_json drops_json(const std::array<std::uint32_t, base::kDropReasons>&);
template nlohmann::ordered_json drops_json(const std::array<std::uint64_t, base::kDropReasons>&);

std::string differs_text(std::uint8_t differs) {
  std::string text;
  for (const feed::Differs one : kDifferences)
    if ((differs & static_cast<std::uint8_t>(one)) != 0)
      text += fmt::format("{}{}", text.empty() ? "" : ", ", to_string(one));
  return text;
}

nlohmann::ordered_json differs_json(std::uint8_t differs) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const feed::Differs one : kDifferences)
    if ((differs & static_cast<std::uint8_t>(one)) != 0) json.push_back(to_string(one));
  return json;
}

}  // namespace cli
