#include <algorithm>
#include <array>

#include "tests/scenarios/script.hpp"
#include "tests/scenarios/words.hpp"

namespace scenario {
namespace {

using base::Cause;
using base::Drop;
using base::State;
using core::Tracker;

constexpr auto kStates = std::to_array<std::pair<std::string_view, State>>({
    {"initialize", State::kInitialize},
    {"backup", State::kBackup},
    {"master", State::kMaster},
    {"fault", State::kFault},
    {"stopped", State::kStopped},
});

constexpr auto kKinds = std::to_array<std::pair<std::string_view, Tracker::Kind>>({
    {"script", Tracker::Kind::kScript},
    {"interface", Tracker::Kind::kInterface},
    {"file", Tracker::Kind::kFile},
    {"process", Tracker::Kind::kProcess},
});

constexpr auto kHolds = std::to_array<std::pair<std::string_view, base::Hold>>({
    {"permit", base::Hold::kPermit},
    {"maintenance", base::Hold::kMaintenance},
    {"start_delay", base::Hold::kStartDelay},
    {"quiet", base::Hold::kQuiet},
});

template <typename Table>
auto find(const Table& table, std::string_view word) {
  const auto* found =
      std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.first == word; });
  return found == table.end() ? std::nullopt : std::optional(found->second);
}

// Causes and reasons to drop go by the names the history gives them.
template <typename Number>
std::optional<Number> by_name(std::string_view word) {
  for (int i = 1; i < 64; ++i)
    if (to_string(static_cast<Number>(i)) == word && word != "?") return static_cast<Number>(i);
  return std::nullopt;
}

bool on_or_off(Words& in) {
  if (in.accept("on")) return true;
  in.expect("off");
  return false;
}

class Reader {
 public:
  explicit Reader(std::string name) : name_(std::move(name)) {}

  base::Result<Script, std::string> read(std::string_view text) {
    int number = 0;
    std::string line;  // with the lines that continue it
    int begins = 0;
    while (!text.empty() && complaint_.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string_view raw = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      ++number;
      raw = raw.substr(0, raw.find('#'));
      if (raw.find_first_not_of(" \t") == std::string_view::npos) continue;
      if (raw.front() == ' ' || raw.front() == '\t') {
        if (line.empty()) complain(number, "this continues nothing");
        line += raw;
        continue;
      }
      finish(begins, line);
      line = raw;
      begins = number;
    }
    finish(begins, line);
    if (complaint_.empty() && script_.steps.empty()) complain(number, "nothing happens");
    if (!complaint_.empty()) return tl::unexpected(complaint_);
    return script_;
  }

 private:
  void complain(int line, const std::string& what) {
    if (complaint_.empty()) complaint_ = name_ + ":" + std::to_string(line) + ": " + what;
  }

  void finish(int number, const std::string& line) {
    if (line.empty() || !complaint_.empty()) return;
    const std::size_t arrow = line.find("->");
    Words in{std::string_view(line).substr(0, arrow)};
    if (in.accept("router")) {
      router(in);
    } else if (in.accept("tracker")) {
      tracker(in);
    } else if (!has_router_) {
      in.complain("a scenario begins with its router");
    } else {
      Step step;
      step.line = number;
      step.at = in.duration();
      step.late = in.accept("late");
      step.what = happening(in);
      if (in.complaint().empty() && !in.done())
        in.complain("'" + std::string(in.peek()) + "' is one word too many");
      if (arrow == std::string::npos) in.complain("what is expected? -> is missing");
      if (in.complaint().empty()) {
        std::string_view rest = std::string_view(line).substr(arrow + 2);
        while (in.complaint().empty()) {
          const std::size_t comma = std::min(rest.find(','), rest.size());
          Words clause{rest.substr(0, comma)};
          outcome(clause, step.expected);
          if (clause.complaint().empty() && !clause.done())
            clause.complain("'" + std::string(clause.peek()) + "' is one word too many");
          if (!clause.complaint().empty()) in.complain(clause.complaint());
          if (comma == rest.size()) break;
          rest.remove_prefix(comma + 1);
        }
      }
      if (!script_.steps.empty() && step.at < script_.steps.back().at)
        in.complain("time does not go back");
      script_.steps.push_back(step);
    }
    if (in.complaint().empty() && !in.done())
      in.complain("'" + std::string(in.peek()) + "' is one word too many");
    if (!in.complaint().empty()) complain(number, in.complaint());
  }

