// How much one turn reads, whatever waits: sockets of this host's own stand for the keeper's.
#include "engine/ears.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/os/clock.hpp"
#include "engine/feed/ledger.hpp"
#include "tests/unit/engine/lan.hpp"

namespace {

using base::os::UniqueFd;

// An IPv4 packet of protocol 112 from 192.0.2.2 with this TTL and this VRID.
std::vector<std::uint8_t> packet(std::uint8_t ttl, std::uint8_t vrid) {
  return {0x45, 0xc0, 0,   28, 0x12, 0x34, 0,    0,    ttl, 112, 0, 0,   192, 0,
          2,    2,    224, 0,  0,    18,   0x31, vrid, 100, 0,   0, 100, 0,   0};
}

// Hears what is said to it on the loopback interface; what is said begins with an IP header, as from a raw socket.
class LoopbackEar {
 public:
  LoopbackEar() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    name_.sin_family = AF_INET;
    name_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&name_), sizeof name_), 0);
    socklen_t length = sizeof name_;
    EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&name_), &length), 0);
    const int room = 1 << 20;
    EXPECT_EQ(::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room), 0);
  }
  UniqueFd handed_over() const { return UniqueFd{::dup(socket_.get())}; }
  void make_small() {
    const int least = 0;  // the kernel makes it its minimum
    EXPECT_EQ(::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &least, sizeof least), 0);
  }
  void ask_for_stamps() {
    const int yes = 1;
    EXPECT_EQ(::setsockopt(socket_.get(), SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes), 0);
  }
  void fill(int count, const std::vector<std::uint8_t>& bytes) {
    const UniqueFd from{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    for (int i = 0; i < count; ++i)
      ASSERT_EQ(::sendto(from.get(), bytes.data(), bytes.size(), 0,
                         reinterpret_cast<const sockaddr*>(&name_), sizeof name_),
                static_cast<ssize_t>(bytes.size()));
  }

 private:
  UniqueFd socket_;
  sockaddr_in name_{};
};

class EarsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = lan::make_lan(); !reason.empty()) GTEST_SKIP() << reason;
    board_.resize(feed::board_bytes(0) / 8);
    ledger_.resize(feed::ledger_bytes(16) / 8);
    feed::format_board(bytes_of(board_), 0, 0, "boot", "");
    feed::format_ledger(bytes_of(ledger_), 1, "boot", 16);
    publication_ = std::make_unique<engine::Publication>(
        bytes_of(board_), bytes_of(ledger_), engine::Kicks{}, config::Model{}, engine::Past{}, 1);
    poller_ = std::make_unique<base::os::Poller>(std::move(*base::os::Poller::open()));
  }
  void make(std::size_t count) {
    places_.assign(count, {.interface = 0, .family = base::Family::kIpv4});
    sockets_ = std::vector<LoopbackEar>(count);
    ears_ = std::make_unique<engine::Ears>(places_, *poller_, *publication_);
    begin();
  }
  // So much later than it is.
  void begin(base::Duration later = {}) {
    ears_->begin(base::os::now() + later, base::os::wall_ns() + later.count());
  }
  std::uint64_t drops(base::Drop reason) const {
    return publication_->global().drops[static_cast<std::size_t>(reason)];
  }
  static std::span<std::byte> bytes_of(std::vector<std::uint64_t>& words) {
    return std::as_writable_bytes(std::span(words));
  }
  std::vector<std::uint64_t> board_, ledger_;
  std::unique_ptr<engine::Publication> publication_;
  std::unique_ptr<base::os::Poller> poller_;
  std::vector<engine::Ear> places_;
  std::vector<LoopbackEar> sockets_;
  std::unique_ptr<engine::Ears> ears_;
};

