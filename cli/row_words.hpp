// What the board's numbers mean in words: shared by everything that shows rows.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/ip.hpp"
#include "engine/feed/board.hpp"

namespace cli {

// Not set when all bytes are zero.
base::Address address_of(base::Family family, const std::array<std::uint8_t, 16>& bytes);

std::string or_dash(std::string_view text);
// "400 ms" ago; "-" for what never was.
std::string age_text(std::int64_t then_ns, base::Instant now);

std::string_view auth_text(std::uint8_t auth_type);  // "none", "pass", "ah", "hmac"
std::string_view family_text(base::Family family);   // "IPv4"
std::string_view family_word(base::Family family);   // "ipv4", for programs

// "3 ttl, 1 checksum"; "none".
template <typename Count>
std::string drops_text(const std::array<Count, base::kDropReasons>& drops);
template <typename Count>
nlohmann::ordered_json drops_json(const std::array<Count, base::kDropReasons>& drops);

// "addresses, interval"; empty when nothing differs.
std::string differs_text(std::uint8_t differs);
nlohmann::ordered_json differs_json(std::uint8_t differs);

extern template std::string drops_text(const std::array<std::uint32_t, base::kDropReasons>&);
extern template std::string drops_text(const std::array<std::uint64_t, base::kDropReasons>&);
extern template nlohmann::ordered_json drops_json(
    const std::array<std::uint32_t, base::kDropReasons>&);
extern template nlohmann::ordered_json drops_json(
    const std::array<std::uint64_t, base::kDropReasons>&);

}  // namespace cli
