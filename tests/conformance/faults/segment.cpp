#include "tests/conformance/faults/segment.hpp"

#include <algorithm>
#include <iostream>

namespace faults {
namespace {

constexpr std::int64_t kMillion = 1'000'000;

core::Address address_of(std::size_t who) {
  return core::Address::v4(192, 0, 2, static_cast<std::uint8_t>(1 + who));
}

}  // namespace

void figure(const std::string& what) { std::cout << "figure: " << what << '\n'; }

core::Router router(int priority, Duration interval) {
  core::Router router;
  router.vrid = core::Vrid{51};
  router.version = core::Version::kV3;
  router.priority = core::Priority{static_cast<std::uint8_t>(priority)};
  router.advert_interval = interval;
  router.addresses.push_back(core::Address::v4(192, 0, 2, 254));
  return router;
}

Segment::Segment(const std::vector<core::Router>& routers) : told_link_(routers.size(), false) {
  stations_.reserve(routers.size());
  for (const core::Router& one : routers) stations_.emplace_back(one);
}

Instant Segment::local(const Station& it, Instant time) const {
  const Instant awake = it.is_asleep ? it.fell_asleep : time;
  const std::int64_t passed = (awake - kBegin).count() - it.slept.count();
  return kBegin + Duration{passed + passed / kMillion * it.drift_ppm};
}

// The first moment at which its clock shows `time`, or a little later.
Instant Segment::global(const Station& it, Instant time) const {
  const std::int64_t passed = (time - kBegin).count();
  Instant guess = kBegin + it.slept + Duration{passed - passed / kMillion * it.drift_ppm};
  while (local(it, guess) < time) guess += std::max<Duration>(time - local(it, guess), 1us);
  return guess;
}

Instant Segment::due(const Station& it) const {
  if (!it.is_on || it.is_asleep) return Instant::never();
  const Instant first = earlier(it.instance.deadline(), it.level.deadline());
  return first.is_never() ? first : std::max(global(it, first), now_);
}

void Segment::start(std::size_t who) {
  Station& it = at(who);
  it.is_on = true;
  it.level.tell(it.link, local(it, now_));
  look_at_link(who);
  tell(who, core::Start{});
  advance(who);
}

void Segment::debounce(std::size_t who, Duration up, Duration down) {
  at(who).level = core::Debounce(up, down);
}

void Segment::link(std::size_t who, bool up) {
  Station& it = at(who);
  it.link = up;
  it.level.tell(up, local(it, now_));
  look_at_link(who);
  advance(who);
}

void Segment::look_at_link(std::size_t who) {
  const bool up = at(who).level.level().value_or(true);
  if (told_link_[who] == up) return;
  told_link_[who] = up;
  tell(who, core::LinkChanged{up, base::Cause::kLinkDown, address_of(who)});
}

void Segment::suspend(std::size_t who) {
  at(who).fell_asleep = now_;
  at(who).is_asleep = true;
}

void Segment::resume(std::size_t who) {
  Station& it = at(who);
  it.is_asleep = false;
  it.slept += now_ - it.fell_asleep;
}

void Segment::pass(Duration time) {
  const Instant end = now_ + time;
  while (true) {
    std::size_t next = stations_.size();
    Instant when = flights_.empty() ? Instant::never() : flights_.top().lands;
    for (std::size_t who = 0; who < stations_.size(); ++who) {
      if (const Instant its = due(stations_[who]); its < when) {
        when = its;
        next = who;
      }
    }
    if (when > end) break;
    now_ = when;
    if (next < stations_.size()) {
      advance(next);
    } else {
      const Flight flight = flights_.top();
      flights_.pop();
      const Station& it = stations_[flight.to];
      if (it.is_on && !it.is_asleep && it.link) {
        tell(flight.to, core::Heard{flight.advert, local(it, now_)});
        advance(flight.to);
      }
    }
    observe();
  }
  now_ = end;
}

bool Segment::is_master(std::size_t who) const {
  const Station& it = stations_[who];
  return it.is_on && it.instance.state() == State::kMaster && !it.instance.is_departing();
}

std::size_t Segment::masters() const {
  std::size_t count = 0;
  for (std::size_t who = 0; who < stations_.size(); ++who) count += is_master(who) ? 1 : 0;
  return count;
}

std::size_t Segment::rises(Instant since) const {
  return static_cast<std::size_t>(
      std::count_if(changes.begin(), changes.end(),
                    [&](const Change& c) { return c.to == State::kMaster && c.at >= since; }));
}

void Segment::tell(std::size_t who, const core::Event& event) {
  core::Actions todo;
  at(who).instance.handle(event, local(at(who), now_), todo);
  act(who, todo);
}

void Segment::advance(std::size_t who) {
  Station& it = at(who);
  it.level.advance(local(it, now_));
  look_at_link(who);
  core::Actions todo;
  it.instance.advance(local(it, now_), todo);
  act(who, todo);
}

void Segment::act(std::size_t who, const core::Actions& todo) {
  for (const core::Action& action : todo) {
    if (const auto* change = std::get_if<core::Changed>(&action))
      changes.push_back({now_, who, change->from, change->to, change->cause});
    if (std::holds_alternative<core::InstallAddresses>(action)) {
      core::Actions more;
      at(who).instance.handle(core::AddressesInstalled{}, local(at(who), now_), more);
      act(who, more);
    }
    const auto* sent = std::get_if<core::SendAdvert>(&action);
    if (sent == nullptr || !at(who).link) continue;
    const core::Router& self = at(who).instance.router();
    core::Advert advert;
    advert.version = self.version;
    advert.vrid = self.vrid;
    advert.priority = sent->priority;
    advert.interval = self.advert_interval;
    advert.source = address_of(who);
    advert.address_count = 1;
    for (std::size_t to = 0; to < stations_.size(); ++to)
      if (to != who && carries(who, to)) {
        flights_.push({now_ + delay + late(), order_++, to, advert});
        if (const auto after = copied())
          flights_.push({now_ + delay + *after, order_++, to, advert});
      }
  }
}

}  // namespace faults
