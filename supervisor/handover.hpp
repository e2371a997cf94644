// What one vigied hands to the next that takes its place in the same process: everything the supervisor holds, as numbers
// of open descriptors and a few words, in a memfd.
//
// The reader may be of another version than the writer, so whatever is read is checked: it is ours, of a version that is
// understood, whole, and every number in it is possible. Reading opens, closes and changes nothing: who cannot go on with it
// can still hand it back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/os/fd.hpp"
#include "base/result.hpp"
#include "supervisor/control_server.hpp"
#include "supervisor/programs.hpp"
#include "supervisor/wiring.hpp"

namespace supervisor {

// Raised with every change of what follows.
inline constexpr std::uint32_t kHandoverVersion = 3;

struct Handover {
  std::string version;                    // of who wrote it
  std::uint32_t messages = 0;             // ipc::kVersion
  std::vector<std::string> command_line;  // with which the first of them was started

  std::string run_dir;
  std::string state_dir;
  std::string config_id;
  std::string file;
  std::uint8_t log_to_journal = 0;
  std::uint8_t was_ready = 0;

  std::int32_t lock = -1;
  std::int32_t config = -1;
  std::array<std::int32_t, 2> board{-1, -1};  // to write, to read
  std::array<std::int32_t, 2> ledger{-1, -1};
  std::array<std::int32_t, 2> memory{-1, -1};
  std::array<std::int32_t, Wiring::kDescriptors> wiring{};
  ControlServer::Held control;

  // Executables to fall back to, or that are fallen back to.
  std::string directory;
  std::string vigied;
  std::array<std::int32_t, Programs::kCount> programs{};

  struct Seat {
    std::uint8_t role = 0;
    std::uint8_t runs_kept = 1;  // an executable of those above
    std::int32_t pid = 0;        // 0: nobody
    std::int32_t pidfd = -1;
    std::int64_t started_ns = 0;
    std::int64_t start_at_ns = 0;  // when nobody sits there
    std::uint32_t deaths = 0;
  };
  std::vector<Seat> seats;

  // Who asked for the upgrade, and what became of it; `failure` is not empty when the executables above come back.
  std::uint32_t uid = 0;
  std::uint64_t place = 0;
  std::uint64_t connection = 0;
  std::string to;  // the version asked for
  std::string failure;

  struct Reload {  // asked for meanwhile
    std::uint32_t uid = 0;
    std::uint8_t waits = 0;  // place and connection say where
    std::uint64_t place = 0;
    std::uint64_t connection = 0;
    std::string how;
  };
  std::vector<Reload> reloads;
};

std::vector<std::byte> encode(const Handover& handover);
base::Result<Handover> decode(std::span<const std::byte> bytes);

// Every descriptor it names.
std::vector<int> descriptors_of(const Handover& handover);
// An error when one of them is not open.
base::Status check_open(const Handover& handover);

base::Result<base::os::UniqueFd> write_handover(const Handover& handover);
base::Result<Handover> read_handover(int fd);

}  // namespace supervisor
