#include "tests/sim/mutant.hpp"

#include <iterator>

namespace sim {
namespace {

constexpr std::string_view kNames[] = {
    "none",
    "deaf",
    "hears-only-lower",
    "wins-every-tie",
    "loses-every-tie",
    "impatient",
    "sluggish",
    "silent-departure",
    "break-before-make",
    "clings",
    "never-installs",
    "defies-holds",
    "defies-checks",
    "defies-debounce",
    "one-bit-of-fault",
    "forgets-to-tell",
    "speaks-out-of-turn",
    "cries-wolf",
    "ignores-weights",
    "ignores-files",
    "dreams",
    "never-preempts",
    "always-preempts",
    "preempts-at-once",
    "ignores-release",
    "interval-uncapped",
    "interval-ignored",
    "answers-without-budget",
    "believes-any-ttl",
    "believes-any-checksum",
    "believes-any-length",
    "postponed-by-junk",
    "learns-from-junk",
    "strict-by-itself",
    "unicast-ttl-of-multicast",
    "takes-strangers",
    "speaks-before-draining",
    "no-late-guard",
    "forgets-start-delay",
    "forgets-quiet-start",
    "link-blind",
    "refusal-blind",
    "deaf-to-stop",
    "adopts-nothing",
    "adopts-without-holds",
    "group-untold",
    "member-rises-alone",
    "group-without-faults",
    "group-late",
    "unsigned",
    "takes-unsigned",
    "replay-accepted",
    "marks-forgotten",
    "own-number-goes-back",
    "clock-bad-is-gone",
    "contest-deaf",
    "contest-trigger-happy",
    "contest-forever",
    "contest-wrong-reason",
    "contest-blind-backup",
    "contest-late",
    "contest-hasty",
    "contest-dwells",
};
static_assert(std::size(kNames) == kMutants);

}  // namespace

std::string_view to_string(Mutant mutant) { return kNames[static_cast<std::size_t>(mutant)]; }

}  // namespace sim