  void router(Words& in) {
    core::Router& router = script_.router;
    has_router_ = true;
    router.vrid = core::Vrid{51};
    while (!in.done()) {
      if (in.accept("vrid")) {
        router.vrid = core::Vrid{static_cast<std::uint8_t>(in.number(1, 255))};
      } else if (in.accept("version")) {
        router.version = core::Version{static_cast<std::uint8_t>(in.number(2, 3))};
      } else if (in.accept("priority")) {
        router.priority = in.priority();
      } else if (in.accept("interval")) {
        router.advert_interval = in.duration();
      } else if (in.accept("preempt")) {
        router.preempt = true;
      } else if (in.accept("nopreempt")) {
        router.preempt = false;
      } else if (in.accept("preempt_delay")) {
        router.preempt_delay = in.duration();
      } else if (in.accept("down_timer_adverts")) {
        router.down_timer_adverts = static_cast<std::uint8_t>(in.number(1, 255));
      } else if (in.accept("cap")) {
        router.learned_interval_cap = static_cast<std::uint8_t>(in.number(1, 255));
      } else if (in.accept("needs_permit")) {
        router.needs_permit = true;
      } else if (in.accept("password")) {
        const std::string_view word = in.take();
        if (word.size() > router.auth_data.size()) in.complain("a password has eight bytes");
        router.auth_type = core::AuthType::kPassword;
        std::copy_n(word.begin(), std::min(word.size(), router.auth_data.size()),
                    router.auth_data.begin());
      } else if (in.accept("strict")) {
        router.strict = true;
      } else if (in.accept("lower_prio_no_advert")) {
        router.answers_lower = false;
      } else if (in.accept("higher_prio_send_advert")) {
        router.answers_higher = true;
      } else if (in.accept("owner_ignore_adverts")) {
        router.owner_ignores_adverts = true;
      } else if (in.accept("v3_checksum_as_v2")) {
        router.v3_checksum = core::V3Checksum::kMessageOnly;
      } else if (in.accept("skip_check_adv_addr")) {
        router.skips_address_check = true;
      } else if (in.accept("timer_expired_backup")) {
        router.late_backup = in.priority();
      } else if (in.accept("unicast_peer")) {
        peer(in);
      } else if (in.accept("check_unicast_src")) {
        router.checks_source = true;
      } else if (in.accept("mcast_dst_ip")) {
        router.multicast_group = in.address();
      } else if (in.accept("grouped")) {
        router.is_grouped = true;
      } else if (in.accept("quiet")) {
        router.quiet_cap = in.duration();
      } else if (in.accept("source")) {
        script_.source = in.address();
      } else if (in.accept("address")) {
        while (in.is_address()) router.addresses.push_back(in.address());
      } else {
        in.complain("'" + std::string(in.peek()) + "' is nothing a router has");
      }
    }
    if (router.addresses.empty()) router.addresses.push_back(Address::v4(192, 0, 2, 100));
    router.family = router.addresses[0].family();
    if (!script_.source.is_set())
      script_.source = router.family == core::Family::kIpv4 ? Address::v4(192, 0, 2, 1)
                                                            : *Address::parse("fe80::1");
    const bool is_v2 = router.version == core::Version::kV2;
    const Duration step = is_v2 ? Duration{std::chrono::seconds{1}} : std::chrono::milliseconds{10};
    if (router.advert_interval % step != Duration{0} || router.advert_interval < step ||
        router.advert_interval > (is_v2 ? 255 : 4095) * step)
      in.complain("no such interval in this version");
    if (is_v2 && router.family == core::Family::kIpv6) in.complain("version 2 knows IPv4 only");
    if (router.priority == base::kReleasePriority) in.complain("no router has priority 0");
  }

