// Rare situations that the fixed seeds have to reach: a simulator that never gets there proves nothing about them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sim {

enum class Situation : std::uint8_t {
  kTwoMastersMeetAfterPartition,
  kContestRaisedOneway,
  kContestRaisedTwoOthers,
  kContestRaisedAuthentication,
  kContestRaisedVrid,
  kContestRaisedVersion,
  kContestRaisedInterval,
  kContestRaisedAddresses,
  kContestRaisedByAttack,
  kContestCleared,
  kMemberWaitsForItsGroup,
  kGroupTakesOverWhole,
  kGroupInFaultByOneMember,
  kGroupLeavesForHoldOfOneMember,
  kGroupIsAdoptedAsMaster,
  kQuietStartEndedByLan,
  kQuietStartEndedByItsCap,
  kStartDelayKeepsRouterDown,
  kMasterTooLateStepsDown,
  kTwoOwnersMeet,
  kSocketOverflows,
  kTwoAdvertsLostInRowAndNoTakeover,
  kReturnPrepared,
  kReturnOfGroupPrepared,
  kReturnGivenUp,
  kDepartureNobodyAnswers,
  kDepartureAnsweredBySuccessor,
  kAdoptedAsMaster,
  kAdoptedAsBackup,
  kAdoptedInDeparture,
  kAdoptedInFault,
  kAdoptedAfterSomebodyTookOver,
  kReplayRefused,
  kReplayRefusedAfterRestart,
  kDuplicateRefusedForItsNumber,
  kAdvertFromWrongClockKeepsBackupDown,
  kStaleAdvertDropped,
  kAdvertGoesOutTwiceAfterClockWasPutRight,
  kBothKeysOfRolloverHeard,
  kDroppedTtl,
  kDroppedChecksum,
  kDroppedVersion,
  kDroppedType,
  kDroppedLength,
  kDroppedUnknownVrid,
  kDroppedAuthentication,
  kDroppedNotPeer,
  kDroppedIntervalOfZero,
  kDroppedDestination,
  kDroppedOwnAdvertCameBack,
  kLosingAdvertBeyondBudget,
  kLongIntervalSilencesMaster,
  kForgedPriority0MakesTwoMasters,
  kForgedOwnerSilencesMaster,
  kPriorityClampedAt1,
  kPriorityClampedAt254,
  kTwoChecksFailAtOnce,
  kFailureTooShortToCount,
  kKernelRefusesAddress,
  kPausedMasterWakesAndYields,
  kPausedMasterWakesAndStays,
  kTieSettledByAddress,
  kPreemptionAfterItsDelay,
  kBetterRouterStaysBackupAsTold,
  kMismatchedIntervalObeyed,
  kMismatchedListObeyed,
  kTwoMastersMendedByConfiguration,
  kRestartedWithAnotherPriority,
  kReloadedWithoutChange,
  kReloadedPriorityOfMaster,
  kReloadedPriorityOfBackup,
  kReloadedIntervalOfMaster,
  kReloadedIntervalOfBackup,
  kReloadedAddressesOfMaster,
  kReloadedPreemption,
  kReloadedTrackers,
  kReloadedPeers,
  kReloadedInDeparture,
  kReloadedInFault,
  kReloadedAmongTwoMasters,
  kReloadedGroup,
  kReloadEndsFault,
  kEightRoutersOnOneLan,
  kUnicastTakeover,
  kAdvertBentOnWay,
};
inline constexpr std::size_t kSituations =
    static_cast<std::size_t>(Situation::kAdvertBentOnWay) + 1;

std::string_view to_string(Situation situation);

class Reached {
 public:
  void note(Situation situation) { ++counts_[static_cast<std::size_t>(situation)]; }
  std::uint64_t count(Situation situation) const {
    return counts_[static_cast<std::size_t>(situation)];
  }
  void add(const Reached& other) {
    for (std::size_t i = 0; i < kSituations; ++i) counts_[i] += other.counts_[i];
  }
  friend bool operator==(const Reached&, const Reached&) = default;

 private:
  std::array<std::uint64_t, kSituations> counts_{};
};

}  // namespace sim
