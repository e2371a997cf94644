#include "engine/keeper/bystanders.hpp"

#include <linux/if_addr.h>

#include <algorithm>

namespace keeper {
namespace {

std::uint32_t network_of(const base::Prefix& prefix) {
  std::uint32_t bits = 0;
  for (const std::uint8_t byte : prefix.address.bytes()) bits = bits << 8 | byte;
  return prefix.length == 0 ? 0 : bits >> (32 - prefix.length);
}

}  // namespace

bool is_same_network(const base::Prefix& a, const base::Prefix& b) {
  return a.address.family() == Family::kIpv4 && b.address.family() == Family::kIpv4 &&
         a.length == b.length && network_of(a) == network_of(b);
}

void Bystanders::observe(const AddressFact& fact, bool is_virtual, base::Instant now) {
  if (fact.local.address.family() != Family::kIpv4) return;
  if (fact.exists) {
    std::erase_if(gone_, [&](const Gone& one) {
      return one.fact.index == fact.index && one.fact.local == fact.local;
    });
  } else if (!is_virtual) {
    if (gone_.size() == kMost) gone_.pop_front();
    gone_.push_back({.fact = fact, .at = now});
  } else if ((fact.flags & IFA_F_SECONDARY) == 0) {
    for (Gone& one : gone_)
      if (one.fact.index == fact.index && one.fact.requester == fact.requester &&
          one.fact.request == fact.request && (one.fact.flags & IFA_F_SECONDARY) != 0 &&
          is_same_network(one.fact.local, fact.local))
        one.went_along = true;
  }
}

std::vector<AddressFact> Bystanders::take(base::Instant now) {
  std::vector<AddressFact> due;
  const auto is_over = [now](const Gone& one) { return now - one.at >= kWhatElse; };
  for (const Gone& one : gone_)
    // What has no time left went by that.
    if (one.went_along && one.fact.valid_s != 0 && is_over(one) && !is_of_many(one))
      due.push_back(one.fact);
  // Who flushed is known for as long again, for what he removed a moment later.
  std::erase_if(gone_, [&](const Gone& one) {
    return is_over(one) && (one.went_along || now - one.at >= 2 * kWhatElse);
  });
  return due;
}

base::Instant Bystanders::deadline() const {
  base::Instant earliest = base::Instant::never();
  for (const Gone& one : gone_)
    earliest = base::earlier(earliest, one.at + (one.went_along ? 1 : 2) * kWhatElse);
  return earliest;
}

bool Bystanders::is_of_many(const Gone& gone) const {
  // What the kernel removes of its own accord has no requester.
  return gone.fact.requester != 0 && std::ranges::any_of(gone_, [&](const Gone& one) {
           return !one.went_along && one.fact.requester == gone.fact.requester;
         });
}

}  // namespace keeper
