#include "engine/keeper/open.hpp"

#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

namespace keeper {
namespace {

using base::Error;
using base::IfIndex;
using base::Result;
using base::Status;
using base::os::UniqueFd;

constexpr int kTrafficClass =
    IPTOS_PREC_INTERNETCONTROL;  // CS6: what routers say to each other goes first

template <typename T>
Status set(const UniqueFd& fd, int level, int option, const T& value, std::string_view operation,
           const std::string& subject) {
  if (::setsockopt(fd.get(), level, option, &value, sizeof value) < 0)
    return Error::last(operation, subject);
  return base::ok();
}

struct Option {
  int level;
  int name;
  int value;
  std::string_view operation;
};

constexpr Option kOptions[] = {
    {SOL_SOCKET, SO_RXQ_OVFL, 1, "ask for lost packets"},
    {SOL_SOCKET, SO_TIMESTAMPNS, 1, "ask for receive times"},
};
// RFC 9568 5.1.1.3: packets with a TTL other than 255 are dropped, so ours leave with 255 unless a message says otherwise.
constexpr Option kIpv4Options[] = {
    {IPPROTO_IP, IP_MULTICAST_LOOP, 0, "stop hearing ourselves"},
    {IPPROTO_IP, IP_MULTICAST_TTL, 255, "set multicast TTL"},
    {IPPROTO_IP, IP_TTL, 255, "set TTL"},
    {IPPROTO_IP, IP_TOS, kTrafficClass, "set traffic class"},
    {IPPROTO_IP, IP_PKTINFO, 1, "ask for destinations"},
    // Without this, groups joined by any other program on this host are delivered here too.
    {IPPROTO_IP, IP_MULTICAST_ALL, 0, "hear own groups only"},
};
// IPV6_CHECKSUM stays unset, as raw sockets have it: the core computes and checks the sum itself.
constexpr Option kIpv6Options[] = {
    {IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, "stop hearing ourselves"},
    {IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255, "set multicast hop limit"},
    {IPPROTO_IPV6, IPV6_UNICAST_HOPS, 255, "set hop limit"},
    {IPPROTO_IPV6, IPV6_TCLASS, kTrafficClass, "set traffic class"},
    {IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "ask for destinations"},
    {IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, "ask for hop limits"},
    // Raw IPv6 sockets do not obey it in the kernels known to us: the ladder looks at every packet's destination.
    {IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0, "hear own groups only"},
};
constexpr Option kAhOptions[] = {{IPPROTO_IP, IP_HDRINCL, 1, "write IP headers"}};

Status set_all(const UniqueFd& fd, std::span<const Option> options, const std::string& interface) {
  for (const Option& option : options)
    if (auto done = set(fd, option.level, option.name, option.value, option.operation, interface);
        !done)
      return done;
  return base::ok();
}

Status attach_filter(const UniqueFd& fd, std::vector<sock_filter> program,
                     const std::string& interface) {
  sock_fprog handed{static_cast<unsigned short>(program.size()), program.data()};
  return set(fd, SOL_SOCKET, SO_ATTACH_FILTER, handed, "attach socket filter", interface);
}

// Throws away what came before the filter was there.
void empty(const UniqueFd& fd) {
  std::uint8_t nothing = 0;
  while (::recv(fd.get(), &nothing, sizeof nothing, MSG_DONTWAIT) >= 0) {
  }
}

Status set_buffer(const UniqueFd& fd, std::uint32_t bytes, const std::string& subject) {
  const int value = static_cast<int>(std::min<std::uint32_t>(bytes, 0x3fffffff));
  // FORCE passes the administrator's limit and needs a capability of the first user namespace.
  if (set(fd, SOL_SOCKET, SO_RCVBUFFORCE, value, "size receive buffer", subject)) return base::ok();
  return set(fd, SOL_SOCKET, SO_RCVBUF, value, "size receive buffer", subject);
}

std::uint32_t buffer_of(const Ear& ear, Side side) {
  return side == Side::kOurs ? std::max(kReceiveBuffer, ear.receive_buffer) : kStrayBuffer;
}

ip_mreqn ipv4_group(const Address& group, IfIndex index) {
  ip_mreqn request{};
  std::memcpy(&request.imr_multiaddr, group.bytes().data(), group.bytes().size());
  request.imr_ifindex = static_cast<int>(index.value);
  return request;
}

ipv6_mreq ipv6_group(const Address& group, IfIndex index) {
  ipv6_mreq request{};
  std::memcpy(&request.ipv6mr_multiaddr, group.bytes().data(), group.bytes().size());
  request.ipv6mr_interface = index.value;
  return request;
}

Status choose_interface(const UniqueFd& fd, const Ear& ear, IfIndex index) {
  if (ear.family == Family::kIpv4) {
    ip_mreqn request{};
    request.imr_ifindex = static_cast<int>(index.value);
    return set(fd, IPPROTO_IP, IP_MULTICAST_IF, request, "choose interface", ear.interface);
  }
  const int number = static_cast<int>(index.value);
  return set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, number, "choose interface", ear.interface);
}

}  // namespace

