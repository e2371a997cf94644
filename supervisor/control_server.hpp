// The supervisor's side of the control socket: takes connections, checks requests, knows who asks.
//
// Never waits: a client that sends nothing holds one of kMaxClients places until a newer one needs it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/os/fd.hpp"
#include "base/os/poller.hpp"
#include "base/result.hpp"
#include "supervisor/control.hpp"

namespace supervisor {

class ControlServer {
 public:
  static constexpr std::size_t kMaxClients = 16;
  // Whoever asked, for as long as the connection lasts: a reply that comes late never reaches somebody else.
  struct Ticket {
    std::size_t place = 0;
    std::uint64_t connection = 0;
  };
  struct Asked {
    control::Request request;
    Ticket ticket;
    std::uint32_t uid = 0;
    std::int32_t pid = 0;
  };

  // Replaces a socket left by a predecessor. Requires: the lock of the run directory is held.
  static base::Result<ControlServer> open(const std::string& run_dir);

  // Everything there is, for another supervisor, and from one. Who is connected stays so, and tickets stay good.
  struct Client {
    std::uint64_t place = 0;
    std::uint64_t connection = 0;
    int descriptor = -1;
  };
  struct Held {
    int listener = -1;
    std::uint64_t accepted = 0;
    std::uint64_t oldest = 0;
    std::vector<Client> clients;
  };
  Held held() const;
  // Takes the descriptors into possession. Requires: places below kMaxClients.
  static ControlServer of(const Held& held);
  base::Status watch_clients(base::os::Poller& poller, std::uint64_t first_token);

  int listener() const { return listener_.get(); }
  // A connection waits: takes it and watches it under `first_token` plus its place.
  void accept(base::os::Poller& poller, std::uint64_t first_token);
  // The request of one client, when it sent a whole one of our version. Anything else ends the connection.
  std::optional<Asked> receive(std::size_t place, base::os::Poller& poller);
  void reply(const Ticket& ticket, const control::Reply& reply, base::os::Poller& poller);
  void close(std::size_t place, base::os::Poller& poller);

 private:
  explicit ControlServer(base::os::UniqueFd listener) : listener_(std::move(listener)) {}
  base::os::UniqueFd listener_;
  std::array<base::os::UniqueFd, kMaxClients> clients_;
  std::array<std::uint64_t, kMaxClients> connections_{};  // which one sits there
  std::uint64_t accepted_ = 0;
  std::size_t oldest_ = 0;
};

}  // namespace supervisor
