// What the recorder wrote, for those who ask: `vigie history`, `vigie why`.
//
// Opens the database read-only and needs no write permission beside it. Queries are short and let go of the database at
// once: a reader that lingers would keep the write-ahead log from being emptied. Changes nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace store {

class Database;

// One row as schema.sql describes it. Text is empty and optionals are unset where the row has NULL.
struct Event {
  std::int64_t id = 0;
  std::string kind;  // "transition"; feed::to_string(Kind)
  std::string instance;
  std::string from;  // "BACKUP"
  std::string to;
  std::string cause;  // "silence"
  std::string sentence;
  std::optional<int> priority;
  std::string peer;
  std::optional<int> peer_priority;
  std::optional<double> silence_ms;
  std::optional<double> lateness_ms;
  std::optional<double> duration_ms;
  std::optional<std::int64_t> status;
  std::optional<std::int64_t> uid;
  std::string subject;
  std::string text;
  std::int64_t generation = 0;
  std::int64_t wall_ns = 0;
  std::int64_t monotonic_ns = 0;
  std::string boot_id;
  std::string ledger;                     // identity, 16 hexadecimal digits
  std::optional<std::uint64_t> sequence;  // unset for what the recorder itself had to say
};

class History {
 public:
  static base::Result<History> open(const std::string& path);
  History(History&&) noexcept;
  History& operator=(History&&) noexcept;
  ~History();

  struct Filter {
    std::string instance = {};            // empty: all
    std::int64_t since_wall_ns = 0;       // not older than this
    std::size_t limit = 100;              // the newest so many
    bool transitions_only = true;         // false: every kind of event
    std::vector<std::string> kinds = {};  // only these, whatever stands before; empty: all
  };
  // Oldest first. An instance's events include only its own; events of no instance come with "all".
  base::Result<std::vector<Event>> list(const Filter& filter);

  // Why is it what it is? Nothing when it never changed state.
  base::Result<std::optional<Event>> last_transition(const std::string& instance);

  // The last sequence number of this ledger that is in the database; 0 when it has none of it.
  base::Result<std::uint64_t> recorded_through(std::uint64_t ledger_identity);

 private:
  explicit History(Database database);
  std::unique_ptr<Database> database_;
};

// The form identities have in the database: 16 hexadecimal digits.
std::string identity_text(std::uint64_t ledger_identity);

}  // namespace store
