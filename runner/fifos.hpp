// The FIFOs of a configuration and the programs that read them: notify_fifo, vrrp_notify_fifo and their scripts.
//
//   ledger --lines--> FIFO --> reader, a script of the operator with the path as its last parameter
//
// What stays true:
// - Lines come in the order of the ledger, each once to each FIFO; after a crash the one that was being written may come
//   twice. Nothing waits for a FIFO, and one that nobody reads is said once (Fifo says what becomes of its lines).
// - A reader that ends is started again, after a second and, when it keeps ending, after up to a minute. It outlives a runner that dies; the next one knows
//   it by number and start.
// - On a reload a FIFO that is written as before stays, and so does its reader. What is gone is removed behind its
//   reader.
// - At the end the last lines are read before the reader is asked to go: first it sees the end of the FIFO, then SIGTERM,
//   then SIGKILL.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/os/poller.hpp"
#include "engine/config/lineage.hpp"
#include "engine/config/model.hpp"
#include "runner/facts.hpp"
#include "runner/fifo.hpp"
#include "runner/fifo_lines.hpp"
#include "runner/fifo_place.hpp"
#include "runner/process.hpp"

namespace runner {

class Fifos {
 public:
  static constexpr base::Duration kTryAgain =
      std::chrono::seconds{5};  // a FIFO that cannot be used
  static constexpr base::Duration kLook = std::chrono::milliseconds{100};  // one that is full
  static constexpr base::Duration kAfterEnd = std::chrono::seconds{1};
  static constexpr base::Duration kAfterTerm = std::chrono::seconds{2};

  // How a command of this configuration becomes a process; what an operator should know.
  struct World {
    std::function<Becoming(const config::Command&)> becoming;
    std::function<void(const std::string&)> remark;
  };
  // The poller outlives this.
  Fifos(const config::Model& model, std::uint64_t configuration, std::string place_file,
        base::os::Poller& poller, World world);

  void reconfigure(const config::Model& before, const config::Model& now,
                   const config::Lineage& lineage, Facts& facts, base::Instant time);

  // Reads what the ledger has, up to `last`, writes what fits, starts readers that are due.
  void advance(Facts& facts, std::uint64_t last, base::Instant now);
  base::Instant deadline() const;
  // The process at this place of the poller's tokens has ended, perhaps.
  void reader_ended(std::size_t place, base::Instant now);

  // Everything that will be told is in the ledger up to `last`.
  void begin_stop();
  // All was told, and nobody is left that reads; or it has taken too long.
  bool is_finished(std::uint64_t last) const;
  // The last thing: whoever is left is killed, and what was made is removed.
  void finish();

 private:
  // What the configuration says about one.
  struct Wanted {
    config::Fifo configured;
    Identity owner;
    Becoming reader;
  };
  struct Line {
    Line(Wanted of, std::size_t number)
        : fifo(of.configured.path, of.owner), wanted(std::move(of)), token(number) {}
    Fifo fifo;
    Wanted wanted;
    std::uint64_t begins_after = 0;  // records up to here are no news to it
    base::Instant next_try;          // to open it
    std::string trouble;             // that was told
    std::uint64_t told_given_up = 0;
    std::optional<Process> reader;
    std::uint64_t reader_ticks = 0;
    std::size_t token;       // of the reader
    base::Duration wait{0};  // before the reader is started again
    base::Instant reader_began;
    base::Instant start_reader_at;
    base::Instant end_since = base::Instant::never();  // it was closed, for its reader to end
    bool was_termed = false;
  };
  struct Leaving {
    Process process;
    base::Instant kill_at;
  };

  void add(const config::Model& model, const config::Fifo& configured);
  void open(Line& line, base::Instant now);
  void begin_with(Facts& facts, base::Instant now);
  void read_ledger(Facts& facts, std::uint64_t last);
  std::uint64_t first_place(Facts& facts) const;
  void repeat_states(Facts& facts);
  void start_reader(Line& line, base::Instant now);
  bool watch(Line& line);
  void adopt_reader(Line& line, const FifoPlace& was, base::Instant now);
  void tell_given_up(Line& line);
  void end_reader(Line& line, base::Instant now);
  void take_down(Line& line, base::Instant now);
  static bool is_same_fifo(const Wanted& a, const Wanted& b);
  void save();

  std::string place_file_;
  base::os::Poller& poller_;
  World world_;
  FifoLines lines_;
  std::vector<Line> fifos_;
  std::vector<Leaving> leaving_;
  FifoPlaces former_;  // of the runner before us, until the ledger is there
  std::uint64_t ledger_ = 0;
  std::uint64_t place_ = 0;
  std::uint32_t generation_ = 0;
  bool repeats_on_reload_;
  bool owes_states_ = false;
  bool was_reloaded_ = false;
  bool is_stopping_ = false;
  std::string saved_;
  bool is_saving_failing_ = false;
  std::size_t next_token_ = 0;
  base::Instant look_at_ = base::Instant::never();
};

}  // namespace runner
