// Replacing every process by what is installed now, as far as it is bookkeeping: who asked, how the new vigied is tried, and
// which successors stand by. What is done with it is the Supervisor's (upgrading.cpp).
//
//   idle --asked--> wanted --no reload is under way--> trying --it can--> [another vigied executes in this process]
//   [there] replacing: all heirs prepare, then one after the other: who was there is ended, the heir takes over
//
// What stays true:
// - Nobody is ended before everybody's heir stands ready.
// - One at a time is being replaced, the least important first, the engine last.
// - Whatever fails, the executables from before are there, open, and are gone back to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/os/poller.hpp"
#include "base/os/process.hpp"
#include "supervisor/control_server.hpp"
#include "supervisor/handover.hpp"
#include "supervisor/roles.hpp"

namespace supervisor {

// The new vigied, executed to say whether it could take over: it reads everything and changes nothing.
struct Trial {
  static constexpr base::Duration kPatience = std::chrono::seconds{5};
  static constexpr int kCan = 0;
  // What it says behind its version then: any program may end with 0, and what does not say this is no vigied.
  static constexpr std::string_view kItCan = "can take over";
  static constexpr int kDoesNotRead = 3;  // it could start, but not go on with what there is

  struct Verdict {
    int status = 0;  // as of try_reap()
    std::string version;
    std::string text;  // why not
    bool can() const { return status == kCan && text == kItCan; }
    // Nor does an exit status alone say what is worth a departure.
    bool does_not_read() const { return status == kDoesNotRead && !text.empty(); }
  };

  base::os::Child child;
  base::os::UniqueFd said;

  static base::Result<Trial> start(const Programs& programs, const Handover& handover);
  Verdict verdict(int status) const;
};

// Somebody to sit in a seat: prepared, but not there yet.
struct Heir {
  enum class Stage { kPreparing, kStandingBy, kAwaitingEnd, kTakingOver, kDone };

  Role role = Role::kKeeper;
  Stage stage = Stage::kPreparing;
  base::os::Child child;     // until it sits there
  base::os::UniqueFd birth;  // our end of ipc::kBirthFd
  base::Instant due = base::Instant::never();
};

class Upgrade {
 public:
  enum class Stage { kIdle, kWanted, kTrying, kReplacing };

  // For a process that prepares, and for one that takes over. The engine has less: its peers wait for adverts.
  static constexpr base::Duration kPreparation = std::chrono::seconds{10};
  static constexpr base::Duration kTakingOver = std::chrono::seconds{10};
  // For one that is asked to end.
  static constexpr base::Duration kEnding = std::chrono::seconds{8};

  struct Asker {
    std::uint32_t uid = 0;
    ControlServer::Ticket ticket;
    bool forces = false;
  };

  Stage stage = Stage::kIdle;
  Asker asker;
  std::string from;
  std::string to;
  std::string failure;  // not empty: what is being replaced is what failed
  Trial trial;
  base::Instant trial_due = base::Instant::never();
  std::vector<Heir> heirs;  // in the order in which they take over

  bool is_idle() const { return stage == Stage::kIdle; }
  Heir* heir_of(Role role);
  bool is_any(Heir::Stage stage) const;
  base::Instant deadline() const;

  // Ends those that do not sit anywhere yet, and waits for that, a moment each.
  void dismiss(base::os::Poller& poller);
};

// In the order in which they are replaced.
inline constexpr std::array kOrderOfReplacing{Role::kRecorder, Role::kAlerter, Role::kSubagent,
                                              Role::kRunner,   Role::kKeeper,  Role::kEngine};

}  // namespace supervisor
