// Any bytes as the life of one virtual router. After every event the instance is woken, as the engine does it, and held
// to what must never be, whatever happened: see Watch.
#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "engine/core/instance.hpp"
#include "engine/core/timing.hpp"
#include "tests/fuzz/input.hpp"

namespace {

using namespace std::chrono_literals;
using base::Cause;
using base::Hold;
using base::State;
using core::Address;
using core::Duration;
using core::Instance;
using core::Instant;
using core::Priority;
using core::Version;

constexpr Duration kLongestStartDelay = 25500ms;

// One for all executions: making it anew would take longer than a short life.
core::Router& make_router(fuzz::Input& in) {
  static core::Router router;
  const std::uint8_t kind = in.u8();
  const std::uint8_t options = in.u8();
  router.is_grouped = (options & 1) != 0;
  router.answers_lower = (options & 2) == 0;
  router.answers_higher = (options & 4) != 0;
  router.quiet_cap = (options & 8) != 0 ? 10s : 0s;
  router.late_backup =
      Priority{(options & 16) != 0 ? static_cast<std::uint8_t>(options | 1) : std::uint8_t{0}};
  router.owner_ignores_adverts = (options & 32) != 0;
  router.vrid = core::Vrid{51};
  router.version = (kind & 1) != 0 ? Version::kV3 : Version::kV2;
  router.preempt = (kind & 2) == 0;
  router.needs_permit = (kind & 4) != 0;
  router.preempt_delay = (kind & 8) != 0 ? std::chrono::seconds{in.u8()} : 0s;
  const std::uint8_t steps = in.u8();
  router.advert_interval = router.version == Version::kV2
                               ? Duration{std::chrono::seconds{1 + steps % 4}}
                               : Duration{10ms * (1 + steps)};
  router.priority = Priority{static_cast<std::uint8_t>(std::max<int>(in.u8(), 1))};
  router.down_timer_adverts = static_cast<std::uint8_t>(1 + (kind >> 4 & 3));
  router.addresses = {Address::v4(192, 0, 2, 100)};
  router.trackers.clear();
  const std::size_t trackers = in.below(4);
  for (std::size_t i = 0; i < trackers; ++i) {
    core::Tracker tracker;
    const std::uint8_t byte = in.u8();
    tracker.reverse = (byte & 1) != 0;
    if ((byte & 2) != 0) tracker.weight = static_cast<std::int16_t>((byte & 4) != 0 ? byte : -byte);
    router.trackers.push_back(tracker);
  }
  return router;
}

// Looks on from outside.
class Watch {
 public:
  explicit Watch(const core::Router& router) : router_(router) {}

  // Told before and after every call.
  void before(const Instance& instance) {
    state_ = instance.state();
    was_departing_ = instance.is_departing();
  }
  void after(const Instance& instance, const core::Actions& todo, Instant now, bool heard) {
    // A takeover or a refusal asks for three things, and nothing asks for more than four.
    CHECK(todo.size() <= 4, "few actions");
    for (const core::Action& action : todo) {
      if (const auto* change = std::get_if<core::Changed>(&action)) {
        CHECK(change->to != State::kMaster || !router_.is_grouped ||
                  instance.told() == State::kMaster,
              "a member rises with its group");
        CHECK(change->from == state_, "changes are told in unbroken sequence");
        CHECK(change->to != change->from, "and change something");
        CHECK(change->cause != Cause::kNone, "for a cause");
        CHECK(change->evidence.silence >= 0ns && change->evidence.lateness >= 0ns,
              "silence and lateness are not negative");
        state_ = change->to;
      } else if (std::holds_alternative<core::InstallAddresses>(action)) {
        holds_ = true;
      } else if (std::holds_alternative<core::WithdrawAddresses>(action)) {
        holds_ = false;
      } else if (const auto* sent = std::get_if<core::SendAdvert>(&action)) {
        advert(*sent, instance, now, heard);
      } else {
        CHECK(instance.state() == State::kMaster && !instance.is_departing(),
              "only masters announce");
      }
    }
    CHECK(instance.state() == state_, "every change is told");
    CHECK(instance.holds_addresses() == holds_, "what is held was asked for");
    if (state_ != State::kMaster || instance.is_departing())
      first_reply_ = second_reply_ = Instant::never();

    const bool is_master = state_ == State::kMaster && !instance.is_departing();
    CHECK(!is_master || instance.holds() == 0, "no master while held");
    CHECK(!is_master || instance.told() == State::kMaster || instance.told() == State::kInitialize,
          "no master alone");
    CHECK(!instance.wants_master() || (router_.is_grouped && state_ == State::kBackup &&
                                       instance.holds() == 0 && !instance.is_listening()),
          "only a backup without holds wants");
    CHECK(!instance.has_own_fault() || !is_master, "no master with a fault of its own");
    CHECK(!instance.ignores_adverts() || is_master, "who is not master listens");
    CHECK(!is_master || instance.fault_count() == 0, "no master while something is wrong");
    CHECK(state_ != State::kBackup || instance.fault_count() == 0, "no backup either");
    CHECK(!instance.is_departing() || holds_, "who departs still answers");
    CHECK(state_ == State::kMaster || state_ == State::kBackup || !holds_, "nobody else does");

    const Priority effective = instance.effective_priority();
    CHECK(router_.is_owner() ? effective.value == 255
                             : effective.value >= 1 && effective.value <= 254,
          "weights reach neither 0 nor 255");
    CHECK(instance.master_interval() > 0ns &&
              instance.master_interval() <=
                  router_.advert_interval * int{router_.learned_interval_cap},
          "a learned interval is capped");
    const Instant deadline = instance.deadline();
    // The longest there is: the down interval of a capped interval with a skew of one, or a refusal's retry.
    const Duration longest = router_.advert_interval * int{router_.learned_interval_cap} *
                                 (router_.down_timer_adverts + 1) +
                             1s + core::kRefusalRetry + router_.quiet_cap + kLongestStartDelay +
                             core::kPreparation;
    CHECK(deadline.is_never() || deadline - now <= longest, "nothing is put off for ever");
    CHECK(!is_master || deadline - now <= router_.advert_interval,
          "a master advertises within its interval");
  }
  // After time has passed nothing is due any more, or an engine would spin.
  void passed(const Instance& instance, Instant now) {
    CHECK(instance.deadline() > now, "no deadline in the past");
  }
  void adopted(State state) {
    state_ = state;
    was_departing_ = false;
  }

