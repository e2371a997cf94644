// A scenario: one virtual router, what happens to it when, and what it does about it. README.md is the manual of the
// language.
//
// read() turns text into a Script and stops at the first thing it does not understand: every complaint begins with
// "file:line: ". Numbers are exact: times are decimal, never floating point.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "engine/core/instance.hpp"

namespace scenario {

using core::Address;
using core::Duration;
using core::Priority;

// An advert as another router sends it. What is not said is as the router under test would send it itself.
struct Hear {
  enum class Checksum { kUsual, kPlain, kPseudoHeader, kWrong };
  Address source;
  Address destination;  // not set: the group, or us when it is unicast
  Priority priority;
  std::optional<Duration> interval;
  std::optional<int> version, type, vrid, count;
  std::optional<std::string> password;
  std::optional<std::vector<Address>> addresses;
  int ttl = 255;
  Checksum checksum = Checksum::kUsual;
  int cut = 0;      // bytes missing at the end
  Duration age{0};  // how long ago the kernel received it
  bool is_clock_bad = false;
};
// The link is said to be usable first, unless something was said about it before.
struct Begin {
  Duration delay{0};
  bool knew_peer = false;
};
struct Wake {};  // time passes, once
struct Pass {};  // time passes, at every deadline up to now
struct Adopt {
  core::Adopted adopted;  // its instants count from now
};
using Happening = std::variant<core::Event, Begin, Hear, Wake, Pass, Adopt>;

// What is expected of one line.
struct Outcome {
  std::vector<core::Action> actions;
  base::Drop drop = base::Drop::kNone;
  std::optional<Duration> deadline;  // from now; not said: that of the line before
  bool never = false;                // nothing is awaited
  bool departing = false;            // a planned departure begins here
  std::optional<Duration> interval;  // the master's interval in force
  std::optional<Priority> priority;  // the effective one
  std::optional<bool> addresses_match, interval_matches;  // of the advert heard
  bool wants = false;  // would be master, were it not for its group, and says so from here on
};

struct Step {
  int line = 0;
  Duration at{0};
  bool late = false;  // a deadline before `at` was slept through
  Happening what;
  Outcome expected;
};

struct Script {
  core::Router router;
  Address source;                     // what the router speaks from
  std::vector<std::string> trackers;  // names, in the order of router.trackers
  std::vector<Step> steps;
};

// `name` is the file's, for complaints.
base::Result<Script, std::string> read(std::string_view text, const std::string& name);

// Plays the script against a new instance. Answers the first line that went otherwise, or nothing.
std::optional<std::string> play(const Script& script, const std::string& name);

// "3.609375s", the shortest exact form.
std::string to_text(Duration duration);

}  // namespace scenario
