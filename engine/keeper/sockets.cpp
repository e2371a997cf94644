#include "engine/keeper/sockets.hpp"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/keeper/filter.hpp"

namespace keeper {
namespace {

using base::Error;
using base::Family;
using base::IfIndex;
using base::Result;
using base::Status;
using base::os::UniqueFd;

// Some thousands of adverts: what piles up while the engine is replaced, or during a flood.
constexpr int kReceiveBuffer = 1024 * 1024;
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

// RFC 9568 5.1.1.3: packets with a TTL other than 255 are dropped, so ours leave with 255, unicast ones too.
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
    {IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0, "hear own groups only"},
};

ip_mreqn ipv4_group(IfIndex index) {
  ip_mreqn group{};
  group.imr_multiaddr.s_addr = htonl(0xe0000012);  // 224.0.0.18
  group.imr_ifindex = static_cast<int>(index.value);
  return group;
}

ipv6_mreq ipv6_group(IfIndex index) {
  ipv6_mreq group{};
  group.ipv6mr_multiaddr.s6_addr[0] = 0xff;  // ff02::12
  group.ipv6mr_multiaddr.s6_addr[1] = 0x02;
  group.ipv6mr_multiaddr.s6_addr[15] = 0x12;
  group.ipv6mr_interface = index.value;
  return group;
}

Status join(const UniqueFd& fd, const std::string& interface, IfIndex index, Family family) {
  if (family == Family::kIpv4)
    return set(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, ipv4_group(index), "join 224.0.0.18", interface);
  return set(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, ipv6_group(index), "join ff02::12", interface);
}

Status leave(const UniqueFd& fd, const std::string& interface, IfIndex index, Family family) {
  if (family == Family::kIpv4)
    return set(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, ipv4_group(index), "leave 224.0.0.18",
               interface);
  return set(fd, IPPROTO_IPV6, IPV6_LEAVE_GROUP, ipv6_group(index), "leave ff02::12", interface);
}

Status attach_filter(const UniqueFd& fd, const std::string& interface, Family family,
                     std::span<const std::uint8_t> vrids) {
  auto program = advert_filter(family, vrids);
  sock_fprog handed{static_cast<unsigned short>(program.size()), program.data()};
  if (auto set_ok =
          set(fd, SOL_SOCKET, SO_ATTACH_FILTER, handed, "attach socket filter", interface);
      !set_ok)
    return set_ok;
  // The engine has no business changing it.
  return set(fd, SOL_SOCKET, SO_LOCK_FILTER, 1, "lock socket filter", interface);
}

Status enlarge_buffer(const UniqueFd& fd, const std::string& subject) {
  // FORCE passes the administrator's limit and needs a capability of the first user namespace.
  if (set(fd, SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBuffer, "enlarge receive buffer", subject))
    return base::ok();
  return set(fd, SOL_SOCKET, SO_RCVBUF, kReceiveBuffer, "enlarge receive buffer", subject);
}

}  // namespace

Result<UniqueFd> open_advert_socket(const std::string& interface, IfIndex index, Family family,
                                    std::span<const std::uint8_t> vrids) {
  const int domain = family == Family::kIpv4 ? AF_INET : AF_INET6;
  // Protocol 0 is not possible for raw sockets, so between socket() and the filter packets of any interface may be
  // queued; they are few, and the ladder looks at each packet's interface anyway.
  UniqueFd fd{::socket(domain, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, kVrrpProtocol)};
  if (!fd) return Error::last("open advert socket", interface);
  if (auto done = attach_filter(fd, interface, family, vrids); !done) return done.error();
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.c_str(),
                   static_cast<socklen_t>(interface.size() + 1)) < 0)
    return Error::last("bind to device", interface);
  if (auto done = enlarge_buffer(fd, interface); !done) return done.error();
  if (auto done = set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1, "ask for receive times", interface); !done)
    return done.error();
  const auto options = family == Family::kIpv4 ? std::span<const Option>(kIpv4Options)
                                               : std::span<const Option>(kIpv6Options);
  for (const Option& option : options)
    if (auto done = set(fd, option.level, option.name, option.value, option.operation, interface);
        !done)
      return done.error();
  if (family == Family::kIpv4) {
    auto done =
        set(fd, IPPROTO_IP, IP_MULTICAST_IF, ipv4_group(index), "choose interface", interface);
    if (!done) return done.error();
  } else {
    const int number = static_cast<int>(index.value);
    auto done = set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, number, "choose interface", interface);
    if (!done) return done.error();
  }
  if (auto done = join(fd, interface, index, family); !done) return done.error();
  return fd;
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
  if (auto done = enlarge_buffer(fd, "links"); !done) return done.error();
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
    return Error::last("hear link changes");
  return fd;
}

