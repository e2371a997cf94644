// Where a reader of the ledger stands, kept in a small file on tmpfs beside it, so that its successor goes on there.
//
// A place belongs to one ledger: read() answers 0, "from the beginning", for any other.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace base::os {

class PlaceFile {
 public:
  PlaceFile(std::string path, std::uint64_t ledger_identity)
      : path_(std::move(path)), identity_(ledger_identity) {}

  // The last sequence dealt with; 0 when nothing is remembered of this ledger.
  std::uint64_t read() const;
  // Replaces the file whole: a reader killed in between finds the old place or the new one.
  Status write(std::uint64_t sequence) const;

 private:
  std::string path_;
  std::uint64_t identity_;
};

}  // namespace base::os
