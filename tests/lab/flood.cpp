// Sends ready-made Ethernet frames, one after the other and again from the first, at a given rate for a given time.
//
//   vigie-flood INTERFACE PER_SECOND SECONDS < frames        one frame per line, in hexadecimal
//
// Says how many it sent. The lab's hostile neighbour: as fast as the kernel takes them, which a script is not. Whoever sends
// into a switch of software does the switch's work as well, for every port: above kForOne a second two share it.
#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Frame = std::vector<std::uint8_t>;

std::vector<Frame> read_frames() {
  std::vector<Frame> frames;
  for (std::string line; std::getline(std::cin, line);) {
    Frame frame(line.size() / 2);
    for (std::size_t i = 0; i < frame.size(); ++i)
      std::from_chars(line.data() + 2 * i, line.data() + 2 * i + 2, frame[i], 16);
    if (!frame.empty()) frames.push_back(std::move(frame));
  }
  return frames;
}

// Sends as many of `count` frames as the kernel takes, from `next` on. Answers how many.
std::size_t send_some(int fd, std::vector<Frame>& frames, std::size_t next, std::size_t count) {
  constexpr std::size_t kBatch = 128;
  std::array<mmsghdr, kBatch> headers{};
  std::array<iovec, kBatch> bytes{};
  count = std::min(count, kBatch);
  for (std::size_t i = 0; i < count; ++i) {
    Frame& frame = frames[(next + i) % frames.size()];
    bytes[i] = {frame.data(), frame.size()};
    headers[i].msg_hdr.msg_iov = &bytes[i];
    headers[i].msg_hdr.msg_iovlen = 1;
  }
  const int sent = ::sendmmsg(fd, headers.data(), static_cast<unsigned>(count), 0);
  return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

constexpr double kForOne = 20'000;

int open_socket(const char* interface) {
  const int fd = ::socket(AF_PACKET, SOCK_RAW, 0);
  sockaddr_ll where{};
  where.sll_family = AF_PACKET;
  where.sll_ifindex = static_cast<int>(::if_nametoindex(interface));
  const bool is_bound =
      fd >= 0 && ::bind(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
  return is_bound ? fd : -1;
}

// Answers how many were sent.
std::size_t flood(int fd, std::vector<Frame>& frames, double rate, double seconds) {
  const auto began = Clock::now();
  std::size_t sent = 0;
  for (;;) {
    const double passed = std::chrono::duration<double>(Clock::now() - began).count();
    if (passed >= seconds) return sent;
    const auto owed = static_cast<std::size_t>(passed * rate);
    if (owed <= sent) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      continue;
    }
    sent += send_some(fd, frames, sent, owed - sent);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: vigie-flood INTERFACE PER_SECOND SECONDS < frames\n");
    return 2;
  }
  // A neighbour has a processor of its own: it takes none from the routers.
  (void)::setpriority(PRIO_PROCESS, 0, 19);
  const double rate = std::stod(argv[2]);
  const double seconds = std::stod(argv[3]);
  std::vector<Frame> frames = read_frames();
  const std::size_t senders = rate > kForOne ? 2 : 1;
  std::array<int, 2> sockets{open_socket(argv[1]), open_socket(argv[1])};
  if (frames.empty() || sockets[0] < 0 || sockets[1] < 0) {
    fmt::print(stderr, "vigie-flood: no frames, no socket or no {}: errno {}\n", argv[1], errno);
    return 1;
  }
  std::array<std::size_t, 2> sent{};
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < senders; ++i)
      threads.emplace_back([&, i] {
        sent[i] = flood(sockets[i], frames, rate / static_cast<double>(senders), seconds);
      });
  }
  fmt::print("{}\n", sent[0] + sent[1]);
  return 0;
}
