// rtnetlink through libnl: what changes, what is, and requests for addresses. Its .cpp is the only file of the house
// that includes libnl's headers.
//
// Two sockets, so that acknowledgements and notifications never stand in each other's way: the monitor is read without
// waiting and has a large buffer; the other one asks and waits for the kernel's answer, which is what this process
// exists to wait for. Facts whose sender is not the kernel are ignored.
//
// Requests travel in groups of at most kMaxRequests per send: the kernel works through one send while holding the lock
// that all of the host's network configuration shares.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "engine/keeper/facts.hpp"

struct nl_sock;

namespace keeper {

struct SocketFree {
  void operator()(nl_sock* socket) const;
};
using NetlinkSocket = std::unique_ptr<nl_sock, SocketFree>;

class Netlink {
 public:
  static constexpr std::size_t kMaxRequests = 20;

  static base::Result<Netlink> open();

  // Readable when changes() has something.
  int monitor() const;

  struct Changes {
    std::vector<Fact> facts;  // in the kernel's order
    bool lost_some = false;   // the buffer overran: only a picture tells what is now
  };
  // What changed since the last call; at most some thousands at once, the rest stays readable.
  Changes changes();

  // Links and addresses as they are now.
  base::Result<Picture> picture();

  // Sends all requests at once and answers an errno, or 0, for each.
  // Requires: at most kMaxRequests.
  base::Result<std::vector<int>> perform(std::span<const Request> requests);

 private:
  Netlink(NetlinkSocket monitor, NetlinkSocket requests)
      : monitor_(std::move(monitor)), requests_(std::move(requests)) {}

  NetlinkSocket monitor_;
  NetlinkSocket requests_;
};

}  // namespace keeper
