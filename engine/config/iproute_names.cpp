#include "engine/config/iproute_names.hpp"

#include <charconv>
#include <span>

namespace config {
namespace {

struct Named {
  std::string_view name;
  std::uint32_t number;
};

// What linux/rtnetlink.h and IANA define; the files add to it.
constexpr Named kTables[] = {{"unspec", 0}, {"default", 253}, {"main", 254}, {"local", 255}};
constexpr Named kProtocols[] = {{"unspec", 0}, {"redirect", 1}, {"kernel", 2},     {"boot", 3},
                                {"static", 4}, {"ra", 9},       {"keepalived", 18}};
constexpr Named kScopes[] = {{"global", 0}, {"universe", 0}, {"site", 200},
                             {"link", 253}, {"host", 254},   {"nowhere", 255}};
constexpr Named kRealms[] = {{"cosmos", 0}, {"unspec", 0}};
constexpr Named kTos[] = {{"default", 0}};
constexpr Named kGroups[] = {{"default", 0}};
constexpr Named kIpProtocols[] = {{"icmp", 1},       {"igmp", 2},  {"tcp", 6},      {"udp", 17},
                                  {"dccp", 33},      {"gre", 47},  {"esp", 50},     {"ah", 51},
                                  {"ipv6-icmp", 58}, {"ospf", 89}, {"icmpv6", 58},  {"vrrp", 112},
                                  {"sctp", 132},     {"ipip", 4},  {"udplite", 136}};

struct Source {
  std::span<const Named> standard;
  std::string_view file;  // empty: there is none
};

Source source_of(IprouteNames::Kind kind) {
  switch (kind) {
    case IprouteNames::Kind::kTable: return {kTables, "rt_tables"};
    case IprouteNames::Kind::kProtocol: return {kProtocols, "rt_protos"};
    case IprouteNames::Kind::kRealm: return {kRealms, "rt_realms"};
    case IprouteNames::Kind::kTos: return {kTos, "rt_dsfield"};
    case IprouteNames::Kind::kScope: return {kScopes, "rt_scopes"};
    case IprouteNames::Kind::kGroup: return {kGroups, "group"};
    case IprouteNames::Kind::kIpProtocol: return {kIpProtocols, ""};
  }
  return {};
}

std::string_view next_word(std::string_view& line) {
  const std::size_t begin = line.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos || line[begin] == '#') return {};
  line.remove_prefix(begin);
  const std::size_t end = line.find_first_of(" \t\r#");
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

std::optional<std::uint32_t> c_number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void IprouteNames::look_in(const std::string& etc, const std::string& usr) {
  if (!etc.empty()) etc_ = etc;
  if (!usr.empty()) usr_ = usr;
  known_.clear();
}

const IprouteNames::Names& IprouteNames::names_of(Kind kind) {
  const auto [found, is_new] = known_.try_emplace(kind);
  Names& names = found->second;
  if (!is_new) return names;
  const Source source = source_of(kind);
  if (!source.file.empty()) {
    for (const std::string& folder : {etc_, usr_}) {
      const auto text = files_.read(folder + "/" + std::string(source.file));
      if (!text) continue;
      std::string_view rest = *text;
      while (!rest.empty()) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const auto number = c_number(next_word(line));
        const std::string_view name = next_word(line);
        if (number && !name.empty()) names.emplace(name, *number);
      }
    }
  }
  for (const Named& named : source.standard) names.emplace(named.name, named.number);
  return names;
}

std::optional<std::uint32_t> IprouteNames::number_of(Kind kind, std::string_view word) {
  if (const auto number = c_number(word)) return number;
  const Names& names = names_of(kind);
  const auto found = names.find(word);
  if (found == names.end()) return std::nullopt;
  return found->second;
}

}  // namespace config
