#include "runner/beside.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/os/clock.hpp"
#include "base/os/fd.hpp"
#include "base/os/log.hpp"
#include "base/os/poller.hpp"

namespace runner {

using base::Error;
using base::Instant;
using base::Result;
using base::os::UniqueFd;

namespace {

constexpr std::uint64_t kStopToken = 1;
constexpr std::uint64_t kLookoutToken = 2;
constexpr std::chrono::seconds kPatience{1};

void ring(const UniqueFd& bell) {
  const std::uint64_t one = 1;
  (void)!::write(bell.get(), &one, sizeof one);  // full: it has rung and nobody came yet
}

}  // namespace

struct Beside::Shared {
  std::unique_ptr<Lookout> lookout;
  base::os::Poller poller;
  UniqueFd news;
  UniqueFd stop;
  std::atomic<std::int64_t> looking_since_ns{0};  // 0: it waits
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<ipc::Tracked> found;
  bool has_ended = false;
};

Result<std::unique_ptr<Beside>> Beside::start(std::unique_ptr<Lookout> lookout) {
  auto poller = base::os::Poller::open();
  if (!poller) return poller.error();
  UniqueFd news{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  UniqueFd stop{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!news || !stop) return Error::last("make eventfd");
  if (auto added = poller->add(stop.get(), kStopToken); !added) return added.error();
  if (lookout->fd() >= 0)
    if (auto added = poller->add(lookout->fd(), kLookoutToken); !added) return added.error();
  auto shared = std::shared_ptr<Shared>(new Shared{.lookout = std::move(lookout),
                                                   .poller = *std::move(poller),
                                                   .news = std::move(news),
                                                   .stop = std::move(stop),
                                                   .mutex = {},
                                                   .changed = {},
                                                   .found = {}});
  try {
    // Detached: what hangs in the kernel cannot be joined. The destructor waits for it in its own way.
    std::thread([shared] { run(shared); }).detach();
  } catch (const std::system_error& error) {
    return Error::of(error.code().value(), "start thread");
  }
  return std::unique_ptr<Beside>(new Beside(std::move(shared)));
}

Beside::~Beside() { (void)stop(); }

bool Beside::stop() {
  ring(shared_->stop);
  std::unique_lock lock(shared_->mutex);
  return shared_->changed.wait_for(lock, kPatience, [&] { return shared_->has_ended; });
}

std::unique_ptr<Lookout> Beside::end(std::unique_ptr<Beside> beside) {
  return beside->stop() ? std::move(beside->shared_->lookout) : nullptr;
}

void Beside::run(const std::shared_ptr<Shared>& shared) {
  for (;;) {
    const Instant now = base::os::now();
    shared->looking_since_ns = now.ns();
    auto found = shared->lookout->look(now);
    shared->looking_since_ns = 0;
    {
      const std::lock_guard lock(shared->mutex);
      shared->found.insert(shared->found.end(), found.begin(), found.end());
    }
    ring(shared->news);
    const auto ready = shared->poller.wait(shared->lookout->deadline());
    bool is_over = !ready;
    if (!ready) base::os::log_error(to_string(ready.error()));
    if (ready)
      for (const base::os::Ready& one : *ready) is_over = is_over || one.token == kStopToken;
    if (!is_over) continue;
    const std::lock_guard lock(shared->mutex);
    shared->has_ended = true;
    shared->changed.notify_all();
    return;
  }
}

int Beside::fd() const { return shared_->news.get(); }

std::vector<ipc::Tracked> Beside::take() {
  std::uint64_t count = 0;
  (void)!::read(shared_->news.get(), &count, sizeof count);  // empty: nothing was found since
  const std::lock_guard lock(shared_->mutex);
  return std::exchange(shared_->found, {});
}

bool Beside::is_stuck(Instant now) const {
  const std::int64_t since = shared_->looking_since_ns;
  return since != 0 && now - Instant::from_ns(since) > kStuck;
}

std::optional<ipc::Tracked> Beside::when_stuck() const { return shared_->lookout->when_stuck(); }

}  // namespace runner
