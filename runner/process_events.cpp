#include "runner/process_events.hpp"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>

#include "base/os/clock.hpp"

namespace runner {

using base::Error;
using base::Result;
using base::os::UniqueFd;

namespace {

constexpr int kReceiveBuffer = 1 << 20;
constexpr int kAtOnce = 512;
constexpr base::Duration kAgreement = std::chrono::milliseconds{300};

constexpr std::size_t kHeaders = sizeof(nlmsghdr) + sizeof(cn_msg);

// "Tell me", as one datagram; the answer acknowledges the number after this one. (Its own is that of an event.)
std::array<char, kHeaders + sizeof(proc_cn_mcast_op)> request(std::uint32_t number) {
  nlmsghdr netlink{};
  cn_msg connector{};
  const proc_cn_mcast_op operation = PROC_CN_MCAST_LISTEN;
  std::array<char, kHeaders + sizeof operation> bytes{};
  netlink.nlmsg_len = bytes.size();
  netlink.nlmsg_type = NLMSG_DONE;
  connector.id = {CN_IDX_PROC, CN_VAL_PROC};
  connector.ack = number;
  connector.len = sizeof operation;
  std::memcpy(bytes.data(), &netlink, sizeof netlink);
  std::memcpy(bytes.data() + sizeof netlink, &connector, sizeof connector);
  std::memcpy(bytes.data() + kHeaders, &operation, sizeof operation);
  return bytes;
}

// The event in one datagram from the kernel, or nothing; and what it acknowledges, if it is an answer.
std::optional<proc_event> event_in(const char* bytes, std::size_t length,
                                   std::uint32_t* acknowledged = nullptr) {
  if (length < kHeaders) return std::nullopt;
  cn_msg connector{};
  std::memcpy(&connector, bytes + sizeof(nlmsghdr), sizeof connector);
  if (connector.id.idx != CN_IDX_PROC || connector.id.val != CN_VAL_PROC) return std::nullopt;
  if (acknowledged != nullptr) *acknowledged = connector.ack;
  proc_event event{};
  // Kernels differ in how long an event is; what is used stands at its beginning.
  const std::size_t carried = std::min<std::size_t>(connector.len, length - kHeaders);
  std::memcpy(&event, bytes + kHeaders, std::min(carried, sizeof event));
  return event;
}

// Threads come and go within a process and do not count.
std::optional<ProcessEvent> meaning_of(const proc_event& event) {
  const auto& data = event.event_data;
  // A number that newer kernels may extend: not an enumeration of ours.
  const auto what = static_cast<unsigned>(event.what);
  if (what == static_cast<unsigned>(proc_event::PROC_EVENT_FORK)) {
    if (data.fork.child_pid == data.fork.child_tgid) return ProcessEvent{data.fork.child_tgid};
  } else if (what == static_cast<unsigned>(proc_event::PROC_EVENT_EXEC)) {
    return ProcessEvent{data.exec.process_tgid};
  } else if (what == static_cast<unsigned>(proc_event::PROC_EVENT_COMM)) {
    if (data.comm.process_pid == data.comm.process_tgid)
      return ProcessEvent{data.comm.process_tgid};
  } else if (what == static_cast<unsigned>(proc_event::PROC_EVENT_EXIT)) {
    if (data.exit.process_pid == data.exit.process_tgid)
      return ProcessEvent{data.exit.process_tgid, true};
  }
  return std::nullopt;
}

// -1: nothing waits, with errno.
ssize_t receive(int fd, std::array<char, 4096>& buffer) {
  for (;;) {
    sockaddr_nl from{};
    socklen_t from_length = sizeof from;
    const ssize_t length = ::recvfrom(fd, buffer.data(), buffer.size(), MSG_DONTWAIT,
                                      reinterpret_cast<sockaddr*>(&from), &from_length);
    if (length < 0 && errno == EINTR) continue;
    // Another process may send to our address; the kernel's is 0.
    if (length >= 0 && from.nl_pid != 0) continue;
    return length;
  }
}

// An answer to us. What others asked for comes to all who listen, and events too: in a namespace of its own, to which the
// kernel says nothing, their processes have other numbers.
base::Status wait_for_agreement(int fd, std::uint32_t asked) {
  constexpr std::string_view kWhat = "listen to the process connector";
  const base::Instant deadline = base::os::now() + kAgreement;
  std::array<char, 4096> buffer;
  for (;;) {
    const base::Duration left = deadline - base::os::now();
    if (left <= base::Duration{0}) break;
    pollfd ready{fd, POLLIN, 0};
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(left);
    if (::poll(&ready, 1, static_cast<int>(wait.count())) < 0 && errno != EINTR)
      return Error::last(kWhat);
    if (ready.revents == 0) continue;
    const ssize_t length = receive(fd, buffer);
    if (length < 0) {
      if (errno == EAGAIN || errno == ENOBUFS) continue;
      return Error::last(kWhat);
    }
    std::uint32_t acknowledged = 0;
    const auto event = event_in(buffer.data(), static_cast<std::size_t>(length), &acknowledged);
    if (!event || acknowledged != asked + 1 ||
        static_cast<unsigned>(event->what) != static_cast<unsigned>(proc_event::PROC_EVENT_NONE))
      continue;
    if (event->event_data.ack.err == 0) return base::ok();
    return Error::of(static_cast<int>(event->event_data.ack.err), kWhat);
  }
  return Error::because(kWhat, "the kernel does not answer in this namespace");
}

}  // namespace

Result<ProcessEvents> ProcessEvents::open() {
  constexpr std::string_view kWhat = "open the process connector";
  UniqueFd socket{
      ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR)};
  if (!socket) return Error::last(kWhat);
  // Beyond the system's bound only for who may; a smaller buffer is only overrun sooner.
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer,
                   sizeof kReceiveBuffer) != 0)
    (void)::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = CN_IDX_PROC;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return Error::last(kWhat);
  // Nobody else's by chance.
  const auto asked = static_cast<std::uint32_t>(base::os::now().ns());
  const auto listen = request(asked);
  if (::send(socket.get(), listen.data(), listen.size(), 0) != static_cast<ssize_t>(listen.size()))
    return Error::last(kWhat);
  if (auto agreed = wait_for_agreement(socket.get(), asked); !agreed) return agreed.error();
  return ProcessEvents{std::move(socket)};
}

ProcessEvents::Taken ProcessEvents::take() {
  Taken taken;
  std::array<char, 4096> buffer;
  for (int i = 0; i < kAtOnce; ++i) {
    const ssize_t length = receive(socket_.get(), buffer);
    if (length < 0) {
      if (errno == EAGAIN) break;
      taken.has_lost_some = true;  // ENOBUFS; what came after the gap is still there
      if (errno != ENOBUFS) break;
      continue;
    }
    const auto event = event_in(buffer.data(), static_cast<std::size_t>(length));
    if (!event) continue;
    if (const auto meaning = meaning_of(*event)) taken.events.push_back(*meaning);
  }
  return taken;
}

}  // namespace runner
