#include "supervisor/control_server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/os/log.hpp"
#include "supervisor/shared_files.hpp"

namespace supervisor {

using base::Error;
using base::Result;
using base::os::Poller;
using base::os::UniqueFd;

Result<ControlServer> ControlServer::open(const std::string& run_dir) {
  const std::string path = control::socket_path(run_dir);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return Error::of(ENAMETOOLONG, "make control socket", path);
  std::memcpy(address.sun_path, path.data(), path.size());

  UniqueFd listener{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!listener) return Error::last("make control socket", path);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return Error::last("replace control socket", path);
  // Nobody else may connect before the group and the mode are right.
  const mode_t before = ::umask(0177);
  const int bound =
      ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::umask(before);
  if (bound != 0) return Error::last("make control socket", path);
  share_with_group(path, 0660);
  if (::listen(listener.get(), kMaxClients) != 0) return Error::last("listen on", path);
  return ControlServer{std::move(listener)};
}

ControlServer::Held ControlServer::held() const {
  Held held{.listener = listener_.get(), .accepted = accepted_, .oldest = oldest_, .clients = {}};
  for (std::size_t place = 0; place < kMaxClients; ++place)
    if (clients_[place])
      held.clients.push_back({place, connections_[place], clients_[place].get()});
  return held;
}

ControlServer ControlServer::of(const Held& held) {
  ControlServer server{UniqueFd{held.listener}};
  server.accepted_ = held.accepted;
  server.oldest_ = held.oldest % kMaxClients;
  for (const Client& client : held.clients) {
    server.clients_[client.place].reset(client.descriptor);
    server.connections_[client.place] = client.connection;
  }
  return server;
}

base::Status ControlServer::watch_clients(Poller& poller, std::uint64_t first_token) {
  for (std::size_t place = 0; place < kMaxClients; ++place)
    if (clients_[place])
      if (auto watched = poller.add(clients_[place].get(), first_token + place); !watched)
        return watched;
  return base::ok();
}

void ControlServer::accept(Poller& poller, std::uint64_t first_token) {
  UniqueFd client{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  if (!client) return;  // it went away again
  std::size_t place = oldest_;
  for (std::size_t i = 0; i < kMaxClients; ++i)
    if (!clients_[i]) place = i;
  if (clients_[place]) {
    close(place, poller);
    oldest_ = (oldest_ + 1) % kMaxClients;
  }
  if (auto watched = poller.add(client.get(), first_token + place); !watched) {
    base::os::log_error(to_string(watched.error()));
    return;
  }
  clients_[place] = std::move(client);
  connections_[place] = ++accepted_;
}

std::optional<ControlServer::Asked> ControlServer::receive(std::size_t place, Poller& poller) {
  const UniqueFd& client = clients_[place];
  if (!client) return std::nullopt;
  Asked asked;
  asked.ticket = {place, connections_[place]};
  const ssize_t length =
      ::recv(client.get(), &asked.request, sizeof asked.request, MSG_DONTWAIT | MSG_TRUNC);
  if (length < 0 && errno == EAGAIN) return std::nullopt;
  if (length != sizeof asked.request || asked.request.version != control::kVersion) {
    if (length > 0) reply(asked.ticket, {.answer = control::Answer::kNotUnderstood}, poller);
    close(place, poller);
    return std::nullopt;
  }
  // Text of a stranger: it must end inside its field.
  asked.request.subject.back() = '\0';
  asked.request.text.back() = '\0';
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(client.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    base::os::log_error(to_string(Error::last("ask who is on the control socket")));
    close(place, poller);
    return std::nullopt;
  }
  asked.uid = peer.uid;
  asked.pid = peer.pid;
  return asked;
}

void ControlServer::reply(const Ticket& ticket, const control::Reply& reply, Poller& poller) {
  const auto [place, connection] = ticket;
  if (!clients_[place] || connections_[place] != connection) return;  // it did not wait
  if (::send(clients_[place].get(), &reply, sizeof reply, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    close(place, poller);  // it does not read what it asked for
}

void ControlServer::close(std::size_t place, Poller& poller) {
  if (!clients_[place]) return;
  poller.remove(clients_[place].get());
  clients_[place].reset();
}

}  // namespace supervisor
