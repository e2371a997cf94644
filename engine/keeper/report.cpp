#include "engine/keeper/report.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string_view>

#include "base/os/fd.hpp"

namespace keeper {
namespace {

using base::Error;
using base::Family;
using base::IfIndex;
using base::Status;
using base::os::UniqueFd;

constexpr const char* kLinkLocalReports = "/proc/sys/net/ipv4/igmp_link_local_mcast_reports";

// RFC 2113: routers look at it although it is not for them. RFC 2711, in a hop-by-hop header with its padding.
constexpr std::uint8_t kIpv4RouterAlert[] = {0x94, 4, 0, 0};
constexpr std::uint8_t kIpv6RouterAlert[] = {0, 0, 5, 2, 0, 0, 1, 0};
constexpr int kHops = 1;  // it never leaves the link

std::string text_of(const char* path) {
  const UniqueFd file{::open(path, O_RDONLY | O_CLOEXEC)};
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t length = file ? ::read(file.get(), buffer.data(), buffer.size()) : 0;
    if (length <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(length));
  }
}

Status set(const UniqueFd& fd, int level, int option, const void* value, std::size_t length,
           const std::string& interface) {
  if (::setsockopt(fd.get(), level, option, value, static_cast<socklen_t>(length)) < 0)
    return Error::last("prepare a membership report", interface);
  return base::ok();
}

Status set(const UniqueFd& fd, int level, int option, int value, const std::string& interface) {
  return set(fd, level, option, &value, sizeof value, interface);
}

Status bind_to(const UniqueFd& fd, const std::string& interface) {
  return set(fd, SOL_SOCKET, SO_BINDTODEVICE, interface.c_str(), interface.size() + 1, interface);
}

Status send(const UniqueFd& fd, std::span<const std::uint8_t> message, const Address& destination,
            IfIndex index, const std::string& interface) {
  ssize_t sent = 0;
  if (destination.family() == Family::kIpv4) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    std::memcpy(&name.sin_addr, destination.bytes().data(), destination.bytes().size());
    sent = ::sendto(fd.get(), message.data(), message.size(), MSG_DONTWAIT,
                    reinterpret_cast<const sockaddr*>(&name), sizeof name);
  } else {
    sockaddr_in6 name{};
    name.sin6_family = AF_INET6;
    name.sin6_scope_id = index.value;
    std::memcpy(&name.sin6_addr, destination.bytes().data(), destination.bytes().size());
    sent = ::sendto(fd.get(), message.data(), message.size(), MSG_DONTWAIT,
                    reinterpret_cast<const sockaddr*>(&name), sizeof name);
  }
  if (sent < 0) return Error::last("report membership", interface);
  return base::ok();
}

Status report_ipv4(const std::string& interface, IfIndex index, std::span<const Address> groups,
                   unsigned version) {
  const UniqueFd fd{::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_IGMP)};
  if (!fd) return Error::last("report membership", interface);
  ip_mreqn out{};
  out.imr_ifindex = static_cast<int>(index.value);
  if (auto done = bind_to(fd, interface); !done) return done;
  for (const auto& done :
       {set(fd, IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof out, interface),
        set(fd, IPPROTO_IP, IP_MULTICAST_TTL, kHops, interface),
        set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0, interface),
        set(fd, IPPROTO_IP, IP_TOS, IPTOS_PREC_INTERNETCONTROL, interface),
        set(fd, IPPROTO_IP, IP_OPTIONS, kIpv4RouterAlert, sizeof kIpv4RouterAlert, interface)})
    if (!done) return done;
  if (version >= 3)
    return send(fd, igmpv3_report(groups), Address::v4(224, 0, 0, 22), index, interface);
  for (const Address& group : groups)
    if (auto sent = send(fd, igmpv2_report(group), group, index, interface); !sent) return sent;
  return base::ok();
}

Status report_ipv6(const std::string& interface, IfIndex index, std::span<const Address> groups) {
  const UniqueFd fd{::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6)};
  if (!fd) return Error::last("report membership", interface);
  const int out = static_cast<int>(index.value);
  if (auto done = bind_to(fd, interface); !done) return done;
  for (const auto& done :
       {set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, out, interface),
        set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, kHops, interface),
        set(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, interface),
        set(fd, IPPROTO_IPV6, IPV6_HOPOPTS, kIpv6RouterAlert, sizeof kIpv6RouterAlert, interface)})
    if (!done) return done;
  constexpr std::uint8_t kMldv2Routers[16] = {0xff, 0x02, 0, 0, 0, 0, 0, 0,
                                              0,    0,    0, 0, 0, 0, 0, 0x16};
  return send(fd, mldv2_report(groups), Address::from_bytes(Family::kIpv6, kMldv2Routers), index,
              interface);
}

}  // namespace

KernelGroups KernelGroups::read() {
  return {.ipv4 = text_of("/proc/net/igmp"),
          .ipv6 = text_of("/proc/net/igmp6"),
          .reports_link_local = !text_of(kLinkLocalReports).starts_with('0')};
}

bool KernelGroups::lacks(IfIndex index, const Address& group) const {
  if (group.family() == Family::kIpv4)
    return !ipv4.empty() && !lists_ipv4_group(ipv4, index, group);
  return !ipv6.empty() && !lists_ipv6_group(ipv6, index, group);
}

Status report_membership(const std::string& interface, IfIndex index,
                         std::span<const Address> groups, const KernelGroups& known) {
  std::vector<Address> of_ipv4, of_ipv6;
  for (const Address& group : groups) {
    const auto bytes = group.bytes();
    const bool is_silent = !known.reports_link_local && group.family() == Family::kIpv4 &&
                           bytes[0] == 224 && bytes[1] == 0 && bytes[2] == 0;
    if (is_silent) continue;
    (group.family() == Family::kIpv4 ? of_ipv4 : of_ipv6).push_back(group);
  }
  if (!of_ipv4.empty())
    if (auto done = report_ipv4(interface, index, of_ipv4, igmp_version(known.ipv4, index)); !done)
      return done;
  if (!of_ipv6.empty()) return report_ipv6(interface, index, of_ipv6);
  return base::ok();
}

}  // namespace keeper
