// What a vigied published, read without asking it: its board, its ledger, its compiled configuration.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/os/mapping.hpp"
#include "base/result.hpp"
#include "engine/config/model.hpp"
#include "engine/feed/board.hpp"
#include "engine/feed/ledger.hpp"
#include "engine/feed/memory.hpp"

namespace cli {

struct Directories {
  std::string run = "/run/vigie";
  std::string state = "/var/lib/vigie";
};

class Facts {
 public:
  // Fails when there is no board and ledger of this boot, which means that no vigied ran with this directory.
  static base::Result<Facts> open(const Directories& directories);

  feed::BoardReader board() const { return feed::BoardReader(board_.bytes()); }
  std::uint64_t ledger_identity() const { return feed::ledger_header(ledger_.bytes()).identity; }
  // The sequence number of the newest record; 0 when there is none.
  std::uint64_t ledger_head() const { return feed::ledger_header(ledger_.bytes()).head; }
  // The record with this sequence number, while the ring still holds it.
  std::optional<feed::Record> record(std::uint64_t sequence) const;
  // All that the ring still holds, the oldest first.
  feed::LedgerReader events() const { return feed::LedgerReader(ledger_.bytes(), 0); }
  // The place of an instance on the board.
  std::optional<std::size_t> find(const std::string& instance) const;

 private:
  base::os::Mapping board_;
  base::os::Mapping ledger_;
};

// The configuration the daemon runs, or ran last.
base::Result<config::Model> running_configuration(const Directories& directories);

// What is known of other routers from before the daemon started; empty when there is no such file, or none of ours.
std::vector<feed::MemoryEntry> remembered(const Directories& directories);

// A file name, and what is not there when it is missing.
base::Error missing_daemon(const Directories& directories);

}  // namespace cli