TEST_F(EarsTest, ReadsABatchOfEverySocketAndNoMoreThanItsShareOfTheRest) {
  constexpr std::size_t kSockets = 40;
  make(kSockets);
  for (std::size_t ear = 0; ear < kSockets; ++ear) {
    sockets_[ear].fill(300, packet(255, 1));
    ears_->put(ear, sockets_[ear].handed_over(), 1);
  }
  std::vector<std::size_t> heard(kSockets);
  std::size_t all = 0;
  for (std::size_t ear = 0; ear < kSockets; ++ear)
    ears_->listen(ear, [&](const wire::Datagram&) { ++heard[ear], ++all; });
  // 16 batches to share, at most three of them for one socket: five get three, the sixth gets the last.
  EXPECT_EQ(heard[0], 4 * wire::kBatch);
  EXPECT_EQ(heard[4], 4 * wire::kBatch);
  EXPECT_EQ(heard[5], 2 * wire::kBatch);
  EXPECT_EQ(heard[6], wire::kBatch);
  EXPECT_EQ(heard[kSockets - 1], wire::kBatch);
  EXPECT_EQ(all, (kSockets + engine::Ears::kBatchesPerTurn) * wire::kBatch);
  // What is not drained is not believed to be.
  EXPECT_LT(ears_->drained_until(kSockets - 1), base::os::now());
  begin();
  ears_->listen(kSockets - 1, [&](const wire::Datagram&) {});
  begin();
  ears_->listen(kSockets - 1, [&](const wire::Datagram&) { ++heard[kSockets - 1]; });
  EXPECT_EQ(heard[kSockets - 1], wire::kBatch);  // 64 + 236, and nothing is left
}

TEST_F(EarsTest, CountsStraysThatDidNotFitInTheProportionsOfThoseThatDid) {
  make(1);
  sockets_[0].make_small();
  ears_->put_stray(0, sockets_[0].handed_over());
  // A queue of a few: what fits is the first of these, one of two from afar.
  for (int i = 0; i < 50; ++i) {
    sockets_[0].fill(1, packet(255, 9));
    sockets_[0].fill(1, packet(3, 9));
  }
  std::size_t heard = 0;
  ears_->listen_to_strays([&](std::size_t, const wire::Datagram& datagram) {
    ++heard;
    return datagram.ttl == 255 ? base::Drop::kUnknownVrid : base::Drop::kTtl;
  });
  ASSERT_GT(heard, 0U);
  ASSERT_LT(heard, 100U);
  // The total is exact; the hearer counts what was heard, so only what was lost is counted here.
  EXPECT_EQ(drops(base::Drop::kTtl) + drops(base::Drop::kUnknownVrid), 100 - heard);
  const std::uint64_t from_afar = heard / 2;
  EXPECT_EQ(drops(base::Drop::kTtl), (100 - heard) * from_afar / heard);
  // Counted once.
  ears_->listen_to_strays([](std::size_t, const wire::Datagram&) { return base::Drop::kTtl; });
  EXPECT_EQ(drops(base::Drop::kTtl) + drops(base::Drop::kUnknownVrid), 100 - heard);
}

// Linux 6.10 and later count what comes to a full raw socket before its filter is asked: of 100 lost, 40 were ours.
TEST_F(EarsTest, CountsNoStrayForWhatTheEarHeardWhileThereWasNoRoom) {
  make(1);
  LoopbackEar ours;
  ears_->put(0, ours.handed_over(), 1);
  sockets_[0].make_small();
  sockets_[0].ask_for_stamps();
  ears_->put_stray(0, sockets_[0].handed_over());
  std::size_t heard = 0;
  const auto count = [&](std::size_t, const wire::Datagram&) {
    ++heard;
    return base::Drop::kUnknownVrid;
  };
  ears_->listen_to_strays(count);
  sockets_[0].fill(100, packet(255, 9));
  ours.fill(40, packet(255, 1));
  // All came at the beginning of these ten seconds, so for the whole of them, but for a moment, there was no room.
  begin(std::chrono::seconds{10});
  ears_->listen(0, [](const wire::Datagram&) {});
  ears_->listen_to_strays(count);
  ASSERT_GT(heard, 0U);
  ASSERT_LT(heard, 50U);
  const std::uint64_t not_strays = wire::counts_before_filter() ? 40 : 0;
  EXPECT_NEAR(static_cast<double>(drops(base::Drop::kUnknownVrid)),
              static_cast<double>(100 - heard - not_strays), 1);
}

TEST_F(EarsTest, LooksAtSixtyFourStraysAtATimeAndGoesOnWhereItStopped) {
  make(3);
  for (std::size_t ear = 0; ear < 3; ++ear) {
    sockets_[ear].fill(100, packet(255, 9));
    ears_->put_stray(ear, sockets_[ear].handed_over());
  }
  std::vector<std::size_t> heard(3);
  const auto count = [&](std::size_t ear, const wire::Datagram&) {
    ++heard[ear];
    return base::Drop::kUnknownVrid;
  };
  ears_->listen_to_strays(count);
  EXPECT_EQ(heard, (std::vector<std::size_t>{64, 0, 0}));
  ears_->listen_to_strays(count);
  EXPECT_EQ(heard, (std::vector<std::size_t>{64, 64, 0}));
}

}  // namespace
