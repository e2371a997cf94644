#include <algorithm>

#include "tests/scenarios/script.hpp"

namespace scenario {
namespace {

using base::State;
using core::Action;
using core::Instant;

constexpr Instant kBegin = Instant::from_ns(1'000'000'000'000);  // 1000 s after boot
constexpr std::size_t kAuthBytes = 8;

std::string state_name(State state) {
  switch (state) {
    case State::kInitialize: return "initialize";
    case State::kBackup: return "backup";
    case State::kMaster: return "master";
    case State::kFault: return "fault";
    case State::kStopped: return "stopped";
  }
  return "?";
}

std::string evidence_text(const core::Changed& changed, const Script& script) {
  const core::Evidence& e = changed.evidence;
  std::string text;
  const bool is_about_tracker =
      changed.cause >= base::Cause::kScriptFailed && changed.cause <= base::Cause::kTrackedProcess;
  if (is_about_tracker && e.tracker < script.trackers.size())
    text += " of " + script.trackers[e.tracker];
  else if (e.tracker != 0)
    text += " of tracker " + std::to_string(e.tracker);
  if (e.peer.is_set()) text += " of " + base::to_string(e.peer);
  if (e.peer_priority.value != 0) text += " priority " + std::to_string(e.peer_priority.value);
  if (e.silence != Duration{0}) text += " for " + to_text(e.silence);
  if (e.lateness != Duration{0}) text += " late " + to_text(e.lateness);
  if (e.status != 0) text += " status " + std::to_string(e.status);
  if (e.duration != Duration{0}) text += " in " + to_text(e.duration);
  if (changed.cause == base::Cause::kSyncGroup) text += " of member " + std::to_string(e.member);
  if (e.uid != 0) text += " by " + std::to_string(e.uid);
  return text;
}

struct Texts {
  const Script& script;
  std::string operator()(const core::SendAdvert& a) const {
    return "advert " + std::to_string(a.priority.value);
  }
  std::string operator()(const core::InstallAddresses&) const { return "install"; }
  std::string operator()(const core::WithdrawAddresses&) const { return "withdraw"; }
  std::string operator()(const core::Announce&) const { return "announce"; }
  std::string operator()(const core::Changed& a) const {
    return state_name(a.to) + " because " + std::string(base::to_string(a.cause)) +
           evidence_text(a, script);
  }
};

// One line's answer, in the words of the language.
std::string line_text(const Script& script, const std::vector<Action>& actions, base::Drop drop,
                      bool departing, bool wants, Instant deadline, Instant now) {
  std::string text;
  for (std::size_t i = 0; i < actions.size();) {
    std::size_t times = 1;
    while (i + times < actions.size() && actions[i + times] == actions[i]) ++times;
    text += std::visit(Texts{script}, actions[i]);
    if (times > 1) text += " x " + std::to_string(times);
    text += ", ";
    i += times;
  }
  if (drop != base::Drop::kNone) text += "dropped " + std::string(to_string(drop)) + ", ";
  if (departing) text += "departing, ";
  if (wants) text += "wants master, ";
  if (text.empty()) text = "nothing, ";
  return text + (deadline.is_never() ? "deadline never"
                                     : "deadline " + std::string(deadline < now ? "" : "+") +
                                           to_text(deadline - now));
}

// RFC 1071 over the pseudo-header, if any, and the message, whose checksum field is zero.
std::uint16_t checksum_of(const std::vector<std::uint8_t>& message, const Address& source,
                          const Address& destination, bool with_pseudo_header) {
  std::vector<std::uint8_t> pseudo;
  if (with_pseudo_header) {
    for (const Address& address : {source, destination})
      pseudo.insert(pseudo.end(), address.bytes().begin(), address.bytes().end());
    const auto high = static_cast<std::uint8_t>(message.size() >> 8);
    const auto low = static_cast<std::uint8_t>(message.size() & 0xff);
    if (source.family() == core::Family::kIpv6)
      pseudo.insert(pseudo.end(), {0, 0, high, low, 0, 0, 0, 112});
    else
      pseudo.insert(pseudo.end(), {0, 112, high, low});
  }
  return core::internet_checksum(pseudo, message);
}

// The bytes of the advert that was heard, with everything about it that is odd.
std::vector<std::uint8_t> message_of(const Hear& hear, const Script& script,
                                     const Address& destination) {
  core::Router sender = script.router;
  const int version = hear.version.value_or(static_cast<int>(sender.version));
  if (version == 2 || version == 3)
    sender.version = core::Version{static_cast<std::uint8_t>(version)};
  if (hear.addresses) {
    sender.addresses.clear();
    for (const Address& address : *hear.addresses) sender.addresses.push_back(address);
  }
  if (hear.password) {
    sender.auth_type = hear.password->empty() ? core::AuthType::kNone : core::AuthType::kPassword;
    sender.auth_data = {};
    std::copy(hear.password->begin(), hear.password->end(), sender.auth_data.begin());
  }
  const Duration interval = hear.interval.value_or(sender.advert_interval);
  sender.advert_interval = std::chrono::seconds{1};  // legal in both; the real one is put in below

  std::vector<std::uint8_t> message(core::kMaxMessage);
  message.resize(core::build(sender, hear.priority, core::ChecksumForm::kMessageOnly, hear.source,
                             destination, message));
  message[0] = static_cast<std::uint8_t>(version << 4 | hear.type.value_or(1));
  if (hear.vrid) message[1] = static_cast<std::uint8_t>(*hear.vrid);
  if (hear.count) message[3] = static_cast<std::uint8_t>(*hear.count);
  const bool is_v2 = sender.version == core::Version::kV2;
  if (is_v2) {
    message[5] = static_cast<std::uint8_t>(interval / std::chrono::seconds{1});
  } else {
    const auto centiseconds = interval / std::chrono::milliseconds{10};
    message[4] = static_cast<std::uint8_t>(centiseconds >> 8 & 0xf);
    message[5] = static_cast<std::uint8_t>(centiseconds & 0xff);
  }
  message.resize(message.size() - std::min(message.size(), static_cast<std::size_t>(hear.cut)));

  // Usual is what the standard of that version and family says.
  const bool with_pseudo_header =
      hear.checksum == Hear::Checksum::kPseudoHeader ||
      (hear.checksum != Hear::Checksum::kPlain && script.router.family == core::Family::kIpv6);
  if (message.size() >= 8) {
    message[6] = message[7] = 0;
    auto sum = checksum_of(message, hear.source, destination, with_pseudo_header);
    if (hear.checksum == Hear::Checksum::kWrong) sum = static_cast<std::uint16_t>(sum ^ 0x0001);
    message[6] = static_cast<std::uint8_t>(sum >> 8);
    message[7] = static_cast<std::uint8_t>(sum & 0xff);
  }
  return message;
}

class Player {
 public:
  Player(const Script& script, std::string name)
      : script_(script), name_(std::move(name)), instance_(script.router) {}

