#include "base/os/poller.hpp"

#include <cerrno>

#include "base/os/clock.hpp"

namespace base::os {
namespace {

epoll_event watch(std::uint64_t token, bool for_writing) {
  epoll_event event{};
  event.events = EPOLLIN | (for_writing ? EPOLLOUT : 0U);
  event.data.u64 = token;
  return event;
}

}  // namespace

Result<Poller> Poller::open() {
  UniqueFd epoll{::epoll_create1(EPOLL_CLOEXEC)};
  if (!epoll) return Error::last("open epoll");
  return Poller{std::move(epoll)};
}

Status Poller::add(int fd, std::uint64_t token, bool for_writing) {
  epoll_event event = watch(token, for_writing);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    return Error::last("watch descriptor", std::to_string(fd));
  return ok();
}

Status Poller::change(int fd, std::uint64_t token, bool for_writing) {
  epoll_event event = watch(token, for_writing);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0)
    return Error::last("watch descriptor", std::to_string(fd));
  return ok();
}

void Poller::remove(int fd) {
  // A descriptor that was closed has left by itself.
  (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

Result<std::span<const Ready>> Poller::wait(Instant deadline) {
  timespec left{};
  if (!deadline.is_never()) {
    const std::int64_t ns = std::max<std::int64_t>(0, (deadline - now()).count());
    left.tv_sec = ns / 1'000'000'000;
    left.tv_nsec = ns % 1'000'000'000;
  }
  std::array<epoll_event, 64> events;
  const int count = ::epoll_pwait2(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                   deadline.is_never() ? nullptr : &left, nullptr);
  if (count < 0 && errno != EINTR) return Error::last("wait for events");
  const std::size_t ready = count < 0 ? 0 : static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < ready; ++i)
    ready_[i] = Ready{.token = events[i].data.u64,
                      .readable = (events[i].events & EPOLLIN) != 0,
                      .writable = (events[i].events & EPOLLOUT) != 0,
                      .hung_up = (events[i].events & (EPOLLHUP | EPOLLERR)) != 0};
  return std::span<const Ready>(ready_.data(), ready);
}

}  // namespace base::os