 private:
  void advert(const core::SendAdvert& sent, const Instance& instance, Instant now, bool heard) {
    if (sent.priority == base::kReleasePriority) {
      CHECK(state_ == State::kMaster && !was_departing_, "goodbye is said once, by a master");
      last_sent_ = now;
      return;
    }
    CHECK(sent.priority == instance.effective_priority(), "with the effective priority");
    // Who said goodbye and was answered by nobody stays, unless it slept.
    if (was_departing_)
      CHECK(now - last_sent_ < router_.advert_interval * 9 / 4, "who slept may have been replaced");
    else if (state_ == State::kMaster && router_.late_backup != base::kReleasePriority)
      CHECK(last_sent_.is_never() ||
                now - last_sent_ < core::master_down_interval(router_.version, router_.late_backup,
                                                              router_.advert_interval,
                                                              router_.down_timer_adverts),
            "who slept too long says nothing");
    last_sent_ = now;
    const bool is_master = instance.state() == State::kMaster && !instance.is_departing();
    if (heard && state_ == State::kMaster && !is_master) {
      CHECK(router_.answers_higher || !router_.strict, "a last word is not said in strict mode");
      return;
    }
    CHECK(is_master, "only masters advertise");
    if (!heard || state_ != State::kMaster) return;
    // An answer: at most two in any stretch of one interval.
    CHECK(first_reply_.is_never() || now - first_reply_ >= router_.advert_interval,
          "answers are budgeted");
    first_reply_ = second_reply_;
    second_reply_ = now;
  }