  void peer(Words& in) {
    core::UnicastPeer peer;
    peer.address = in.address();
    if (in.accept("min_ttl")) peer.min_ttl = static_cast<std::uint8_t>(in.number(0, 255));
    if (in.accept("max_ttl")) peer.max_ttl = static_cast<std::uint8_t>(in.number(0, 255));
    script_.router.peers.push_back(peer);
  }

  void tracker(Words& in) {
    script_.trackers.emplace_back(in.take());
    Tracker tracker;
    const auto kind = find(kKinds, in.take());
    if (!kind) in.complain("a tracker is a script, interface, file or process");
    tracker.kind = kind.value_or(Tracker::Kind::kScript);
    if (in.accept("weight")) tracker.weight = static_cast<std::int16_t>(in.number(-253, 253));
    tracker.reverse = in.accept("reverse");
    script_.router.trackers.push_back(tracker);
  }

  std::uint16_t tracker_named(Words& in) {
    const std::string_view word = in.take();
    for (std::size_t i = 0; i < script_.trackers.size(); ++i)
      if (script_.trackers[i] == word) return static_cast<std::uint16_t>(i);
    in.complain("there is no tracker '" + std::string(word) + "'");
    return 0;
  }

  Happening happening(Words& in) {
    if (in.accept("start")) return begin(in);
    if (in.accept("group")) return core::Event{group(in)};
    if (in.accept("lan")) {
      in.expect("heard");
      return core::Event{core::LanHeard{}};
    }
    if (in.accept("wake")) return Wake{};
    if (in.accept("pass")) return Pass{};
    if (in.accept("stop")) return core::Event{core::Stop{}};
    if (in.accept("installed")) return core::Event{core::AddressesInstalled{}};
    if (in.accept("refused")) return core::Event{core::AddressRefused{in.number(1, 4095)}};
    if (in.accept("fought")) return core::Event{core::AddressesFought{.on = true}};
    if (in.accept("unfought")) return core::Event{core::AddressesFought{.on = false}};
    if (in.accept("hear")) return hear(in);
    if (in.accept("adopt")) return adopt(in);
    if (in.accept("tracker")) return core::Event{report(in)};
    if (in.accept("link")) return core::Event{link(in)};
    if (in.accept("permit"))
      return core::Event{core::HoldChanged{base::Hold::kPermit, !on_or_off(in), 0}};
    if (in.accept("start_delay"))
      return core::Event{core::HoldChanged{base::Hold::kStartDelay, on_or_off(in), 0}};
    if (in.accept("maintenance")) {
      const bool on = on_or_off(in);
      in.expect("by");
      const auto uid = static_cast<std::uint32_t>(in.number(0, 65535));
      return core::Event{core::HoldChanged{base::Hold::kMaintenance, on, uid}};
    }
    in.complain("'" + std::string(in.peek()) + "' is nothing that happens");
    return Wake{};
  }

  Begin begin(Words& in) {
    Begin begin;
    if (in.accept("delayed")) begin.delay = in.duration();
    if (in.accept("knowing")) {
      in.expect("a");
      in.expect("peer");
      begin.knew_peer = true;
    }
    return begin;
  }

  core::GroupChanged group(Words& in) {
    if (!script_.router.is_grouped) in.complain("this router is in no group: say grouped");
    core::GroupChanged event;
    event.prepares = in.accept("prepares");
    const auto standing = event.prepares ? State::kBackup : find(kStates, in.take());
    if (standing != State::kMaster && standing != State::kBackup && standing != State::kFault)
      in.complain("a group is master, backup or fault, or it prepares");
    event.standing = standing.value_or(State::kBackup);
    in.expect("by");
    in.expect("member");
    event.member = static_cast<std::uint16_t>(in.number(0, 65535));
    return event;
  }

  core::LinkChanged link(Words& in) {
    if (in.accept("up")) {
      return {true, Cause::kLinkDown, in.is_address() ? in.address() : script_.source};
    }
    if (in.accept("down")) return {false, Cause::kLinkDown, {}};
    if (in.accept("gone")) return {false, Cause::kInterfaceGone, {}};
    if (in.accept("addressless")) return {false, Cause::kAddressMissing, {}};
    if (in.accept("peerless")) return {false, Cause::kNoPeers, {}};
    if (in.accept("sourceless")) return {false, Cause::kSourceMissing, {}};
    in.complain("a link is up, down, gone, addressless, peerless or sourceless");
    return {};
  }