  std::optional<std::string> play() {
    for (const Step& step : script_.steps) {
      now_ = kBegin + step.at;
      if (const auto wrong = play(step))
        return name_ + ":" + std::to_string(step.line) + ": " + *wrong;
    }
    return std::nullopt;
  }

 private:
  std::optional<std::string> play(const Step& step) {
    const bool is_pass = std::holds_alternative<Pass>(step.what);
    const bool is_overdue = instance_.deadline() < now_;
    if (is_overdue && !step.late && !is_pass)
      return "the deadline " + to_text(now_ - instance_.deadline()) +
             " ago went by: wake then, pass, or say late";
    if (step.late && !is_overdue) return "nothing was due before: this is not late";

    done_.clear();
    drop_ = base::Drop::kNone;
    heard_.reset();
    const bool was_departing = instance_.is_departing();
    const bool wanted_master = instance_.wants_master();
    std::visit([&](const auto& what) { happen(what); }, step.what);
    const bool begins_to_depart = instance_.is_departing() && !was_departing;
    const bool begins_to_want = instance_.wants_master() && !wanted_master;

    const Outcome& expected = step.expected;
    if (expected.never)
      deadline_ = Instant::never();
    else if (expected.deadline)
      deadline_ = now_ + *expected.deadline;
    const std::string wanted = line_text(script_, expected.actions, expected.drop,
                                         expected.departing, expected.wants, deadline_, now_);
    const std::string got = line_text(script_, done_, drop_, begins_to_depart, begins_to_want,
                                      instance_.deadline(), now_);
    if (wanted != got || expected.actions != done_)
      return "expected: " + wanted + "\n     but got: " + got;
    return check_rest(expected);
  }

