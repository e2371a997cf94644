#include "store/log_line.hpp"

#include <fmt/format.h>

#include "engine/feed/sentence.hpp"

namespace store {
namespace {

using base::os::Severity;
using feed::Kind;

Severity severity_of(const feed::Record& record) {
  switch (record.kind) {
    case Kind::kTransition:
    case Kind::kEngineStarted:
    case Kind::kPermit:
    case Kind::kCommand:
    case Kind::kStopped: return Severity::kNotice;
    // Nobody lost anything, but an engine does not end by itself.
    case Kind::kEngineAdopted:
    case Kind::kAddressRestored:
    case Kind::kNote: return Severity::kWarning;
    case Kind::kScript:
      return record.to == base::State::kFault ? Severity::kWarning : Severity::kNotice;
    case Kind::kNotify: return record.status == 0 ? Severity::kInfo : Severity::kWarning;
    // A refused one is no trouble of the daemon, but somebody waits for it.
    case Kind::kReload: return record.status != 0 ? Severity::kError : Severity::kNotice;
    case Kind::kGroup:
    case Kind::kHold:
    case Kind::kPriority:
    case Kind::kReconfigured: return Severity::kNotice;
    case Kind::kAddressFought:
    case Kind::kNoEngine:
    case Kind::kContest: return record.status != 0 ? Severity::kError : Severity::kNotice;
    case Kind::kMismatch:
    case Kind::kClock: return record.status != 0 ? Severity::kWarning : Severity::kNotice;
    case Kind::kStray: return Severity::kWarning;
    case Kind::kTracked:
      return record.to == base::State::kFault ? Severity::kWarning : Severity::kInfo;
    case Kind::kLink: return record.status == 0 ? Severity::kWarning : Severity::kNotice;
    case Kind::kAddressRefused:
    case Kind::kChildDied:
    case Kind::kLost:
    case Kind::kMail: return Severity::kError;
  }
  return Severity::kWarning;
}

std::string transition_text(const feed::Record& record) {
  return fmt::format("({}) Entering {} STATE (was {}): {}",
                     feed::one_line(feed::get_text(record.name)), base::to_string(record.to),
                     base::to_string(record.from), feed::because(record));
}

}  // namespace

LogLine log_line(const feed::Record& record) {
  if (record.kind == Kind::kTransition) return {severity_of(record), transition_text(record)};
  const std::string name = feed::one_line(feed::get_text(record.name));
  return {severity_of(record), name.empty() ? feed::because(record)
                                            : fmt::format("({}) {}", name, feed::because(record))};
}

}  // namespace store
