// The supervisor's side of the control socket: takes connections, checks requests, knows who asks.
//
// Never waits: a client that sends nothing holds one of kMaxClients places until a newer one needs it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/os/fd.hpp"
#include "base/os/poller.hpp"
#include "base/result.hpp"
#include "supervisor/control.hpp"

namespace supervisor {

class ControlServer {
 public:
  static constexpr std::size_t kMaxClients = 16;
  struct Asked {
    control::Request request;
    std::uint32_t uid = 0;
    std::int32_t pid = 0;
  };

  // Replaces a socket left by a predecessor. Requires: the lock of the run directory is held.
  static base::Result<ControlServer> open(const std::string& run_dir);

  int listener() const { return listener_.get(); }
  // A connection waits: takes it and watches it under `first_token` plus its place.
  void accept(base::os::Poller& poller, std::uint64_t first_token);
  // The request of one client, when it sent a whole one of our version. Anything else ends the connection.
  std::optional<Asked> receive(std::size_t place, base::os::Poller& poller);
  void reply(std::size_t place, const control::Reply& reply, base::os::Poller& poller);
  void close(std::size_t place, base::os::Poller& poller);

 private:
  explicit ControlServer(base::os::UniqueFd listener) : listener_(std::move(listener)) {}
  base::os::UniqueFd listener_;
  std::array<base::os::UniqueFd, kMaxClients> clients_;
  std::size_t oldest_ = 0;
};

}  // namespace supervisor
