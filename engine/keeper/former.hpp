// Which of the kernel's addresses an earlier daemon of this run directory left behind, and what they say about who
// made them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/config/model.hpp"
#include "engine/keeper/facts.hpp"

namespace keeper {

struct LeftBehind {
  AddressFact address;
  std::string interface;
  // By its origin. Where the kernel keeps none, nothing is known to be ours.
  bool is_ours() const { return address.origin == kOurOrigin; }
};

std::vector<LeftBehind> left_behind(const Picture& picture,
                                    std::span<const config::FormerAddress> former);

}  // namespace keeper
