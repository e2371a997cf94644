// Every word that may stand in a configuration, once: where it stands, what it takes, what it defaults to, what
// keepalived does with a bad value, and what it sets here.
//
// The reader, its diagnostics, the manual page and the completion all come from this table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace config {

class Reader;
struct Argument;

// Where a keyword stands, and what a block holds.
enum class Block : std::uint8_t {
  kNone,
  kRoot,
  kGlobal,
  kScript,
  kInstance,
  kAuthentication,
  kHmac,
  kGroup,
  kFile,
  kProcess,
  kPeer,     // the options of a peer line
  kAddress,  // the options of an address line
  kTrack,    // the options of a track line
  kFlags,
  kAgentX,
  kAlerts,
  kHistory,
  kSafety,
};

enum class Takes : std::uint8_t {
  kNothing,     // sets
  kNothingOff,  // clears
  kBool,        // on off true false yes no; alone it means yes
  kNumber,      // a whole number in [least, most]
  kSeconds,     // decimal seconds in [least, most]
  kSpan,        // a whole number and a unit: 30s 10m 12h 365d
  kWord,
  kWords,   // from least to most of them
  kChoice,  // one of `choices`
  kInterface,
  kPath,      // absolute
  kCommand,   // a quoted command, a user, a group
  kBlock,     // a block of keywords
  kNamed,     // a name and a block of keywords
  kLines,     // a block of lines that are data
  kAnything,  // not looked at
};

enum class Effect : std::uint8_t {
  kSets,     // read and acted on
  kNone,     // known, and without effect in this version
  kForeign,  // not VRRP
};

// As many as the core watches and talks to for one instance.
inline constexpr std::size_t kMaxTrackers = 32;
inline constexpr std::size_t kMaxPeers = 64;

enum class Again : std::uint8_t { kLastCounts, kFirstCounts, kAdds };

struct Keyword {
  std::string_view name;
  Block block = Block::kNone;
  Takes takes = Takes::kAnything;
  Effect effect = Effect::kNone;
  void (Reader::*apply)(const Argument&) = nullptr;
  double least = 0;
  double most = 0;
  bool zero_is_one = false;        // 0 becomes 1, with a warning
  std::string_view standard = {};  // the default, as one would write it
  std::string_view bad =
      {};  // what keepalived does with a bad value; for kNone: what its absence means
  std::string_view choices = {};  // "MASTER|BACKUP"
  Block opens = Block::kNone;
  Again again = Again::kLastCounts;
  std::string_view same_as = {};  // the keyword this is another spelling of
};

std::span<const Keyword> keyword_table();
// Null when `block` has no such keyword.
const Keyword* find_keyword(Block block, std::string_view name);
// The nearest keyword of the block to a misspelt one; empty when none is near.
std::string_view nearest_keyword(Block block, std::string_view name);
// Where else the word is at home: "vrrp_instance"; empty when nowhere.
std::string_view home_of(std::string_view name);

// The nearest of `candidates` to a misspelt word; empty when none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace config
