// The schema of the outbox (alert/outbox.sql).
#pragma once

#include "store/schema.hpp"

namespace alert {

const store::Schema& outbox_schema();

}  // namespace alert
