// Log lines of the processes around the engine: to stderr in the foreground, to the journal as a service.
//
// A sink never blocks: a line that does not fit is dropped and counted, and the count is in the next line that fits.
// The engine has no log: its lines are ledger records, written by the recorder.
#pragma once

#include <string_view>

namespace base::os {

enum class Severity {
  kError = 3,
  kWarning = 4,
  kNotice = 5,
  kInfo = 6,
  kDebug = 7
};  // syslog's numbers

// Where lines of this process go, and the name they carry ("keeper"). Call once, at the top of main.
void open_log(std::string_view role, bool to_journal);
void log(Severity severity, std::string_view text);
inline void log_error(std::string_view text) { log(Severity::kError, text); }
inline void log_warning(std::string_view text) { log(Severity::kWarning, text); }
inline void log_notice(std::string_view text) { log(Severity::kNotice, text); }
inline void log_info(std::string_view text) { log(Severity::kInfo, text); }

}  // namespace base::os
