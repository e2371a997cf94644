// What is to happen, in order of time and, at one time, of being put down: two runs of a plan are the same run.
#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include "base/instant.hpp"

namespace sim {

// A call put down for later: a method and two numbers for it. Small, because there are millions.
struct Job {
  void (*act)(void* self, std::uint64_t a, std::uint64_t b) = nullptr;
  void* self = nullptr;
  std::uint64_t a = 0;
  std::uint64_t b = 0;
};

template <auto kMethod, typename T>
Job job(T* self, std::uint64_t a = 0, std::uint64_t b = 0) {
  return {
      [](void* who, std::uint64_t x, std::uint64_t y) { (static_cast<T*>(who)->*kMethod)(x, y); },
      self, a, b};
}

class Agenda {
 public:
  base::Instant now() const { return now_; }
  void at(base::Instant when, const Job& what) {
    queue_.push({when < now_ ? now_ : when, order_++, what});
  }
  void in(base::Duration wait, const Job& what) { at(now_ + wait, what); }

  // Does the next thing if it is due by `end`; answers whether there was one. Time then is that of the thing, or `end`.
  bool step(base::Instant end) {
    if (queue_.empty() || queue_.top().when > end) {
      now_ = end;
      return false;
    }
    const Entry entry = queue_.top();
    now_ = entry.when;
    queue_.pop();
    entry.what.act(entry.what.self, entry.what.a, entry.what.b);
    return true;
  }

 private:
  struct Entry {
    base::Instant when;
    std::uint64_t order = 0;
    Job what;
    friend bool operator<(const Entry& a, const Entry& b) {  // the top of the queue is the greatest
      return a.when != b.when ? a.when > b.when : a.order > b.order;
    }
  };
  std::priority_queue<Entry> queue_;
  base::Instant now_ = base::Instant::from_ns(1'000'000'000);
  std::uint64_t order_ = 0;
};

}  // namespace sim
