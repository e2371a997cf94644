#include "tests/sim/trace.hpp"

#include <algorithm>
#include <cstdio>

namespace sim {
namespace {

std::string name(std::uint8_t host) {
  return host == Trace::kLan ? std::string("LAN") : std::string("R").append(std::to_string(host));
}

}  // namespace

std::string to_string(const Trace::Entry& entry) {
  using What = Trace::Entry::What;
  char head[64];
  (void)std::snprintf(head, sizeof head, "%14.6f s  %-4s", static_cast<double>(entry.at.ns()) / 1e9,
                      name(entry.host).c_str());
  std::string text = head;
  text += entry.router == 0xff ? std::string("   ")
                               : std::string("v").append(std::to_string(entry.router)).append(" ");
  const std::string number = std::to_string(entry.number);
  switch (entry.what) {
    case What::kFault: return text + "fault: " + std::string(to_string(entry.fault));
    case What::kFaultEnds: return text + "ends:  " + std::string(to_string(entry.fault));
    case What::kSent: return text + "sends priority " + number;
    case What::kHeard: return text + "hears priority " + number + " from " + name(entry.from_host);
    case What::kDropped:
      return text + "drops a packet from " + name(entry.from_host) + ": " +
             std::string(base::to_string(static_cast<base::Drop>(entry.number)));
    case What::kLost: return text + "loses a packet from " + name(entry.from_host);
    case What::kForged:
      return text + "forged: " + std::string(to_string(static_cast<Attack::Kind>(entry.number)));
    case What::kChanged:
      return text + std::string(base::to_string(entry.from)) + " -> " +
             std::string(base::to_string(entry.to)) + ": " +
             std::string(base::to_string(entry.cause));
    case What::kHolds: return text + "holds the addresses";
    case What::kLetGo: return text + "lets the addresses go";
    case What::kAdopted: return text + "a new engine adopts";
    case What::kStarted: return text + "boots";
    case What::kMended: return text + "is configured as the others";
    case What::kReloaded: return text + "reads its configuration anew";
    case What::kContest:
      return text + "sees two masters: " +
             std::string(core::to_string(static_cast<core::ContestReason>(entry.number))) + ", " +
             name(entry.from_host);
    case What::kContestOver: return text + "sees two masters no more";
  }
  return text;
}

std::string Trace::tail() const {
  std::string text;
  const std::uint64_t first = count_ - std::min<std::uint64_t>(count_, entries_.size());
  for (std::uint64_t i = first; i < count_; ++i)
    text += to_string(entries_[i % entries_.size()]) + "\n";
  return text;
}

}  // namespace sim
