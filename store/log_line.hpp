// A record as a line of the log.
#pragma once

#include <string>

#include "base/os/log.hpp"
#include "engine/feed/record.hpp"

namespace store {

struct LogLine {
  base::os::Severity severity;
  std::string text;
};

// Transitions begin as keepalived's lines do, "(VI_1) Entering MASTER STATE", so that what searches logs for them goes on
// finding them; then our cause.
LogLine log_line(const feed::Record& record);

}  // namespace store
