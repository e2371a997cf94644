// How far FIFOs were told, and who reads them, on tmpfs beside the runner: <run-dir>/runner.fifos.
//
//   vigie-runner-fifos 1
//   ledger 8f3a51c20e774d10
//   fifo 120 1 4711 99887766 /run/vigie.fifo
//        |   | |    |        its path, to the end of the line
//        |   | |    start ticks of /proc/PID/stat
//        |   | the process that reads it; 0: none was started
//        |   1: it was made by a runner
//        all records up to here were told
//
// Replaced as a whole. It does not survive a reboot, and neither do the ledger and the processes it speaks of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace runner {

struct FifoPlace {
  std::uint64_t told = 0;
  bool is_made_by_us = false;
  int reader = 0;
  std::uint64_t reader_ticks = 0;
  std::string path;
  friend bool operator==(const FifoPlace&, const FifoPlace&) = default;
};

struct FifoPlaces {
  std::uint64_t ledger = 0;
  std::vector<FifoPlace> fifos;
  const FifoPlace* find(std::string_view path) const;
  friend bool operator==(const FifoPlaces&, const FifoPlaces&) = default;
};

std::string write_fifo_places(const FifoPlaces& places);
// Nothing when the text is damaged or of another version.
std::optional<FifoPlaces> read_fifo_places(std::string_view text);

}  // namespace runner