Result<Sockets> Sockets::open(const config::Model& model) {
  Sockets sockets;
  auto packet = open_packet_socket();
  if (!packet) return packet.error();
  auto links = open_link_socket();
  if (!links) return links.error();
  Entry entry;
  entry.description.kind = ipc::SocketKind::kPacket;
  entry.descriptor = std::move(*packet);
  sockets.entries_.push_back(std::move(entry));
  entry = {};
  entry.description.kind = ipc::SocketKind::kLinks;
  entry.descriptor = std::move(*links);
  sockets.entries_.push_back(std::move(entry));

  for (const config::Instance& instance : model.instances) {
    auto known =
        std::find_if(sockets.entries_.begin(), sockets.entries_.end(), [&](const Entry& e) {
          return e.interface == instance.interface && e.description.family == instance.family;
        });
    if (known == sockets.entries_.end()) {
      entry = {};
      entry.interface = instance.interface;
      entry.description.kind = ipc::SocketKind::kAdvert;
      entry.description.family = instance.family;
      std::memcpy(entry.description.interface.data(), instance.interface.data(),
                  std::min(instance.interface.size(), entry.description.interface.size() - 1));
      entry.is_new = false;
      known = sockets.entries_.insert(sockets.entries_.end(), std::move(entry));
    }
    known->vrids.push_back(instance.vrid);
  }
  return sockets;
}

std::vector<Error> Sockets::follow(const std::string& interface, IfIndex index) {
  std::vector<Error> errors;
  for (Entry& entry : entries_) {
    if (entry.description.kind != ipc::SocketKind::kAdvert || entry.interface != interface)
      continue;
    if (entry.index == index) continue;
    entry.descriptor.reset();
    entry.is_new = false;
    entry.index = index;
    entry.description.ifindex = index.value;
    entry.failure = 0;
    if (index.value != 0) open_entry(entry, errors);
  }
  return errors;
}

std::vector<Error> Sockets::retry() {
  std::vector<Error> errors;
  for (Entry& entry : entries_)
    if (!entry.descriptor && entry.index.value != 0) open_entry(entry, errors);
  return errors;
}

void Sockets::open_entry(Entry& entry, std::vector<Error>& errors) {
  auto opened =
      open_advert_socket(entry.interface, entry.index, entry.description.family, entry.vrids);
  if (opened) {
    entry.failure = 0;
    entry.descriptor = std::move(*opened);
    entry.is_new = true;
    return;
  }
  if (entry.failure != opened.error().code) errors.push_back(opened.error());
  entry.failure = opened.error().code;
}

std::vector<Error> Sockets::rejoin(const std::string& interface) {
  std::vector<Error> errors;
  for (Entry& entry : entries_) {
    if (entry.description.kind != ipc::SocketKind::kAdvert || entry.interface != interface ||
        !entry.descriptor)
      continue;
    const Family family = entry.description.family;
    // EADDRNOTAVAIL when it was no member: the join below is then what is needed.
    (void)leave(entry.descriptor, interface, entry.index, family);
    if (auto joined = join(entry.descriptor, interface, entry.index, family); !joined)
      errors.push_back(joined.error());
  }
  return errors;
}

std::vector<std::size_t> Sockets::take_new() {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (std::exchange(entries_[i].is_new, false)) places.push_back(i);
  return places;
}

}  // namespace keeper
