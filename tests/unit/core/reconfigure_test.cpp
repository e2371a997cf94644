// Another configuration for an instance that lives on: state by state, field by field.
#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/core/subject.hpp"

namespace core::testing {
namespace {

// Where each tracker was, for those that were there before in the same place.
std::vector<TrackerOrigin> as_before(const Router& router) {
  std::vector<TrackerOrigin> origins;
  for (std::uint16_t i = 0; i < router.trackers.size(); ++i)
    origins.push_back({.before = i, .report = {}});
  return origins;
}

using Places = std::vector<std::optional<std::uint16_t>>;

List reconfigure(Subject& subject, const Router& router, const std::vector<TrackerOrigin>& origins,
                 const Places& places = {}) {
  return subject.reconfigure({.router = router, .trackers = origins, .places = places});
}
List reconfigure(Subject& subject, const Router& router) {
  return reconfigure(subject, router, as_before(router));
}

Router with_trackers(std::initializer_list<Tracker> trackers, Router router = v2_router()) {
  for (const Tracker& tracker : trackers) router.trackers.push_back(tracker);
  return router;
}
Tracker weighted(int weight) { return {.weight = static_cast<std::int16_t>(weight)}; }
constexpr Tracker kFaulty{.weight = 0};

// --- Nothing changed --------------------------------------------------------------------------------------------------

// Each in a state of its own, built twice: one is reconfigured to what it has, the other is left alone; then both live on.
struct Life {
  const char* name;
  std::function<Subject()> make;
};
class Unchanged : public ::testing::TestWithParam<Life> {};

TEST_P(Unchanged, IsWhatItWasAndLivesOnAsItWould) {
  Subject left_alone = GetParam().make();
  Subject reloaded = GetParam().make();
  const Router same = reloaded->router();
  EXPECT_EQ(reconfigure(reloaded, same), List{});
  for (int step = 0; step < 40; ++step) {
    ASSERT_EQ(reloaded->deadline(), left_alone->deadline()) << "step " << step;
    ASSERT_EQ(reloaded->state(), left_alone->state());
    ASSERT_EQ(reloaded->effective_priority(), left_alone->effective_priority());
    ASSERT_EQ(reloaded->master_interval(), left_alone->master_interval());
    ASSERT_EQ(reloaded->holds(), left_alone->holds());
    ASSERT_EQ(reloaded.after(170ms), left_alone.after(170ms));
    if (step % 7 == 3) {
      ASSERT_EQ(reloaded.hear(step % 2 == 0 ? 200 : 50), left_alone.hear(step % 2 == 0 ? 200 : 50));
    }
    if (step % 11 == 5) {
      ASSERT_EQ(reconfigure(reloaded, same), List{});
    }
  }
}

Subject tracking_subject() {
  Subject subject{with_trackers({kFaulty, weighted(-20)}, v3_router(100, 100ms))};
  (void)subject.start();
  (void)subject.report(0, true);
  (void)subject.report(1, false);
  return subject;
}

INSTANTIATE_TEST_SUITE_P(States, Unchanged,
                         ::testing::Values(Life{"Initialize",
                                                [] { return Subject{with_trackers({kFaulty})}; }},
                                           Life{"Backup", [] { return backup(); }},
                                           Life{"BackupThatObeys",
                                                [] {
                                                  Subject subject = backup(v3_router(100, 100ms));
                                                  (void)subject.hear(200, kPeer, 250ms);
                                                  return subject;
                                                }},
                                           Life{"BackupThatHearsTwo",
                                                [] {
                                                  Subject subject = backup(v3_router(100, 100ms));
                                                  (void)subject.hear(220, kPeer, 250ms);
                                                  (void)subject.hear(200, kLower, 200ms);
                                                  return subject;
                                                }},
                                           Life{"BackupThatWasReleased",
                                                [] {
                                                  Subject subject = backup();
                                                  (void)subject.hear(200);
                                                  (void)subject.hear(0);
                                                  return subject;
                                                }},
                                           Life{"BackupHeld",
                                                [] {
                                                  Subject subject = backup();
                                                  (void)subject.hold(Hold::kMaintenance);
                                                  return subject;
                                                }},
                                           Life{"BackupWithTrackers", tracking_subject},
                                           Life{"Master", [] { return master(); }},
                                           Life{"Departing",
                                                [] {
                                                  Subject subject = master();
                                                  (void)subject.hold(Hold::kMaintenance);
                                                  return subject;
                                                }},
                                           Life{"Fault",
                                                [] {
                                                  Subject subject = backup();
                                                  (void)subject.lose_link();
                                                  return subject;
                                                }},
                                           Life{"FaultRefused",
                                                [] {
                                                  Subject subject = master();
                                                  (void)subject.tell(AddressRefused{.error = 99});
                                                  return subject;
                                                }},
                                           Life{"Stopped",
                                                [] {
                                                  Subject subject = backup();
                                                  (void)subject.stop();
                                                  return subject;
                                                }}),
                         [](const auto& which) { return std::string(which.param.name); });

// --- A master ---------------------------------------------------------------------------------------------------------

TEST(ReconfiguredMaster, SaysItsNewPriorityAtOnceAndKeepsItsPhase) {
  Subject subject = master();
  (void)subject.after(300ms);
  EXPECT_EQ(reconfigure(subject, v2_router(150)), List{send(150)});
  EXPECT_EQ(subject.due_in(), 700ms);
  EXPECT_EQ(subject->state(), State::kMaster);
}

TEST(ReconfiguredMaster, LoweredBelowItsBackupYieldsWhenThatSpeaksAndNotByItself) {
  Subject subject = master();
  EXPECT_EQ(reconfigure(subject, v2_router(50)), List{send(50)});
  EXPECT_EQ(subject.after(1s), List{send(50)});
  EXPECT_EQ(subject->state(), State::kMaster);
  const List yielded = subject.hear(100);
  ASSERT_EQ(yielded.size(), 1U);
  EXPECT_EQ(yielded[0],
            changed(State::kMaster, State::kBackup, Cause::kHigherPriorityHeard, peer(100, 0ns)));
}

TEST(ReconfiguredMaster, SpeaksMoreOftenFromNowOn) {
  Subject subject = master(v3_router(100, 1s));
  (void)subject.after(300ms);
  EXPECT_EQ(reconfigure(subject, v3_router(100, 100ms)), List{send(100)});
  EXPECT_EQ(subject.due_in(), 100ms);
  EXPECT_EQ(subject->master_interval(), 100ms);
}

// Its backups wait for as long as the old interval told them until they hear of the new one.
TEST(ReconfiguredMaster, SpeaksLessOftenOnlyAfterAnAdvertInTheOldTime) {
  Subject subject = master(v3_router(100, 100ms));
  (void)subject.after(30ms);
  EXPECT_EQ(reconfigure(subject, v3_router(100, 1s)), List{send(100)});
  EXPECT_EQ(subject.due_in(), 70ms);
  EXPECT_EQ(subject.after(70ms), List{send(100)});
  EXPECT_EQ(subject.due_in(), 1s);
}

// It was told to step down when it slept longer than its backups wait; what they wait for is the interval there was.
TEST(ReconfiguredMaster, IsNotTooLateBecauseItsIntervalIsShorterNow) {
  Router slow = v3_router(100, 10s);
  slow.late_backup = Priority{100};
  Subject subject = master(slow);
  (void)subject.after(9s);
  Router quick = v3_router(100, 1s);
  quick.late_backup = Priority{100};
  EXPECT_EQ(reconfigure(subject, quick), List{send(100)});
  EXPECT_EQ(subject.after(1s), List{send(100)});
  EXPECT_EQ(subject->state(), State::kMaster);
}

TEST(ReconfiguredMaster, ListsItsNewAddressesAtOnce) {
  Subject subject = master();
  Router more = v2_router();
  more.addresses.push_back(Address::v4(192, 0, 2, 101));
  EXPECT_EQ(reconfigure(subject, more), List{send(100)});
  EXPECT_EQ(subject.due_in(), 1s);
}

TEST(ReconfiguredMaster, BecomesTheOwnerWithAnAdvert) {
  Subject subject = master();
  EXPECT_EQ(reconfigure(subject, v2_router(255)), List{send(255)});
}

TEST(ReconfiguredMaster, WithAnotherPreemptionOrDelayHasNothingToSay) {
  Subject subject = master();
  Router router = v2_router();
  router.preempt = false;
  router.preempt_delay = 60s;
  EXPECT_EQ(reconfigure(subject, router), List{});
  EXPECT_EQ(subject.due_in(), 1s);
}

TEST(ReconfiguredMaster, DepartsForACheckThatIsAFaultNow) {
  Subject subject{with_trackers({weighted(-20)})};
  (void)subject.start();
  (void)subject.report(0, false);
  (void)subject.after(subject.due_in());
  ASSERT_EQ(subject->state(), State::kMaster);
  EXPECT_EQ(reconfigure(subject, with_trackers({kFaulty})), List{send(0)});
  EXPECT_TRUE(subject->is_departing());
  EXPECT_EQ(
      subject.after(1s),
      (List{withdraw(), changed(State::kMaster, State::kFault, Cause::kScriptFailed, script(0))}));
}

// Its peers wait for a skew of the interval they were told.
TEST(ReconfiguredMaster, DepartsForAsLongAsItsPeersMayWait) {
  Subject subject{with_trackers({weighted(-20)}, v3_router(100, 1s))};
  (void)subject.start();
  (void)subject.report(0, false);
  (void)subject.after(subject.due_in());
  EXPECT_EQ(reconfigure(subject, with_trackers({kFaulty}, v3_router(100, 100ms))), List{send(0)});
  EXPECT_EQ(subject.due_in(), 1s);
}

// --- Trackers ---------------------------------------------------------------------------------------------------------

TEST(ReconfiguredTrackers, ANewOneMovesNothingUntilItHasAnswered) {
  Subject subject = master();
  const Router router = with_trackers({weighted(-20), kFaulty});
  EXPECT_EQ(reconfigure(subject, router, {{}, {}}), List{});
  EXPECT_EQ(subject->effective_priority(), Priority{100});
  EXPECT_EQ(subject.report(0, false), List{send(80)});
  EXPECT_EQ(subject.report(1, false), List{send(0)});
}

TEST(ReconfiguredTrackers, ANewOneThatIsKnownCountsInTheSameAdvert) {
  Subject subject = master();
  TrackerOrigin known;
  known.report = TrackerReported{1, false, Cause::kScriptFailed, 1, 20ms};
  EXPECT_EQ(reconfigure(subject, with_trackers({weighted(10), weighted(-20)}, v2_router(130)),
                        {{}, known}),
            List{send(110)});
}

TEST(ReconfiguredTrackers, KeepTheirAnswersWhereverTheyAreNow) {
  Subject subject{with_trackers({weighted(-20), weighted(-30)})};
  (void)subject.start();
  (void)subject.report(0, false);
  (void)subject.report(1, true);
  ASSERT_EQ(subject->effective_priority(), Priority{80});
  EXPECT_EQ(reconfigure(subject, with_trackers({weighted(-30), weighted(-20)}),
                        {{.before = 1, .report = {}}, {.before = 0, .report = {}}}),
            List{});
  EXPECT_EQ(subject->effective_priority(), Priority{80});
  (void)subject.report(1, true);
  EXPECT_EQ(subject->effective_priority(), Priority{100});
}

TEST(ReconfiguredTrackers, WithAnotherWeightCountWhatWasSaidAnew) {
  Subject subject{with_trackers({weighted(-20), {.kind = Tracker::Kind::kFile, .weight = 2}})};
  (void)subject.start();
  (void)subject.report(0, false);
  (void)subject.tell(TrackerReported{.tracker = 1, .well = true, .value = 5});
  ASSERT_EQ(subject->effective_priority(), Priority{90});  // 100 - 20 + 10
  (void)reconfigure(subject, with_trackers({{.weight = -20, .reverse = true},
                                            {.kind = Tracker::Kind::kFile, .weight = -3}}));
  EXPECT_EQ(subject->effective_priority(), Priority{85});  // 100 - 15
}

TEST(ReconfiguredTrackers, ThatAreLeftOutCountNoMore) {
  Subject subject{with_trackers({kFaulty})};
  (void)subject.start();
  (void)subject.report(0, false);
  ASSERT_EQ(subject->state(), State::kFault);
  EXPECT_EQ(reconfigure(subject, v2_router()),
            List{changed(State::kFault, State::kBackup, Cause::kReload)});
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(ReconfiguredTrackers, ThatNobodyHasAnsweredForLetAnInstanceStartWhenTheyAreLeftOut) {
  Subject subject{with_trackers({kFaulty})};
  (void)subject.start();
  ASSERT_EQ(subject->state(), State::kInitialize);
  EXPECT_EQ(reconfigure(subject, v2_router()),
            List{changed(State::kInitialize, State::kBackup, Cause::kChecked)});
}

// Somebody who spoke for us before counted every tracker.
TEST(ReconfiguredTrackers, AnAdoptedPriorityMovesWithItsBase) {
  Subject subject{with_trackers({weighted(-20)})};
  (void)subject.tell(LinkChanged{true, Cause::kLinkDown, kOwn});
  Adopted adopted;
  adopted.state = State::kMaster;
  adopted.deadline = kStart + 500ms;
  adopted.effective = Priority{80};
  (void)subject.adopt(adopted);
  EXPECT_EQ(reconfigure(subject, with_trackers({weighted(-20)}, v2_router(150))), List{send(130)});
  EXPECT_EQ(subject.report(0, true), List{send(150)});
}

TEST(ReconfiguredTrackers, AnAdoptedPriorityIsForgottenOnceAllHaveAnswered) {
  Subject subject{with_trackers({weighted(-20)})};
  (void)subject.tell(LinkChanged{true, Cause::kLinkDown, kOwn});
  Adopted adopted;
  adopted.state = State::kMaster;
  adopted.deadline = kStart + 500ms;
  adopted.effective = Priority{80};
  (void)subject.adopt(adopted);
  (void)subject.report(0, true);
  ASSERT_EQ(subject->effective_priority(), Priority{100});
  EXPECT_EQ(reconfigure(subject, with_trackers({weighted(-20), weighted(-5)}),
                        {{.before = 0, .report = {}}, {}}),
            List{});
  EXPECT_EQ(subject->effective_priority(), Priority{100});
}

// --- A backup ---------------------------------------------------------------------------------------------------------

TEST(ReconfiguredBackup, HasWaitedWhatItHasWaited) {
  Subject subject = backup();
  (void)subject.hear(200);
  (void)subject.after(1s);
  EXPECT_EQ(reconfigure(subject, v2_router(228)), List{});
  // 3 s + (256 - 228) / 256 s = 3.109375 s, of which one has passed.
  EXPECT_EQ(subject.due_in(), 2'109'375'000ns);
}

TEST(ReconfiguredBackup, GoesOnBelievingTheIntervalItWasTaught) {
  Subject subject = backup(v3_router(100, 1s));
  (void)subject.hear(200, kPeer, 2s);
  const Duration due = subject.due_in();
  EXPECT_EQ(reconfigure(subject, v3_router(100, 1500ms)), List{});
  EXPECT_EQ(subject.due_in(), due);
  EXPECT_EQ(subject->master_interval(), 2s);
}

// The cap is three times our own: 300 ms. 3 x 300 ms + 156/256 x 300 ms = 1.0828125 s.
TEST(ReconfiguredBackup, BelievesNoMoreThanItsOwnIntervalAllows) {
  Subject subject = backup(v3_router(100, 1s));
  (void)subject.hear(200, kPeer, 2s);
  EXPECT_EQ(reconfigure(subject, v3_router(100, 100ms)), List{});
  EXPECT_EQ(subject->master_interval(), 300ms);
  EXPECT_EQ(subject.due_in(), 1'082'812'500ns);
}

TEST(ReconfiguredBackup, WaitsByItsOwnIntervalWhenNobodyTaughtItAnother) {
  Subject subject = backup(v3_router(100, 1s));
  EXPECT_EQ(reconfigure(subject, v3_router(100, 100ms)), List{});
  EXPECT_EQ(subject.due_in(), kDown100 / 10);
}

TEST(ReconfiguredBackup, ThatWasReleasedWaitsForItsNewSkew) {
  Subject subject = backup(v3_router(100, 1s));
  (void)subject.hear(200);
  (void)subject.hear(0);
  ASSERT_EQ(subject.due_in(), kSkew100);
  EXPECT_EQ(reconfigure(subject, v3_router(228, 1s)), List{});
  EXPECT_EQ(subject.due_in(), 109'375'000ns);
}

TEST(ReconfiguredBackup, RaisedAboveItsMasterRisesByTheProtocol) {
  Subject subject = backup();
  (void)subject.hear(150);
  EXPECT_EQ(reconfigure(subject, v2_router(200)), List{});
  (void)subject.after(1s);
  EXPECT_EQ(subject.hear(150), List{});
  // 3 s + 56/256 s after the advert that was still obeyed.
  EXPECT_EQ(subject.due_in(), 2'218'750'000ns);
  EXPECT_EQ(subject.after(subject.due_in()), (List{install()}));
  const List rose = subject.installed();
  ASSERT_EQ(rose.size(), 3U);
  EXPECT_EQ(rose[0], send(200));
}

TEST(ReconfiguredBackup, ToldNotToPreemptObeysTheLowerMasterThatIsThere) {
  Subject subject = backup();
  (void)subject.after(1s);
  (void)subject.hear(50);
  Router patient = v2_router();
  patient.preempt = false;
  EXPECT_EQ(reconfigure(subject, patient), List{});
  EXPECT_EQ(subject.due_in(), kDown100);
}

// He speaks every two seconds: one advert of his that is lost is no silence.
TEST(ReconfiguredBackup, ToldNotToPreemptBelievesTheIntervalOfTheLowerMaster) {
  Subject subject = backup(v3_router());
  (void)subject.hear(50, kPeer, 2s);
  EXPECT_EQ(subject->master_interval(), 1s);
  Router patient = v3_router();
  patient.preempt = false;
  EXPECT_EQ(reconfigure(subject, patient), List{});
  EXPECT_EQ(subject->master_interval(), 2s);
  EXPECT_EQ(subject.due_in(), 2 * kDown100);
  EXPECT_EQ(
      subject.after(2 * kDown100),
      (List{send(100), install(),
            changed(State::kBackup, State::kMaster, Cause::kSilence, peer(50, 2 * kDown100))}));
}

TEST(ReconfiguredBackup, WithALongerPreemptDelayWaitsForTheRestOfIt) {
  Subject subject = backup();
  (void)subject.hear(50);
  (void)subject.after(1s);
  Router patient = v2_router();
  patient.preempt_delay = 10s;
  (void)reconfigure(subject, patient);
  (void)subject.hear(50);
  EXPECT_EQ(subject.due_in(), kDown100);  // obeyed
  (void)subject.after(3s);
  (void)subject.hear(50);
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(ReconfiguredBackup, GoesToFaultForACheckThatIsOneNow) {
  Subject subject{with_trackers({weighted(-20)})};
  (void)subject.start();
  (void)subject.report(0, false);
  EXPECT_EQ(reconfigure(subject, with_trackers({kFaulty})),
            List{changed(State::kBackup, State::kFault, Cause::kScriptFailed, script(0))});
}

// --- Holds ------------------------------------------------------------------------------------------------------------

TEST(ReconfiguredQuietStart, LastsNoLongerThanItsNewCap) {
  Router router = v2_router();
  router.quiet_cap = 60s;
  Subject subject{router};
  (void)subject.tell(LinkChanged{true, Cause::kLinkDown, kOwn});
  (void)subject.tell(Start{.delayed_until = {}, .knew_peer = true});
  ASSERT_EQ(subject->holds(), static_cast<std::uint8_t>(Hold::kQuiet));
  router.quiet_cap = 5s;
  (void)reconfigure(subject, router);
  EXPECT_EQ(subject.due_in(), 5s);
  router.quiet_cap = 0s;
  (void)reconfigure(subject, router);
  (void)subject.wake();
  EXPECT_EQ(subject->holds(), 0);
}

TEST(ReconfiguredQuietStart, IsNotForAnOwner) {
  Router router = v2_router();
  router.quiet_cap = 60s;
  Subject subject{router};
  (void)subject.tell(LinkChanged{true, Cause::kLinkDown, kOwn});
  (void)subject.tell(Start{.delayed_until = {}, .knew_peer = true});
  router.priority = base::kOwnerPriority;
  (void)reconfigure(subject, router);
  EXPECT_EQ(subject->holds(), 0);
}

// --- Faults and groups ------------------------------------------------------------------------------------------------

TEST(ReconfiguredFault, WithOtherAddressesTriesAgainAtOnce) {
  Subject subject = master();
  (void)subject.tell(AddressRefused{.error = 99});
  ASSERT_EQ(subject->state(), State::kFault);
  Router other = v2_router();
  other.addresses = {Address::v4(192, 0, 2, 101)};
  EXPECT_EQ(reconfigure(subject, other),
            List{changed(State::kFault, State::kBackup, Cause::kReload)});
}

TEST(ReconfiguredFault, OfItsGroupAloneEndsWithTheGroup) {
  Subject subject{grouped()};
  (void)subject.start();
  (void)subject.group(State::kFault, 7);
  ASSERT_EQ(subject->state(), State::kFault);
  EXPECT_EQ(reconfigure(subject, v2_router()),
            List{changed(State::kFault, State::kBackup, Cause::kReload)});
  EXPECT_EQ(subject->told(), State::kInitialize);
}

TEST(ReconfiguredFault, OfItsOwnStaysOneWhateverBecomesOfTheGroup) {
  Subject subject{grouped()};
  (void)subject.start();
  (void)subject.lose_link();
  EXPECT_EQ(reconfigure(subject, v2_router()), List{});
  EXPECT_EQ(subject->state(), State::kFault);
}

TEST(ReconfiguredMember, ThatWaitedForItsGroupAloneRisesWhenItHasNone) {
  Subject subject{grouped()};
  (void)subject.start();
  (void)subject.after(subject.due_in());
  ASSERT_TRUE(subject->wants_master());
  (void)reconfigure(subject, v2_router());
  EXPECT_FALSE(subject->wants_master());
  (void)subject.wake();
  EXPECT_EQ(subject->state(), State::kMaster);
}

// The instance in place 7 is in place 2 now.
TEST(ReconfiguredMember, NamesTheMemberThatDecidedByItsNewPlace) {
  Subject subject = master(grouped());
  Places places(8);
  places[7] = 2;
  (void)subject.group(State::kMaster, 0);
  (void)subject.after(subject.due_in());
  (void)subject.group(State::kBackup, 7);
  ASSERT_TRUE(subject->is_departing());
  EXPECT_EQ(reconfigure(subject, grouped(), {}, places), List{});
  const List left = subject.after(1s);
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[1], changed(State::kMaster, State::kBackup, Cause::kSyncGroup, member(2)));
}

TEST(ReconfiguredDeparting, NamesTheCheckThatBeganItByItsNewPlace) {
  Subject subject{with_trackers({weighted(-20), kFaulty})};
  (void)subject.start();
  (void)subject.report(0, true);
  (void)subject.report(1, true);
  (void)subject.after(subject.due_in());
  ASSERT_EQ(subject.report(1, false), List{send(0)});
  EXPECT_EQ(reconfigure(subject, with_trackers({kFaulty}), {{.before = 1, .report = {}}}), List{});
  EXPECT_EQ(
      subject.after(1s),
      (List{withdraw(), changed(State::kMaster, State::kFault, Cause::kScriptFailed, script(0))}));
}

TEST(Removed, DepartsLikeADaemonThatStopsAndSaysThatItWasTheReload) {
  Subject subject = master();
  EXPECT_EQ(subject.tell(Stop{.cause = Cause::kReload}), List{send(0)});
  EXPECT_EQ(subject.after(1s),
            (List{withdraw(), changed(State::kMaster, State::kStopped, Cause::kReload)}));
}

}  // namespace
}  // namespace core::testing
