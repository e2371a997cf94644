// A small file that is replaced as a whole or not at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace monit {

// Writes beside `path` and renames over it: a reader finds the former content or the new one, never a part. Not
// synced to disk: what is written this way means nothing after a reboot. `modified_ns` (wall time) is the file's time
// from its first moment on; the time of writing when not given.
base::Status replace_file(const std::string& path, std::string_view content,
                          std::optional<std::int64_t> modified_ns = std::nullopt);

// Gives an existing file that time.
base::Status set_modified(const std::string& path, std::int64_t modified_ns);

}  // namespace monit
