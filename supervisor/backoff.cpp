#include "supervisor/backoff.hpp"

#include <algorithm>
#include <array>

namespace supervisor {
namespace {

using std::chrono::milliseconds;

constexpr std::array kWaits{milliseconds{0},    milliseconds{0},   milliseconds{100},
                            milliseconds{200},  milliseconds{500}, milliseconds{1000},
                            milliseconds{2000}, milliseconds{5000}};
constexpr milliseconds kLongestOfVital{1000};
constexpr std::chrono::seconds kLongLife{60};

}  // namespace

base::Duration Backoff::after_life_of(base::Duration life) {
  if (life >= kLongLife) deaths_ = 0;
  const milliseconds wait = kWaits[std::min(deaths_, kWaits.size() - 1)];
  ++deaths_;
  return kind_ == Kind::kVital ? std::min(wait, kLongestOfVital) : wait;
}

}  // namespace supervisor