  // What the actions have to agree with, and what the line asks for besides.
  std::optional<std::string> check_rest(const Outcome& expected) {
    for (const Action& action : done_) {
      if (const auto* change = std::get_if<core::Changed>(&action)) {
        if (change->from != state_) return "this change does not begin where the last one ended";
        state_ = change->to;
      }
      if (std::holds_alternative<core::InstallAddresses>(action)) holds_ = true;
      if (std::holds_alternative<core::WithdrawAddresses>(action)) holds_ = false;
    }
    if (instance_.state() != state_)
      return "is " + state_name(instance_.state()) + " and told of " + state_name(state_);
    if (instance_.holds_addresses() != holds_)
      return holds_ ? "says it holds no addresses, and never withdrew them"
                    : "says it holds addresses it never asked for";
    if (expected.interval && *expected.interval != instance_.master_interval())
      return "the interval in force is " + to_text(instance_.master_interval());
    if (expected.priority && *expected.priority != instance_.effective_priority())
      return "the effective priority is " + std::to_string(instance_.effective_priority().value);
    if (expected.addresses_match &&
        (!heard_ || heard_->addresses_match != *expected.addresses_match))
      return "the address list says otherwise";
    if (expected.interval_matches &&
        (!heard_ || heard_->interval_matches != *expected.interval_matches))
      return "the interval heard says otherwise";
    return std::nullopt;
  }

  void keep(const core::Actions& todo) { done_.insert(done_.end(), todo.begin(), todo.end()); }

  void tell(const core::Event& event) {
    if (std::holds_alternative<core::LinkChanged>(event)) is_link_told_ = true;
    core::Actions todo;
    instance_.handle(event, now_, todo);
    keep(todo);
  }
  void advance(Instant at) {
    core::Actions todo;
    instance_.advance(at, todo);
    keep(todo);
  }

  void happen(const core::Event& event) { tell(event); }
  void happen(const Begin& begin) {
    if (!is_link_told_) tell(core::LinkChanged{true, base::Cause::kLinkDown, script_.source});
    tell(core::Start{now_ + begin.delay, begin.knew_peer});
  }
  void happen(const Wake&) { advance(now_); }
  void happen(const Pass&) {
    for (Instant at = instance_.deadline(); at <= now_; at = instance_.deadline()) advance(at);
  }
  void happen(const Hear& hear) {
    Address destination = hear.destination;
    if (!destination.is_set())
      destination = script_.router.is_unicast() ? script_.source : core::group_of(script_.router);
    const auto message = message_of(hear, script_, destination);
    core::Advert advert;
    const core::Packet packet{.message = message,
                              .source = hear.source,
                              .destination = destination,
                              .ttl = static_cast<std::uint8_t>(hear.ttl),
                              .own = script_.source};
    drop_ = core::parse(packet, script_.router, advert);
    if (drop_ == base::Drop::kNone && instance_.ignores_adverts())
      drop_ = base::Drop::kOwnerIgnores;
    if (drop_ != base::Drop::kNone) return;
    heard_ = advert;
    tell(core::Heard{advert, now_ - hear.age, hear.is_clock_bad});
  }
  void happen(const Adopt& adopt) {
    core::Adopted adopted = adopt.adopted;
    const auto from_now = [&](Instant at) { return now_ + (at - Instant{}); };
    if (!adopted.deadline.is_never()) adopted.deadline = from_now(adopted.deadline);
    if (adopted.master.is_set()) adopted.last_heard = from_now(adopted.last_heard);
    core::Actions todo;
    instance_.adopt(adopted, now_, todo);
    keep(todo);
    state_ = adopted.state;
  }

  const Script& script_;
  std::string name_;
  core::Instance instance_;
  Instant now_ = kBegin;
  std::vector<Action> done_;
  base::Drop drop_ = base::Drop::kNone;
  std::optional<core::Advert> heard_;
  bool is_link_told_ = false;
  // What the lines so far add up to.
  Instant deadline_ = Instant::never();
  State state_ = State::kInitialize;
  bool holds_ = false;
};

}  // namespace

std::optional<std::string> play(const Script& script, const std::string& name) {
  return Player{script, name}.play();
}

std::string to_text(Duration duration) {
  std::int64_t ns = duration.count();
  std::string text = ns < 0 ? "-" : "";
  if (ns < 0) ns = -ns;
  text += std::to_string(ns / 1'000'000'000);
  std::string fraction = std::to_string(ns % 1'000'000'000);
  fraction.insert(0, 9 - fraction.size(), '0');
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  return text + (fraction.empty() ? "" : "." + fraction) + "s";
}

}  // namespace scenario
