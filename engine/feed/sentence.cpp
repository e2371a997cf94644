#include "engine/feed/sentence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "base/ip.hpp"

namespace feed {
namespace {

using base::Cause;
using base::State;

// A time as people say it: "312 us", "250 ms", "3.61 s", "5.0 s", "2 min 5 s", "3 h 12 min", "2 d 3 h".
std::string span_of(std::int64_t ns) {
  const std::int64_t us = ns / 1'000;
  const std::int64_t ms = us / 1'000;
  const std::int64_t s = ms / 1'000;
  if (us < 1'000) return fmt::format("{} us", us);
  if (ms < 1'000) return fmt::format("{} ms", ms);
  if (s < 60) {
    const std::int64_t hundredths = ms / 10 % 100;
    if (hundredths % 10 == 0) return fmt::format("{}.{} s", s, hundredths / 10);
    return fmt::format("{}.{:02} s", s, hundredths);
  }
  if (s < 3'600) return fmt::format("{} min {} s", s / 60, s % 60);
  if (s < 86'400) return fmt::format("{} h {} min", s / 3'600, s / 60 % 60);
  return fmt::format("{} d {} h", s / 86'400, s / 3'600 % 24);
}

std::string subject_of(const Record& record) { return one_line(get_text(record.subject)); }
std::string text_of(const Record& record) { return one_line(get_text(record.text)); }

// "check check_routeur", or "a check" when its name did not reach us.
std::string named(std::string_view noun, const Record& record) {
  const std::string subject = subject_of(record);
  return subject.empty() ? fmt::format("a {}", noun) : fmt::format("{} {}", noun, subject);
}
std::string the(std::string_view noun, const Record& record) {
  const std::string subject = subject_of(record);
  return subject.empty() ? fmt::format("the {}", noun) : fmt::format("the {} {}", noun, subject);
}

std::string own_interface(const Record& record) {
  const std::string subject = subject_of(record);
  return subject.empty() ? std::string("its interface") : fmt::format("interface {}", subject);
}

std::string peer_name(const Record& record) {
  const base::Address peer = peer_of(record);
  return peer.is_set() ? base::to_string(peer) : std::string("another router");
}

std::string how_it_ended(std::int32_t status) {
  // What a shell and posix_spawn answer for a command that never ran.
  if (status == 126) return "exit status 126 (it could not be executed)";
  if (status == 127) return "exit status 127 (it was not found)";
  if (status >= 0) return fmt::format("exit status {}", status);
  const int signal = status == std::numeric_limits<std::int32_t>::min() ? 0 : -status;
  const char* what = ::sigdescr_np(signal);
  return fmt::format("killed by signal {} ({})", signal, what != nullptr ? what : "unknown");
}

std::string errno_words(std::int32_t code) {
  const char* what = ::strerrordesc_np(code);
  return what != nullptr && code != 0 ? std::string(what) : fmt::format("error {}", code);
}

std::string who(std::uint32_t uid) {
  return uid == 0 ? std::string("root") : fmt::format("user {}", uid);
}

std::string with_output(std::string sentence, const Record& record) {
  const std::string text = text_of(record);
  if (!text.empty()) sentence += fmt::format(", printing \"{}\"", text);
  return sentence;
}

std::string with_text(std::string sentence, const Record& record) {
  const std::string text = text_of(record);
  if (!text.empty()) sentence += ": " + text;
  return sentence;
}

std::string timed_out(const Record& record) {
  return record.duration_ns > 0 ? "timed out after " + span_of(record.duration_ns)
                                : std::string("timed out");
}

std::string silence(const Record& record) {
  const base::Address peer = peer_of(record);
  std::string sentence = peer.is_set() ? fmt::format("no advert from {} (priority {})",
                                                     base::to_string(peer), record.peer_priority)
                                       : std::string("no advert from any router");
  if (record.silence_ns > 0) sentence += " for " + span_of(record.silence_ns);
  // Below a millisecond it is the scheduler's ordinary grain and explains nothing.
  if (record.lateness_ns >= 1'000'000)
    sentence += fmt::format(" (we ourselves woke {} late)", span_of(record.lateness_ns));
  return sentence;
}

std::string cause_sentence(const Record& record) {
  switch (record.cause) {
    case Cause::kNone: return "no cause was recorded";
    case Cause::kStartup: return "the daemon started";
    case Cause::kOwnerStartup: return "the daemon started, and this router owns the addresses";
    case Cause::kSilence: return silence(record);
    case Cause::kPriorityZeroHeard:
      return fmt::format("{} said that it is leaving (priority 0)", peer_name(record));
    case Cause::kPreemption:
      return fmt::format("heard {} with priority {}, lower than ours ({}), and preempted it",
                         peer_name(record), record.peer_priority, record.priority);
    case Cause::kHigherPriorityHeard:
      return fmt::format("heard {} with priority {}, better than ours ({})", peer_name(record),
                         record.peer_priority, record.priority);
    case Cause::kEqualPriorityLost:
      return fmt::format("heard {} with the same priority ({}) and a higher address than ours",
                         peer_name(record), record.peer_priority);
    case Cause::kScriptFailed:
      return with_output(
          fmt::format("{} failed: {}", named("check", record), how_it_ended(record.status)),
          record);
    case Cause::kScriptTimedOut:
      return with_output(fmt::format("{} {}", named("check", record), timed_out(record)), record);
    case Cause::kTrackedInterfaceDown:
      return fmt::format("{} is down", named("tracked interface", record));
    case Cause::kTrackedFile:
      return fmt::format("{} says that something failed", named("tracked file", record));
    case Cause::kTrackedProcess:
      return fmt::format("{} is not running as it should", named("tracked process", record));
    case Cause::kLinkDown:
      return fmt::format("{} lost its carrier or was set down", own_interface(record));
    case Cause::kInterfaceGone: return fmt::format("{} does not exist", own_interface(record));
    case Cause::kAddressMissing:
      return fmt::format("{} has no address to send adverts from", own_interface(record));
    case Cause::kAddressRefused:
      return fmt::format("the kernel refused {}: {}", named("virtual address", record),
                         errno_words(record.status));
    case Cause::kFaultCleared: {
      const std::string subject = subject_of(record);
      return subject.empty()
                 ? std::string("nothing keeps it in fault any more")
                 : fmt::format("{} is well again, and nothing else keeps it in fault", subject);
    }
    case Cause::kSyncGroup: {
      const std::string subject = subject_of(record);
      return fmt::format("{} of the same sync group moved",
                         subject.empty() ? std::string("another member") : subject);
    }
    case Cause::kPermitRemoved: return fmt::format("{} was removed", the("permit flag", record));
    case Cause::kOperator: {
      const std::string subject = subject_of(record);
      return fmt::format("{} asked for {}", who(record.uid),
                         subject.empty() ? std::string("it") : subject);
    }
    case Cause::kReload: return "the configuration was reloaded";
    case Cause::kStop: return "the daemon is stopping";
    case Cause::kAdoption: {
      std::string sentence = "a new engine took over from the one before";
      if (record.duration_ns > 0)
        sentence += fmt::format(", after {} without one", span_of(record.duration_ns));
      return sentence;
    }
    case Cause::kWitness:
      return with_text(record.to == State::kMaster ? "the witness decided for this router"
                                                   : "the witness decided against this router",
                       record);
    case Cause::kChecked: return "every check has given its first result";
    case Cause::kLateTimer:
      return fmt::format("woke {} late, when another router will have taken over",
                         span_of(record.lateness_ns));
    case Cause::kRivalOwner:
      return fmt::format("heard {}, another owner of the same addresses, with a higher address",
                         peer_name(record));
    case Cause::kNoPeers: return "adverts are to be unicast and no peer is configured";
    case Cause::kSourceMissing:
      return fmt::format("{} does not have the configured source address", own_interface(record));
    case Cause::kEngineMissing: {
      std::string sentence = record.status > 0
                                 ? fmt::format("{} engines died in a row", record.status)
                                 : std::string("the engine was silent");
      if (record.duration_ns > 0)
        sentence += fmt::format(", none spoke for {}", span_of(record.duration_ns));
      if (!peer_of(record).is_set()) return sentence + ": the keeper let go of the addresses";
      return sentence + fmt::format(": the keeper let go of the addresses for {} (priority {})",
                                    peer_name(record), record.peer_priority);
    }
    case Cause::kAddressFought:
      return fmt::format("somebody removes {} from the kernel again and again",
                         named("virtual address", record));
  }
  return fmt::format("cause {}, which this version does not know",
                     static_cast<unsigned>(record.cause));
}

std::string check_sentence(const Record& record) {
  const std::string name = named("check", record);
  if (record.to != State::kFault)
    return with_output(fmt::format("{} is well: {}", name, how_it_ended(record.status)), record);
  const std::string how =
      record.cause == Cause::kScriptTimedOut ? timed_out(record) : how_it_ended(record.status);
  return with_output(fmt::format("{} is failing: {}", name, how), record);
}

std::string link_sentence(const Record& record) {
  if (record.status != 0) return fmt::format("{} can carry adverts", own_interface(record));
  if (record.cause == Cause::kNone)
    return fmt::format("{} cannot carry adverts", own_interface(record));
  return cause_sentence(record);
}

std::string peer_with_priority(const Record& record) {
  const std::string peer = peer_name(record);
  return record.peer_priority == 0 ? peer
                                   : fmt::format("{} (priority {})", peer, record.peer_priority);
}

std::string contest_sentence(const Record& record) {
  if (record.status == 0) {
    // Nobody saw its end: who knew of it is gone.
    const std::string text = text_of(record);
    if (!text.empty()) return "two masters are not known of any more: " + text;
    std::string sentence = "one master again: " + peer_name(record) + " is none any more";
    if (record.duration_ns > 0)
      sentence += fmt::format(", after {} with two", span_of(record.duration_ns));
    return sentence;
  }
  const std::string reason = subject_of(record);
  std::string sentence = fmt::format("two masters: {} is one as well", peer_with_priority(record));
  if (!reason.empty()) sentence += fmt::format(", and {}", contest_words(reason));
  return with_text(sentence, record);
}

std::string mismatch_sentence(const Record& record) {
  const std::string subject = subject_of(record);
  const std::string what = subject.empty() ? std::string("configuration") : subject;
  if (record.status == 0 && what == to_string(Differs::kPriority))
    return fmt::format("{} has another priority again", peer_name(record));
  if (record.status == 0)
    return fmt::format("{} and this router agree again: {}", peer_name(record), what);
  // The one thing that must not be alike.
  if (what == to_string(Differs::kPriority))
    return with_text(
        fmt::format("{} has a priority that only one router may have", peer_name(record)), record);
  return with_text(fmt::format("{} is configured differently: {}", peer_name(record), what),
                   record);
}

std::string stray_sentence(const Record& record) {
  return fmt::format("{} speaks for VRID {} on {}, which nobody here has",
                     peer_with_priority(record), record.status, own_interface(record));
}

std::string fight_sentence(const Record& record) {
  if (record.status != 0)
    return fmt::format(
        "somebody removes {} from the kernel as often as it is put back: from now on it is put "
        "back "
        "once a second, and another router takes over if there is one",
        named("virtual address", record));
  return with_text(
      fmt::format("nobody removes virtual addresses from the kernel any more, after {}",
                  span_of(record.duration_ns)),
      record);
}

std::string absence_sentence(const Record& record) {
  // How long is not known to a reader that has just started.
  const std::string how_long = record.duration_ns > 0 ? span_of(record.duration_ns) : std::string();
  if (record.status == 0)
    return how_long.empty() ? std::string("an engine runs again")
                            : fmt::format("an engine runs again, after {} without one", how_long);
  return with_text(
      how_long.empty()
          ? std::string("no engine runs, so nobody speaks for this router")
          : fmt::format("no engine has shown itself for {}, so nobody speaks for this router",
                        how_long),
      record);
}

std::string clock_sentence(const Record& record) {
  if (record.status == 0) return fmt::format("the clock of {} is right again", peer_name(record));
  // The most negative number has no opposite.
  const std::int64_t offset =
      std::max(record.duration_ns, -std::numeric_limits<std::int64_t>::max());
  if (offset == 0) return fmt::format("the clock of {} is wrong, or ours is", peer_name(record));
  return fmt::format("the clock of {} is {} {} ours: it counts as alive and is not trusted further",
                     peer_name(record), span_of(offset < 0 ? -offset : offset),
                     offset < 0 ? "behind" : "ahead of");
}

// The subject of a group's record is the member, not what the member's cause is about.
std::string member_cause(const Record& record) {
  Record of_member = record;
  of_member.subject.fill('\0');
  return cause_sentence(of_member);
}

std::string group_sentence(const Record& record) {
  const std::string member = subject_of(record);
  std::string sentence = "the sync group changed";
  if (!member.empty()) sentence += " by " + member;
  return record.cause == Cause::kNone ? sentence : sentence + ": " + member_cause(record);
}

std::string tracked_sentence(const Record& record) {
  const bool is_file = record.cause == Cause::kTrackedFile;
  const std::string name = named(is_file ? "tracked file" : "tracked process", record);
  if (record.to != State::kFault)
    return is_file ? with_text(fmt::format("{} says {}", name, record.status), record)
                   : with_text(fmt::format("{} runs as it should: {} of it", name, record.status),
                               record);
  return is_file
             ? with_text(fmt::format("{} cannot be believed", name), record)
             : with_text(fmt::format("{} does not run as it should: {} of it", name, record.status),
                         record);
}

std::string hold_sentence(const Record& record) {
  const std::string subject = subject_of(record);
  const std::string what = subject.empty() ? std::string("a hold") : subject;
  if (record.status != 0) {
    std::string sentence = fmt::format("{}: not to be master yet", what);
    if (record.duration_ns > 0)
      sentence += fmt::format(", for at most {}", span_of(record.duration_ns));
    return with_text(sentence, record);
  }
  std::string sentence = fmt::format("{} is over", what);
  if (record.duration_ns > 0) sentence += fmt::format(" after {}", span_of(record.duration_ns));
  return with_text(sentence, record);
}

std::string reload_sentence(const Record& record) {
  const std::string subject = subject_of(record);
  return with_text(fmt::format("the configuration was {}, asked for by uid {}{}{}",
                               record.status == 0 ? "reloaded" : "not reloaded, what ran goes on",
                               record.uid, subject.empty() ? "" : " with ", subject),
                   record);
}

std::string stopped_child(const Record& record) {
  const std::string role = subject_of(record);
  return fmt::format("{} ended ({}) and is started again",
                     role.empty() ? std::string("a process of ours") : "the " + role,
                     how_it_ended(record.status));
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool is_blank = static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
    if (!is_blank) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  if (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::string_view contest_words(std::string_view reason) {
  static constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"one-way", "we hear it and it does not hear us"},
      {"two-others", "so is another router that we hear"},
      {"auth", "its adverts are not authenticated as ours are"},
      {"vrid", "it announces our addresses under another VRID"},
      {"ttl", "its adverts come from too far away, or with a wrong TTL"},
      {"checksum", "its checksums are wrong"},
      {"version", "it speaks another version of VRRP"},
      {"interval", "its advert interval is not ours"},
      {"addresses", "it announces other addresses than ours"},
      {"destination", "its adverts go where ours do not"},
      {"length", "its adverts are of no possible length"},
  };
  const auto* found =
      std::ranges::find(kWords, reason, [](const auto& pair) { return pair.first; });
  return found != std::end(kWords) ? found->second : reason;
}

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::kTransition: return "transition";
    case Kind::kEngineStarted: return "engine-started";
    case Kind::kEngineAdopted: return "engine-adopted";
    case Kind::kScript: return "script";
    case Kind::kNotify: return "notify";
    case Kind::kPermit: return "permit";
    case Kind::kAddressRestored: return "address-restored";
    case Kind::kAddressRefused: return "address-refused";
    case Kind::kLink: return "link";
    case Kind::kCommand: return "command";
    case Kind::kChildDied: return "child-died";
    case Kind::kStopped: return "stopped";
    case Kind::kLost: return "lost";
    case Kind::kMail: return "mail";
    case Kind::kNote: return "note";
    case Kind::kContest: return "contest";
    case Kind::kMismatch: return "mismatch";
    case Kind::kStray: return "stray";
    case Kind::kClock: return "clock";
    case Kind::kGroup: return "group";
    case Kind::kTracked: return "tracked";
    case Kind::kHold: return "hold";
    case Kind::kReload: return "reload";
    case Kind::kReconfigured: return "reconfigured";
    case Kind::kPriority: return "priority";
    case Kind::kAddressFought: return "address-fought";
    case Kind::kNoEngine: return "no-engine";
  }
  return "?";
}

std::string because(const Record& record) {
  switch (record.kind) {
    case Kind::kTransition: return cause_sentence(record);
    case Kind::kEngineStarted:
      return fmt::format("the engine started with {} instance{}", record.status,
                         record.status == 1 ? "" : "s");
    case Kind::kEngineAdopted: {
      std::string sentence =
          fmt::format("a new engine took over in state {}", base::to_string(record.to));
      if (record.duration_ns > 0)
        sentence += fmt::format(", after {} without one", span_of(record.duration_ns));
      return with_text(sentence, record);
    }
    case Kind::kScript: return check_sentence(record);
    case Kind::kNotify: {
      const std::string what = subject_of(record);
      std::string sentence =
          fmt::format("{} ended: {}", what.empty() ? std::string("a notify script") : what,
                      how_it_ended(record.status));
      if (record.duration_ns > 0)
        sentence += fmt::format(", after {}", span_of(record.duration_ns));
      return with_output(sentence, record);
    }
    case Kind::kPermit:
      return fmt::format("{} is {}", the("permit flag", record),
                         record.status != 0 ? "present" : "absent");
    case Kind::kAddressRestored:
      if (record.status > 1)
        return fmt::format(
            "somebody went on removing virtual addresses from the kernel, {} last: {} more were "
            "put "
            "back within {}",
            subject_of(record), record.status, span_of(record.duration_ns));
      return fmt::format("somebody removed {} from the kernel, and it was put back",
                         named("virtual address", record));
    case Kind::kAddressRefused:
      return fmt::format("the kernel does not take {}: {}", named("virtual address", record),
                         errno_words(record.status));
    case Kind::kLink: return link_sentence(record);
    case Kind::kCommand: {
      const std::string command = subject_of(record);
      return with_text(
          fmt::format("{} gave the command {}", who(static_cast<std::uint32_t>(record.status)),
                      command.empty() ? std::string("(unnamed)") : command),
          record);
    }
    case Kind::kChildDied: return with_text(stopped_child(record), record);
    case Kind::kStopped: return "the daemon stopped in an orderly way";
    case Kind::kLost:
      return record.status == 1
                 ? std::string("1 record was overwritten before it could be read")
                 : fmt::format("{} records were overwritten before they could be read",
                               record.status);
    case Kind::kMail: {
      const std::string to = subject_of(record);
      return with_text(
          fmt::format("a mail to {} was given up", to.empty() ? std::string("somebody") : to),
          record);
    }
    case Kind::kNote: {
      const std::string text = text_of(record);
      return text.empty() ? std::string("a note without words") : text;
    }
    case Kind::kContest: return contest_sentence(record);
    case Kind::kMismatch: return mismatch_sentence(record);
    case Kind::kStray: return stray_sentence(record);
    case Kind::kClock: return clock_sentence(record);
    case Kind::kAddressFought: return fight_sentence(record);
    case Kind::kNoEngine: return absence_sentence(record);
    case Kind::kGroup: return group_sentence(record);
    case Kind::kTracked: return tracked_sentence(record);
    case Kind::kHold: return hold_sentence(record);
    case Kind::kReload: return reload_sentence(record);
    case Kind::kReconfigured: return with_text("goes on with a new configuration", record);
    case Kind::kPriority:
      return fmt::format("the effective priority is {} and was {}", record.priority, record.status);
  }
  return fmt::format("an event of kind {}, which this version does not know",
                     static_cast<unsigned>(record.kind));
}

std::string headline(const Record& record) {
  const std::string name = one_line(get_text(record.name));
  if (record.kind == Kind::kTransition || record.kind == Kind::kGroup)
    return fmt::format("{}: {} -> {}: {}",
                       record.kind == Kind::kGroup ? "sync group " + name : name,
                       base::to_string(record.from), base::to_string(record.to), because(record));
  return name.empty() ? because(record) : fmt::format("{}: {}", name, because(record));
}

}  // namespace feed
