// The files the processes share: directories, the lock, the board, the ledger and the memory.
//
// They outlive every process. A ledger of this boot is kept for good; a board of this boot is kept while it
// belongs to the same configuration. Anything else is replaced by a new file under the same name, so that a reader that
// still maps the old one sees it whole. A memory is kept for good, and a new one begins with what the copy in the state
// directory has.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/os/fd.hpp"
#include "base/os/mapping.hpp"
#include "base/result.hpp"

namespace supervisor {

// Makes the directory and its parents when it is missing.
base::Status make_directory(const std::string& path, unsigned mode);

// Holds <run-dir>/vigied.pid for as long as the descriptor lives. Refuses when another vigied holds it.
base::Result<base::os::UniqueFd> take_lock(const std::string& path);

// Readable by group vigie; in a place where that group does not exist, or cannot be given, by the owner alone.
void share_with_group(const std::string& path, unsigned mode);

// A directory in which a process that is not root keeps files belongs to that process's user, where it exists.
void give_to_user(const std::string& path, const char* user);

struct SharedFile {
  base::os::UniqueFd writable;  // the engine's
  base::os::UniqueFd readable;  // everybody else's
};

struct BoardShape {
  std::size_t rows = 0;
  std::size_t groups = 0;
  std::uint64_t configuration_hash = 0;
  std::string router_id;
};

base::Result<SharedFile> open_board(const std::string& path, const BoardShape& shape,
                                    std::string_view boot_id);
base::Result<SharedFile> open_ledger(const std::string& path, std::string_view boot_id);

struct OpenedMemory {
  SharedFile file;
  std::string note;  // what an operator should know of it; empty: nothing
};
// A damaged copy is set aside as `copy`.damaged, which the note says; a router that remembers nothing is still a router.
base::Result<OpenedMemory> open_memory(const std::string& path, const std::string& copy);

}  // namespace supervisor
