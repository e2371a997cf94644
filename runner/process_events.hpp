// The kernel's word that a process began, became another program or ended: the process connector.
//
// Opening it takes CAP_NET_ADMIN, reading nothing, so it is opened before that is given up. It speaks in the first
// network and user namespace only; elsewhere open() says why not, and /proc has to be read now and then instead.
#pragma once

#include <vector>

#include "base/os/fd.hpp"
#include "base/result.hpp"

namespace runner {

struct ProcessEvent {
  int pid = 0;
  bool has_ended = false;
  friend bool operator==(const ProcessEvent&, const ProcessEvent&) = default;
};

class ProcessEvents {
 public:
  // Waits for the kernel's agreement, for a fraction of a second.
  static base::Result<ProcessEvents> open();

  int fd() const { return socket_.get(); }
  struct Taken {
    std::vector<ProcessEvent> events;
    bool has_lost_some = false;  // more came than was read: nothing that is known can be relied on
  };
  // What waits, up to a bound; the rest stays readable.
  Taken take();

 private:
  explicit ProcessEvents(base::os::UniqueFd socket) : socket_(std::move(socket)) {}
  base::os::UniqueFd socket_;
};

}  // namespace runner
