#include "tests/sim/unit.hpp"

#include <algorithm>
#include <utility>

#include "engine/core/auth_number.hpp"
#include "engine/core/timing.hpp"
#include "tests/sim/host.hpp"
#include "tests/sim/shortcut_digest.hpp"

namespace sim {
namespace {

using namespace std::chrono_literals;
using base::Cause;
using base::Hold;
using base::State;
using core::Priority;

constexpr int kTimelyShare = 4;  // of an interval: later than that, a host has slept

}  // namespace

core::Router broken_by(Mutant mutant, core::Router router, bool strict_allowed) {
  switch (static_cast<int>(mutant)) {
    case static_cast<int>(Mutant::kImpatient): router.down_timer_adverts = 1; break;
    case static_cast<int>(Mutant::kSluggish): router.down_timer_adverts = 8; break;
    case static_cast<int>(Mutant::kNeverPreempts): router.preempt = false; break;
    case static_cast<int>(Mutant::kAlwaysPreempts): router.preempt = true; break;
    case static_cast<int>(Mutant::kPreemptsAtOnce): router.preempt_delay = 0s; break;
    case static_cast<int>(Mutant::kIntervalUncapped): router.learned_interval_cap = 255; break;
    case static_cast<int>(Mutant::kIntervalIgnored): router.learned_interval_cap = 1; break;
    case static_cast<int>(Mutant::kNoLateGuard): router.late_backup = Priority{0}; break;
    case static_cast<int>(Mutant::kForgetsQuietStart): router.quiet_cap = 0s; break;
    case static_cast<int>(Mutant::kMemberRisesAlone): router.is_grouped = false; break;
    case static_cast<int>(Mutant::kStrictByItself): router.strict = strict_allowed; break;
    default: break;
  }
  return router;
}

Unit::Unit(Stage& stage, Host& host, std::size_t host_place, std::size_t place, Mutant mutant,
           Checker& checker, Lan& lan)
    : stage_(stage),
      host_(host),
      host_place_(host_place),
      place_(place),
      mutant_(mutant),
      checker_(checker),
      lan_(lan),
      router_(stage.plan.routers[place].routers[host_place]),
      wanted_(router_),
      source_(source_of(host_place, router_.family)) {
  const VirtualPlan& plan = stage.plan.routers[place];
  if (!plan.is_signed()) return;
  // Everybody has heard everybody: of somebody never heard before, nobody can say whether his clock or ours is wrong.
  const std::uint64_t lately = core::number_of(host.wall_ns() - 60'000'000'000);
  memory_.marks.push_back({host.plan().key, core::Address{}, lately});
  for (std::size_t i = 0; i < plan.routers.size(); ++i)
    for (const std::uint8_t key : std::array<std::uint8_t, 2>{1, 2})
      if (i != host_place) memory_.marks.push_back({key, source_of(i, router_.family), lately});
}

std::string Unit::name() const { return name_of(host_place_) + "v" + std::to_string(place_); }

Duration Unit::obeyed(Duration interval) const {
  return std::min(interval, router_.advert_interval * int{router_.learned_interval_cap});
}

bool Unit::is_vrid(const Frame& frame) const {
  return frame.size >= 2 && frame.bytes[1] == router_.vrid.value &&
         frame.source.family() == router_.family;
}

core::Member Unit::member() const {
  core::Member member{.instance = static_cast<std::uint16_t>(place_),
                      .has_own_fault = instance_->has_own_fault(),
                      .is_stopped = instance_->state() == State::kStopped,
                      .is_departing = instance_->is_departing(),
                      .is_held = instance_->holds() != 0,
                      .is_master = instance_->state() == State::kMaster,
                      .wants_master = instance_->wants_master(),
                      .must_prepare = instance_->must_prepare(),
                      .is_starting = instance_->state() == State::kInitialize,
                      .is_listening = instance_->is_listening(),
                      .told = instance_->told(),
                      .told_prepares = instance_->told_prepares()};
  if (mutant_ == Mutant::kGroupWithoutFaults) member.has_own_fault = false;
  return member;
}

// --- life ---

void Unit::make() {
  ++lives_;
  instance_.emplace(broken_by(mutant_, router_, !stage_.plan.routers[place_].is_divided()));
  make_authenticator();
  contest_ = {};
  const VirtualPlan& plan = stage_.plan.routers[place_];
  debounce_ = mutant_ == Mutant::kDefiesDebounce ? core::Debounce{}
                                                 : core::Debounce{plan.check_up, plan.check_down};
  told_link_.reset();
  told_check_.reset();
  told_weight_.reset();
  told_second_.reset();
  told_file_.reset();
  told_stop_ = false;
  installed_ = refused_ = false;
  rival_until_ = {};
  has_heard_lan_ = false;
  last_sent_ = Instant::never();
  replies_.fill(Instant::never());
  rose_at_ = Instant::never();
  backup_since_ = host_.local_now();
  seen_failing_since_ = Instant::never();
  // Some answers are there before the engine starts.
  checks_answer_at_ =
      stage_.now() + (stage_.random.chance(0.3) ? Duration{0} : stage_.random.between(0s, 50ms));
  if (checks_answer_at_ > stage_.now())
    stage_.agenda.at(checks_answer_at_, {[](void* self, std::uint64_t life, std::uint64_t) {
                                           auto* unit = static_cast<Unit*>(self);
                                           if (unit->lives_ == life) unit->host_.want_turn(0s);
                                         },
                                         this, lives_});
}

void Unit::make_authenticator() {
  const VirtualPlan& plan = stage_.plan.routers[place_];
  authenticator_.reset();
  if (!plan.is_signed()) return;
  const bool is_other = plan.mismatch == Mismatch::kKey && plan.odd == host_place_ && !is_mended_;
  constexpr std::array<std::uint8_t, 4> kSecrets[] = {
      {'o', 'n', 'e', '!'}, {'t', 'w', 'o', '!'}, {'b', 'a', 'd', '1'}, {'b', 'a', 'd', '2'}};
  core::AuthSettings settings;
  settings.keys = {core::AuthKey{1, kSecrets[is_other ? 2 : 0]},
                   core::AuthKey{2, kSecrets[is_other ? 3 : 1]}};
  settings.active_key = host_.plan().key;
  settings.is_monotonic = plan.is_monotonic;
  if (mutant_ == Mutant::kUnsigned) settings.mode = core::HmacMode::kReceiveOnly;
  if (mutant_ == Mutant::kTakesUnsigned) settings.mode = core::HmacMode::kPermissive;
  authenticator_ = std::make_unique<core::Authenticator>(router_, settings, shortcut_digests());
  if (mutant_ == Mutant::kMarksForgotten && lives_ > 1) return;
  for (const core::Mark& mark : memory_.marks)
    (void)authenticator_->remember(mark, host_.local_now());  // there is room for sixteen
}

void Unit::remember(const core::Mark& mark) {
  for (core::Mark& known : memory_.marks) {
    if (known.key != mark.key || known.signer != mark.signer) continue;
    if (core::is_after(mark.number, known.number)) known.number = mark.number;
    return;
  }
  memory_.marks.push_back(mark);
}

void Unit::boot() {
  router_ = wanted_;
  make();
  started_at_ = host_.local_now();
  is_adopted_ = false;
  told_start_ = false;
  told_hold_ = router_.needs_permit;
  knows_peer_ = memory_.knew_peer;
  is_alarm_stuck_ = false;
}

void Unit::adopt() {
  make();
  is_adopted_ = true;
  told_start_ = true;
  core::Adopted board = *board_;
  if (mutant_ == Mutant::kAdoptsWithoutHolds) board.holds = 0;
  told_hold_ = (board.holds & ~static_cast<unsigned>(Hold::kStartDelay) &
                ~static_cast<unsigned>(Hold::kQuiet)) != 0;
  knows_peer_ = false;  // the core says what a quiet start is after an adoption
  const Before before{board_->state, board_->departing, false};
  if (before.is_departing)
    stage_.reached.note(Situation::kAdoptedInDeparture);
  else if (before.state == State::kMaster)
    stage_.reached.note(Situation::kAdoptedAsMaster);
  else if (before.state == State::kBackup)
    stage_.reached.note(Situation::kAdoptedAsBackup);
  else if (before.state == State::kFault)
    stage_.reached.note(Situation::kAdoptedInFault);
  // Its life goes on: before this it was what the board says.
  call(before, [&](core::Actions& todo) { instance_->adopt(board, host_.local_now(), todo); });
  if (instance_->state() == State::kMaster && !instance_->is_departing() &&
      mutant_ != Mutant::kContestDeaf)
    contest_.spoke(board.deadline - router_.advert_interval);
  constexpr auto kAsked =
      static_cast<unsigned>(Hold::kPermit) | static_cast<unsigned>(Hold::kMaintenance);
  if ((instance_->holds() & kAsked) != (board_->holds & kAsked))
    stage_.violate(name() + " forgets in an adoption what holds it");
}

void Unit::die() {
  instance_.reset();
  authenticator_.reset();
  ++lives_;
}

void Unit::wipe(bool is_disk_lost) {
  die();
  board_.reset();
  ++kernel_job_;
  wants_ = holds_ = false;
  refused_until_ = {};
  // Who forgets what was said takes it for new: that is what a signature with a clock leaves open, and no fault of ours.
  if (is_disk_lost && memory_.marks.empty()) memory_ = {};
}

void Unit::give(const core::Router& router, bool mends) {
  is_mended_ = is_mended_ || mends;
  wanted_ = router;
}

void Unit::begin(Fault::Kind kind, int value) {
  if (kind == Fault::Kind::kFileValue) file_value_ = value;
  const bool was_well = !is(Fault::Kind::kCheckFails) && !is(Fault::Kind::kSecondFails);
  if (++faults_[static_cast<std::size_t>(kind)] > 1) return;
  if (kind == Fault::Kind::kSecondFails) second_failing_since_ = host_.local_now();
  const bool is_check = kind == Fault::Kind::kCheckFails || kind == Fault::Kind::kSecondFails;
  if (is_check && !was_well) stage_.reached.note(Situation::kTwoChecksFailAtOnce);
}

void Unit::end(Fault::Kind kind) {
  if (--faults_[static_cast<std::size_t>(kind)] > 0) return;
  if (kind == Fault::Kind::kFileValue) file_value_ = 0;
  if (kind != Fault::Kind::kSecondFails) return;
  const Duration lasted = host_.local_now() - second_failing_since_;
  if (lasted < stage_.plan.routers[place_].check_down && told_second_ == true)
    stage_.reached.note(Situation::kFailureTooShortToCount);
  second_failing_since_ = Instant::never();
}

// --- turns ---

void Unit::start_if_new() {
  if (!told_start_) tell_facts();
}

// As the engine does: a master whose advert is hardly late speaks before anything is read.
void Unit::speak_on_time() {
  if (instance_->state() != State::kMaster || instance_->is_departing()) return;
  const Instant now = host_.local_now();
  if (instance_->deadline() > now) return;
  if (now - instance_->deadline() < router_.advert_interval / kTimelyShare) advance();
}

void Unit::advance() {
  const Instant now = host_.local_now();
  if (instance_->deadline() > now && mutant_ != Mutant::kDreams) return;
  if (now < postponed_until_) return;
  call([&](core::Actions& todo) { instance_->advance(now, todo); });
  if (mutant_ == Mutant::kDreams && instance_->deadline() > now &&
      instance_->state() == State::kBackup && !told_hold_ && stage_.random.chance(0.01))
    call([&](core::Actions& todo) { instance_->advance(instance_->deadline(), todo); });
}

void Unit::finish_turn() {
  const Instant now = host_.local_now();
  const bool speaks = (mutant_ == Mutant::kSpeaksOutOfTurn || mutant_ == Mutant::kCriesWolf) &&
                      instance_->state() == State::kBackup && stage_.random.chance(0.01);
  if (speaks)
    call([&](core::Actions& todo) {
      const bool is_wolf = mutant_ == Mutant::kCriesWolf;
      todo.push_back(
          core::SendAdvert{is_wolf ? base::kReleasePriority : instance_->effective_priority()});
    });
  contest_changed(contest_.advance(now));
  if (stage_.now() >= checks_answer_at_) {
    // One that is new counts from the next turn on.
    const bool check = told_check_ && fails(Fault::Kind::kCheckFails, kCheck);
    const bool second = told_second_ && place_of(router_, kSecond) && debounce_.level() == false;
    const unsigned failing = (check ? 1U : 0U) + (second ? 1U : 0U);
    if (instance_->fault_count() < failing)
      stage_.violate(name() + " has more wrong with it than it counts");
  }
  // A reload is the last thing in a turn: what is due by it is done in the next.
  if (!std::exchange(is_reloaded_, false) && now >= postponed_until_)
    checker_.turned(host_place_, *instance_, now);
  core::Adopted board;
  board.state = instance_->state();
  board.deadline = instance_->deadline();
  board.master_interval = instance_->master_interval();
  board.master = instance_->master();
  board.master_priority = instance_->master_priority();
  board.last_heard = instance_->last_heard();
  board.holds = instance_->holds();
  board.departing = instance_->is_departing();
  board.effective = instance_->effective_priority();
  board.delayed_until = started_at_ + host_.plan().start_delay;
  board_ = board;
}

Instant Unit::deadline() const {
  if (!instance_) return Instant::never();
  const Instant due = std::max(instance_->deadline(), postponed_until_);
  return earlier(earlier(due, contest_.deadline()), debounce_.deadline());
}

void Unit::handle(const core::Event& event) {
  call([&](core::Actions& todo) { instance_->handle(event, host_.local_now(), todo); });
}

void Unit::told_by_group(const core::GroupChanged& change) { handle(change); }

void Unit::lan_carries() {
  has_heard_lan_ = true;
  if ((instance_->holds() & static_cast<unsigned>(Hold::kQuiet)) == 0) return;
  stage_.reached.note(Situation::kQuietStartEndedByLan);
  handle(core::LanHeard{});
}

// --- actions ---

void Unit::call(const Before& before, void (*act)(void*, core::Actions&), void* what) {
  due_ = instance_->deadline();
  const auto holds = instance_->holds();
  core::Actions todo;
  act(what, todo);
  core::Actions done;
  bool is_told = true;
  for (const core::Action& action : todo) {
    const auto* sent = std::get_if<core::SendAdvert>(&action);
    const auto* change = std::get_if<core::Changed>(&action);
    const bool is_release = sent != nullptr && sent->priority == base::kReleasePriority;
    if (is_release && mutant_ == Mutant::kSilentDeparture) continue;
    if (mutant_ == Mutant::kForgetsToTell && change != nullptr && stage_.random.chance(0.2)) {
      is_told = false;
      continue;
    }
    if (change != nullptr) watch_change(*change);
    const bool is_withdrawal = std::holds_alternative<core::WithdrawAddresses>(action);
    if (is_withdrawal && before.is_preparing && mutant_ == Mutant::kClingsToPreparation) continue;
    execute(action);
    if (is_release && mutant_ == Mutant::kBreakBeforeMake) put_addresses(false);
    done.push_back(action);
  }
  if (before.state == State::kBackup) watch_return(before);
  const bool has_asked = instance_->is_preparing() && !before.is_preparing;
  if (has_asked && mutant_ == Mutant::kAnnouncesUnprepared) done.push_back(core::Announce{});
  constexpr auto kQuiet = static_cast<unsigned>(Hold::kQuiet);
  constexpr auto kDelay = static_cast<unsigned>(Hold::kStartDelay);
  if ((holds & kQuiet) != 0 && (instance_->holds() & kQuiet) == 0 && !has_heard_lan_ &&
      told_link_ == true)
    stage_.reached.note(Situation::kQuietStartEndedByItsCap);
  if ((instance_->holds() & kDelay) != 0 && instance_->state() == State::kBackup)
    stage_.reached.note(Situation::kStartDelayKeepsRouterDown);
  const bool is_master = instance_->state() == State::kMaster && !instance_->is_departing();
  contest_changed(contest_.stand(is_master, router_.advert_interval, host_.local_now()));
  checker_.called(host_place_, before, *instance_, done, is_told, host_.local_now());
  if (has_asked && mutant_ == Mutant::kRisesUnprepared) handle(core::AddressesInstalled{});
}

// Whoever pushes a living master aside has the addresses in its kernel before it says so.
void Unit::watch_return(const Before& before) {
  const bool rises = instance_->state() == State::kMaster;
  const bool has_rival = host_.local_now() <= rival_until_;
  if (rises && has_rival && !holds_)
    stage_.violate(name() + " pushes a master aside before its kernel holds the addresses");
  if (!before.is_preparing || instance_->is_preparing()) return;
  Reached& reached = stage_.reached;
  if (!rises) return reached.note(Situation::kReturnGivenUp);
  if (!holds_) return;
  reached.note(Situation::kReturnPrepared);
  if (router_.is_grouped) reached.note(Situation::kReturnOfGroupPrepared);
}

// What it does, held against what it was told to wait for.
void Unit::watch_change(const core::Changed& change) {
  const Instant now = host_.local_now();
  if (change.to == State::kBackup) rival_until_ = {};  // what it heard before is forgotten
  if (change.to == State::kBackup) {
    backup_since_ = now;
    lower_since_ = Instant::never();
    if (rose_at_.is_never()) rose_at_ = now;
  }
  if (change.to == State::kMaster) {
    replies_.fill(Instant::never());
    last_sent_ = now;
    said_ = router_.advert_interval;
    is_departure_answered_ = false;
    if (!is_adopted_ && now < started_at_ + host_.plan().start_delay)
      stage_.violate(name() + " is master before its start delay has passed");
    const bool has_to_listen = router_.quiet_cap > 0s && knows_peer_ && !has_heard_lan_ &&
                               !router_.is_owner() && !rose_at_.is_never();
    if (has_to_listen && now - rose_at_ < router_.quiet_cap)
      stage_.violate(name() +
                     " knew of others, heard nothing and takes over before its quiet start ends");
    if (change.cause == Cause::kPreemption && !router_.is_owner()) {
      if (!router_.preempt) stage_.violate(name() + " preempts and must not");
      if (lower_since_.is_never() || now - lower_since_ < router_.preempt_delay)
        stage_.violate(name() + " preempts before its delay has passed");
      if (router_.preempt_delay > 0s) stage_.reached.note(Situation::kPreemptionAfterItsDelay);
    }
  }
  const bool is_replaced =
      change.cause == Cause::kHigherPriorityHeard || change.cause == Cause::kLateTimer;
  if (change.cause == Cause::kReload && change.from == State::kFault)
    stage_.reached.note(Situation::kReloadEndsFault);
  if (is_adopted_ && change.from == State::kMaster && is_replaced)
    stage_.reached.note(Situation::kAdoptedAfterSomebodyTookOver);
  // What a new engine finds at its first look counts at once: nobody knows since when it is so. Nor does anybody know of a recovery
  // between two looks.
  if (change.cause == Cause::kTrackedInterfaceDown && change.from == State::kBackup &&
      !seen_failing_since_.is_never() &&
      seen_failing_since_ > std::max(backup_since_, looks_since_)) {
    if (now - seen_failing_since_ < stage_.plan.routers[place_].check_down)
      stage_.violate(name() + " believes a failure before it has lasted");
  }
  if (change.from == State::kMaster) last_sent_ = Instant::never();
  if (change.from == State::kMaster && change.to != State::kMaster && !is_departure_answered_ &&
      instance_->state() != State::kMaster && change.cause == Cause::kPermitRemoved)
    stage_.reached.note(Situation::kDepartureNobodyAnswers);
}

void Unit::execute(const core::Action& action) {
  if (const auto* advert = std::get_if<core::SendAdvert>(&action)) owe(advert->priority);
  if (std::holds_alternative<core::InstallAddresses>(action) && mutant_ != Mutant::kNeverInstalls)
    put_addresses(true);
  if (std::holds_alternative<core::WithdrawAddresses>(action) && mutant_ != Mutant::kClings)
    put_addresses(false);
  if (const auto* change = std::get_if<core::Changed>(&action))
    trace({.what = Trace::Entry::What::kChanged,
           .from = change->from,
           .to = change->to,
           .cause = change->cause});
}

void Unit::owe(Priority priority) {
  const Instant now = host_.local_now();
  if (priority != base::kReleasePriority && router_.late_backup.value > 0 &&
      !last_sent_.is_never() &&
      now - last_sent_ >= core::master_down_interval(router_.version, router_.late_backup, said_,
                                                     router_.down_timer_adverts))
    stage_.violate(name() + " goes on as master so late that others took over");
  last_sent_ = now;
  said_ = router_.advert_interval;
  host_.owe(place_, priority, now - due_);
}

bool Unit::is_peer(const core::Address& address) const {
  const auto is_it = [&](const core::UnicastPeer& one) { return one.address == address; };
  return std::any_of(router_.peers.begin(), router_.peers.end(), is_it);
}

void Unit::say(Priority priority, Duration late) {
  trace({.what = Trace::Entry::What::kSent, .number = priority.value});
  if (host_.is_undrained() && late >= router_.advert_interval / kTimelyShare)
    stage_.violate(name() + " woke late and speaks before it has heard what waits");
  if (router_.is_unicast()) {
    for (std::size_t to = 0; to < stage_.plan.hosts.size(); ++to) {
      if (to == host_place_) continue;
      if (is_peer(source_of(to, router_.family)))
        send_to(source_of(to, router_.family), static_cast<std::uint8_t>(to), priority);
      else
        checker_.lost(host_place_, to);  // by configuration
    }
  } else {
    send_to(core::group_of(router_), kEverybody, priority);
  }
  if (priority != base::kReleasePriority && mutant_ != Mutant::kContestDeaf)
    contest_.spoke(host_.local_now());
}

void Unit::send_to(const core::Address& destination, std::uint8_t to, Priority priority) {
  if (mutant_ == Mutant::kOwnNumberGoesBack) make_authenticator();
  const std::size_t copies = authenticator_ ? authenticator_->copies(host_.wall_ns()) : 1;
  if (copies > 1) stage_.reached.note(Situation::kAdvertGoesOutTwiceAfterClockWasPutRight);
  for (std::size_t copy = 0; copy < copies; ++copy) {
    Frame frame;
    std::array<std::uint8_t, core::kMaxMessage + core::kMaxSealing>
        room;  // as much of it as is written
    frame.source = source_;
    frame.destination = destination;
    frame.ttl = router_.is_unicast() ? router_.ttl : 255;
    frame.sender = static_cast<std::uint8_t>(host_place_);
    frame.to = to;
    frame.router = static_cast<std::uint8_t>(place_);
    frame.serial = ++stage_.serial;
    std::size_t size =
        core::build(router_, priority, instance_->checksum_form(), frame.source, destination, room);
    if (authenticator_) {
      size = authenticator_->seal(room, size, source_, destination, host_.wall_ns(), copy);
      if (const auto own = authenticator_->own(); own && mutant_ != Mutant::kOwnNumberGoesBack)
        remember(*own);
    }
    CHECK(size <= frame.bytes.size(), "a simulated advert fits its frame");
    std::copy_n(room.begin(), size, frame.bytes.begin());
    frame.size = static_cast<std::uint8_t>(size);
    if (host_.has_link()) lan_.send(frame);
  }
}

// The kernel takes its time, and does the newest thing asked.
void Unit::put_addresses(bool in) {
  wants_ = in;
  installed_ = refused_ = false;  // an answer to what was asked before
  stage_.agenda.in(stage_.random.between(0s, stage_.plan.kernel_max),
                   job<&Unit::kernel_did>(this, in ? 1 : 0, ++kernel_job_));
}

void Unit::kernel_did(std::uint64_t in, std::uint64_t job_number) {
  if (job_number != kernel_job_) return;
  host_.touch();
  if (in != 0 && is(Fault::Kind::kRefusal)) {
    refused_ = true;
  } else {
    holds_ = in != 0;
    installed_ = in != 0;
    trace({.what = holds_ ? Trace::Entry::What::kHolds : Trace::Entry::What::kLetGo});
  }
  host_.want_turn(host_.lateness());
}

void Unit::survived_two_losses() {
  if (instance_ && instance_->state() == State::kBackup && router_.down_timer_adverts >= 3)
    stage_.reached.note(Situation::kTwoAdvertsLostInRowAndNoTakeover);
}

void Unit::trace(Trace::Entry entry) {
  entry.at = stage_.now();
  entry.host = static_cast<std::uint8_t>(host_place_);
  entry.router = static_cast<std::uint8_t>(place_);
  stage_.trace.add(entry);
}

}  // namespace sim
