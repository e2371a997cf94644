#include "engine/engine.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <utility>

#include "base/check.hpp"

namespace engine {
namespace {

using base::Duration;
using base::Instant;
using base::State;
using feed::Kind;
using feed::Record;

constexpr std::uint64_t kKeeperToken = 0;
constexpr std::uint64_t kRunnerToken = 1;
constexpr std::uint64_t kSupervisorToken = 2;
constexpr std::uint64_t kLinksToken = 3;

constexpr Duration kHeartbeatPeriod{feed::kHeartbeatPeriodNs};

}  // namespace

// --- Making -----------------------------------------------------------------------------------------------------------

base::Result<std::unique_ptr<Engine>> Engine::open(Parts parts) {
  if (!feed::is_ledger(parts.ledger, parts.boot_id))
    return base::Error::because("open ledger", "it is not one of this boot");
  if (!feed::is_memory(parts.memory)) return base::Error::because("open memory", "it is none");
  auto terms =
      make_terms(std::move(parts.model), parts.configuration_hash, parts.board, parts.boot_id);
  if (!terms) return terms.error();
  terms->descriptor = std::move(parts.configuration);
  auto poller = base::os::Poller::open();
  if (!poller) return poller.error();
  auto rest = base::os::Poller::open();
  if (!rest) return rest.error();
  std::unique_ptr<Engine> engine(
      new Engine(std::move(parts), std::move(*terms), std::move(*poller), std::move(*rest)));
  if (auto watched = engine->watch(); !watched) return watched.error();
  return engine;
}

Engine::Engine(Parts parts, Terms terms, base::os::Poller poller, base::os::Poller rest)
    : boot_id_(std::move(parts.boot_id)),
      past_(read_past(terms.model, terms.board, parts.ledger)),
      interim_(past_.rows.size()),
      clock_(parts.clock),
      poller_(std::move(poller)),
      rest_(std::move(rest)),
      keeper_(std::move(parts.keeper)),
      runner_(std::move(parts.runner)),
      supervisor_(std::move(parts.supervisor)),
      kicks_(std::move(parts.kicks)),
      now_(clock_.now()),
      wall_ns_(clock_.wall_ns()),
      memory_(parts.memory),
      around_{.poller = poller_,
              .keeper = keeper_,
              .keeper_token = kKeeperToken,
              .ledger = parts.ledger,
              .mapped_memory = parts.memory,
              .memory = memory_,
              .kicks = kicks_},
      body_(std::make_unique<Body>(std::move(terms), past_, around_, audience())) {
  for (std::uint16_t id = 0; id < body_->instances.size(); ++id) body_->make(id);
  body_->trust.recall(parts.memory, now_);
  body_->begin(now_, wall_ns_);
  feed::Global& global = body_->publication.global();
  global.engine_started_ns = now_.ns();
  ++global.engine_starts;
}

base::Status Engine::watch() {
  const std::pair<int, std::uint64_t> channels[] = {{keeper_.fd(), kKeeperToken},
                                                    {runner_.fd(), kRunnerToken},
                                                    {supervisor_.fd(), kSupervisorToken}};
  for (const auto& [fd, token] : channels)
    if (auto watched = poller_.add(fd, token); !watched) return watched.error();
  return base::ok();
}

void Engine::note_once(std::string_view text) {
  if (std::find(past_.notes.begin(), past_.notes.end(), text) == past_.notes.end()) note(text);
}

void Engine::tell(std::uint16_t instance, const core::Event& event) {
  body_->instances.handle(instance, event, now_);
  body_->groups.mark(instance);
}

void Engine::hardware_changed(std::uint16_t instance) {
  body_->instances.announce_again(instance, now_);
}

// --- The turn ---------------------------------------------------------------------------------------------------------

bool Engine::turn() {
  const Instant deadline = next_deadline();
  rest_when_in_haste(deadline);
  const auto ready = poller_.wait(deadline);
  CHECK(ready, "a poll with valid arguments must not fail");
  ++turns_;
  now_ = clock_.now();
  wall_ns_ = clock_.wall_ns();
  body_->begin(now_, wall_ns_);

  speak_on_time();
  if (can_tidy_up()) leftover_.reset();

  // Adverts before everything else that is to be read, whatever order the descriptors came in.
  for (const auto& one : *ready)
    if (one.token >= Ears::kFirstToken) listen(one.token - Ears::kFirstToken);
  for (const auto& one : *ready)
    if (one.token < Ears::kFirstToken) drain(one);
  look_around();
  if (has_caught_up_ && !has_started_) start();

  body_->world.advance(now_);
  if (has_started_) body_->fights.advance(now_);
  body_->groups.settle(now_);
  let_time_pass();
  body_->groups.settle(now_);
  body_->neighbours.advance(now_);

  // Whoever is pushed aside lets go as soon as it hears the first advert, which some do within half a millisecond; clients
  // have heard by then where the addresses are.
  body_->announcements.send(now_);
  send_adverts();
  send_hellos();
  send_wishes();

  look_whether_all_stopped();
  go_on_with_next();
  if (has_started_) body_->instances.refresh_rows();
  body_->publication.publish(has_started_);
  body_->publication.kick();
  answer_supervisor();
  if (before_) tell_of_change();
  return !is_abandoned_;
}

// Packets that come one by one, each as soon as the one before has been dealt with, would have a turn each.
void Engine::rest_when_in_haste(Instant deadline) {
  if (now_ - period_began_ >= kHeartbeatPeriod) {
    period_began_ = now_;
    turns_in_haste_ = 0;
  }
  if (++turns_in_haste_ > kTurnsInHaste) (void)rest_.wait(earlier(deadline, now_ + kRest));
}

Instant Engine::next_deadline() const {
  if (body_->wishes.can_send() && !owes_keeper_hello_) return Instant{};
  if (body_->neighbours.is_behind() || can_tidy_up()) return now_;
  Instant earliest = Instant::from_ns(body_->publication.global().heartbeat_ns) + kHeartbeatPeriod;
  earliest = earlier(earliest, body_->instances.earliest_deadline());
  earliest = earlier(earliest, body_->announcements.deadline());
  earliest = earlier(earliest, body_->world.deadline());
  if (has_started_) earliest = earlier(earliest, body_->fights.deadline());
  if (next_) earliest = earlier(earliest, next_deadline_of_change());
  return earlier(earliest, body_->neighbours.deadline());
}

// --- Draining ---------------------------------------------------------------------------------------------------------

void Engine::listen(std::size_t ear) {
  body_->ears.listen(ear,
                     [&](const wire::Datagram& datagram) { body_->hearing.hear(ear, datagram); });
}

// What nobody waits for: strays, and the tables for people.
void Engine::look_around() {
  if (body_->neighbours.is_behind()) body_->neighbours.publish(now_);
  if (!has_started_ || now_ - looked_around_ < kHeartbeatPeriod) return;
  looked_around_ = now_;
  body_->ears.listen_to_strays([&](std::size_t ear, const wire::Datagram& datagram) {
    return body_->hearing.hear_stray(ear, datagram);
  });
  body_->neighbours.publish(now_);
}

void Engine::drain(const base::os::Ready& ready) {
  switch (ready.token) {
    case kLinksToken: return hear_links();
    case kKeeperToken:
      if (ready.writable) body_->wishes.make_room();
      if (!hear_channel(keeper_, [this](auto& received) { hear_keeper(received); })) {
        poller_.remove(keeper_.fd());
        note("the channel to the keeper is closed");
      }
      return;
    case kRunnerToken:
      if (!hear_channel(runner_, [this](auto& received) { hear_runner(received.message); })) {
        poller_.remove(runner_.fd());
        note("the channel to the runner is closed");
      }
      return;
    case kSupervisorToken:
      if (!hear_channel(supervisor_, [this](auto& received) { hear_supervisor(received); })) {
        // docs/decisions/0004-supervisor-death.md: the next one starts an engine of its own.
        note("the supervisor is gone: the engine ends and leaves its state to the next");
        is_abandoned_ = true;
      }
      return;
    default: CHECK(false, "only these are watched");
  }
}

template <typename Handler>
bool Engine::hear_channel(base::os::Channel& channel, Handler handler) {
  for (std::size_t i = 0; i < kMessagesPerChannel; ++i) {
    auto received = channel.receive();
    if (!received) {
      if (received.error().code != EMSGSIZE) return false;
      misunderstood("a neighbour");
      continue;
    }
    if (!*received) return true;
    handler(**received);
  }
  return true;
}

void Engine::misunderstood(std::string_view who) {
  if (misunderstood_++ > 0) return;
  Record record = body_->publication.record(Kind::kNote);
  feed::put_text(record.subject, who);
  feed::put_text(record.text, "a message was not understood and is ignored, as are all like it");
  (void)body_->publication.remember(record);
}

void Engine::hear_links() {
  for (std::size_t i = 0; i < kLinkDatagrams; ++i) {
    const auto datagram = wire::receive_links(link_socket_.get(), link_room_);
    switch (datagram.outcome) {
      case wire::LinkDatagram::Outcome::kNothing: return;
      case wire::LinkDatagram::Outcome::kOverrun:
        body_->world.ask_links_again();
        owes_keeper_hello_ = true;
        break;
      case wire::LinkDatagram::Outcome::kMessages: {
        wire::LinkMessages messages(datagram.bytes);
        while (const auto event = messages.next()) body_->world.learn(*event, now_);
        break;
      }
    }
  }
}

void Engine::hear_keeper(base::os::Channel::Received& received) {
  bool is_understood = true;
  if (const auto begin = ipc::as<ipc::Begin>(received.message)) {
    keeper_speaks_our_terms_ = begin->configuration == terms().configuration;
    owes_keeper_hello_ = owes_keeper_hello_ || !keeper_speaks_our_terms_;
    interim_.forget();
  } else if (const auto remark = ipc::as<ipc::Report>(received.message)) {
    is_understood = take_remark(*remark);
  } else if (!keeper_speaks_our_terms_) {
    return;  // what its places mean is not known, and it says all of it again
  } else if (const auto socket = ipc::as<ipc::Socket>(received.message)) {
    is_understood = take_socket(*socket, std::move(received.descriptor));
  } else if (const auto report = ipc::as<ipc::Interface>(received.message)) {
    body_->world.learn(*report, now_);
  } else if (const auto stood_in = ipc::as<ipc::StoodIn>(received.message)) {
    // Who has started goes on as it is: it has not died.
    is_understood = has_started_ || interim_.take(*stood_in);
    if (is_understood && stood_in->number != 0)
      body_->trust.went_on(stood_in->instance,
                           {.key = stood_in->key, .signer = {}, .number = stood_in->number});
  } else if (const auto held = ipc::as<ipc::Held>(received.message)) {
    is_understood = take_held(*held);
  } else if (const auto restored = ipc::as<ipc::Restored>(received.message)) {
    is_understood = body_->fights.take(*restored, now_);
  } else if (const auto source = ipc::as<ipc::Source>(received.message)) {
    is_understood = body_->world.take(*source);
  } else if (ipc::as<ipc::CaughtUp>(received.message)) {
    has_caught_up_ = true;
    if (has_started_) take_up_what_is_new();
    // A keeper that started again knows none of our wishes.
    if (has_started_) body_->wishes.repeat_all();
  } else {
    is_understood = false;
  }
  if (!is_understood) misunderstood("keeper");
}

bool Engine::take_held(const ipc::Held& held) {
  if (!body_->instances.take(held, now_)) return false;
  body_->fights.take(held, body_->wishes.holds(held.instance), now_);
  body_->groups.mark(held.instance);
  return true;
}

bool Engine::take_socket(const ipc::Socket& socket, base::os::UniqueFd fd) {
  if (!fd) return false;
  switch (socket.kind) {
    case ipc::SocketKind::kPacket: body_->announcements.put(std::move(fd)); return true;
    case ipc::SocketKind::kLinks:
      if (link_socket_) poller_.remove(link_socket_.get());
      link_socket_ = std::move(fd);
      body_->world.ask_links_again();
      if (auto watched = poller_.add(link_socket_.get(), kLinksToken); !watched)
        note(base::to_string(watched.error()));
      return true;
    case ipc::SocketKind::kAdvert:
    case ipc::SocketKind::kStray: return take_ear(socket, std::move(fd));
  }
  return false;
}

bool Engine::take_ear(const ipc::Socket& socket, base::os::UniqueFd fd) {
  const std::uint16_t interface = body_->world.links().find(feed::get_text(socket.interface));
  if (interface == kNobody) return false;
  const std::uint16_t ear = body_->ears.find(interface, socket.family, socket.protocol);
  if (ear == kNobody) return false;
  if (socket.kind == ipc::SocketKind::kStray) {
    body_->ears.put_stray(ear, std::move(fd));
    return true;
  }
  // What the old socket still holds was said to us as well.
  if (has_started_ && body_->ears.has_socket(ear)) {
    listen(ear);
    body_->ears.forget_watch(ear);
  }
  body_->ears.put(ear, std::move(fd), socket.ifindex);
  if (has_started_) watch_ear(ear);
  body_->world.socket_changed(interface);
  return true;
}

void Engine::watch_ear(std::size_t ear) {
  if (auto watched = body_->ears.watch(ear); !watched) note(base::to_string(watched.error()));
}

void Engine::hear_runner(std::span<const std::byte> message) {
  bool is_understood = true;
  if (const auto begin = ipc::as<ipc::Begin>(message)) {
    runner_speaks_our_terms_ = begin->configuration == terms().configuration;
    owes_runner_hello_ = owes_runner_hello_ || !runner_speaks_our_terms_;
  } else if (const auto remark = ipc::as<ipc::Report>(message)) {
    is_understood = take_remark(*remark);
  } else if (!runner_speaks_our_terms_) {
    return;
  } else if (const auto result = ipc::as<ipc::ScriptResult>(message)) {
    is_understood = body_->world.take(*result);
  } else if (const auto tracked = ipc::as<ipc::Tracked>(message)) {
    is_understood = body_->world.take(*tracked);
  } else if (const auto permit = ipc::as<ipc::Permit>(message)) {
    is_understood = body_->world.take(*permit);
  } else if (const auto notified = ipc::as<ipc::NotifyResult>(message)) {
    take_notified(*notified);
  } else {
    is_understood = false;
  }
  if (!is_understood) misunderstood("runner");
}

void Engine::take_notified(const ipc::NotifyResult& notified) {
  Record record = notified.instance < body_->instances.size()
                      ? body_->publication.record(Kind::kNotify, notified.instance)
                      : body_->publication.record(Kind::kNotify);
  feed::put_text(record.subject, feed::get_text(notified.what));
  record.status = notified.status;
  record.duration_ns = notified.duration_ns;
  (void)body_->publication.remember(record);
}

void Engine::take_report(const ipc::Report& report) {
  const Record of_now = body_->publication.record(Kind::kNote);
  Record record = report.record;
  if (record.wall_ns == 0) record.wall_ns = of_now.wall_ns;
  if (record.monotonic_ns == 0) record.monotonic_ns = of_now.monotonic_ns;
  record.generation = of_now.generation;
  (void)body_->publication.remember(record);
}

// Neighbours may remark on their own work; what happened to instances is not theirs to say.
bool Engine::take_remark(const ipc::Report& report) {
  if (report.record.kind != Kind::kNote) return false;
  take_report(report);
  return true;
}

void Engine::hear_supervisor(base::os::Channel::Received& received) {
  const std::span<const std::byte> message = received.message;
  if (ipc::as<ipc::Stop>(message)) {
    is_stop_wanted_ = true;
    if (has_started_)
      for (std::uint16_t id = 0; id < body_->instances.size(); ++id) tell(id, core::Stop{});
  } else if (const auto report = ipc::as<ipc::Report>(message)) {
    take_report(*report);
  } else if (const auto maintenance = ipc::as<ipc::Maintenance>(message)) {
    maintenance_ = *maintenance;
    if (has_started_)
      for (std::uint16_t id = 0; id < body_->instances.size(); ++id) tell_of_maintenance(id);
  } else if (const auto switchover = ipc::as<ipc::Switchover>(message)) {
    if (!take_switchover(*switchover)) misunderstood("supervisor");
  } else if (const auto board = ipc::as<ipc::Board>(message)) {
    offered_ = {.configuration = board->configuration, .board = std::move(received.descriptor)};
  } else if (const auto reconfigure = ipc::as<ipc::Reconfigure>(message)) {
    take_reconfigure(*reconfigure, std::move(received.descriptor));
  } else {
    misunderstood("supervisor");
  }
}

// Until the supervisor has spoken, what was adopted holds.
void Engine::tell_of_maintenance(std::uint16_t id) {
  if (!maintenance_) return;
  constexpr auto kBit = static_cast<std::uint8_t>(base::Hold::kMaintenance);
  const bool is_on = (body_->instances[id].holds() & kBit) != 0;
  if (is_on == (maintenance_->on != 0)) return;
  tell(id, core::HoldChanged{.hold = base::Hold::kMaintenance,
                             .on = maintenance_->on != 0,
                             .uid = maintenance_->uid});
}

// A group goes whole. Asked for in terms that are not in force any more, it has come too late.
bool Engine::take_switchover(const ipc::Switchover& wanted) {
  if (wanted.configuration != terms().configuration || !has_started_) return true;
  if (wanted.instance >= body_->instances.size()) return false;
  core::Switchover order{.take = wanted.take != 0,
                         .force = wanted.force != 0,
                         .uid = wanted.uid,
                         .patience = base::Duration{0}};
  const std::uint16_t group = terms().assembly.group_of[wanted.instance];
  if (group == kNobody) {
    tell(wanted.instance, order);
    return true;
  }
  const auto& members = terms().model.groups[group].members;
  for (const std::uint16_t member : members)
    order.patience = std::max<base::Duration>(order.patience,
                                              2 * terms().model.instances[member].advert_interval);
  for (const std::uint16_t member : members) tell(member, order);
  return true;
}

// --- Thinking ---------------------------------------------------------------------------------------------------------

void Engine::start() {
  has_started_ = true;
  owes_ready_ = true;
  const bool is_fresh = std::none_of(past_.states.begin(), past_.states.end(),
                                     [](const auto& state) { return state.has_value(); });
  if (is_fresh) {
    began_ = now_;
    Record record = body_->publication.record(Kind::kEngineStarted);
    record.status = static_cast<std::int32_t>(body_->instances.size());
    (void)body_->publication.remember(record);
  }
  body_->world.start();
  body_->neighbours.start();
  for (std::uint16_t id = 0; id < body_->instances.size(); ++id) start_one(id);
  body_->fights.start(now_);
  // What was said while nobody listened is heard before anybody's time is looked at.
  for (std::size_t ear = 0; ear < body_->ears.size(); ++ear) {
    watch_ear(ear);
    if (body_->ears.has_socket(ear)) listen(ear);
  }
  if (is_stop_wanted_)
    for (std::uint16_t id = 0; id < body_->instances.size(); ++id) tell(id, core::Stop{});
}

void Engine::start_one(std::uint16_t id) {
  interim_.write_down(id, {.now = now_, .wall_ns = wall_ns_}, past_, body_->publication);
  const auto& alive_as = past_.states[id];
  if (alive_as) {
    Record record = body_->publication.record(Kind::kEngineAdopted, id);
    record.from = *alive_as;
    record.to = *alive_as;
    record.cause = base::Cause::kAdoption;
    record.duration_ns = now_.ns() - past_.global.heartbeat_ns;
    feed::put_text(record.text, interim_.words_for(id));
    (void)body_->publication.remember(record);
    core::Adopted adopted = adopted_from(past_.rows[id], terms().assembly.routers[id], now_);
    interim_.correct(id, past_.rows[id], now_, adopted);
    body_->world.prepare(id);
    body_->instances.adopt(id, adopted, now_);
    body_->groups.mark(id);
  }
  body_->world.introduce(id);
  tell_of_maintenance(id);
  if (!alive_as) tell(id, start_of(id, now_));
  body_->wishes.repeat(id);
}

core::Start Engine::start_of(std::uint16_t id, Instant began) const {
  const Duration since_boot = clock_.since_boot();
  const config::Safety& safety = terms().model.safety;
  const Duration after_boot = std::max(safety.delay_after_boot - since_boot, Duration{0});
  return {.delayed_until = std::max(began + safety.startup_delay, now_ + after_boot),
          .knew_peer = since_boot < kJustBooted && body_->trust.knows_peer(id)};
}

void Engine::speak_on_time() {
  for (std::uint16_t id = 0; id < body_->instances.size(); ++id) {
    if (body_->instances.deadline(id) > now_) continue;
    const core::Instance& instance = body_->instances[id];
    if (instance.state() != State::kMaster || instance.is_departing()) continue;
    const Duration late = now_ - body_->instances.deadline(id);
    if (late < instance.router().advert_interval / 4) advance(id);
  }
  send_adverts();
}

void Engine::let_time_pass() {
  for (std::uint16_t id = 0; id < body_->instances.size(); ++id) {
    if (body_->instances.deadline(id) > now_) continue;
    const std::uint16_t ear = terms().assembly.ear_of[id];
    if (body_->ears.has_socket(ear) && !body_->ears.was_visited(ear)) {
      listen(ear);
      if (body_->instances.deadline(id) > now_) continue;  // it was heard after all
    }
    // A flood may keep the queue from ever being empty; what was received up to the deadline has been heard when a
    // later packet has.
    if (body_->instances[id].state() == State::kBackup && body_->ears.has_socket(ear) &&
        body_->instances.deadline(id) > body_->ears.drained_until(ear))
      continue;
    advance(id);
  }
}

void Engine::advance(std::uint16_t id) {
  count_lateness(now_ - body_->instances.deadline(id));
  body_->instances.advance(id, now_);
  body_->groups.mark(id);
}

void Engine::count_lateness(Duration late) {
  feed::Global& global = body_->publication.global();
  const auto microseconds = static_cast<std::uint64_t>(late.count() / 1000);
  const auto bucket = static_cast<std::size_t>(std::bit_width(microseconds));
  ++global.lateness[std::min(bucket, feed::kLatenessBuckets - 1)];
  global.lateness_ns_max = std::max(global.lateness_ns_max, std::int64_t{late.count()});
}

// --- Acting -----------------------------------------------------------------------------------------------------------

void Engine::send_adverts() {
  body_->voice.send();
  for (const std::uint16_t id : body_->voice.spoken()) body_->neighbours.spoke(id, now_);
  for (const std::uint16_t id : body_->voice.refused()) body_->world.source_refused(id, now_);
  body_->voice.forget();
}

// A full channel is tried again in the next turn, at the latest with the next heartbeat.
void Engine::send_hellos() {
  // Nobody is to hear of a configuration that the supervisor may not know to be in force.
  if (owes_reconfigured_) return;
  const ipc::Hello hello{.configuration = terms().configuration};
  const int configuration = terms().descriptor.get();
  if (owes_keeper_hello_ && keeper_.send(hello, configuration)) owes_keeper_hello_ = false;
  if (owes_runner_hello_ && runner_.send(hello, configuration)) owes_runner_hello_ = false;
}

// Wishes are in the terms of the hello that went before.
void Engine::send_wishes() {
  if (!owes_keeper_hello_) body_->wishes.send();
}

void Engine::look_whether_all_stopped() {
  if (!is_stop_wanted_ || !has_started_ || is_everyone_stopped_) return;
  if (!body_->instances.have_stopped()) return;
  if (stop_bound_.is_never()) stop_bound_ = now_ + kLettingGo;
  if (body_->instances.hold_addresses() && now_ < stop_bound_) return;
  is_everyone_stopped_ = true;
  owes_stopped_ = true;
  (void)body_->publication.remember(body_->publication.record(Kind::kStopped));
}

// After publishing: whoever is told finds it all on the board and in the ledger.
void Engine::answer_supervisor() {
  if (owes_ready_ && supervisor_.send(ipc::Ready{})) owes_ready_ = false;
  if (owes_reconfigured_ && supervisor_.send(reconfigured_)) owes_reconfigured_ = false;
  if (owes_stopped_ && supervisor_.send(ipc::Stopped{})) owes_stopped_ = false;
}

}  // namespace engine
