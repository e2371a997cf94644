// What is to happen, in order of time and, at one time, of being put down: two runs of a plan are the same run.
#pragma once

#include <functional>
#include <queue>
#include <vector>

#include "base/instant.hpp"

namespace sim {

class Agenda {
 public:
  base::Instant now() const { return now_; }
  void at(base::Instant when, std::function<void()> what) {
    queue_.push({when < now_ ? now_ : when, order_++, std::move(what)});
  }
  void in(base::Duration wait, std::function<void()> what) { at(now_ + wait, std::move(what)); }

  // Does the next thing if it is due by `end`; answers whether there was one. Time then is that of the thing, or `end`.
  bool step(base::Instant end) {
    if (queue_.empty() || queue_.top().when > end) {
      now_ = end;
      return false;
    }
    now_ = queue_.top().when;
    const std::function<void()> what = std::move(const_cast<Entry&>(queue_.top()).what);
    queue_.pop();
    what();
    return true;
  }

 private:
  struct Entry {
    base::Instant when;
    std::uint64_t order = 0;
    std::function<void()> what;
    friend bool operator<(const Entry& a, const Entry& b) {  // the top of the queue is the greatest
      return a.when != b.when ? a.when > b.when : a.order > b.order;
    }
  };
  std::priority_queue<Entry> queue_;
  base::Instant now_ = base::Instant::from_ns(1'000'000'000);
  std::uint64_t order_ = 0;
};

}  // namespace sim
