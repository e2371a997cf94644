#include "base/os/channel.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace base::os {

Status Channel::send(std::span<const std::byte> message, int descriptor) {
  iovec part{const_cast<std::byte*>(message.data()), message.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  if (descriptor >= 0) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* attached = CMSG_FIRSTHDR(&header);
    attached->cmsg_level = SOL_SOCKET;
    attached->cmsg_type = SCM_RIGHTS;
    attached->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(attached), &descriptor, sizeof descriptor);
  }
  if (::sendmsg(fd_.get(), &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    return Error::last("send on channel");
  return ok();
}

Result<std::optional<Channel::Received>> Channel::receive() {
  iovec part{buffer_, sizeof buffer_};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  const ssize_t length = ::recvmsg(fd_.get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (length < 0) {
    if (errno == EAGAIN || errno == EINTR) return std::optional<Received>{};
    return Error::last("receive on channel");
  }
  // Nobody sends an empty message: zero bytes mean that the other end was closed.
  if (length == 0) return Error::of(ECONNRESET, "receive on channel");
  Received received;
  for (cmsghdr* attached = CMSG_FIRSTHDR(&header); attached != nullptr;
       attached = CMSG_NXTHDR(&header, attached)) {
    if (attached->cmsg_level != SOL_SOCKET || attached->cmsg_type != SCM_RIGHTS) continue;
    // There is room for one; alignment may let a second one in: one is kept, the other closed.
    for (std::size_t at = CMSG_LEN(0); at + sizeof(int) <= attached->cmsg_len; at += sizeof(int)) {
      int descriptor = -1;
      std::memcpy(&descriptor, reinterpret_cast<const std::byte*>(attached) + at,
                  sizeof descriptor);
      received.descriptor.reset(descriptor);
    }
  }
  if (header.msg_flags & MSG_TRUNC) return Error::of(EMSGSIZE, "receive on channel");
  received.message = {buffer_, static_cast<std::size_t>(length)};
  return std::optional<Received>{std::move(received)};
}

Result<std::pair<UniqueFd, UniqueFd>> channel_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
    return Error::last("make channel");
  return std::pair{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

}  // namespace base::os
