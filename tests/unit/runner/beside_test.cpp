#include "runner/beside.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "base/os/clock.hpp"
#include "base/os/fd.hpp"

namespace runner {
namespace {

using namespace std::chrono_literals;

// Held up for as long as the test says so.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_open = true;
  void set(bool open) {
    const std::lock_guard lock(mutex);
    is_open = open;
    changed.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return is_open; });
  }
};

class Numbering final : public Lookout {
 public:
  explicit Numbering(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}
  int fd() const override { return bell_.get(); }
  base::Instant deadline() const override { return base::Instant::never(); }
  std::vector<ipc::Tracked> look(base::Instant) override {
    std::uint64_t count = 0;
    (void)!::read(bell_.get(), &count, sizeof count);
    gate_->pass();
    ipc::Tracked found;
    found.value = ++looks_;
    return {found};
  }
  std::optional<ipc::Tracked> when_stuck() const override {
    ipc::Tracked stuck;
    stuck.value = -1;
    return stuck;
  }
  int bell() const { return bell_.get(); }

 private:
  std::shared_ptr<Gate> gate_;
  base::os::UniqueFd bell_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  int looks_ = 0;
};

std::vector<int> next(Beside& beside) {
  pollfd ready{beside.fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&ready, 1, 5000), 1);
  std::vector<int> values;
  for (const ipc::Tracked& found : beside.take()) values.push_back(found.value);
  return values;
}

void ring(int bell) {
  const std::uint64_t one = 1;
  ASSERT_EQ(::write(bell, &one, sizeof one), 8);
}

TEST(Beside, LooksAtOnceAndThenWhenThereIsReason) {
  auto lookout = std::make_unique<Numbering>(std::make_shared<Gate>());
  const int bell = lookout->bell();
  auto beside = Beside::start(std::move(lookout));
  ASSERT_TRUE(beside);
  EXPECT_EQ(next(**beside), std::vector{1});
  EXPECT_TRUE((*beside)->take().empty());
  ring(bell);
  EXPECT_EQ(next(**beside), std::vector{2});
}

TEST(Beside, KnowsThatALookDoesNotComeBackAndDoesNotWaitForIt) {
  const auto gate = std::make_shared<Gate>();
  gate->set(false);
  auto beside = Beside::start(std::make_unique<Numbering>(gate));
  ASSERT_TRUE(beside);
  // The look has begun when a later moment finds it stuck.
  const auto later = [] { return base::os::now() + kStuck + 1s; };
  for (int i = 0; i < 1000 && !(*beside)->is_stuck(later()); ++i) ::usleep(1000);
  EXPECT_TRUE((*beside)->is_stuck(later()));
  EXPECT_FALSE((*beside)->is_stuck(base::os::now()));
  EXPECT_EQ((*beside)->when_stuck()->value, -1);
  EXPECT_TRUE((*beside)->take().empty());
  gate->set(true);
  EXPECT_EQ(next(**beside), std::vector{1});
  EXPECT_FALSE((*beside)->is_stuck(later()));
}

TEST(Beside, IsLeftBehindWhenItDoesNotEnd) {
  const auto gate = std::make_shared<Gate>();
  gate->set(false);
  auto beside = Beside::start(std::make_unique<Numbering>(gate));
  ASSERT_TRUE(beside);
  const auto begin = base::os::now();
  beside->reset();
  EXPECT_LT(base::os::now() - begin, 5s);
  gate->set(true);
}

}  // namespace
}  // namespace runner
