// Frames as other routers send them, put on the wire at the far end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ip.hpp"
#include "base/os/fd.hpp"

namespace keeper_test {

using base::Family;

struct Words {
  Family family = Family::kIpv4;
  unsigned vrid = 50;
  std::size_t length = 20;  // of the VRRP message
  std::uint8_t ttl = 255;
  std::optional<base::Address> destination{};  // the family's group when not set
  bool has_ah = false;             // 24 bytes of authentication header before the message
  std::uint8_t next_header = 112;  // in that
};

// The whole Ethernet frame. A unicast one goes to `to`.
std::vector<std::uint8_t> frame(const Words& words, const base::Mac& to);
base::Mac mac_of(const std::string& interface);

// Sends frames out of one interface.
class Wire {
 public:
  explicit Wire(const std::string& interface);
  void send(const Words& words);
  // The same one again and again; how many the interface took. May be called in another thread.
  std::size_t send_many(const std::vector<std::uint8_t>& frame, std::size_t count) const;

 private:
  base::os::UniqueFd socket_;
  base::Mac to_{};  // of `crans`
};

// What leaves `crans` and comes in at an interface, of one Ethernet type, from the IP header on.
class Tap {
 public:
  explicit Tap(const std::string& interface, std::uint16_t type);
  // Everything that came since the last call, and within this time.
  std::vector<std::vector<std::uint8_t>> packets(int milliseconds = 20) const;

 private:
  base::os::UniqueFd socket_;
};

}  // namespace keeper_test
