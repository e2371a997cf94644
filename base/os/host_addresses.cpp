#include "base/os/host_addresses.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <memory>
#include <span>

namespace base::os {
namespace {

struct Free {
  void operator()(ifaddrs* list) const { ::freeifaddrs(list); }
};

Address address_of(const sockaddr& socket_address) {
  std::array<std::uint8_t, 16> bytes{};
  if (socket_address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &socket_address, sizeof v4);
    std::memcpy(bytes.data(), &v4.sin_addr, 4);
    return Address::from_bytes(Family::kIpv4, std::span(bytes).first(4));
  }
  if (socket_address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &socket_address, sizeof v6);
    std::memcpy(bytes.data(), &v6.sin6_addr, 16);
    return Address::from_bytes(Family::kIpv6, bytes);
  }
  return {};
}

}  // namespace

Result<std::set<Address>> host_addresses() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return Error::last("list the addresses of this host", "");
  const std::unique_ptr<ifaddrs, Free> list{first};
  std::set<Address> addresses;
  for (const ifaddrs* one = list.get(); one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr) continue;
    if (const Address address = address_of(*one->ifa_addr); address.is_set())
      addresses.insert(address);
  }
  return addresses;
}

}  // namespace base::os
