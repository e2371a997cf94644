#include "engine/wire/link_events.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace wire {
namespace {

// A T at the start of the bytes, or nothing when they are too short: netlink's alignment is its own, so copy.
template <typename T>
std::optional<T> at_start(std::span<const std::byte> bytes) {
  T value;
  if (bytes.size() < sizeof value) return std::nullopt;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::span<const std::byte> skip(std::span<const std::byte> bytes, std::size_t count) {
  return bytes.subspan(std::min(count, bytes.size()));
}

std::array<char, 16> name_in(std::span<const std::byte> attributes) {
  std::array<char, 16> name{};
  while (const auto header = at_start<rtattr>(attributes)) {
    if (header->rta_len < sizeof(rtattr) || header->rta_len > attributes.size()) break;
    if (header->rta_type == IFLA_IFNAME) {
      const auto text = attributes.subspan(sizeof(rtattr), header->rta_len - sizeof(rtattr));
      std::memcpy(name.data(), text.data(), std::min(text.size(), name.size() - 1));
      break;
    }
    attributes = skip(attributes, RTA_ALIGN(header->rta_len));
  }
  return name;
}

}  // namespace

std::optional<LinkEvent> LinkMessages::next() {
  while (!rest_.empty()) {
    const auto header = at_start<nlmsghdr>(rest_);
    if (!header || header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > rest_.size()) {
      malformed_ = true;
      rest_ = {};
      break;
    }
    const auto body = rest_.subspan(sizeof(nlmsghdr), header->nlmsg_len - sizeof(nlmsghdr));
    rest_ = skip(rest_, NLMSG_ALIGN(header->nlmsg_len));
    if (header->nlmsg_type != RTM_NEWLINK && header->nlmsg_type != RTM_DELLINK) continue;
    const auto link = at_start<ifinfomsg>(body);
    if (!link) {
      malformed_ = true;
      continue;
    }
    if (link->ifi_family != AF_UNSPEC || link->ifi_index <= 0) continue;
    LinkEvent event;
    event.ifindex = static_cast<std::uint32_t>(link->ifi_index);
    event.gone = header->nlmsg_type == RTM_DELLINK;
    event.up = !event.gone && (link->ifi_flags & IFF_UP) != 0;
    event.running = !event.gone && (link->ifi_flags & IFF_RUNNING) != 0;
    event.name = name_in(skip(body, NLMSG_ALIGN(sizeof(ifinfomsg))));
    return event;
  }
  return std::nullopt;
}

LinkDatagram receive_links(int fd, std::span<std::byte> buffer) {
  LinkDatagram datagram;
  for (;;) {
    sockaddr_nl sender{};
    iovec bytes{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_name = &sender;
    message.msg_namelen = sizeof sender;
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    const ssize_t length = ::recvmsg(fd, &message, MSG_DONTWAIT);
    if (length < 0) {
      if (errno == EINTR) continue;
      if (errno == ENOBUFS) datagram.outcome = LinkDatagram::Outcome::kOverrun;
      return datagram;
    }
    if (sender.nl_pid != 0) continue;  // any process may send here; only the kernel is believed
    if ((message.msg_flags & MSG_TRUNC) != 0) {
      datagram.outcome = LinkDatagram::Outcome::kOverrun;
      return datagram;
    }
    datagram.outcome = LinkDatagram::Outcome::kMessages;
    datagram.bytes = buffer.first(static_cast<std::size_t>(length));
    return datagram;
  }
}

}  // namespace wire
