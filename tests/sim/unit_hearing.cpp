// What a unit hears: a packet that must be rejected changes not a bit of the instance, nothing signed is taken twice, and
// losing adverts are answered within their budget.
#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/core/claim.hpp"
#include "tests/sim/host.hpp"

namespace sim {
namespace {

using base::Drop;
using base::State;
using core::Priority;

using Image = std::array<std::byte, sizeof(core::Instance)>;

void take_image(const core::Instance& instance, Image& image) {
  std::memcpy(image.data(), static_cast<const void*>(&instance), image.size());
}

}  // namespace

void Unit::hear(const Frame& frame, Instant received) {
  if (mutant_ == Mutant::kDeaf) return;
  hears_of_ = received;
  const bool must_not = frame.is_doomed && !frame.is_bent;
  static thread_local Image before;
  if (must_not) take_image(*instance_, before);

  core::Advert advert;
  core::Verdict verdict;
  if (frame.source == source_)
    verdict.drop = Drop::kOwnPacket;
  else
    verdict = open(frame, received, advert);

  if (verdict.drop != Drop::kNone)
    reject(frame, verdict.drop, received);
  else
    accept(frame, advert, verdict, received);

  if (!must_not) return;
  if (verdict.drop == Drop::kNone)
    stage_.violate(name() + " accepts what nobody may: " + std::string(to_string(frame.attack)));
  static thread_local Image after;
  take_image(*instance_, after);
  if (before != after)
    stage_.violate(name() +
                   " is changed by a packet it rejects: " + std::string(to_string(frame.attack)));
}

core::Verdict Unit::open(const Frame& frame, Instant received, core::Advert& advert) {
  core::Packet packet{.message = std::span(frame.bytes).first(frame.size),
                      .source = frame.source,
                      .destination = frame.destination,
                      .ttl = frame.ttl,
                      .own = source_};
  core::Router router = router_;
  if (mutant_ == Mutant::kBelievesAnyTtl) packet.ttl = router_.is_unicast() ? router_.ttl : 255;
  if (mutant_ == Mutant::kBelievesAnyChecksum) packet.is_checksum_known = true;
  if (mutant_ == Mutant::kUnicastTtlOfMulticast)
    for (core::UnicastPeer& peer : router.peers) peer.min_ttl = peer.max_ttl = 255;
  if (mutant_ == Mutant::kTakesStrangers) router.checks_source = false;
  if (mutant_ == Mutant::kStrictByItself && !stage_.plan.routers[place_].is_divided())
    router.strict = true;
  if (authenticator_) {
    if (mutant_ == Mutant::kReplayAccepted) {
      memory_.marks.clear();
      make_authenticator();
    }
    return authenticator_->open(packet, router, received, {host_.local_now(), host_.wall_ns()},
                                advert);
  }
  core::Verdict verdict;
  verdict.drop = core::parse(packet, router, advert);
  if (mutant_ == Mutant::kBelievesAnyLength && verdict.drop == Drop::kLength && frame.size >= 8) {
    // Reads on, behind the end of what there is.
    advert.version = router_.version;
    advert.vrid = router_.vrid;
    advert.priority = Priority{frame.bytes[2]};
    advert.interval = router_.advert_interval;
    advert.source = frame.source;
    verdict.drop = Drop::kNone;
  }
  return verdict;
}

void Unit::accept(const Frame& frame, const core::Advert& advert, const core::Verdict& verdict,
                  Instant received) {
  if (verdict.is_signed) {
    if (mutant_ != Mutant::kMarksForgotten) remember(verdict.mark);
    if (accepted_.size() <= frame.serial) accepted_.resize(frame.serial + 1024);
    if (accepted_[frame.serial])
      stage_.violate(name() + " accepts an advert twice that was said once");
    accepted_[frame.serial] = true;
    keys_heard_ = static_cast<std::uint8_t>(keys_heard_ | verdict.mark.key);
    if (keys_heard_ == 3) stage_.reached.note(Situation::kBothKeysOfRolloverHeard);
  }
  memory_.knew_peer = true;
  lan_carries();
  trace({.what = Trace::Entry::What::kHeard,
         .number = advert.priority.value,
         .from_host = frame.sender});

  const State state = instance_->state();
  const bool listens = state == State::kBackup || state == State::kMaster;
  if (listens) {
    if (verdict.is_clock_bad && state == State::kBackup &&
        advert.priority < instance_->effective_priority())
      stage_.reached.note(Situation::kAdvertFromWrongClockKeepsBackupDown);
    knows_peer_ = true;
    if (mutant_ == Mutant::kHearsOnlyLower && state == State::kMaster &&
        advert.priority >= instance_->effective_priority())
      return;
    if (mutant_ == Mutant::kIgnoresRelease && advert.priority == base::kReleasePriority) return;
    if (mutant_ == Mutant::kClockBadIsGone && verdict.is_clock_bad) return;
    const bool was_master = state == State::kMaster && !instance_->is_departing();
    const bool is_lower_claim = advert.priority < instance_->effective_priority() &&
                                advert.priority != base::kReleasePriority;
    const Duration obeyed_before = instance_->master_interval();
    if (state == State::kBackup) {
      const bool preempts = router_.preempt || router_.is_owner();
      rival_until_ = {};
      if (is_lower_claim && preempts && !verdict.is_clock_bad)
        rival_until_ = received + 2 * obeyed(advert.interval);
    }
    if (instance_->is_departing() && advert.priority != base::kReleasePriority &&
        !is_departure_answered_) {
      is_departure_answered_ = true;
      stage_.reached.note(Situation::kDepartureAnsweredBySuccessor);
    }
    call([&](core::Actions& todo) {
      instance_->handle(core::Heard{advert, received, verdict.is_clock_bad}, host_.local_now(),
                        todo);
      const bool is_lower = was_master && instance_->state() == State::kMaster;
      if (mutant_ == Mutant::kAnswersWithoutBudget && is_lower && todo.empty())
        todo.push_back(core::SendAdvert{instance_->effective_priority()});
      watch_replies(todo, was_master);
    });
    // After the call: the advert that makes a late master step down is the first its backup hears.
    if (advert.priority >= instance_->effective_priority() || verdict.is_clock_bad)
      lower_since_ = Instant::never();
    else if (is_lower_claim && lower_since_.is_never())
      lower_since_ = received;
    if (instance_->state() == State::kBackup) {
      const bool is_learned = instance_->master_interval() != obeyed_before;
      if (is_learned && !advert.interval_matches && frame.sender != kAttacker &&
          stage_.plan.routers[place_].mismatch == Mismatch::kInterval)
        stage_.reached.note(Situation::kMismatchedIntervalObeyed);
      if (!advert.addresses_match) stage_.reached.note(Situation::kMismatchedListObeyed);
      if (was_master && frame.is_forged() && frame.attack == Attack::Kind::kLongInterval)
        stage_.reached.note(Situation::kLongIntervalSilencesMaster);
      if (was_master && frame.is_forged() && frame.attack == Attack::Kind::kOwner)
        stage_.reached.note(Situation::kForgedOwnerSilencesMaster);
      if (frame.is_forged() && frame.attack == Attack::Kind::kZero)
        stage_.reached.note(Situation::kForgedPriority0MakesTwoMasters);
    }
  }
  tell_contest(frame, core::claim_of(advert), received,
               [&](const core::Claim& claim, Instant at) { return contest_.accept(claim, at); });
  const bool is_master = instance_->state() == State::kMaster && !instance_->is_departing();
  if (mutant_ == Mutant::kContestTriggerHappy && is_master && !is_alarm_stuck_ &&
      advert.priority != base::kReleasePriority) {
    is_alarm_stuck_ = true;
    core::Rivalry rivalry;
    rivalry.reason = core::ContestReason::kOneWay;
    rivalry.rival = core::claim_of(advert);
    checker_.raised(host_place_, rivalry);
  }
}

// Answers out of turn: at most two in any stretch of one interval, whatever arrives.
void Unit::watch_replies(const core::Actions& todo, bool was_master) {
  if (!was_master || instance_->state() != State::kMaster || instance_->is_departing()) return;
  const Instant now = host_.local_now();
  bool has_answered = false;
  for (const core::Action& action : todo) {
    if (!std::holds_alternative<core::SendAdvert>(action)) continue;
    has_answered = true;
    if (!replies_[0].is_never() && now - replies_[0] < router_.advert_interval)
      stage_.violate(name() + " answers more than twice within one interval");
    replies_ = {replies_[1], now};
  }
  if (!has_answered) stage_.reached.note(Situation::kLosingAdvertBeyondBudget);
}

void Unit::reject(const Frame& frame, Drop drop, Instant received) {
  trace({.what = Trace::Entry::What::kDropped,
         .number = static_cast<std::uint8_t>(drop),
         .from_host = frame.sender});
  note_drop(frame, drop);
  if (drop == Drop::kOwnPacket) return;
  if (router_.is_unicast() && !is_peer(frame.source) && frame.sender != kAttacker)
    checker_.lost(frame.sender, host_place_);  // by configuration
  const auto claim = core::peek_claim(std::span(frame.bytes).first(frame.size), frame.source);
  if (mutant_ == Mutant::kPostponedByJunk)
    postponed_until_ = host_.local_now() + router_.advert_interval / 2;
  if (!claim) return;
  if (mutant_ == Mutant::kLearnsFromJunk &&
      (instance_->state() == State::kBackup || instance_->state() == State::kMaster)) {
    core::Advert advert;
    advert.version = router_.version;
    advert.vrid = router_.vrid;
    advert.priority = claim->priority;
    advert.interval = std::max<Duration>(claim->interval, std::chrono::milliseconds{10});
    advert.source = frame.source;
    handle(core::Heard{advert, received});
  }
  if (mutant_ == Mutant::kContestWrongReason) drop = Drop::kTtl;
  tell_contest(frame, *claim, received,
               [&](const core::Claim& one, Instant at) { return contest_.reject(one, drop, at); });
}

void Unit::hear_stray(const Frame& frame, Instant received) {
  if (frame.source.family() != router_.family) return;
  hears_of_ = received;
  const auto message = std::span(frame.bytes).first(frame.size);
  const auto claim = core::peek_claim(message, frame.source);
  if (!claim) return;
  const std::size_t width = router_.addresses[0].bytes().size();
  const auto listed = core::peek_addresses(message, router_.family);
  for (std::size_t at = 0; at + width <= listed.size(); at += width) {
    const auto address = core::Address::from_bytes(router_.family, listed.subspan(at, width));
    const auto is_it = [&](const core::Address& own) { return own == address; };
    if (!std::any_of(router_.addresses.begin(), router_.addresses.end(), is_it)) continue;
    tell_contest(frame, *claim, received,
                 [&](const core::Claim& one, Instant when) { return contest_.foreign(one, when); });
    return;
  }
}

template <typename Tell>
void Unit::tell_contest(const Frame& frame, const core::Claim& claim, Instant received, Tell tell) {
  const bool is_master = instance_->state() == State::kMaster && !instance_->is_departing();
  if (mutant_ == Mutant::kContestDeaf) return;
  if (mutant_ == Mutant::kContestBlindBackup && !is_master) return;
  Instant& before = claimed_[std::min<std::size_t>(frame.sender, kMaxHosts)];
  const bool is_first = received - std::exchange(before, received) > claim.interval * 5 / 4;
  if (mutant_ == Mutant::kContestLate && is_first) return;
  if (mutant_ == Mutant::kContestHasty) contest_changed(tell(claim, received - claim.interval));
  contest_changed(tell(claim, received));
}

void Unit::contest_changed(bool has) {
  if (!has) return;
  host_.touch();
  if (contest_.is_on()) {
    const core::Rivalry rivalry = contest_.rivalry();
    std::uint8_t who = kAttacker;
    for (std::size_t i = 0; i < stage_.plan.hosts.size(); ++i)
      if (source_of(i, router_.family) == rivalry.rival.source) who = static_cast<std::uint8_t>(i);
    trace({.what = Trace::Entry::What::kContest,
           .number = static_cast<std::uint8_t>(rivalry.reason),
           .from_host = who});
    // Who slept reads of what was true then.
    const bool is_news = hears_of_ + router_.advert_interval / 4 >= host_.local_now();
    if (is_news) checker_.raised(host_place_, rivalry);
    if (mutant_ == Mutant::kContestForever) is_alarm_stuck_ = true;
    if (first_reason_ == core::ContestReason::kNone) first_reason_ = rivalry.reason;
  } else {
    first_reason_ = core::ContestReason::kNone;
    trace({.what = Trace::Entry::What::kContestOver});
    stage_.reached.note(Situation::kContestCleared);
  }
}

void Unit::note_drop(const Frame& frame, Drop drop) {
  Reached& reached = stage_.reached;
  switch (drop) {
    case Drop::kTtl: return reached.note(Situation::kDroppedTtl);
    case Drop::kVersion: return reached.note(Situation::kDroppedVersion);
    case Drop::kType: return reached.note(Situation::kDroppedType);
    case Drop::kLength: return reached.note(Situation::kDroppedLength);
    case Drop::kChecksum: return reached.note(Situation::kDroppedChecksum);
    case Drop::kInterval: return reached.note(Situation::kDroppedIntervalOfZero);
    case Drop::kAuthType:
    case Drop::kAuthMismatch:
    case Drop::kAuthFailed:
    case Drop::kAuthMissing:
    case Drop::kAuthMalformed:
    case Drop::kAuthKey: return reached.note(Situation::kDroppedAuthentication);
    case Drop::kMulticast: return reached.note(Situation::kDroppedDestination);
    case Drop::kNotAPeer: return reached.note(Situation::kDroppedNotPeer);
    case Drop::kOwnPacket: return reached.note(Situation::kDroppedOwnAdvertCameBack);
    case Drop::kAuthStale:
      if (frame.is_replay) reached.note(Situation::kReplayRefused);
      return reached.note(Situation::kStaleAdvertDropped);
    case Drop::kReplay:
      if (frame.is_copy) reached.note(Situation::kDuplicateRefusedForItsNumber);
      if (!frame.is_replay) return;
      reached.note(Situation::kReplayRefused);
      if (lives_ > 2) reached.note(Situation::kReplayRefusedAfterRestart);
      return;
    case Drop::kNone:
    case Drop::kUnknownVrid:
    case Drop::kNoAddresses:
    case Drop::kNotListening:
    case Drop::kOwnerIgnores:
    case Drop::kRateLimited:
    case Drop::kAddressList:
    case Drop::kQueueFull: return;
  }
}

}  // namespace sim
