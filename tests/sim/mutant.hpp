// Routers broken on purpose, to see that the checker bites. Broken at the edge of the core, or around it: told, or doing,
// wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sim {

enum class Mutant : std::uint8_t {
  kNone,
  kDeaf,                   // hears nothing
  kHearsOnlyLower,         // adverts that beat it are lost on it
  kWinsEveryTie,           // thinks its address is the highest there is
  kLosesEveryTie,          // thinks its address is the lowest
  kImpatient,              // believes in silence after one interval
  kSluggish,               // waits for six
  kSilentDeparture,        // leaves without priority 0
  kBreakBeforeMake,        // lets the addresses go as it says priority 0
  kClings,                 // never withdraws
  kNeverInstalls,          // forgets to ask for the addresses
  kRisesUnprepared,        // does not wait for its kernel before it pushes a master aside
  kAnnouncesUnprepared,    // announces as soon as it has asked for the addresses
  kClingsToPreparation,    // keeps the addresses when it gives a takeover up
  kDefiesHolds,            // is not told of holds
  kDefiesChecks,           // is not told of failing checks
  kDefiesDebounce,         // believes a check the moment it fails
  kOneBitOfFault,          // one check that recovers makes all well
  kForgetsToTell,          // swallows a change
  kSpeaksOutOfTurn,        // advertises as a backup
  kCriesWolf,              // says priority 0 as a backup
  kIgnoresWeights,         // is not told of a lost weight
  kIgnoresFiles,           // reads every file as 0
  kDreams,                 // now and then believes in a silence that is none
  kNeverPreempts,          // whatever it was told
  kAlwaysPreempts,         // whatever it was told
  kPreemptsAtOnce,         // whatever delay it was told
  kIgnoresRelease,         // does not hear priority 0
  kIntervalUncapped,       // believes every interval
  kIntervalIgnored,        // believes no interval but its own
  kAnswersWithoutBudget,   // every losing advert
  kBelievesAnyTtl,         // does not look at it
  kBelievesAnyChecksum,    // does not sum
  kBelievesAnyLength,      // takes what there is
  kPostponedByJunk,        // a rejected packet delays its timers
  kLearnsFromJunk,         // a rejected packet is an advert all the same
  kStrictByItself,         // drops what differs although nobody asked for it
  kUnicastTtlOfMulticast,  // demands 255 of peers, however far
  kTakesStrangers,         // unicast: does not ask whether it is a peer
  kSpeaksBeforeDraining,   // lets time pass before it hears what waits
  kNoLateGuard,            // goes on as master, however late
  kForgetsStartDelay,      // starts at once
  kForgetsQuietStart,      // takes silence for an empty LAN
  kLinkBlind,              // does not see its link go
  kRefusalBlind,           // does not hear its kernel refuse
  kDeafToStop,             // does not stop in order
  kAdoptsNothing,          // a new engine starts from nothing
  kAdoptsWithoutHolds,     // and forgets what it was held for
  kGroupUntold,            // members hear nothing of each other
  kMemberRisesAlone,       // does not wait for its group
  kGroupWithoutFaults,     // a member's fault is its own affair
  kGroupLate,              // settles every other turn
  kUnsigned,               // does not sign
  kTakesUnsigned,          // what is not signed is good enough
  kReplayAccepted,         // nothing is ever old
  kMarksForgotten,         // when it restarts
  kOwnNumberGoesBack,      // when its clock does
  kClockBadIsGone,         // whose clock is wrong is not there
  kContestDeaf,            // never hears of a rival
  kContestTriggerHappy,    // takes every advert it hears as master for a rival
  kContestForever,         // never takes it back
  kContestWrongReason,     // takes every rejected advert for one of a wrong TTL
  kContestBlindBackup,     // looks only while it is master
  kContestLate,            // waits for one more claim
  kContestHasty,           // takes each claim for two
  kContestDwells,          // shows the reason it saw first
  kReloadRestarts,         // starts anew with another configuration
  kReloadUnsaid,           // does not say at once what is new
  kReloadForgetsChecks,    // what they said before
  kReloadForgetsContest,   // and that there are two masters
  kReloadForgetsMarks,     // and what was signed before
  kReloadKeepsPriority,    // does not take the new one
  kReloadKeepsInterval,    // likewise
};
inline constexpr std::size_t kMutants = static_cast<std::size_t>(Mutant::kReloadKeepsInterval) + 1;

std::string_view to_string(Mutant mutant);

// One sheep is black where the fault is in being different, all where it is in the rule.
constexpr bool strikes_one(Mutant mutant) {
  return mutant == Mutant::kWinsEveryTie || mutant == Mutant::kStrictByItself ||
         mutant == Mutant::kUnsigned || mutant == Mutant::kAlwaysPreempts;
}

}  // namespace sim
