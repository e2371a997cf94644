#include "tests/sim/checker.hpp"

#include <algorithm>

#include "engine/core/timing.hpp"

namespace sim {
namespace {

using base::State;

std::string name(std::size_t router) { return std::string("R").append(std::to_string(router)); }

std::string milliseconds(Duration duration) {
  return std::to_string(static_cast<double>(duration.count()) / 1e6) + " ms";
}

// Clocks run up to 200 ppm apart.
Duration drift(Duration duration) { return duration / 1000; }

}  // namespace

Checker::Checker(const Plan& plan, const Agenda& agenda) : plan_(plan), agenda_(agenda) {
  const Duration longest = plan.longest_interval();
  const Duration wire = 3 * plan.delay_max + 4 * plan.lateness_max + 2 * plan.kernel_max;
  const core::Router& any = plan.routers.front().router;
  const Duration down = core::master_down_interval(any.version, core::Priority{1}, longest, 3);
  settling_ = down + longest + wire;
  // Whoever delays preemption waits for somebody to become master, out its delay, and for its own timer.
  if (any.preempt_delay > Duration{0}) settling_ += down + longest + any.preempt_delay;
  settling_ += drift(settling_) + core::kOverlap;
  dual_max_ = longest + wire + drift(longest);
  for (auto& row : dual_since_) row.fill(Instant::never());
  backup_holding_since_.fill(Instant::never());
  departing_since_.fill(Instant::never());
}

void Checker::disturb_pair(std::size_t a, std::size_t b) {
  disturb();
  clean_since_[a][b] = clean_since_[b][a] = now();
}

void Checker::new_life(std::size_t router) {
  told_[router] = State::kInitialize;
  excuse(router);
}

void Checker::excuse(std::size_t router) {
  backup_holding_since_[router] = Instant::never();
  departing_since_[router] = Instant::never();
  disturb();
}

void Checker::called(std::size_t router, const Before& before, const core::Instance& after,
                     const std::vector<core::Action>& todo, Instant core_now) {
  const bool was_master = before.state == State::kMaster && !before.is_departing;
  const bool is_master = after.state() == State::kMaster && !after.is_departing();
  for (const core::Action& action : todo) {
    if (const auto* sent = std::get_if<core::SendAdvert>(&action)) {
      const bool is_release = sent->priority == base::kReleasePriority;
      if (is_release ? before.state != State::kMaster : !was_master && !is_master)
        violate(name(router) + " advertises priority " + std::to_string(sent->priority.value) +
                " without being master");
    }
    if (const auto* change = std::get_if<core::Changed>(&action)) changed(router, *change);
  }
  if (told_[router] != after.state())
    violate(name(router) + " is " + std::string(base::to_string(after.state())) +
            " and said it was " + std::string(base::to_string(told_[router])));
  if (is_master && after.holds() != 0) violate(name(router) + " is master while held");
  if (is_master && after.fault_count() != 0) violate(name(router) + " is master in fault");

  // How long addresses outlive mastership, by the router's own clock.
  const Duration slack = 2 * plan_.lateness_max;
  Instant& holding = backup_holding_since_[router];
  if (!(after.holds_addresses() && after.state() != State::kMaster))
    holding = Instant::never();
  else if (holding.is_never())
    holding = core_now;
  else if (core_now - holding > core::kOverlap + slack)
    violate(name(router) + " holds the addresses as backup for longer than the overlap");
  Instant& departing = departing_since_[router];
  if (!after.is_departing())
    departing = Instant::never();
  else if (departing.is_never())
    departing = core_now;
  else if (core_now - departing > plan_.routers[router].router.advert_interval + slack)
    violate(name(router) + " departs for longer than one interval");
}

void Checker::turned(std::size_t router, const core::Instance& instance, Instant core_now) {
  if (instance.deadline() <= core_now) violate(name(router) + " would wake up at once for ever");
}

void Checker::changed(std::size_t router, const core::Changed& change) {
  ++changes_;
  ++causes[static_cast<std::size_t>(change.cause)];
  if (change.from != told_[router])
    violate(name(router) + " leaves " + std::string(base::to_string(change.from)) + " and was " +
            std::string(base::to_string(told_[router])));
  if (change.to == change.from) violate(name(router) + " tells a change that is none");
  if (change.cause == base::Cause::kNone) violate(name(router) + " changes without a cause");
  told_[router] = change.to;

  const auto settles = [](State state) {
    return state == State::kBackup || state == State::kMaster;
  };
  if (!settles(change.from) || !settles(change.to)) disturb();

  if (now() < no_change_until_)
    violate(name(router) + " changes to " + std::string(base::to_string(change.to)) +
            " with no reason to");
  const bool is_masters = change.from == State::kMaster || change.to == State::kMaster;
  if (now() < same_master_until_ && is_masters)
    violate(name(router) + " changes to " + std::string(base::to_string(change.to)) +
            " though the master is well");
  if (takeover_ && change.to == State::kMaster && router != takeover_->from) {
    const Takeover& demanded = *takeover_;
    if (now() < demanded.not_before)
      violate(name(router) + " takes over " + milliseconds(demanded.not_before - now()) +
              " too early");
    worst_takeover =
        std::max(worst_takeover, static_cast<double>((now() - demanded.begin).count()) /
                                     static_cast<double>((demanded.by - demanded.begin).count()));
    takeover_.reset();
  }
}

void Checker::demand_takeover(std::size_t from, Instant not_before, Instant by) {
  takeover_ = Takeover{from, now(), not_before, by};
}

void Checker::check(const std::vector<View>& views) {
  for (std::size_t i = 0; i < views.size(); ++i) {
    const View& view = views[i];
    if (view.is_refused) disturb();
    if (view.runs && view.wants_addresses && !view.may_hold)
      violate(name(i) + " wants the addresses and is " + std::string(base::to_string(view.state)));
    if (view.runs && view.state == State::kMaster && !view.wants_addresses)
      violate(name(i) + " is master and did not ask for the addresses");
  }
  if (takeover_ && now() > takeover_->by)
    violate("nobody took over from " + name(takeover_->from) + " within " +
            milliseconds(takeover_->by - takeover_->begin));
  if (now() < holder_until_ &&
      std::none_of(views.begin(), views.end(), [](const View& v) { return v.kernel_holds; }))
    violate("nobody holds the addresses in a planned change");
  check_pairs(views);
  if (now() - disturbed_at_ > settling_) check_settled(views);
}

void Checker::check_pairs(const std::vector<View>& views) {
  for (std::size_t i = 0; i < views.size(); ++i) {
    for (std::size_t j = i + 1; j < views.size(); ++j) {
      Instant& since = dual_since_[i][j];
      if (!views[i].is_master || !views[j].is_master || !views[i].runs || !views[j].runs) {
        since = Instant::never();
      } else if (since.is_never()) {
        since = now();
      } else if (now() - std::max(since, clean_since_[i][j]) > dual_max_) {
        violate(name(i) + " and " + name(j) + " hear each other and stay masters for " +
                milliseconds(now() - std::max(since, clean_since_[i][j])));
      }
    }
  }
}

void Checker::check_settled(const std::vector<View>& views) {
  std::size_t masters = 0;
  std::size_t holders = 0;
  std::size_t fit = 0;
  const View* master = nullptr;
  for (std::size_t i = 0; i < views.size(); ++i) {
    const View& view = views[i];
    if (view.is_master && view.runs) {
      ++masters;
      master = &view;
    }
    if (view.kernel_holds && view.runs) ++holders;
    if (!view.is_fit) continue;
    ++fit;
    if (view.state != State::kBackup && view.state != State::kMaster)
      violate(name(i) + " is " + std::string(base::to_string(view.state)) + " with nothing wrong");
    if (view.spoken != view.effective)
      violate(name(i) + " believes in priority " + std::to_string(view.spoken.value) + " and has " +
              std::to_string(view.effective.value));
  }
  if (masters != (fit > 0 ? 1U : 0U))
    violate(std::to_string(masters) + " masters long after everything is well, of " +
            std::to_string(fit) + " routers that may be");
  if (holders != masters) violate(std::to_string(holders) + " routers hold the addresses");
  if (master == nullptr) return;
  if (!master->is_fit) violate("a router is master that must not be");
  if (!master->kernel_holds) violate("the master does not hold the addresses");
  for (std::size_t i = 0; i < views.size(); ++i) {
    const core::Router& router = plan_.routers[i].router;
    if (views[i].is_fit && (router.preempt || router.is_owner()) &&
        views[i].effective > master->effective)
      violate(name(i) + " is better than the master and does not preempt it");
  }
}

void Checker::violate(const std::string& what) {
  if (!violation_) violation_ = what;
}

}  // namespace sim