  const core::Router& router_;
  State state_ = State::kInitialize;
  bool was_departing_ = false;
  bool holds_ = false;
  Instant first_reply_ = Instant::never();
  Instant second_reply_ = Instant::never();
  Instant last_sent_ = Instant::never();
};

core::Adopted make_adopted(fuzz::Input& in, const core::Router& router, Instant now) {
  core::Adopted adopted;
  adopted.state = static_cast<State>(in.below(5));
  const std::uint8_t kind = in.u8();
  adopted.departing = (kind & 1) != 0 && adopted.state == State::kMaster;
  adopted.holds = static_cast<std::uint8_t>(kind >> 1 & 7);
  if ((kind & 64) != 0)
    adopted.holds = static_cast<std::uint8_t>(adopted.holds | static_cast<unsigned>(Hold::kQuiet));
  if ((kind & 128) != 0) adopted.delayed_until = now + 100ms * static_cast<int>(in.u8());
  adopted.deadline =
      (kind & 16) != 0 ? Instant::never() : now + 1ms * (static_cast<int>(in.u16()) - 20'000);
  adopted.master_interval = 10ms * static_cast<int>(in.u16());
  if ((kind & 32) != 0) {
    adopted.master = Address::v4(192, 0, 2, 9);
    adopted.master_priority = Priority{in.u8()};
    adopted.last_heard = now - 1ms * static_cast<int>(in.u16());
  }
  if (!router.is_owner())
    adopted.effective = Priority{static_cast<std::uint8_t>(in.u8() % 255)};
  else
    adopted.effective = base::kOwnerPriority;
  return adopted;
}

core::Event make_event(fuzz::Input& in, std::uint8_t kind, const core::Router& router,
                       Instant now) {
  switch (kind % 11) {
    case 0: {
      core::Heard heard;
      heard.advert.version = router.version;
      heard.advert.vrid = router.vrid;
      heard.advert.priority = Priority{in.u8()};
      heard.advert.source = Address::v4(192, 0, 2, in.u8());
      // The codec lets nothing else through: 1 s to 255 s in version 2, 10 ms to 40.95 s in version 3.
      heard.advert.interval = router.version == Version::kV2
                                  ? Duration{1s * (1 + in.u8() % 255)}
                                  : Duration{10ms * (1 + in.u16() % 4095)};
      const std::uint8_t how = in.u8();
      heard.advert.checksum = static_cast<core::ChecksumForm>(how & 1);
      heard.is_clock_bad = (how & 6) == 6;
      heard.received = now - 1ms * in.below(200);
      return heard;
    }
    case 1: {
      const std::uint8_t how = in.u8();
      constexpr std::array kCauses{Cause::kLinkDown, Cause::kInterfaceGone, Cause::kAddressMissing};
      if ((how & 3) != 0)
        return core::LinkChanged{true, Cause::kLinkDown, Address::v4(192, 0, 2, how)};
      return core::LinkChanged{false, kCauses[(how >> 2) % 3], {}};
    }
    case 2:
      if (router.trackers.empty()) return core::AddressesInstalled{};
      return core::TrackerReported{static_cast<std::uint16_t>(in.below(router.trackers.size())),
                                   in.flag(), Cause::kScriptFailed, 1, 1ms};
    case 3: {
      constexpr std::array kHolds{Hold::kPermit, Hold::kMaintenance, Hold::kStartDelay};
      const std::uint8_t how = in.u8();
      return core::HoldChanged{kHolds[how % 3], (how & 64) != 0, how};
    }
    case 4: return core::AddressesInstalled{};
    case 5: {
      const std::uint8_t how = in.u8();
      if ((how & 3) == 3) return core::AddressesFought{(how & 4) != 0};
      return core::AddressRefused{how};
    }
    case 6: {
      const std::uint8_t how = in.u8();
      return core::Start{now + 100ms * static_cast<int>(how & 0xfe), (how & 1) != 0};
    }
    // Seldom, because nothing happens after it.
    case 7:
      if (in.u8() == 0) return core::Stop{};
      return core::Start{};
    case 8: return core::LanHeard{};
    case 9: {
      if (!router.is_grouped) return core::LanHeard{};
      constexpr std::array kStandings{State::kMaster, State::kMaster, State::kBackup,
                                      State::kFault};
      const std::uint8_t how = in.u8();
      const State standing = kStandings[how & 3];
      return core::GroupChanged{standing, how, standing == State::kBackup && (how & 4) != 0};
    }
    default: {
      const std::uint8_t how = in.u8();
      return core::Switchover{(how & 1) != 0, (how & 2) != 0, how, std::chrono::milliseconds{how}};
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in{data, size};
  const core::Router& router = make_router(in);
  Instance instance{router};
  Watch watch{router};
  Instant now = Instant::from_ns(1'000'000'000'000);
  core::Actions todo;
  const auto call = [&](auto&& what, bool heard) {
    todo.clear();
    watch.before(instance);
    what();
    watch.after(instance, todo, now, heard);
  };
  const auto pass = [&] {
    call([&] { instance.advance(now, todo); }, false);
    watch.passed(instance, now);
  };

  if (in.flag()) {
    const core::Adopted adopted = make_adopted(in, router, now);
    todo.clear();
    instance.adopt(adopted, now, todo);
    watch.adopted(adopted.state);  // an adoption is no transition
    watch.after(instance, todo, now, false);
    pass();
  } else {
    const std::uint8_t how = in.u8();
    const core::Start start{now + 100ms * static_cast<int>(how & 0xfe), (how & 1) != 0};
    call([&] { instance.handle(start, now, todo); }, false);
  }
  for (int step = 0; step < 2000 && !in.done(); ++step) {
    const std::uint8_t kind = in.u8();
    // Time, then perhaps an event: a little, up to the deadline, or past it by a lot.
    switch (kind >> 6) {
      case 0: break;
      case 1: now += 1ms * in.u8(); break;
      case 2:
        if (!instance.deadline().is_never() && instance.deadline() > now) now = instance.deadline();
        break;
      default: now += 10ms * in.u16(); break;
    }
    const core::Event event = make_event(in, static_cast<std::uint8_t>(kind & 63), router, now);
    const bool heard = std::holds_alternative<core::Heard>(event);
    if (heard && instance.ignores_adverts()) continue;
    call([&] { instance.handle(event, now, todo); }, heard);
    pass();
  }
  return 0;
}