Status join(const UniqueFd& fd, const std::string& interface, IfIndex index, const Address& group) {
  const std::string operation = "join " + base::to_string(group);
  if (group.family() == Family::kIpv4)
    return set(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, ipv4_group(group, index), operation, interface);
  return set(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, ipv6_group(group, index), operation, interface);
}

Status leave(const UniqueFd& fd, const std::string& interface, IfIndex index,
             const Address& group) {
  const std::string operation = "leave " + base::to_string(group);
  if (group.family() == Family::kIpv4)
    return set(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, ipv4_group(group, index), operation, interface);
  return set(fd, IPPROTO_IPV6, IPV6_LEAVE_GROUP, ipv6_group(group, index), operation, interface);
}

Result<UniqueFd> open_ear(const Ear& ear, IfIndex index, Side side) {
  const bool is_ipv4 = ear.family == Family::kIpv4;
  UniqueFd fd{::socket(is_ipv4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                       ear.protocol)};
  if (!fd) return Error::last("open advert socket", ear.interface);
  // A raw socket hears every interface from the moment it is made. Nothing passes until it is bound, and what was
  // quicker than that is thrown away: the stray side counts to the packet.
  if (auto done = attach_filter(fd, closed_filter(), ear.interface); !done) return done.error();
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, ear.interface.c_str(),
                   static_cast<socklen_t>(ear.interface.size() + 1)) < 0)
    return Error::last("bind to device", ear.interface);
  if (auto done = set_all(fd, kOptions, ear.interface); !done) return done.error();
  if (auto done = set_all(
          fd,
          is_ipv4 ? std::span<const Option>(kIpv4Options) : std::span<const Option>(kIpv6Options),
          ear.interface);
      !done)
    return done.error();
  if (side == Side::kOurs && ear.protocol == kAhProtocol)
    if (auto done = set_all(fd, kAhOptions, ear.interface); !done) return done.error();
  if (auto done = set_buffer(fd, buffer_of(ear, side), ear.interface); !done) return done.error();
  if (auto done = choose_interface(fd, ear, index); !done) return done.error();
  empty(fd);
  if (auto done = attach_filter(fd, advert_filter(ear.family, ear.protocol, ear.vrids, side),
                                ear.interface);
      !done)
    return done.error();
  for (const Address& group : ear.groups)
    if (auto done = join(fd, ear.interface, index, group); !done) return done.error();
  return fd;
}

QueueRoom queue_room(const UniqueFd& fd, const Ear& ear, Side side) {
  int doubled = 0;
  socklen_t length = sizeof doubled;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &doubled, &length) < 0) doubled = 0;
  return {.wanted = buffer_of(ear, side), .given = static_cast<std::uint32_t>(doubled) / 2};
}

std::vector<Error> change_ear(const UniqueFd& fd, const Ear& before, const Ear& now, IfIndex index,
                              Side side) {
  std::vector<Error> errors;
  const auto note = [&](const Status& done) {
    if (!done) errors.push_back(done.error());
  };
  if (now.vrids != before.vrids)
    note(
        attach_filter(fd, advert_filter(now.family, now.protocol, now.vrids, side), now.interface));
  if (buffer_of(now, side) != buffer_of(before, side))
    note(set_buffer(fd, buffer_of(now, side), now.interface));
  const auto has = [](const Ear& ear, const Address& group) {
    return std::ranges::find(ear.groups, group) != ear.groups.end();
  };
  for (const Address& group : now.groups)
    if (!has(before, group)) note(join(fd, now.interface, index, group));
  for (const Address& group : before.groups) {
    if (has(now, group)) continue;
    const Status left = leave(fd, now.interface, index, group);
    // The interface may have forgotten it before us.
    if (!left && left.error().code != EADDRNOTAVAIL) note(left);
  }
  return errors;
}

Result<UniqueFd> open_packet_socket() {
  // Protocol 0 receives nothing: frames only leave here.
  UniqueFd fd{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return Error::last("open packet socket");
  return fd;
}

Result<UniqueFd> open_link_socket() {
  UniqueFd fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)};
  if (!fd) return Error::last("open link socket");
  if (auto done = set_buffer(fd, kReceiveBuffer, "links"); !done) return done.error();
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
    return Error::last("hear link changes");
  return fd;
}

}  // namespace keeper
