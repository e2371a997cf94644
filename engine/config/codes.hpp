// Every finding the reader can make: its stable code, how bad it is, and a paragraph for whoever meets it.
//
// docs/messages.md is messages_page() and a test compares the two. A code keeps its number and its meaning for ever; a
// new finding gets a new number.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/diagnostic.hpp"

namespace config {

enum class Code : std::uint16_t {
  // Reading the text.
  kUnreadable = 101,
  kTooMuch = 102,
  kNoMatch = 103,
  kIncludeLoop = 104,
  kLongLine = 105,
  kNulByte = 106,
  kOutOfRange = 107,
  kUnterminatedQuote = 108,
  kBraces = 109,
  kUnknownKeyword = 111,
  kUnknownBlock = 112,
  kForeign = 113,
  kNoEffect = 114,
  kSurplus = 115,
  kMissingValue = 116,
  kBadValue = 117,
  kAdjusted = 118,
  kGivenAgain = 119,
  kBlockExpected = 120,
  kNoBlockHere = 121,
  kEmptyBlock = 122,
  kBadName = 123,
  kCommentInWord = 124,
  // What it says.
  kNoVrid = 201,
  kNoInterface = 202,
  kSameVrid = 203,
  kNopreemptCleared = 204,
  kPriorityOfOwner = 205,
  kIntervalRounded = 206,
  kIntervalOfVersion = 207,
  kAuthDropped = 208,
  kAuthIncomplete = 209,
  kPasswordCut = 210,
  kUnknownScript = 211,
  kUnusedScript = 212,
  kMixedFamilies = 213,
  kPreemptDelayCleared = 214,
  kNoCommand = 215,
  kNoAddress = 216,
  kBadAddress = 217,
  kAddressTwice = 218,
  kVersionOfFamily = 219,
  kBadInterface = 220,
  kBadCommand = 221,
  kUnknownInstance = 222,
  kFlagsIncomplete = 223,
  kSameFlagFile = 224,
  kMailGoesNowhere = 225,
  kDefinedLater = 226,
  kOwnInterfaceTracked = 227,
  kTooManyAddresses = 228,
  kNoInstance = 229,
  kTooManyTrackers = 230,
  kOtherMib = 231,
  kOwnerAsBackup = 232,
  kTrackedTwice = 233,
  kIdleHere = 234,
  kReadsOtherwise = 235,
  kUnicastWithoutPeers = 236,
  kWrongFamily = 237,
  kPeerIsSelf = 238,
  kTooManyPeers = 239,
  kPeerIsVirtual = 240,
  kHmacIncomplete = 241,
  kHmacKey = 242,
  kKeyExposed = 243,
  kHmacBesideOther = 244,
  kAhAsMaster = 245,
  kStrict = 246,
  kStrictRefuses = 247,
  kStrictAccept = 248,
  kUnknownMember = 249,
  kTwoGroups = 250,
  kLoneMember = 251,
  kMemberWeight = 252,
  kUnknownTracker = 253,
  kUnusedTracker = 254,
  kNothingToWatch = 255,
  kNeverMatches = 256,
  kQuorum = 257,
  kDelayShortened = 258,
  kWeightMovesNothing = 259,
  // Definitions, conditions, repetitions.
  kUndefined = 270,
  kDefinitionLoop = 271,
  kDefinitionCut = 272,
  kLinesInside = 273,
  kBadRepetition = 274,
  kContinued = 275,
  kNoVariable = 276,
  // What takes effect in a later version, and the rest about keywords. A number is not used again: 307 to 313 and 315
  // were about keywords that take effect now.
  kRoutesLater = 300,
  kRulesLater = 301,
  kStaticsLater = 302,
  kVirtualMacLater = 303,
  kIpvlanLater = 304,
  kVrfLater = 305,
  kFirewallLater = 306,
  kNeedless = 314,
  kBadRoute = 316,
  kBadRule = 317,
  kUnknownName = 318,
  kRuleWithoutPreference = 319,
  kWeightWithoutEffect = 320,
  kSemicolon = 321,
  kAddressTwiceMaster = 322,
  kScriptAbsent = 323,
  kScriptNotExecutable = 324,
  kScriptUnsafe = 325,
  kScriptByName = 326,
  kNoPacing = 327,
  kUpDelayOmitted = 328,
  kNoMailAddress = 329,
  kUnknownTrackGroup = 330,
  kFlagWithWord = 331,
  kVirtualMacBase = 332,
  kBadOwnInterface = 333,
  kDefaultInterface = 334,
  kRedirection = 335,
};

struct CodeEntry {
  Code code;
  Severity severity;
  std::string_view title;
  std::string_view meaning;  // what it means for the router, and what to do
};

std::span<const CodeEntry> code_table();
const CodeEntry& entry_of(Code code);
std::string to_string(Code code);  // "C0107"
// docs/messages.md.
std::string messages_page();

// Collects. Bounded: after kMost findings one last one says that the rest was left out, and that is an error. Warnings
// and notes never come to that in a file of any length: of each kind the first kMostAlike are kept and the others counted.
class Findings {
 public:
  static constexpr std::size_t kMost = 1000;
  static constexpr std::size_t kMostAlike = 50;

  // Control characters become question marks: whoever shows or logs a finding shows one line.
  void add(Code code, Position at, std::size_t width, std::string message, std::string label = {},
           std::string note = {});
  bool is_full() const { return all_.size() >= kMost; }
  // Whether one more of these would be kept, so that a suggestion for it is worth looking for.
  bool keeps(Code code) const;
  // In file order.
  std::vector<Diagnostic> take();

 private:
  std::vector<Diagnostic> all_;
  std::map<Code, std::size_t> alike_;  // warnings and notes alone
};

}  // namespace config
