#include "supervisor/control.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "base/os/fd.hpp"

namespace control {

using base::Error;
using base::Result;

std::string socket_path(std::string_view run_dir) { return std::string(run_dir) + "/control"; }

Result<Reply> ask(std::string_view run_dir, const Request& request, base::Duration patience) {
  const std::string path = socket_path(run_dir);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Error::of(ENAMETOOLONG, "ask vigied", path);
  std::memcpy(address.sun_path, path.data(), path.size());

  const base::os::UniqueFd socket{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
  if (!socket) return Error::last("open socket to vigied");
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return errno == ENOENT || errno == ECONNREFUSED
               ? Error::because("ask vigied", "none runs here", path)
               : Error::last("ask vigied", path);
  if (::send(socket.get(), &request, sizeof request, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
    return Error::last("ask vigied", path);

  pollfd answer{socket.get(), POLLIN, 0};
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(patience);
  const int ready = ::poll(&answer, 1, static_cast<int>(milliseconds.count()));
  if (ready < 0) return Error::last("wait for vigied", path);
  if (ready == 0) return Error::of(ETIMEDOUT, "wait for vigied", path);
  Reply reply;
  const ssize_t length = ::recv(socket.get(), &reply, sizeof reply, MSG_DONTWAIT);
  if (length < 0) return Error::last("hear from vigied", path);
  if (length != sizeof reply || reply.version != kVersion)
    return Error::because("hear from vigied", "it speaks another version", path);
  return reply;
}

}  // namespace control
