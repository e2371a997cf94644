// What the kernel says about links while it happens, read from a handed-in rtnetlink socket (RTMGRP_LINK).
//
// The parser is pure and survives any bytes. Nothing is ever written to the socket: a question would take the kernel's
// rtnl lock. After an overrun the truth must be asked of the keeper.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace wire {

struct LinkEvent {
  std::uint32_t ifindex = 0;
  std::array<char, 16> name{};  // zero-terminated; empty when the message carried none
  bool up = false;              // IFF_UP
  bool running = false;         // IFF_RUNNING
  bool gone = false;            // the interface left
  friend bool operator==(const LinkEvent&, const LinkEvent&) = default;
};

// The link events of one datagram, one after another.
class LinkMessages {
 public:
  explicit LinkMessages(std::span<const std::byte> datagram) : rest_(datagram) {}
  // The next event; nothing at the end. Messages of other kinds are skipped, and so are those a bridge sends about its
  // ports: a port that leaves its bridge is not an interface that left.
  std::optional<LinkEvent> next();
  // The datagram ended in something that is no netlink message.
  bool is_malformed() const { return malformed_; }

 private:
  std::span<const std::byte> rest_;
  bool malformed_ = false;
};

struct LinkDatagram {
  enum class Outcome { kNothing, kMessages, kOverrun };
  Outcome outcome = Outcome::kNothing;
  std::span<const std::byte> bytes;  // of kMessages; lies in the buffer handed in
};

// The next datagram from the kernel; others are ignored. kOverrun: events were lost, in the socket or because the
// buffer was too small.
LinkDatagram receive_links(int fd, std::span<std::byte> buffer);

}  // namespace wire
