// The numbers behind the names of routing tables, protocols and their kin: those that every kernel has, then the files
// of iproute2. Read when the first name is asked for; a configuration without such names opens no file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/config/parser.hpp"

namespace config {

class IprouteNames {
 public:
  enum class Kind : std::uint8_t { kTable, kProtocol, kRealm, kTos, kScope, kGroup, kIpProtocol };

  explicit IprouteNames(const FileReader& files) : files_(files) {}
  // Where the files are looked for; the first one that has a name counts.
  void look_in(const std::string& etc, const std::string& usr);

  // A name, or a number as C writes it (decimal, 0x...). Nothing when it is neither.
  std::optional<std::uint32_t> number_of(Kind kind, std::string_view word);

 private:
  using Names = std::map<std::string, std::uint32_t, std::less<>>;
  const Names& names_of(Kind kind);

  const FileReader& files_;
  std::string etc_ = "/etc/iproute2";
  std::string usr_ = "/usr/share/iproute2";
  std::map<Kind, Names> known_;
};

// "42", "0x2a"; nothing for anything else, or for more than 32 bits.
std::optional<std::uint32_t> c_number(std::string_view text);

}  // namespace config
