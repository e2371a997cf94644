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
  auto assembly = assemble(parts.model);
  if (!assembly) return assembly.error();
  if (!feed::is_ledger(parts.ledger, parts.boot_id))
    return base::Error::because("open ledger", "it is not one of this boot");
  if (!feed::is_board(parts.board, parts.boot_id))
    return base::Error::because("open board", "it is not one of this boot");
  const feed::BoardHeader header = feed::BoardReader(parts.board).header();
  if (header.configuration_hash != parts.configuration_hash ||
      header.rows != parts.model.instances.size() || header.groups != parts.model.groups.size())
    return base::Error::because("open board", "it belongs to another configuration");
  if (!feed::is_memory(parts.memory)) return base::Error::because("open memory", "it is none");
  Past past = read_past(parts.model, parts.board, parts.ledger);
  auto poller = base::os::Poller::open();
  if (!poller) return poller.error();
  auto rest = base::os::Poller::open();
  if (!rest) return rest.error();
  std::unique_ptr<Engine> engine(new Engine(std::move(parts), std::move(*assembly), std::move(past),
                                            std::move(*poller), std::move(*rest)));
  if (auto watched = engine->watch(); !watched) return watched.error();
  return engine;
}

Engine::Engine(Parts parts, Assembly assembly, Past past, base::os::Poller poller,
               base::os::Poller rest)
    : model_(std::move(parts.model)),
      assembly_(std::move(assembly)),
      past_(std::move(past)),
      clock_(parts.clock),
      poller_(std::move(poller)),
      rest_(std::move(rest)),
      keeper_(std::move(parts.keeper)),
      runner_(std::move(parts.runner)),
      supervisor_(std::move(parts.supervisor)),
      now_(clock_.now()),
      wall_ns_(clock_.wall_ns()),
      memory_(parts.memory),
      publication_(parts.board, parts.ledger, std::move(parts.kicks), model_, past_,
                   feed::generation_of(parts.configuration_hash)),
      ears_(assembly_.ears, poller_, publication_),
      world_(model_, assembly_, past_, ears_, publication_, *this),
      trust_(model_, assembly_, parts.memory, memory_, now_),
      voice_(assembly_, ears_, trust_, publication_),
      wishes_(model_.instances.size(), keeper_, poller_, kKeeperToken),
      announcements_(model_, assembly_, world_.links(), publication_),
      neighbours_(model_, assembly_, publication_),
      instances_(model_, assembly_, world_, publication_, voice_, wishes_, announcements_,
                 neighbours_),
      groups_(model_, assembly_, past_, instances_, publication_),
      hearing_(assembly_, world_, instances_, trust_, neighbours_, publication_, *this) {
  publication_.begin(now_, wall_ns_);
  publication_.global().engine_started_ns = now_.ns();
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
  instances_.handle(instance, event, now_);
  groups_.mark(instance);
}

void Engine::hardware_changed(std::uint16_t instance) { instances_.announce_again(instance, now_); }

// --- The turn ---------------------------------------------------------------------------------------------------------

bool Engine::turn() {
  const Instant deadline = next_deadline();
  rest_when_in_haste(deadline);
  const auto ready = poller_.wait(deadline);
  CHECK(ready, "a poll with valid arguments must not fail");
  now_ = clock_.now();
  wall_ns_ = clock_.wall_ns();
  publication_.begin(now_, wall_ns_);
  ears_.begin(now_, wall_ns_);
  trust_.begin(now_, wall_ns_);
  hearing_.begin();

  speak_on_time();

  // Adverts before everything else that is to be read, whatever order the descriptors came in.
  for (const auto& one : *ready)
    if (one.token >= Ears::kFirstToken) listen(one.token - Ears::kFirstToken);
  for (const auto& one : *ready)
    if (one.token < Ears::kFirstToken) drain(one);
  look_around();
  if (has_caught_up_ && !has_started_) start();

  world_.advance(now_);
  groups_.settle(now_);
  let_time_pass();
  groups_.settle(now_);
  neighbours_.advance(now_);

  send_adverts();
  send_hellos();
  wishes_.send();
  announcements_.send(now_);

  look_whether_all_stopped();
  if (has_started_) instances_.refresh_rows();
  publication_.publish(has_started_);
  publication_.kick();
  answer_supervisor();
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
  if (wishes_.can_send()) return Instant{};
  Instant earliest = Instant::from_ns(publication_.global().heartbeat_ns) + kHeartbeatPeriod;
  earliest = earlier(earliest, instances_.earliest_deadline());
  earliest = earlier(earliest, announcements_.deadline());
  earliest = earlier(earliest, world_.deadline());
  return earlier(earliest, neighbours_.deadline());
}

