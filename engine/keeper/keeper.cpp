#include "engine/keeper/keeper.hpp"

#include <linux/if_addr.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>

#include "base/os/clock.hpp"
#include "base/os/log.hpp"
#include "engine/keeper/former.hpp"
#include "engine/keeper/report.hpp"

namespace keeper {
namespace {

using base::Error;
using base::Status;

constexpr std::size_t kMostRemarks = 32;

Guardian guardian_of(const config::Model& model) {
  std::vector<Duration> intervals;
  for (const config::Instance& instance : model.instances)
    intervals.push_back(instance.advert_interval);
  return {intervals, model.safety.lease == config::Safety::Lease::kStrict};
}

}  // namespace

std::string in_seconds(Duration time) {
  const auto tenths = time / std::chrono::milliseconds{100};
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

Keeper::Keeper(const role::Configuration& configuration, Netlink netlink, Sockets sockets,
               base::os::Channel engine, KernelSettings settings, Speaker speaker, StandIn stand_in,
               base::os::UniqueFd engine_deaths)
    : configuration_(configuration.hash),
      netlink_(std::move(netlink)),
      sockets_(std::move(sockets)),
      interfaces_(configuration.model),
      addresses_(configuration.model),
      outbox_(configuration.hash, sockets_.all().size(), interfaces_.size(),
              interfaces_.sources().size(), configuration.model.instances.size()),
      engine_(std::move(engine)),
      settings_(std::move(settings)),
      speaker_(std::move(speaker)),
      engine_deaths_(std::move(engine_deaths)),
      stand_in_(std::move(stand_in)),
      guardian_(guardian_of(configuration.model)),
      refreshes_(interfaces_.size()) {
  learn(configuration.model);
}

void Keeper::learn(const config::Model& model) {
  settings_.want(model);
  names_.clear();
  for (const config::Instance& instance : model.instances) names_.push_back(instance.name);
  former_ = model.former;
  formerly_virtual_ = std::exchange(virtual_, {});
  for (const config::Instance& instance : model.instances)
    for (const config::VirtualAddress& address : instance.addresses)
      virtual_.emplace(address.interface, address.prefix.address);
  for (const config::FormerAddress& address : model.former)
    virtual_.emplace(address.interface, address.prefix.address);
}

void Keeper::put_settings_back() {
  for (const std::string& text : settings_.put_back()) base::os::log_error(text);
}

Status Keeper::start(Instant now) {
  auto picture = netlink_.picture();
  if (!picture) return picture.error();
  interfaces_.observe_all(*picture);
  follow_interfaces();
  addresses_.observe_all(picture->addresses, now);
  last_turn_ = now;
  for (const std::string& text : settings_.compare()) remark(text);
  next_audit_ = now + kAuditInterval;
  outbox_.everything();
  return base::ok();
}

Status Keeper::turn(Instant now) {
  // Whoever died said before what is read after.
  hear_deaths(now);
  if (auto heard = hear_engine(now); !heard) return heard;
  listen_for_speaker(now);
  hear_successors(now);
  watch_engine(now);
  hear_kernel();
  if (audit_now_ || now >= next_audit_) audit(now);
  report_expired(base::os::now());
  for (const AddressFact& fact : bystanders_.take(base::os::now())) give_back(fact);
  last_turn_ = now;
  work(now);
  follow_when_settled(now);
  look_what_is_gone(now);
  return tell_engine(now);
}

Instant Keeper::deadline() const {
  if (audit_now_) return Instant{};
  return base::earlier(
      base::earlier(guardian_.deadline(), follow_at_),
      base::earlier(base::earlier(next_audit_, bystanders_.deadline()), addresses_.deadline()));
}

bool Keeper::finish_turn(Instant now) {
  addresses_.release_all();
  if (!former_.empty()) audit_now_ = true;
  hear_kernel();
  // There is no later.
  for (const AddressFact& fact : bystanders_.take(Instant::never())) give_back(fact);
  if (audit_now_) audit(now);
  work(now);
  return is_settled(now);
}

bool Keeper::is_settled(Instant now) const {
  for (std::size_t i = 0; i < addresses_.instances(); ++i)
    if (!addresses_.holding(static_cast<std::uint16_t>(i), now).is_settled) return false;
  return addresses_.orphans() == 0 || addresses_.deadline() > now;
}

std::size_t Keeper::installed(Instant now) const {
  std::size_t installed = addresses_.orphans();
  for (std::size_t i = 0; i < addresses_.instances(); ++i)
    installed += addresses_.holding(static_cast<std::uint16_t>(i), now).installed;
  return installed;
}

Status Keeper::hear_hello(const ipc::Hello& hello, const base::os::UniqueFd& descriptor,
                          Instant now) {
  if (hello.configuration != configuration_) {
    const auto unusable = [&](const Error& error) {
      is_abandoned_ = true;
      return Status{error};
    };
    if (!descriptor)
      return unusable(Error::because("go on with a new configuration", "it did not come along"));
    const auto next = role::read_configuration(descriptor.get());
    if (!next) return unusable(next.error());
    if (next->hash != hello.configuration)
      return unusable(Error::because("go on with a new configuration", "another one came along"));
    if (auto done = reconfigure(*next, now); !done) return unusable(done.error());
  }
  // What it is told is up to date.
  hear_successors(now);
  guardian_.came(now);
  outbox_.everything();
  outbox_.stood_in(accounts());
  return base::ok();
}

Status Keeper::reconfigure(const role::Configuration& configuration, Instant now) {
  const config::Model& model = configuration.model;
  auto picture = netlink_.picture();
  if (!picture) return picture.error();
  stand_in_ = StandIn(model, stand_in_.take_memory());
  guardian_ = Guardian(guardian_of(model));
  configuration_ = configuration.hash;

  std::map<std::string, RefreshTimes> refreshes;
  for (std::size_t i = 0; i < interfaces_.size(); ++i)
    refreshes.emplace(interfaces_.name(i), refreshes_[i]);
  interfaces_ = Interfaces(model);
  interfaces_.observe_all(*picture);
  refreshes_.assign(interfaces_.size(), {});

  for (const Error& error : sockets_.reconfigure(model)) base::os::log_error(to_string(error));
  addresses_.reconfigure(model);
  learn(model);
  outbox_ = Outbox(configuration.hash, sockets_.all().size(), interfaces_.size(),
                   interfaces_.sources().size(), model.instances.size());
  // Every interface is new to the table; those that were known before have not moved for the sockets and the addresses.
  follow_interfaces();
  for (std::size_t i = 0; i < interfaces_.size(); ++i)
    if (const auto known = refreshes.find(interfaces_.name(i)); known != refreshes.end())
      refreshes_[i] = known->second;
  addresses_.observe_all(picture->addresses, now);
  for (const std::string& text : settings_.compare()) remark(text);
  base::os::log_info("going on with a new configuration of " +
                     std::to_string(model.instances.size()) + " instance(s)");
  return base::ok();
}

Status Keeper::hear_engine(Instant now) {
  for (int heard = 0; heard < kMaxMessages; ++heard) {
    auto received = engine_.receive();
    if (!received) {
      // A message longer than any of ours is a mistake of its sender; the channel goes on.
      if (received.error().code != EMSGSIZE) return received.error();
      ++misunderstood_;
      continue;
    }
    if (!*received) break;
    const auto message = (*received)->message;
    const std::uint64_t misunderstood = misunderstood_;
    if (const auto hello = ipc::as<ipc::Hello>(message)) {
      if (auto done = hear_hello(*hello, (*received)->descriptor, now); !done) return done;
    } else if (const auto want = ipc::as<ipc::Want>(message)) {
      if (want->configuration != configuration_) continue;
      if (addresses_.want(want->instance, want->hold != 0)) {
        outbox_.answer(want->instance);
        Guardian::Deeds deeds;
        guardian_.wished(want->instance, deeds);
        carry_out(deeds, now);
      } else {
        ++misunderstood_;
      }
    } else {
      ++misunderstood_;
    }
    if (misunderstood == 0 && misunderstood_ == 1)
      base::os::log_warning(
          "the engine said something that makes no sense here; ignored, "
          "and not logged again");
  }
  return base::ok();
}

void Keeper::hear_kernel() {
  const Netlink::Changes changes = netlink_.changes();
  // Not when the turn began: whoever was stopped in the middle of it would take a lease that ran out meanwhile for a theft.
  const Instant now = base::os::now();
  for (const Fact& fact : changes.facts) apply(fact, now);
  if (interfaces_.is_urgent()) audit_now_ = true;
  if (changes.lost_some) {
    base::os::log_warning(
        "more changed in the kernel than netlink could tell: looking at everything");
    audit_now_ = true;
  }
}

void Keeper::apply(const Fact& fact, Instant now) {
  interfaces_.observe(fact);
  // Before the addresses: they are found by the interface's index.
  if (std::holds_alternative<LinkFact>(fact)) follow_interfaces();
  const auto* address = std::get_if<AddressFact>(&fact);
  if (address == nullptr) return;
  addresses_.observe(*address, now);
  if (!address->asked_by_us)
    bystanders_.observe(*address, is_virtual(*address), now);
  else if (!address->exists && !is_virtual(*address))
    give_back(*address);
}

bool Keeper::is_virtual(const AddressFact& fact) const {
  for (std::size_t i = 0; i < interfaces_.size(); ++i) {
    if (interfaces_.now(i).ifindex != fact.index.value) continue;
    const std::pair place{interfaces_.name(i), fact.local.address};
    return virtual_.contains(place) || formerly_virtual_.contains(place);
  }
  return false;
}

void Keeper::give_back(const AddressFact& taken) {
  for (std::size_t i = 0; i < interfaces_.size(); ++i) {
    if (interfaces_.now(i).ifindex != taken.index.value) continue;
    Request request;
    request.index = taken.index;
    request.prefix = taken.local;
    request.broadcast = taken.broadcast;
    request.scope = taken.scope;
    request.label = taken.label;
    if (taken.remote != taken.local.address) request.peer = taken.remote;
    request.flags = taken.flags & (IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN);  // what it was given
    request.valid_s = taken.valid_s;
    request.preferred_s = taken.preferred_s;
    request.origin = taken.origin;
    const auto done = netlink_.perform({&request, 1});
    const int error = done ? done->front() : EIO;
    const std::string what =
        base::to_string(taken.local) + " on " + interfaces_.name(i) +
        ", an address of this host that was secondary to a virtual one which was removed";
    if (error == 0 || error == EEXIST)
      base::os::log_notice("gave back " + what);
    else
      base::os::log_error(to_string(Error::of(error, "give back", what)));
  }
}

void Keeper::follow_when_settled(Instant now) {
  if (!interfaces_.has_changes()) {
    follow_at_ = Instant::never();
    return;
  }
  if (follow_at_.is_never()) follow_at_ = now + kSettling;
  if (interfaces_.is_urgent() || now >= follow_at_) follow_interfaces();
}

void Keeper::follow_interfaces() {
  follow_at_ = Instant::never();
  for (const Interfaces::Change& change : interfaces_.take_changes()) {
    const std::string& name = interfaces_.name(change.interface);
    const IfIndex index{interfaces_.now(change.interface).ifindex};
    outbox_.interface(change.interface);
    if (change.has_moved) {
      addresses_.interface_is(name, index);
      // It may have come with addresses on it, by being renamed.
      if (index.value != 0) audit_now_ = true;
    }
    addresses_.interface_changed(name, interfaces_.now(change.interface).up != 0);
    for (const Error& error : sockets_.follow(name, index)) base::os::log_error(to_string(error));
    if (change.has_risen) {
      refreshes_[change.interface].restart({});
      audit_now_ = true;
    }
  }
  for (const std::size_t place : interfaces_.take_changed_sources()) outbox_.source(place);
  for (const std::size_t place : sockets_.take_new()) outbox_.socket(place);
}

void Keeper::audit(Instant now) {
  audit_now_ = false;
  next_audit_ = now + kAuditInterval;
  auto picture = netlink_.picture();
  if (!picture) {
    say_once(last_audit_error_, picture.error());
    return;
  }
  last_audit_error_.clear();
  now = base::os::now();  // as in hear_kernel()
  interfaces_.observe_all(*picture);
  follow_when_settled(now);
  // What has just moved is seen in this same picture.
  audit_now_ = false;
  addresses_.observe_all(picture->addresses, now);
  addresses_.calm_down(now);
  for (const std::string& text : settings_.compare()) remark(text);
  clear_former(*picture, now);
  for (const Error& error : sockets_.retry()) base::os::log_error(to_string(error));
  for (const std::size_t place : sockets_.take_new()) outbox_.socket(place);
  refresh_memberships(now);
}

void Keeper::refresh_memberships(Instant now) {
  std::optional<KernelGroups> known;
  bool has_failed = false;
  const auto failed = [&](const Error& error) {
    has_failed = true;
    say_once(last_membership_error_, error);
  };
  for (std::size_t i = 0; i < interfaces_.size(); ++i) {
    const std::string& name = interfaces_.name(i);
    const ipc::Interface& interface = interfaces_.now(i);
    const IfIndex index{interface.ifindex};
    if (interface.running == 0) continue;
    std::vector<Address> groups = sockets_.groups(name);
    // Without a link-local address IPv6 does not speak here, and joining is not possible either.
    if (interface.ipv6 == decltype(interface.ipv6){})
      std::erase_if(groups, [](const Address& a) { return a.family() == Family::kIpv6; });
    if (groups.empty()) continue;
    if (!known) known = KernelGroups::read();
    bool is_due = refreshes_[i].take(now);
    for (const Address& group : groups) {
      if (!known->lacks(index, group)) continue;
      const auto errors = sockets_.rejoin(name, group);
      for (const Error& error : errors) failed(error);
      if (errors.empty())
        base::os::log_notice("joined " + base::to_string(group) + " on " + name +
                             " again, which the interface had forgotten");
      is_due = true;
    }
    if (!is_due) continue;
    if (auto said = report_membership(name, index, groups, *known); !said) failed(said.error());
  }
  if (!has_failed) last_membership_error_.clear();
}

void Keeper::clear_former(const Picture& picture, Instant now) {
  if (former_.empty() || !addresses_.has_every_wish()) return;
  std::vector<LeftBehind> ours;
  for (LeftBehind& one : left_behind(picture, former_)) {
    if (one.is_ours())
      ours.push_back(std::move(one));
    else
      base::os::log_notice(base::to_string(one.address.local) + " on " + one.interface +
                           " was a virtual address in an earlier configuration; it was not made by "
                           "this daemon and stays");
  }
  bool are_all_gone = true;
  for (std::size_t first = 0; first < ours.size(); first += Netlink::kMaxRequests) {
    const auto group =
        std::span(ours).subspan(first, std::min(Netlink::kMaxRequests, ours.size() - first));
    std::vector<Request> requests;
    for (const LeftBehind& one : group) {
      Request request;
      request.verb = Request::Verb::kRemove;
      request.index = one.address.index;
      request.prefix = one.address.local;
      if (one.address.remote != one.address.local.address) request.peer = one.address.remote;
      request.is_leased =
          one.address.valid_s != kForEver && (one.address.flags & IFA_F_NOPREFIXROUTE) == 0;
      requests.push_back(request);
    }
    const auto errors = perform(requests);
    if (!errors) return say_once(last_former_error_, errors.error());
    for (std::size_t i = 0; i < group.size(); ++i) {
      const std::string what = base::to_string(group[i].address.local) + " from " +
                               group[i].interface +
                               ", which an earlier configuration had and this one has not";
      if ((*errors)[i] == 0) {
        base::os::log_notice("removed " + what);
        // Of a configuration this keeper has known it may be an orphan, which is not to be removed once more.
        AddressFact gone = group[i].address;
        gone.exists = false;
        gone.asked_by_us = true;
        addresses_.observe(gone, now);
      } else if ((*errors)[i] != EADDRNOTAVAIL && (*errors)[i] != ENODEV) {
        say_once(last_former_error_, Error::of((*errors)[i], "remove", what));
        are_all_gone = false;
      }
    }
  }
  // Seen once, they are nobody's memory any more: what comes later under these addresses is somebody else's.
  if (are_all_gone) former_.clear();
}

base::Result<std::vector<int>> Keeper::perform(std::span<const Request> requests) {
  const auto say = [this](const Status& status) {
    if (!status) say_once(last_promotion_error_, status.error());
  };
  for (const Request& request : requests) {
    const bool may_have_secondaries =
        request.prefix.address.family() == Family::kIpv4 && request.prefix.length < 32;
    if (request.verb != Request::Verb::kRemove || !may_have_secondaries) continue;
    // Where all go it is quicker so, and the host gets back what is its own.
    if (!addresses_.keeps_some_of(request.prefix, request.index)) continue;
    for (std::size_t i = 0; i < interfaces_.size(); ++i)
      if (IfIndex{interfaces_.now(i).ifindex} == request.index)
        say(settings_.promote_on(interfaces_.name(i)));
  }
  auto errors = netlink_.perform(requests);
  say(settings_.promote_no_more());
  return errors;
}

void Keeper::listen_for_speaker(Instant now) {
  const std::optional<Duration> silence = speaker_.silence(now);
  if (has_speaker_ == !silence) return;
  has_speaker_ = !silence;
  addresses_.speaker_is(has_speaker_);
  remark(has_speaker_
             ? "an engine speaks again: addresses are renewed and put back"
             : in_seconds(*silence) +
                   " without a sign of life of an engine: no address that nobody stands in for "
                   "is renewed or put back");
}

void Keeper::report_expired(Instant now) {
  const auto expired = addresses_.take_expired();
  if (expired.empty()) return;
  const Addresses::Expired& first = expired.front();
  std::string text = "the lease of " + base::to_string(first.prefix) + " on " + first.interface;
  if (expired.size() > 1) text += " and of " + std::to_string(expired.size() - 1) + " others";
  text += " ran out: renewed " + in_seconds(first.unrenewed) + " ago";
  if (has_speaker_)
    text +=
        ", the last turn before this one was " + in_seconds(now - last_turn_) + " ago; put back";
  else
    text += ", and no engine speaks for it";
  remark(text);
}

void Keeper::work(Instant now) {
  carry_out(addresses_.take(Netlink::kMaxRequests, now), now);
  carry_out(addresses_.take_renewals(Netlink::kMaxRequests, now), now);
}

void Keeper::carry_out(const std::vector<Addresses::Task>& tasks, Instant now) {
  if (tasks.empty()) return;
  std::vector<Request> requests;
  for (const Addresses::Task& task : tasks) requests.push_back(task.request);
  const auto errors = perform(requests);
  if (!errors) {
    // Nobody knows how many of them came to be: look.
    say_once(last_work_error_, errors.error());
    for (const Addresses::Task& task : tasks) addresses_.done(task, EIO, now);
    audit_now_ = true;
    return;
  }
  last_work_error_.clear();
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    addresses_.done(tasks[i], (*errors)[i], now);
    if (tasks[i].request.verb == Request::Verb::kRenew && (*errors)[i] != 0)
      say_once(last_renewal_error_,
               Error::of((*errors)[i], "renew", base::to_string(tasks[i].request.prefix)));
  }
  // The notifications of these requests are there already. Read now, none of them is mistaken later for somebody else's
  // doing.
  hear_kernel();
}

Status Keeper::tell_engine(Instant now) {
  for (const std::uint16_t instance : addresses_.take_changed()) outbox_.may_have_changed(instance);
  for (const Addresses::Place& place : addresses_.take_restored()) outbox_.restored(place);
  while (!remarks_.empty() && engine_.send(remarks_.front())) remarks_.pop_front();
  const auto sent = outbox_.flush(engine_, sockets_, interfaces_, addresses_, now);
  if (!sent) {
    if (sent.error().code == EPIPE || sent.error().code == ECONNRESET) return sent.error();
    // It stays due and is tried again with the next turn.
    say_once(last_send_error_, sent.error());
    wants_to_write_ = false;
    return base::ok();
  }
  last_send_error_.clear();
  wants_to_write_ = !*sent;
  return base::ok();
}

void Keeper::remark(const std::string& text) {
  base::os::log_warning(text);
  remember(text);
}

void Keeper::remember(const std::string& text) {
  // Nobody reads the channel for that long: the log has it.
  if (remarks_.size() == kMostRemarks) return;
  ipc::Report report;
  report.record.kind = feed::Kind::kNote;
  // It may be a while before an engine reads it.
  report.record.wall_ns = base::os::wall_ns();
  report.record.monotonic_ns = base::os::now().ns();
  feed::put_text(report.record.text, text);
  remarks_.push_back(report);
}

void Keeper::say_once(std::string& last, const Error& error) {
  const std::string text = to_string(error);
  if (text == last) return;
  last = text;
  base::os::log_error(text);
}

}  // namespace keeper
