#include "tests/sim/checker.hpp"

#include <algorithm>

#include "engine/core/timing.hpp"

namespace sim {
namespace {

using base::State;

std::string milliseconds(Duration duration) {
  return std::to_string(static_cast<double>(duration.count()) / 1e6) + " ms";
}

// Clocks run up to 1000 ppm apart.
Duration drift(Duration duration) { return duration / 1000; }

}  // namespace

Checker::Checker(Stage& stage, std::size_t router)
    : stage_(stage), router_(router), plan_(stage.plan.routers[router]), rivals_(stage, router) {
  const Plan& plan = stage.plan;
  Duration longest{0};
  Duration down{0};
  Duration poisoned{0};
  Duration delays{0};
  for (const std::size_t v : plan.together(router)) {
    longest = std::max(longest, plan.routers[v].longest_interval);
    for (const core::Router& one : plan.routers[v].routers) {
      const auto down_with = [&](Duration interval) {
        return core::master_down_interval(one.version, core::Priority{1}, interval,
                                          one.down_timer_adverts);
      };
      down = std::max(down, down_with(longest));
      poisoned = std::max(poisoned, down_with(longest * int{one.learned_interval_cap}));
      delays = std::max(delays, one.quiet_cap);
    }
    delays = std::max(delays, plan.routers[v].check_up);
  }
  for (const HostPlan& host : plan.hosts) delays = std::max(delays, host.start_delay);
  const Duration wire = 3 * plan.delay_max + 6 * plan.lateness_max + 3 * plan.kernel_max;
  const core::Router& any = plan_.routers.front();
  settling_ = down + longest + wire;
  // Whoever delays preemption waits for somebody to become master, out its delay, and for its own timer.
  if (any.preempt_delay > Duration{0}) settling_ += down + longest + any.preempt_delay;
  if (delays > Duration{0}) settling_ += down + longest + delays;
  // Its members may be split among hosts first.
  if (plan_.group != kNoGroup) settling_ += down + longest + wire;
  settling_ += drift(settling_) + core::kOverlap;
  poisoned_ = poisoned - down + poisoned / 500;
  dual_max_ = longest + wire + drift(longest);
  for (auto& row : dual_since_) row.fill(Instant::never());
  backup_holding_since_.fill(Instant::never());
  departing_since_.fill(Instant::never());
  preparing_since_.fill(Instant::never());
}

std::string Checker::itself() const {
  std::string text = "v";
  text += std::to_string(router_);
  return text;
}

std::string Checker::name(std::size_t host) const { return name_of(host) + itself(); }

void Checker::violate(const std::string& what) { stage_.violate(what); }

bool Checker::may_wait_for_clock() const {
  const auto is_signed = [&](std::size_t v) { return stage_.plan.routers[v].is_signed(); };
  const auto together = stage_.plan.together(router_);
  return is_clock_wrong_ && std::any_of(together.begin(), together.end(), is_signed);
}

void Checker::disturb_until(Instant when) {
  has_caught_up_.fill(false);
  unsettle_until(when);
}

void Checker::unsettle_until(Instant when) {
  disturbed_at_ = std::max(disturbed_at_, when);
  was_settled_ = false;
  next_look_ = earlier(next_look_, disturbed_at_ + settling_ + Duration{1});
}

void Checker::lost(std::size_t from, std::size_t to) {
  disturb();
  clean_since_[from][to] = clean_since_[to][from] = stage_.now();
  rivals_.lost(from, to);
}

void Checker::misled(bool is_replay) {
  const Duration under_way = stage_.plan.delay_max + stage_.plan.lateness_max;
  if (is_replay)
    disturb();
  else
    disturb_until(stage_.now() + poisoned_ + under_way);
  for (auto& row : clean_since_) row.fill(stage_.now() + under_way);
  rivals_.misled(stage_.now() + under_way);
}

void Checker::new_life(std::size_t host) {
  told_[host] = State::kInitialize;
  rivals_.new_life(host);
  excuse(host);
}

void Checker::excuse(std::size_t host) {
  backup_holding_since_[host] = Instant::never();
  departing_since_[host] = Instant::never();
  preparing_since_[host] = Instant::never();
  disturb();
}

void Checker::called(std::size_t host, const Before& before, const core::Instance& after,
                     const core::Actions& todo, bool is_told, Instant core_now) {
  const bool was_master = before.state == State::kMaster && !before.is_departing;
  const bool is_master = after.state() == State::kMaster && !after.is_departing();
  for (const core::Action& action : todo) {
    if (const auto* sent = std::get_if<core::SendAdvert>(&action)) {
      const bool is_release = sent->priority == base::kReleasePriority;
      if (is_release ? before.state != State::kMaster : !was_master && !is_master)
        violate(name(host) + " advertises priority " + std::to_string(sent->priority.value) +
                " without being master");
      if (!is_release) rivals_.spoke(host, after.router().advert_interval);
    }
    if (std::holds_alternative<core::Announce>(action) && !is_master)
      violate(name(host) + " announces addresses without being master");
    const auto* change = std::get_if<core::Changed>(&action);
    if (change != nullptr && is_told) changed(host, *change);
  }
  if (told_[host] != after.state())
    violate(name(host) + " is " + std::string(base::to_string(after.state())) +
            " and said it was " + std::string(base::to_string(told_[host])));
  if (is_master && after.holds() != 0) violate(name(host) + " is master while held");
  if (is_master && after.fault_count() != 0) violate(name(host) + " is master in fault");

  // How long addresses outlive mastership, by the router's own clock.
  const Duration slack = 2 * stage_.plan.lateness_max;
  Instant& holding = backup_holding_since_[host];
  if (!(after.holds_addresses() && after.state() != State::kMaster) || after.is_preparing())
    holding = Instant::never();
  else if (holding.is_never())
    holding = core_now;
  else if (core_now - holding > core::kOverlap + slack)
    violate(name(host) + " holds the addresses as backup for longer than the overlap");
  Instant& preparing = preparing_since_[host];
  if (!after.is_preparing())
    preparing = Instant::never();
  else if (preparing.is_never())
    preparing = core_now;
  else if (core_now - preparing > core::kPreparation + slack)
    violate(name(host) + " prepares for longer than it may");
  Instant& departing = departing_since_[host];
  if (!after.is_departing()) {
    departing = Instant::never();
  } else if (departing.is_never()) {
    departing = core_now;
    departing_for_[host] = std::max(interval_[host], after.router().advert_interval);
  } else if (core_now - departing > departing_for_[host] + slack) {
    violate(name(host) + " departs for longer than one interval");
  }
  interval_[host] = after.router().advert_interval;
}

void Checker::turned(std::size_t host, const core::Instance& instance, Instant core_now) {
  if (instance.deadline() <= core_now) violate(name(host) + " would wake up at once for ever");
}

void Checker::changed(std::size_t host, const core::Changed& change) {
  const Instant now = stage_.now();
  ++changes_;
  ++causes[static_cast<std::size_t>(change.cause)];
  if (change.from != told_[host])
    violate(name(host) + " leaves " + std::string(base::to_string(change.from)) + " and was " +
            std::string(base::to_string(told_[host])));
  if (change.to == change.from) violate(name(host) + " tells a change that is none");
  if (change.cause == base::Cause::kNone) violate(name(host) + " changes without a cause");
  told_[host] = change.to;

  const auto settles = [](State state) {
    return state == State::kBackup || state == State::kMaster;
  };
  if (!settles(change.from) || !settles(change.to)) disturb();
  // A number that ran ahead comes into the window by itself, and whoever it kept down preempts then, with all the members of
  // his group, signed or not: no bound says when. Once, and it has to settle like any other preemption.
  if (change.to == State::kMaster && may_wait_for_clock() && !has_caught_up_[host]) {
    has_caught_up_[host] = true;
    unsettle_until(now);
  }
  if (change.cause == base::Cause::kEqualPriorityLost)
    stage_.reached.note(Situation::kTieSettledByAddress);
  if (change.cause == base::Cause::kRivalOwner) stage_.reached.note(Situation::kTwoOwnersMeet);
  if (change.cause == base::Cause::kLateTimer)
    stage_.reached.note(Situation::kMasterTooLateStepsDown);

  if (now < no_change_until_)
    violate(name(host) + " changes to " + std::string(base::to_string(change.to)) +
            " with no reason to: " + std::string(base::to_string(change.cause)));
  const bool is_masters = change.from == State::kMaster || change.to == State::kMaster;
  if (now < same_master_until_ && is_masters)
    violate(name(host) + " changes to " + std::string(base::to_string(change.to)) +
            " though the master is well");
  if (takeover_ && change.to == State::kMaster && host != takeover_->from) {
    const Takeover& demanded = *takeover_;
    if (now < demanded.not_before)
      violate(name(host) + " takes over " + milliseconds(demanded.not_before - now) + " too early");
    if (now > demanded.by)
      violate(name(host) + " takes over " + milliseconds(now - demanded.by) + " too late");
    worst_takeover =
        std::max(worst_takeover, static_cast<double>((now - demanded.begin).count()) /
                                     static_cast<double>((demanded.by - demanded.begin).count()));
    if (plan_.routers[host].is_unicast()) stage_.reached.note(Situation::kUnicastTakeover);
    if (plan_.group != kNoGroup) stage_.reached.note(Situation::kGroupTakesOverWhole);
    takeover_.reset();
  }
}

void Checker::demand_takeover(std::size_t from, Instant not_before, Instant by) {
  takeover_ = Takeover{from, stage_.now(), not_before, by};
  next_look_ = earlier(next_look_, by + Duration{1});
}

void Checker::look(const Views& views) {
  const Instant now = stage_.now();
  for (std::size_t i = 0; i < views.size(); ++i) {
    const View& view = views[i];
    if (view.is_refused) disturb();
    if (view.runs && view.wants_addresses && !view.may_hold)
      violate(name(i) + " wants the addresses and is " + std::string(base::to_string(view.state)));
    if (view.runs && view.state == State::kMaster && !view.wants_addresses)
      violate(name(i) + " is master and did not ask for the addresses");
  }
  if (takeover_ && now > takeover_->by)
    violate("nobody took over " + itself() + " from " + name_of(takeover_->from) + " within " +
            milliseconds(takeover_->by - takeover_->begin));
  const auto is_any = [&](auto&& is) { return std::any_of(views.begin(), views.end(), is); };
  if (now < holder_until_ && !is_any([](const View& v) { return v.kernel_holds; }))
    violate("nobody holds the addresses of " + itself() + " in a planned change");
  if (now >= master_by_) {
    master_by_ = Instant::never();
    if (!is_any([](const View& v) { return v.is_master && v.runs; }))
      violate(itself() + " has no master for longer than one forged advert can cost");
  }
  look_at_pairs(views);
  rivals_.look(views);
  if (is_settled()) {
    look_at_settled(views);
    was_settled_ = true;
  }
  plan_next_look(views);
}

void Checker::plan_next_look(const Views& views) {
  next_look_ = rivals_.next_look();
  if (takeover_) next_look_ = earlier(next_look_, takeover_->by + Duration{1});
  next_look_ = earlier(next_look_, master_by_);
  if (!was_settled_) next_look_ = earlier(next_look_, disturbed_at_ + settling_ + Duration{1});
  for (std::size_t i = 0; i < views.size(); ++i)
    for (std::size_t j = i + 1; j < views.size(); ++j)
      if (!dual_since_[i][j].is_never())
        next_look_ = earlier(
            next_look_, std::max(dual_since_[i][j], clean_since_[i][j]) + dual_max_ + Duration{1});
}

void Checker::look_at_pairs(const Views& views) {
  const Instant now = stage_.now();
  for (std::size_t i = 0; i < views.size(); ++i) {
    for (std::size_t j = i + 1; j < views.size(); ++j) {
      Instant& since = dual_since_[i][j];
      // Who is to yield. Whoever that comes to be has not heard the other one since.
      const int order = (views[i].spoken > views[j].spoken) - (views[i].spoken < views[j].spoken);
      const bool are_both = views[i].is_master && views[j].is_master && views[i].runs &&
                            views[j].runs && views[i].camp == views[j].camp;
      if (!are_both) {
        if (!since.is_never() && since < clean_since_[i][j])
          stage_.reached.note(Situation::kTwoMastersMeetAfterPartition);
        since = Instant::never();
      } else if (since.is_never() || dual_order_[i][j] != order) {
        since = now;
        dual_order_[i][j] = order;
      } else if (now - std::max(since, clean_since_[i][j]) > dual_max_) {
        violate(name(i) + " and " + name(j) + " hear each other and stay masters for " +
                milliseconds(now - std::max(since, clean_since_[i][j])));
      }
    }
  }
}

void Checker::look_at_settled(const Views& views) {
  look_at_camp(views, 0);
  if (plan_.is_divided()) look_at_camp(views, 1);
  rivals_.look_at_settled(views);
}

void Checker::look_at_camp(const Views& views, std::uint8_t camp) {
  std::size_t masters = 0;
  std::size_t holders = 0;
  std::size_t fit = 0;
  const View* master = nullptr;
  for (std::size_t i = 0; i < views.size(); ++i) {
    const View& view = views[i];
    if (view.camp != camp) continue;
    if (view.is_master && view.runs) {
      ++masters;
      master = &view;
    }
    if (view.kernel_holds && view.runs && !view.is_preparing) ++holders;
    if (!view.is_fit) continue;
    ++fit;
    if (view.state != State::kBackup && view.state != State::kMaster)
      violate(name(i) + " is " + std::string(base::to_string(view.state)) + " with nothing wrong");
    if (view.spoken != view.effective)
      violate(name(i) + " believes in priority " + std::to_string(view.spoken.value) + " and has " +
              std::to_string(view.effective.value));
  }
  const std::string which = itself();
  if (masters != (fit > 0 ? 1U : 0U))
    violate(which + " has " + std::to_string(masters) +
            " masters long after everything is well, of " + std::to_string(fit) +
            " routers that may be");
  if (holders != masters)
    violate(which + ": " + std::to_string(holders) + " routers hold the addresses");
  if (master == nullptr) return;
  if (!master->is_fit) violate(which + ": a router is master that must not be");
  if (!master->kernel_holds) violate(which + ": the master does not hold the addresses");
  // Members of a group are compared together (tests/sim/groups.hpp), and who is believed to have a wrong clock is kept.
  for (std::size_t i = 0; i < views.size(); ++i) {
    const View& view = views[i];
    if (view.camp != camp || !view.is_fit || view.effective <= master->effective) continue;
    if (!view.preempts) {
      stage_.reached.note(Situation::kBetterRouterStaysBackupAsTold);
    } else if (plan_.group == kNoGroup && !(is_clock_wrong_ && plan_.is_signed())) {
      violate(name(i) + " is better than the master and does not preempt it");
    }
  }
}

}  // namespace sim
