// A change of the configuration while everything runs: from somebody's wish to the engine's word that it is done.
//
//   idle --asked--> reading --verdict, and there is a difference--> changing --Reconfigured--> idle
//                   vigie-config runs                              the engine has Board and Reconfigure
//
// What stays true:
// - What runs goes on untouched until the engine has said that it goes on with the new one; from then on the new one is the
//   one in force, for every process that is started too. There is no state in between: an engine that dies before it said so
//   never reads what it was asked, and one that gives no answer is ended.
// - Nothing here waits: the reader is a child with a deadline, the engine's answer a message with one.
// - One at a time. Who asks meanwhile is answered by the next one, which reads the file after they asked; several who ask
//   meanwhile share it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/os/channel.hpp"
#include "base/os/poller.hpp"
#include "engine/ipc/messages.hpp"
#include "supervisor/candidate.hpp"
#include "supervisor/control_server.hpp"

namespace supervisor {

class Reload {
 public:
  // For the engine's answer, after what leaves with the new configuration has departed.
  static constexpr base::Duration kEnginePatience = std::chrono::seconds{10};

  struct Asker {
    std::uint32_t uid = 0;
    std::string how;                              // "SIGHUP", "vigie reload"
    std::optional<ControlServer::Ticket> ticket;  // who waits for the answer
  };

  // Requires: places outlive this. `token`: what the poller says when the reader has ended.
  Reload(const Places& places, std::string file, std::uint64_t token)
      : places_(places), file_(std::move(file)), token_(token) {}

  const std::vector<Asker>& waiting() const { return waiting_; }
  void ask(Asker asker) { waiting_.push_back(std::move(asker)); }
  bool is_idle() const { return stage_ == Stage::kIdle; }
  bool is_wanted() const { return !waiting_.empty(); }
  base::Instant deadline() const { return deadline_; }

  // How one ended.
  struct Outcome {
    control::Answer answer = control::Answer::kDone;
    std::string text;               // for who asked, and for the row
    std::uint32_t errors = 0;       // in the file
    std::optional<Candidate> next;  // the configuration from now on; none: the one before goes on
    std::vector<Asker> askers;      // none when they were answered by stop()
  };
  using Ended = std::optional<Outcome>;

  // Requires: idle, and wanted.
  Ended begin(base::os::Poller& poller, base::Instant now);
  // `departures`: how long those of the running configuration may take.
  Ended reader_ended(base::os::Poller& poller, base::os::Channel& engine, const Compiled& running,
                     base::Duration departures, base::Instant now);
  Ended heard(const ipc::Reconfigured& answer);
  // The deadline has come. Nothing: the engine owes an answer, and must be ended.
  Ended overdue(base::os::Poller& poller);
  // The engine is gone, and all that it said was heard. `unread`: its own end of the channel, where what it has not read
  // waits for its successor, who must not read of this.
  Ended engine_ended(base::os::Channel& engine, base::os::Channel& unread);
  // The daemon ends: who asked is told. An engine that was asked already may go on with the new one all the same, which
  // heard() answers as ever.
  Ended stop(base::os::Poller& poller);

 private:
  enum class Stage { kIdle, kReading, kChanging };
  Ended end(control::Answer answer, std::string text);
  void end_reader(base::os::Poller& poller);
  // Nothing: the engine was asked.
  Ended hand_over(base::os::Channel& engine, const Compiled& running, base::Instant deadline);
  base::Result<Candidate> prepare(const Compiled& running);

  const Places& places_;
  std::string file_;
  std::uint64_t token_;
  Stage stage_ = Stage::kIdle;
  std::vector<Asker> waiting_;
  std::vector<Asker> askers_;
  Reader reader_;
  std::vector<base::os::Child> given_up_;  // readers that were killed and have not ended yet
  std::uint32_t errors_ = 0;
  std::uint32_t warnings_ = 0;
  std::optional<Candidate> next_;
  std::string change_;  // what it is, in words
  base::Instant deadline_ = base::Instant::never();
};

}  // namespace supervisor
