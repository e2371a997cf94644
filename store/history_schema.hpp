// The schema of the history database (store/schema.sql), for those who write it and those who read it.
#pragma once

#include "store/schema.hpp"

namespace store {

const Schema& history_schema();

}  // namespace store
