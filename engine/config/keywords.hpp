// Every word that may stand in a configuration, once: where it stands, what it takes, what it defaults to, what
// keepalived does with a bad value, and what it sets here.
//
// The reader, its diagnostics, the manual page and the completion all come from this table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/config/codes.hpp"

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
  kRoute,    // the words of a route line
  kRule,     // the words of a rule line
  kTrackGroup,
  kGarpGroup,
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
  kSets,      // read and acted on
  kLater,     // read, checked and carried in the model; nobody acts on it in this version
  kNeedless,  // nothing is left to do: `why` says how that comes
  kNone,      // vigie does not do this: `why` says what that means
  kForeign,   // not VRRP
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
  std::string_view bad = {};       // what keepalived does with a bad value
  std::string_view choices = {};   // "MASTER|BACKUP"
  Block opens = Block::kNone;
  Again again = Again::kLastCounts;
  std::string_view same_as = {};  // the keyword this is another spelling of
  // For the manual. Another spelling says nothing of its own.
  std::string_view does = {};      // a sentence or two
  std::string_view argument = {};  // how its values are written, where `takes` does not say it all
  std::string_view why = {};       // kNone, kNeedless: why it has no effect
  Code later = Code::kNoEffect;    // kLater: the finding that says so
};

std::span<const Keyword> keyword_table();
// Null when `block` has no such keyword.
const Keyword* find_keyword(Block block, std::string_view name);
// The nearest keyword of the block to a misspelt one; empty when none is near.
std::string_view nearest_keyword(Block block, std::string_view name);
// Whether a keyword of this name, of whatever block, takes a command.
bool takes_command(std::string_view name);
// Where else the word is at home: "vrrp_instance"; empty when nowhere.
std::string_view home_of(std::string_view name);

// The nearest of `candidates` to a misspelt word; empty when none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace config