  core::TrackerReported report(Words& in) {
    core::TrackerReported event;
    event.tracker = tracker_named(in);
    // A reversed tracker is at fault while well: the cause is that of its kind either way.
    switch (script_.router.trackers.empty() ? Tracker::Kind::kScript
                                            : script_.router.trackers[event.tracker].kind) {
      case Tracker::Kind::kScript: event.cause = Cause::kScriptFailed; break;
      case Tracker::Kind::kInterface: event.cause = Cause::kTrackedInterfaceDown; break;
      case Tracker::Kind::kFile: event.cause = Cause::kTrackedFile; break;
      case Tracker::Kind::kProcess: event.cause = Cause::kTrackedProcess; break;
    }
    if (in.accept("well")) {
      event.well = true;
    } else if (in.accept("times")) {
      in.expect("out");
      event.cause = Cause::kScriptTimedOut;
    } else {
      in.expect("fails");
    }
    if (in.accept("status")) event.status = in.number(-64, 255);
    if (in.accept("in")) event.duration = in.duration();
    return event;
  }

  Hear hear(Words& in) {
    Hear hear;
    hear.source = in.address();
    in.expect("priority");
    hear.priority = in.priority();
    while (!in.done()) {
      if (in.accept("every")) {
        hear.interval = in.duration();
      } else if (in.accept("ttl")) {
        hear.ttl = in.number(0, 255);
      } else if (in.accept("version")) {
        hear.version = in.number(0, 15);
      } else if (in.accept("type")) {
        hear.type = in.number(0, 15);
      } else if (in.accept("vrid")) {
        hear.vrid = in.number(0, 255);
      } else if (in.accept("count")) {
        hear.count = in.number(0, 255);
      } else if (in.accept("to")) {
        hear.destination = in.address();
      } else if (in.accept("password")) {
        hear.password = std::string(in.take()).substr(0, 8);
      } else if (in.accept("without")) {
        in.expect("password");
        hear.password.emplace();
      } else if (in.accept("address")) {
        hear.addresses.emplace();
        if (!in.accept("none"))
          while (in.is_address()) hear.addresses->push_back(in.address());
      } else if (in.accept("cut")) {
        hear.cut = in.number(1, 64);
      } else if (in.accept("checksum")) {
        if (in.accept("plain"))
          hear.checksum = Hear::Checksum::kPlain;
        else if (in.accept("pseudo-header"))
          hear.checksum = Hear::Checksum::kPseudoHeader;
        else {
          in.expect("wrong");
          hear.checksum = Hear::Checksum::kWrong;
        }
      } else if (in.accept("received")) {
        hear.age = in.duration();
        in.expect("ago");
      } else if (in.accept("clock")) {
        in.expect("bad");
        hear.is_clock_bad = true;
      } else {
        in.complain("'" + std::string(in.peek()) + "' is nothing an advert has");
      }
    }
    return hear;
  }

  Adopt adopt(Words& in) {
    core::Adopted adopted;
    const auto state = find(kStates, in.take());
    if (!state) in.complain("adopt initialize, backup, master, fault or stopped");
    adopted.state = state_ = state.value_or(State::kInitialize);
    adopted.deadline = core::Instant::never();
    adopted.master_interval = script_.router.advert_interval;
    adopted.effective = script_.router.priority;
    while (!in.done()) {
      if (in.accept("departing")) {
        adopted.departing = true;
      } else if (in.accept("deadline")) {
        adopted.deadline = core::Instant{} + in.duration();
      } else if (in.accept("every")) {
        adopted.master_interval = in.duration();
      } else if (in.accept("spoke")) {
        adopted.effective = in.priority();
      } else if (in.accept("heard")) {
        adopted.master = in.address();
        in.expect("priority");
        adopted.master_priority = in.priority();
        adopted.last_heard = core::Instant{} - in.duration();
        in.expect("ago");
      } else if (in.accept("held")) {
        const auto hold = find(kHolds, in.take());
        if (!hold) in.complain("held by permit, maintenance, start_delay or quiet");
        adopted.holds = static_cast<std::uint8_t>(
            adopted.holds | static_cast<std::uint8_t>(hold.value_or(base::Hold::kPermit)));
      } else {
        in.complain("'" + std::string(in.peek()) + "' is nothing that can be adopted");
      }
    }
    return {adopted};
  }

