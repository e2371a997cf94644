#include "tests/sim/host.hpp"

#include <algorithm>

namespace sim {
namespace {

using namespace std::chrono_literals;
using base::Cause;
using base::Hold;
using base::State;

constexpr std::size_t kSocketPackets = 256;
constexpr std::int64_t kMillion = 1'000'000;

}  // namespace

std::string_view to_string(Mutant mutant) {
  switch (mutant) {
    case Mutant::kNone: return "none";
    case Mutant::kDeaf: return "deaf";
    case Mutant::kHearsOnlyLower: return "hears-only-lower";
    case Mutant::kWinsEveryTie: return "wins-every-tie";
    case Mutant::kImpatient: return "impatient";
    case Mutant::kSluggish: return "sluggish";
    case Mutant::kSilentDeparture: return "silent-departure";
    case Mutant::kBreakBeforeMake: return "break-before-make";
    case Mutant::kClings: return "clings";
    case Mutant::kDefiesHolds: return "defies-holds";
    case Mutant::kDefiesChecks: return "defies-checks";
    case Mutant::kForgetsToTell: return "forgets-to-tell";
    case Mutant::kSpeaksOutOfTurn: return "speaks-out-of-turn";
    case Mutant::kIgnoresPriority: return "ignores-priority";
    case Mutant::kDreams: return "dreams";
  }
  return "?";
}

Host::Host(std::size_t index, const Plan& plan, Mutant mutant, Agenda& agenda, Lan& lan,
           Random& random, Checker& checker, Trace& trace)
    : index_(index),
      plan_(plan),
      self_(plan.routers[index]),
      mutant_(mutant),
      agenda_(agenda),
      lan_(lan),
      random_(random),
      checker_(checker),
      trace_(trace) {}

Instant Host::local(Instant at) const {
  return at + self_.clock_offset + Duration{at.ns() / kMillion * self_.drift_ppm};
}

// The first true moment at which this router's clock shows `at`, or a little later.
Instant Host::global(Instant at) const {
  const std::int64_t elapsed = (at - self_.clock_offset).ns();
  Instant guess = Instant::from_ns(elapsed - elapsed / kMillion * self_.drift_ppm);
  while (local(guess) < at) guess += std::max<Duration>(at - local(guess), 1us);
  return guess;
}

Duration Host::obeyed(Duration interval) const {
  if (self_.router.version == core::Version::kV2) return self_.router.advert_interval;
  return std::min(interval, self_.router.advert_interval * int{self_.router.learned_interval_cap});
}

// --- life ---

void Host::make_instance() {
  core::Router router = self_.router;
  if (mutant_ == Mutant::kImpatient) router.down_timer_adverts = 1;
  if (mutant_ == Mutant::kSluggish) router.down_timer_adverts = 6;
  instance_.emplace(router);
  life_ = Life::kRuns;
  told_link_.reset();
  told_check_.reset();
  told_weight_.reset();
  told_stop_ = false;
  installed_ = refused_ = false;
  // Some answers are there before the engine starts.
  checks_answer_at_ =
      agenda_.now() + (random_.chance(0.3) ? Duration{0} : random_.between(0s, 50ms));
  agenda_.at(checks_answer_at_, [this, life = life_number_] {
    if (life == life_number_) want_turn(0s);
  });
  want_turn(random_.between(0s, 1ms));
}

void Host::boot() {
  wipe();
  checker_.new_life(index_);
  trace({.what = Trace::Entry::What::kStarted});
  make_instance();
  told_start_ = false;
  told_hold_ = self_.router.needs_permit;
}

void Host::adopt() {
  ++life_number_;
  checker_.excuse(index_);
  make_instance();
  trace({.what = Trace::Entry::What::kAdopted});
  told_start_ = true;
  told_hold_ = board_->holds != 0;
  // Its life goes on: before this it was what the board says.
  call({board_->state, board_->departing},
       [this](core::Actions& todo) { instance_->adopt(*board_, local_now(), todo); });
}

void Host::wipe() {
  ++life_number_;
  instance_.reset();
  board_.reset();
  socket_.clear();
  ++kernel_job_;
  wants_ = holds_ = false;
  refused_until_ = {};
  next_turn_ = Instant::never();
}

void Host::boot_if_possible() {
  if (life_ == Life::kNoDaemon && !is(Fault::Kind::kStop) && !is(Fault::Kind::kEngineDeath) &&
      !is(Fault::Kind::kPowerLoss))
    boot();
}

void Host::begin(Fault::Kind kind) {
  if (++faults_[static_cast<std::size_t>(kind)] > 1) return;
  if (kind == Fault::Kind::kPowerLoss) {
    wipe();
    checker_.new_life(index_);
    life_ = Life::kNoPower;
  } else if (kind == Fault::Kind::kEngineDeath && life_ == Life::kRuns) {
    ++life_number_;
    instance_.reset();
    life_ = board_ ? Life::kNoEngine : Life::kNoDaemon;
  }
  want_turn(0s);
}

void Host::end(Fault::Kind kind) {
  if (--faults_[static_cast<std::size_t>(kind)] > 0) return;
  if (kind == Fault::Kind::kPause || kind == Fault::Kind::kPauseAll) checker_.excuse(index_);
  if (kind == Fault::Kind::kPowerLoss) life_ = Life::kNoDaemon;
  if (kind == Fault::Kind::kEngineDeath && life_ == Life::kNoEngine) adopt();
  if (kind == Fault::Kind::kStop && (life_ == Life::kRuns || life_ == Life::kNoEngine)) {
    wipe();  // it did not finish in time and is killed, addresses and all
    life_ = Life::kNoDaemon;
  }
  boot_if_possible();
  want_turn(0s);
}

// --- turns ---

void Host::arrive(const Frame& frame) {
  if (life_ != Life::kRuns && life_ != Life::kNoEngine) return;
  if (is(Fault::Kind::kLinkDown)) return;
  if (socket_.size() < kSocketPackets)
    socket_.push_back({frame, local_now()});
  else
    checker_.disturb_pair(frame.sender, index_);
  want_turn(random_.between(0s, plan_.lateness_max));
}

void Host::want_turn(Duration wait) {
  const Instant at = agenda_.now() + wait;
  if (at >= next_turn_) return;
  next_turn_ = at;
  agenda_.at(at, [this, at] {
    if (at == next_turn_) turn();
  });
}

// The order of the engine's turn: what happened, every packet already received, and only then the time.
void Host::turn() {
  next_turn_ = Instant::never();
  if (!runs()) return;
  ++turns_;
  tell_facts();
  drain();
  call([this](core::Actions& todo) { instance_->advance(local_now(), todo); });
  if (mutant_ == Mutant::kDreams && instance_->deadline() > local_now() &&
      instance_->state() == State::kBackup && !told_hold_ && random_.chance(0.01))
    call([this](core::Actions& todo) { instance_->advance(instance_->deadline(), todo); });
  if (mutant_ == Mutant::kSpeaksOutOfTurn && instance_->state() == State::kBackup) {
    const core::Action action = core::SendAdvert{instance_->effective_priority()};
    execute(action);
    checker_.called(index_, {instance_->state(), false}, *instance_, {action}, local_now());
  }
  checker_.turned(index_, *instance_, local_now());
  if (is(Fault::Kind::kStop) && instance_->state() == State::kStopped) {
    wipe();
    life_ = Life::kNoDaemon;
    return;
  }
  publish();
  plan_next_turn();
}

void Host::plan_next_turn() {
  if (instance_->deadline().is_never()) return;
  const Instant due = global(instance_->deadline());
  want_turn(std::max<Duration>(due - agenda_.now(), 0s) + random_.between(0s, plan_.lateness_max));
}

// Level-triggered: tells what differs from what was told before.
void Host::tell_facts() {
  const auto handle = [this](const core::Event& event) {
    call([&](core::Actions& todo) { instance_->handle(event, local_now(), todo); });
  };
  const bool link = !is(Fault::Kind::kLinkDown);
  if (told_link_ != link) {
    told_link_ = link;
    core::Address source = self_.source;
    if (mutant_ == Mutant::kWinsEveryTie) {
      std::array<std::uint8_t, 16> highest{};
      highest.fill(0xff);
      source = core::Address::from_bytes(source.family(),
                                         std::span(highest).first(source.bytes().size()));
    }
    handle(core::LinkChanged{link, Cause::kLinkDown, source});
  }
  const bool hold = is(Fault::Kind::kHold) && mutant_ != Mutant::kDefiesHolds;
  if (told_hold_ != hold) {
    told_hold_ = hold;
    handle(core::HoldChanged{self_.router.needs_permit ? Hold::kPermit : Hold::kMaintenance, hold,
                             hold ? 1000U : 0U});
  }
  if (agenda_.now() >= checks_answer_at_) {
    const bool check = !is(Fault::Kind::kCheckFails) || mutant_ == Mutant::kDefiesChecks;
    if (told_check_ != check) {
      told_check_ = check;
      checker_.disturb();  // what it is fit for counts from when it knows
      handle(core::TrackerReported{0, check, Cause::kScriptFailed, check ? 0 : 1, 5ms});
    }
    const bool weight = !is(Fault::Kind::kWeightLost) || mutant_ == Mutant::kIgnoresPriority;
    if (told_weight_ != weight) {
      told_weight_ = weight;
      checker_.disturb();
      handle(core::TrackerReported{1, weight, Cause::kTrackedFile, 0, 0ms});
    }
  }
  if (!told_start_) {
    told_start_ = true;
    handle(core::Start{});
  }
  if (installed_) {
    installed_ = false;
    handle(core::AddressesInstalled{});
  }
  if (refused_) {
    refused_ = false;
    const bool was_master = instance_->state() == State::kMaster && !instance_->is_departing();
    // Its own clock may run slow, and it needs a turn to notice.
    if (was_master) refused_until_ = agenda_.now() + core::kRefusalRetry + 20ms;
    handle(core::AddressRefused{99});
  }
  if (is(Fault::Kind::kStop) && !told_stop_) {
    told_stop_ = true;
    handle(core::Stop{});
  }
}

void Host::drain() {
  while (!socket_.empty()) {
    const Arrived arrived = socket_.front();
    socket_.pop_front();
    core::Advert advert;
    const base::Drop reason = core::parse({std::span(arrived.frame.bytes).first(arrived.frame.size),
                                           arrived.frame.source, arrived.frame.destination, 255},
                                          self_.router, advert);
    if (reason != base::Drop::kNone) {
      trace({.what = Trace::Entry::What::kDropped, .number = static_cast<std::uint8_t>(reason)});
      continue;
    }
    if (mutant_ == Mutant::kDeaf) continue;
    if (mutant_ == Mutant::kHearsOnlyLower && advert.priority >= instance_->effective_priority() &&
        instance_->state() == State::kMaster)
      continue;
    trace({.what = Trace::Entry::What::kHeard, .number = advert.priority.value});
    call([&](core::Actions& todo) {
      instance_->handle(core::Heard{advert, arrived.at}, local_now(), todo);
    });
  }
}

void Host::publish() {
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
  board_ = board;
}

// --- actions ---

template <typename Act>
void Host::call(Act act) {
  call({instance_->state(), instance_->is_departing()}, act);
}

template <typename Act>
void Host::call(const Before& before, Act act) {
  core::Actions todo;
  act(todo);
  std::vector<core::Action> done;
  for (const core::Action& action : todo) {
    const auto* sent = std::get_if<core::SendAdvert>(&action);
    const bool is_release = sent != nullptr && sent->priority == base::kReleasePriority;
    if (is_release && mutant_ == Mutant::kSilentDeparture) continue;
    if (mutant_ == Mutant::kForgetsToTell && std::holds_alternative<core::Changed>(action) &&
        random_.chance(0.2))
      continue;
    execute(action);
    if (is_release && mutant_ == Mutant::kBreakBeforeMake) put_addresses(false);
    done.push_back(action);
  }
  checker_.called(index_, before, *instance_, done, local_now());
}

void Host::execute(const core::Action& action) {
  if (const auto* advert = std::get_if<core::SendAdvert>(&action)) send(advert->priority);
  if (std::holds_alternative<core::InstallAddresses>(action)) put_addresses(true);
  if (std::holds_alternative<core::WithdrawAddresses>(action) && mutant_ != Mutant::kClings)
    put_addresses(false);
  if (const auto* change = std::get_if<core::Changed>(&action))
    trace({.what = Trace::Entry::What::kChanged,
           .from = change->from,
           .to = change->to,
           .cause = change->cause});
}

void Host::send(core::Priority priority) {
  trace({.what = Trace::Entry::What::kSent, .number = priority.value});
  Frame frame;
  std::array<std::uint8_t, core::kMaxMessage> room{};
  frame.source = self_.source;
  frame.destination = core::multicast_group(self_.router.family);
  frame.sender = index_;
  frame.size = core::build(self_.router, priority, instance_->checksum_form(), frame.source,
                           frame.destination, room);
  CHECK(frame.size <= frame.bytes.size(), "a simulated advert fits its frame");
  std::copy_n(room.begin(), frame.size, frame.bytes.begin());
  if (!is(Fault::Kind::kLinkDown)) lan_.send(frame);
}

// The kernel takes its time, and does the newest thing asked.
void Host::put_addresses(bool in) {
  wants_ = in;
  agenda_.in(random_.between(0s, plan_.kernel_max), [this, in, job = ++kernel_job_] {
    if (job != kernel_job_) return;
    if (in && is(Fault::Kind::kRefusal)) {
      refused_ = true;
    } else {
      holds_ = in;
      installed_ = in;
      trace({.what = in ? Trace::Entry::What::kHolds : Trace::Entry::What::kLetGo});
    }
    want_turn(random_.between(0s, plan_.lateness_max));
  });
}

View Host::view() const {
  View view;
  view.runs = runs();
  view.wants_addresses = wants_;
  view.kernel_holds = holds_;
  if (!instance_) return view;
  view.may_hold = instance_->holds_addresses();
  view.state = instance_->state();
  view.is_departing = instance_->is_departing();
  view.is_master = view.state == State::kMaster && !view.is_departing;
  view.is_fit = view.runs && !is(Fault::Kind::kHold) && !is(Fault::Kind::kLinkDown) &&
                !is(Fault::Kind::kCheckFails) && !is(Fault::Kind::kStop) &&
                agenda_.now() > refused_until_;
  view.is_refused = is(Fault::Kind::kRefusal);
  view.spoken = instance_->effective_priority();
  view.effective = self_.router.priority;
  if (is(Fault::Kind::kWeightLost) && !self_.router.is_owner())
    view.effective = core::Priority{
        static_cast<std::uint8_t>(std::max(1, int{self_.router.priority.value} - 60))};
  return view;
}

void Host::trace(Trace::Entry entry) {
  entry.at = agenda_.now();
  entry.router = static_cast<std::uint8_t>(index_);
  trace_.add(entry);
}

}  // namespace sim
