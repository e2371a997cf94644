#include "tests/sim/reached.hpp"

#include <iterator>

namespace sim {
namespace {

constexpr std::string_view kNames[] = {
    "two masters meet after a partition",
    "a contest raised: one-way",
    "a contest raised: two others",
    "a contest raised: authentication",
    "a contest raised: VRID",
    "a contest raised: version",
    "a contest raised: interval",
    "a contest raised: addresses",
    "a contest raised by an attack",
    "a contest cleared",
    "a member waits for its group",
    "a group takes over whole",
    "a group in fault by one member",
    "a group leaves for the hold of one member",
    "a group is adopted as master",
    "a quiet start ended by the LAN",
    "a quiet start ended by its cap",
    "a start delay keeps a router down",
    "a master too late steps down",
    "two owners meet",
    "a socket overflows",
    "two adverts lost in a row and no takeover",
    "a departure nobody answers",
    "a departure answered by a successor",
    "adopted as master",
    "adopted as backup",
    "adopted in a departure",
    "adopted in fault",
    "adopted after somebody took over",
    "a replay refused",
    "a replay refused after a restart",
    "a duplicate refused for its number",
    "an advert from a wrong clock keeps a backup down",
    "a stale advert dropped",
    "an advert goes out twice after a clock was put right",
    "both keys of a roll-over heard",
    "dropped: TTL",
    "dropped: checksum",
    "dropped: version",
    "dropped: type",
    "dropped: length",
    "dropped: unknown VRID",
    "dropped: authentication",
    "dropped: not a peer",
    "dropped: interval of zero",
    "dropped: destination",
    "dropped: own advert came back",
    "a losing advert beyond the budget",
    "a long interval silences a master",
    "a forged priority 0 makes two masters",
    "a forged owner silences a master",
    "a priority clamped at 1",
    "a priority clamped at 254",
    "two checks fail at once",
    "a failure too short to count",
    "the kernel refuses an address",
    "a paused master wakes and yields",
    "a paused master wakes and stays",
    "a tie settled by address",
    "a preemption after its delay",
    "a better router stays backup as told",
    "a mismatched interval obeyed",
    "a mismatched list obeyed",
    "two masters mended by configuration",
    "a reconfigured router",
    "eight routers on one LAN",
    "a unicast takeover",
    "an advert bent on the way",
};
static_assert(std::size(kNames) == kSituations);

}  // namespace

std::string_view to_string(Situation situation) {
  return kNames[static_cast<std::size_t>(situation)];
}

}  // namespace sim
