// The processes the supervisor may start, and which of them a configuration asks for.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/config/model.hpp"

namespace supervisor {

// In the order they are started.
enum class Role : std::uint8_t { kKeeper, kEngine, kRecorder, kRunner, kAlerter, kSubagent };
inline constexpr std::array kRoles{Role::kKeeper, Role::kEngine,  Role::kRecorder,
                                   Role::kRunner, Role::kAlerter, Role::kSubagent};

std::string_view name_of(Role role);  // "keeper"; its program is vigie-keeper

// Keeper, engine and recorder always; the others only when there is something for them to do.
bool is_needed(Role role, const config::Model& model);

}  // namespace supervisor
