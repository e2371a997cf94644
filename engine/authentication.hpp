// The keys of a virtual router, from the configuration to where they are used.
#pragma once

#include "engine/config/model.hpp"
#include "engine/core/auth.hpp"

namespace engine {

// Points into `instance`.
core::AuthSettings auth_settings_of(const config::Instance& instance, core::AuthType type);

}  // namespace engine