// --- Draining ---------------------------------------------------------------------------------------------------------

void Engine::listen(std::size_t ear) {
  ears_.listen(ear, [&](const wire::Datagram& datagram) { hearing_.hear(ear, datagram); });
}

// What nobody waits for: strays, and the tables for people.
void Engine::look_around() {
  if (!has_started_ || now_ - looked_around_ < kHeartbeatPeriod) return;
  looked_around_ = now_;
  ears_.listen_to_strays([&](std::size_t ear, const wire::Datagram& datagram) {
    return hearing_.hear_stray(ear, datagram);
  });
  neighbours_.publish(now_);
}

void Engine::drain(const base::os::Ready& ready) {
  switch (ready.token) {
    case kLinksToken: return hear_links();
    case kKeeperToken:
      if (ready.writable) wishes_.make_room();
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
      if (!hear_channel(supervisor_,
                        [this](auto& received) { hear_supervisor(received.message); })) {
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
  Record record = publication_.record(Kind::kNote);
  feed::put_text(record.subject, who);
  feed::put_text(record.text, "a message was not understood and is ignored, as are all like it");
  (void)publication_.remember(record);
}

void Engine::hear_links() {
  for (std::size_t i = 0; i < kLinkDatagrams; ++i) {
    const auto datagram = wire::receive_links(link_socket_.get(), link_room_);
    switch (datagram.outcome) {
      case wire::LinkDatagram::Outcome::kNothing: return;
      case wire::LinkDatagram::Outcome::kOverrun:
        world_.ask_links_again();
        owes_keeper_hello_ = true;
        break;
      case wire::LinkDatagram::Outcome::kMessages: {
        wire::LinkMessages messages(datagram.bytes);
        while (const auto event = messages.next()) world_.learn(*event, now_);
        break;
      }
    }
  }
}

void Engine::hear_keeper(base::os::Channel::Received& received) {
  bool is_understood = true;
  if (const auto socket = ipc::as<ipc::Socket>(received.message)) {
    is_understood = take_socket(*socket, std::move(received.descriptor));
  } else if (const auto report = ipc::as<ipc::Interface>(received.message)) {
    world_.learn(*report, now_);
  } else if (const auto held = ipc::as<ipc::Held>(received.message)) {
    is_understood = instances_.take(*held, now_);
  } else if (const auto restored = ipc::as<ipc::Restored>(received.message)) {
    is_understood = take_restored(*restored);
  } else if (const auto source = ipc::as<ipc::Source>(received.message)) {
    is_understood = world_.take(*source);
  } else if (ipc::as<ipc::CaughtUp>(received.message)) {
    has_caught_up_ = true;
    // A keeper that started again knows none of our wishes.
    if (has_started_) wishes_.repeat_all();
  } else {
    is_understood = false;
  }
  if (!is_understood) misunderstood("keeper");
}

bool Engine::take_restored(const ipc::Restored& restored) {
  if (restored.instance >= instances_.size() ||
      restored.address >= assembly_.address_names[restored.instance].size())
    return false;
  Record record = publication_.record(Kind::kAddressRestored, restored.instance);
  feed::put_text(record.subject, assembly_.address_names[restored.instance][restored.address]);
  (void)publication_.remember(record);
  return true;
}

bool Engine::take_socket(const ipc::Socket& socket, base::os::UniqueFd fd) {
  if (!fd) return false;
  switch (socket.kind) {
    case ipc::SocketKind::kPacket: announcements_.put(std::move(fd)); return true;
    case ipc::SocketKind::kLinks:
      if (link_socket_) poller_.remove(link_socket_.get());
      link_socket_ = std::move(fd);
      world_.ask_links_again();
      if (auto watched = poller_.add(link_socket_.get(), kLinksToken); !watched)
        note(base::to_string(watched.error()));
      return true;
    case ipc::SocketKind::kAdvert:
    case ipc::SocketKind::kStray: return take_ear(socket, std::move(fd));
  }
  return false;
}

bool Engine::take_ear(const ipc::Socket& socket, base::os::UniqueFd fd) {
  const std::uint16_t interface = world_.links().find(feed::get_text(socket.interface));
  if (interface == kNobody) return false;
  const std::uint16_t ear = ears_.find(interface, socket.family, socket.protocol);
  if (ear == kNobody) return false;
  if (socket.kind == ipc::SocketKind::kStray) {
    ears_.put_stray(ear, std::move(fd));
    return true;
  }
  // What the old socket still holds was said to us as well.
  if (has_started_ && ears_.has_socket(ear)) {
    listen(ear);
    ears_.forget_watch(ear);
  }
  ears_.put(ear, std::move(fd), socket.ifindex);
  if (has_started_) watch_ear(ear);
  world_.socket_changed(interface);
  return true;
}

void Engine::watch_ear(std::size_t ear) {
  if (auto watched = ears_.watch(ear); !watched) note(base::to_string(watched.error()));
}

void Engine::hear_runner(std::span<const std::byte> message) {
  bool is_understood = true;
  if (const auto result = ipc::as<ipc::ScriptResult>(message)) {
    is_understood = world_.take(*result);
  } else if (const auto tracked = ipc::as<ipc::Tracked>(message)) {
    is_understood = world_.take(*tracked);
  } else if (const auto permit = ipc::as<ipc::Permit>(message)) {
    is_understood = world_.take(*permit);
  } else if (const auto notified = ipc::as<ipc::NotifyResult>(message)) {
    take_notified(*notified);
  } else {
    is_understood = false;
  }
  if (!is_understood) misunderstood("runner");
}

void Engine::take_notified(const ipc::NotifyResult& notified) {
  Record record = notified.instance < instances_.size()
                      ? publication_.record(Kind::kNotify, notified.instance)
                      : publication_.record(Kind::kNotify);
  feed::put_text(record.subject, feed::get_text(notified.what));
  record.status = notified.status;
  record.duration_ns = notified.duration_ns;
  (void)publication_.remember(record);
}

void Engine::hear_supervisor(std::span<const std::byte> message) {
  if (ipc::as<ipc::Stop>(message)) {
    is_stop_wanted_ = true;
    if (has_started_)
      for (std::uint16_t id = 0; id < instances_.size(); ++id) tell(id, core::Stop{});
  } else if (const auto report = ipc::as<ipc::Report>(message)) {
    const Record of_now = publication_.record(Kind::kNote);
    Record record = report->record;
    if (record.wall_ns == 0) record.wall_ns = of_now.wall_ns;
    if (record.monotonic_ns == 0) record.monotonic_ns = of_now.monotonic_ns;
    record.generation = of_now.generation;
    (void)publication_.remember(record);
  } else {
    misunderstood("supervisor");
  }
}

// --- Thinking ---------------------------------------------------------------------------------------------------------

void Engine::start() {
  has_started_ = true;
  owes_ready_ = true;
  const bool is_fresh = std::none_of(past_.states.begin(), past_.states.end(),
                                     [](const auto& state) { return state.has_value(); });
  if (is_fresh) {
    Record record = publication_.record(Kind::kEngineStarted);
    record.status = static_cast<std::int32_t>(instances_.size());
    (void)publication_.remember(record);
  }
  world_.start();
  neighbours_.start();
  for (std::uint16_t id = 0; id < instances_.size(); ++id) start_one(id);
  // What was said while nobody listened is heard before anybody's time is looked at.
  for (std::size_t ear = 0; ear < ears_.size(); ++ear) {
    watch_ear(ear);
    if (ears_.has_socket(ear)) listen(ear);
  }
  if (is_stop_wanted_)
    for (std::uint16_t id = 0; id < instances_.size(); ++id) tell(id, core::Stop{});
}

void Engine::start_one(std::uint16_t id) {
  const auto& alive_as = past_.states[id];
  if (alive_as) {
    Record record = publication_.record(Kind::kEngineAdopted, id);
    record.from = *alive_as;
    record.to = *alive_as;
    record.cause = base::Cause::kAdoption;
    record.duration_ns = now_.ns() - past_.global.heartbeat_ns;
    (void)publication_.remember(record);
    instances_.adopt(id, adopted_from(past_.rows[id], assembly_.routers[id], now_), now_);
    groups_.mark(id);
  }
  world_.introduce(id);
  if (!alive_as) tell(id, start_of(id));
  wishes_.repeat(id);
}

core::Start Engine::start_of(std::uint16_t id) const {
  const Duration since_boot = clock_.since_boot();
  const config::Safety& safety = model_.safety;
  const Duration after_boot = std::max(safety.delay_after_boot - since_boot, Duration{0});
  return {.delayed_until = now_ + std::max(safety.startup_delay, after_boot),
          .knew_peer = since_boot < kJustBooted && trust_.knows_peer(id)};
}

void Engine::speak_on_time() {
  for (std::uint16_t id = 0; id < instances_.size(); ++id) {
    if (instances_.deadline(id) > now_) continue;
    const core::Instance& instance = instances_[id];
    if (instance.state() != State::kMaster || instance.is_departing()) continue;
    const Duration late = now_ - instances_.deadline(id);
    if (late < instance.router().advert_interval / 4) advance(id);
  }
  send_adverts();
}

void Engine::let_time_pass() {
  for (std::uint16_t id = 0; id < instances_.size(); ++id) {
    if (instances_.deadline(id) > now_) continue;
    const std::uint16_t ear = assembly_.ear_of[id];
    if (ears_.has_socket(ear) && !ears_.was_visited(ear)) {
      listen(ear);
      if (instances_.deadline(id) > now_) continue;  // it was heard after all
    }
    // A flood may keep the queue from ever being empty; what was received up to the deadline has been heard when a
    // later packet has.
    if (instances_[id].state() == State::kBackup && ears_.has_socket(ear) &&
        instances_.deadline(id) > ears_.drained_until(ear))
      continue;
    advance(id);
  }
}

void Engine::advance(std::uint16_t id) {
  count_lateness(now_ - instances_.deadline(id));
  instances_.advance(id, now_);
  groups_.mark(id);
}

void Engine::count_lateness(Duration late) {
  feed::Global& global = publication_.global();
  const auto microseconds = static_cast<std::uint64_t>(late.count() / 1000);
  const auto bucket = static_cast<std::size_t>(std::bit_width(microseconds));
  ++global.lateness[std::min(bucket, feed::kLatenessBuckets - 1)];
  global.lateness_ns_max = std::max(global.lateness_ns_max, std::int64_t{late.count()});
}

// --- Acting -----------------------------------------------------------------------------------------------------------

void Engine::send_adverts() {
  voice_.send();
  for (const std::uint16_t id : voice_.spoken()) neighbours_.spoke(id, now_);
  for (const std::uint16_t id : voice_.refused()) world_.source_refused(id, now_);
  voice_.forget();
}

// A full channel is tried again in the next turn, at the latest with the next heartbeat.
void Engine::send_hellos() {
  if (owes_keeper_hello_ && keeper_.send(ipc::Hello{})) owes_keeper_hello_ = false;
  if (owes_runner_hello_ && runner_.send(ipc::Hello{})) owes_runner_hello_ = false;
}

void Engine::look_whether_all_stopped() {
  if (!is_stop_wanted_ || !has_started_ || is_everyone_stopped_) return;
  if (!instances_.have_stopped()) return;
  if (stop_bound_.is_never()) stop_bound_ = now_ + kLettingGo;
  if (instances_.hold_addresses() && now_ < stop_bound_) return;
  is_everyone_stopped_ = true;
  owes_stopped_ = true;
  (void)publication_.remember(publication_.record(Kind::kStopped));
}

// After publishing: whoever is told finds it all on the board and in the ledger.
void Engine::answer_supervisor() {
  if (owes_ready_ && supervisor_.send(ipc::Ready{})) owes_ready_ = false;
  if (owes_stopped_ && supervisor_.send(ipc::Stopped{})) owes_stopped_ = false;
}

}  // namespace engine