  void outcome(Words& in, Outcome& expected) {
    if (in.accept("nothing")) return;
    if (in.accept("advert")) {
      const core::Action advert = core::SendAdvert{in.priority()};
      int times = 1;
      if (in.accept("x")) times = in.number(2, 1000);
      expected.actions.insert(expected.actions.end(), static_cast<std::size_t>(times), advert);
    } else if (in.accept("install")) {
      expected.actions.emplace_back(core::InstallAddresses{});
    } else if (in.accept("withdraw")) {
      expected.actions.emplace_back(core::WithdrawAddresses{});
    } else if (in.accept("announce")) {
      expected.actions.emplace_back(core::Announce{});
    } else if (in.accept("departing")) {
      expected.departing = true;
    } else if (in.accept("dropped")) {
      const auto drop = by_name<Drop>(in.peek());
      if (!drop) in.complain("'" + std::string(in.peek()) + "' is no reason to drop an advert");
      (void)in.take();
      expected.drop = drop.value_or(Drop::kNone);
    } else if (in.accept("deadline")) {
      expected.never = in.accept("never");
      if (!expected.never) expected.deadline = in.duration();
    } else if (in.accept("interval")) {
      if (in.accept("differs"))
        expected.interval_matches = false;
      else if (in.accept("matches"))
        expected.interval_matches = true;
      else
        expected.interval = in.duration();
    } else if (in.accept("addresses")) {
      if (in.accept("differ")) {
        expected.addresses_match = false;
      } else {
        in.expect("match");
        expected.addresses_match = true;
      }
    } else if (in.accept("wants")) {
      in.expect("master");
      expected.wants = true;
    } else if (in.accept("priority")) {
      expected.priority = in.priority();
    } else if (const auto to = find(kStates, in.peek())) {
      (void)in.take();
      change(in, *to, expected);
    } else {
      in.complain("'" + std::string(in.peek()) + "' is nothing to expect");
    }
  }

  void change(Words& in, State to, Outcome& expected) {
    core::Changed changed;
    changed.from = state_;
    changed.to = state_ = to;
    in.expect("because");
    const auto cause = by_name<Cause>(in.peek());
    if (!cause) in.complain("'" + std::string(in.peek()) + "' is no cause");
    (void)in.take();
    changed.cause = cause.value_or(Cause::kNone);
    core::Evidence& evidence = changed.evidence;
    while (!in.done()) {
      if (in.accept("of")) {
        if (in.is_address())
          evidence.peer = in.address();
        else if (in.accept("member"))
          evidence.member = static_cast<std::uint16_t>(in.number(0, 65535));
        else
          evidence.tracker = tracker_named(in);
      } else if (in.accept("priority")) {
        evidence.peer_priority = in.priority();
      } else if (in.accept("for")) {
        evidence.silence = in.duration();
      } else if (in.accept("late")) {
        evidence.lateness = in.duration();
      } else if (in.accept("status")) {
        evidence.status = in.number(-64, 4095);
      } else if (in.accept("in")) {
        evidence.duration = in.duration();
      } else if (in.accept("by")) {
        evidence.uid = static_cast<std::uint32_t>(in.number(0, 65535));
      } else {
        in.complain("'" + std::string(in.peek()) + "' is no evidence");
      }
    }
    expected.actions.emplace_back(changed);
  }

  std::string name_;
  Script script_;
  std::string complaint_;
  bool has_router_ = false;
  State state_ = State::kInitialize;  // the state the next change begins in
};

}  // namespace

base::Result<Script, std::string> read(std::string_view text, const std::string& name) {
  return Reader{name}.read(text);
}

}  // namespace scenario
