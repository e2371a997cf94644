// How long an orderly stop takes at most, whoever does not answer. docs/commands.md says it to operators.
#pragma once

#include "base/instant.hpp"
#include "engine/config/model.hpp"

namespace supervisor {

// Until the engine has handed over what it was master of. It takes an interval; the rest is for one that hangs.
base::Duration departure_bound(const config::Model& model);

// Until vigied has ended: the departure, and every step after it killed at the end of its patience.
base::Duration stop_bound(const config::Model& model);

}  // namespace supervisor
