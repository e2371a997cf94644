// One instance under test, in a time of its own that begins at kStart. Speaks the words of the specification, so that a
// test reads as one; every answer is the whole ordered list of actions.
#pragma once

#include <ostream>
#include <vector>

#include "engine/core/instance.hpp"

namespace base {

inline void PrintTo(const Instant& at, std::ostream* out) {
  *out << (at.is_never() ? std::string("never") : std::to_string(at.ns()) + "ns");
}
inline void PrintTo(const Address& address, std::ostream* out) { *out << to_string(address); }
inline void PrintTo(const Priority& priority, std::ostream* out) { *out << int{priority.value}; }

}  // namespace base

namespace core {

inline void PrintTo(const SendAdvert& action, std::ostream* out) {
  *out << "SendAdvert " << int{action.priority.value};
}
inline void PrintTo(const InstallAddresses&, std::ostream* out) { *out << "InstallAddresses"; }
inline void PrintTo(const WithdrawAddresses&, std::ostream* out) { *out << "WithdrawAddresses"; }
inline void PrintTo(const Announce&, std::ostream* out) { *out << "Announce"; }
inline void PrintTo(const Changed& action, std::ostream* out) {
  const Evidence& e = action.evidence;
  *out << "Changed " << base::to_string(action.from) << " -> " << base::to_string(action.to) << ": "
       << base::to_string(action.cause) << " {peer " << base::to_string(e.peer) << " priority "
       << int{e.peer_priority.value} << " silence " << e.silence.count() << "ns lateness "
       << e.lateness.count() << "ns tracker " << e.tracker << " status " << e.status << " duration "
       << e.duration.count() << "ns uid " << e.uid << " member " << e.member << "}";
}

namespace testing {

using namespace std::chrono_literals;
using base::Cause;
using base::Hold;
using base::State;

inline constexpr Instant kStart = Instant::from_ns(1'000'000'000'000);  // 1000 s after boot

inline const Address kOwn = Address::v4(192, 0, 2, 2);
inline const Address kPeer = Address::v4(192, 0, 2, 3);   // greater than ours
inline const Address kLower = Address::v4(192, 0, 2, 1);  // less than ours

// VRRPv2, VRID 51, priority 100, one second, preempting, no checks.
//   skew = (256-100)/256 s = 0.609375 s; Master_Down_Interval = 3.609375 s.
inline Router v2_router(int priority = 100) {
  Router router;
  router.vrid = Vrid{51};
  router.priority = Priority{static_cast<std::uint8_t>(priority)};
  router.addresses.push_back(Address::v4(192, 0, 2, 100));
  return router;
}

// The same in VRRPv3. At one second skew and down interval are those of v2.
inline Router v3_router(int priority = 100, Duration interval = 1s) {
  Router router = v2_router(priority);
  router.version = Version::kV3;
  router.advert_interval = interval;
  return router;
}

inline constexpr Duration kSkew100 = 609'375'000ns;
inline constexpr Duration kDown100 = 3'609'375'000ns;

using List = std::vector<Action>;

class Subject {
 public:
  explicit Subject(const Router& router = v2_router()) : instance_(router) {}

  const Instance* operator->() const { return &instance_; }
  Instant now = kStart;

  // --- what can happen ---
  List tell(const Event& event) {
    Actions todo;
    instance_.handle(event, now, todo);
    return {todo.begin(), todo.end()};
  }
  List start() {
    List all = tell(LinkChanged{true, Cause::kLinkDown, kOwn});
    for (const Action& action : tell(Start{})) all.push_back(action);
    return all;
  }
  List hear(int priority, Address from = kPeer) {
    return hear(priority, from, instance_.router().advert_interval);
  }
  List hear(int priority, Address from, Duration interval) {
    return tell(Heard{advert(priority, from, interval), now});
  }
  List lose_link(Cause cause = Cause::kLinkDown) { return tell(LinkChanged{false, cause, {}}); }
  List regain_link() { return tell(LinkChanged{true, Cause::kLinkDown, kOwn}); }
  List report(std::uint16_t tracker, bool well) {
    return tell(TrackerReported{tracker, well, Cause::kScriptFailed, well ? 0 : 1, 20ms});
  }
  List hold(Hold hold, std::uint32_t uid = 0) { return tell(HoldChanged{hold, true, uid}); }
  List release(Hold hold, std::uint32_t uid = 0) { return tell(HoldChanged{hold, false, uid}); }
  List group(State standing, std::uint16_t member = 0) {
    return tell(GroupChanged{standing, member, false});
  }
  List group_prepares(std::uint16_t member = 0) {
    return tell(GroupChanged{State::kBackup, member, true});
  }
  List installed() { return tell(AddressesInstalled{}); }
  List stop() { return tell(Stop{}); }
  List adopt(const Adopted& adopted) {
    Actions todo;
    instance_.adopt(adopted, now, todo);
    return {todo.begin(), todo.end()};
  }
  List reconfigure(const Reconfiguration& change) {
    Actions todo;
    instance_.reconfigure(change, now, todo);
    return {todo.begin(), todo.end()};
  }
  // Lets this much time pass and wakes the instance once, at the end.
  List after(Duration wait) {
    now += wait;
    Actions todo;
    instance_.advance(now, todo);
    return {todo.begin(), todo.end()};
  }
  List wake() { return after(0ns); }

  // --- what is asked ---
  // From now on; a deadline in the past is negative.
  Duration due_in() const { return instance_.deadline() - now; }
  bool waits_for_nothing() const { return instance_.deadline().is_never(); }

  Advert advert(int priority, Address from, Duration interval) const {
    Advert advert;
    advert.version = instance_.router().version;
    advert.vrid = instance_.router().vrid;
    advert.priority = Priority{static_cast<std::uint8_t>(priority)};
    advert.interval = interval;
    advert.source = from;
    advert.address_count = 1;
    return advert;
  }

 private:
  Instance instance_;
};

// In a sync group; settled alone nothing rises.
inline Router grouped(Router router = v2_router()) {
  router.is_grouped = true;
  return router;
}

// --- ready-made states ---
inline Subject backup(const Router& router = v2_router()) {
  Subject subject{router};
  (void)subject.start();
  return subject;
}
// Master since now, by silence.
inline Subject master(const Router& router = v2_router()) {
  Subject subject = backup(router);
  (void)subject.after(subject.due_in());
  return subject;
}

// --- actions ---
inline Action send(int priority) {
  return SendAdvert{Priority{static_cast<std::uint8_t>(priority)}};
}
inline Action install() { return InstallAddresses{}; }
inline Action withdraw() { return WithdrawAddresses{}; }
inline Action announce() { return Announce{}; }
inline Action changed(State from, State to, Cause cause, const Evidence& evidence = {}) {
  return Changed{from, to, cause, evidence};
}
inline Evidence peer(int priority, Duration silence, Address address = kPeer,
                     Duration lateness = 0ns) {
  Evidence evidence;
  evidence.peer = address;
  evidence.peer_priority = Priority{static_cast<std::uint8_t>(priority)};
  evidence.silence = silence;
  evidence.lateness = lateness;
  return evidence;
}
inline Evidence member(std::uint16_t place) {
  Evidence evidence;
  evidence.member = place;
  return evidence;
}
inline Evidence script(std::uint16_t tracker) {
  Evidence evidence;
  evidence.tracker = tracker;
  evidence.status = 1;
  evidence.duration = 20ms;
  return evidence;
}

}  // namespace testing
}  // namespace core
