#include "supervisor/backoff.hpp"

#include <algorithm>
#include <array>

namespace supervisor {
namespace {

using std::chrono::milliseconds;

// A peer that expects an advert each 100 ms takes over after three of them: ten deaths in a row stay below that, start
// included. What still dies then is better off slower.
constexpr std::array kVitalWaits{
    milliseconds{0},   milliseconds{0},   Backoff::kShort,   Backoff::kShort, Backoff::kShort,
    Backoff::kShort,   Backoff::kShort,   Backoff::kShort,   Backoff::kShort, Backoff::kShort,
    milliseconds{200}, milliseconds{500}, milliseconds{1000}};
constexpr std::array kPatientWaits{milliseconds{0},    milliseconds{0},   milliseconds{100},
                                   milliseconds{200},  milliseconds{500}, milliseconds{1000},
                                   milliseconds{2000}, milliseconds{5000}};
constexpr std::chrono::seconds kLongLife{60};

}  // namespace

base::Duration Backoff::after_life_of(base::Duration life) {
  if (life >= kLongLife) deaths_ = 0;
  const std::size_t death = deaths_++;
  return kind_ == Kind::kVital ? kVitalWaits[std::min(death, kVitalWaits.size() - 1)]
                               : kPatientWaits[std::min(death, kPatientWaits.size() - 1)];
}

}  // namespace supervisor
