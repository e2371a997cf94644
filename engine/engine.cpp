#include "engine/engine.hpp"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <utility>

#include "base/check.hpp"

namespace engine {
namespace {

using base::Cause;
using base::Drop;
using base::Duration;
using base::Family;
using base::Instant;
using base::State;
using feed::Kind;
using feed::Record;

static_assert(wire::kMaxAdvertBytes >= core::kMaxMessage);

constexpr std::uint64_t kKeeperToken = 0;
constexpr std::uint64_t kRunnerToken = 1;
constexpr std::uint64_t kSupervisorToken = 2;
constexpr std::uint64_t kLinksToken = 3;
constexpr std::uint64_t kFirstStationToken = 16;

constexpr Duration kHeartbeatPeriod{feed::kHeartbeatPeriodNs};

template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
// Deduced by the compiler since C++20; clang 14, whose tools read this too, has to be told.
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

bool listens(State state) { return state == State::kBackup || state == State::kMaster; }

// RFC 6527 vrrpv3StatisticsProtoErrReason, which knows these four and forgets none by itself.
std::uint8_t proto_error_reason(Drop reason) {
  if (reason == Drop::kTtl) return 1;
  if (reason == Drop::kVersion) return 2;
  if (reason == Drop::kChecksum) return 3;
  return reason == Drop::kUnknownVrid ? 4 : 0;
}

// Board fields have no "never": nothing awaited is zero.
std::int64_t on_board(Instant at) { return at.is_never() ? 0 : at.ns(); }

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
      header.rows != parts.model.instances.size())
    return base::Error::because("open board", "it belongs to another configuration");
  Past past = read_past(parts.model, parts.board, parts.ledger);
  auto poller = base::os::Poller::open();
  if (!poller) return poller.error();
  std::unique_ptr<Engine> engine(
      new Engine(std::move(parts), std::move(*assembly), std::move(past), std::move(*poller)));
  if (auto watched = engine->watch(); !watched) return watched.error();
  return engine;
}

Engine::Engine(Parts parts, Assembly assembly, Past past, base::os::Poller poller)
    : model_(std::move(parts.model)),
      assembly_(std::move(assembly)),
      past_(std::move(past)),
      clock_(parts.clock),
      poller_(std::move(poller)),
      keeper_(std::move(parts.keeper)),
      runner_(std::move(parts.runner)),
      supervisor_(std::move(parts.supervisor)),
      kicks_(std::move(parts.kicks)),
      board_(parts.board),
      ledger_(parts.ledger),
      now_(clock_.now()),
      wall_ns_(clock_.wall_ns()),
      links_(assembly_.interfaces),
      stations_(assembly_.ears.size()),
      verdicts_(model_.scripts.size()),
      permits_(model_.flags.size()),
      announcer_(assembly_.schedules) {
  const std::size_t count = model_.instances.size();
  seats_.reserve(count);
  touched_.reserve(count);
  wishes_.reserve(count);
  adverts_.reserve(4 * count + 16);
  records_.reserve(2 * count + 64);
  deadlines_.assign(count, Instant::never());
  for (std::uint16_t id = 0; id < count; ++id) {
    const config::Instance& instance = model_.instances[id];
    const core::Router& router = assembly_.routers[id];
    Seat& seat = seats_.emplace_back(router);
    feed::Row& row = seat.row;
    row = past_.rows[id];
    if (!past_.states[id]) {
      row.state = State::kInitialize;
      row.departing = 0;
      row.active_since_ns = 0;
    }
    feed::put_text(row.name, instance.name);
    feed::put_text(row.interface, instance.interface);
    row.vrid = instance.vrid;
    row.version = instance.version;
    row.family = instance.family;
    row.base_priority = instance.priority;
    row.preempt = instance.preempt ? 1 : 0;
    row.accept = instance.accept ? 1 : 0;
    row.auth_type = instance.auth_type;
    row.advert_interval_ns = instance.advert_interval.count();
    row.addresses = static_cast<std::uint16_t>(instance.addresses.size());
    row.addresses_installed = 0;
    const bool was_held = (row.holds & static_cast<std::uint8_t>(base::Hold::kPermit)) != 0;
    seat.is_permitted = past_.states[id] ? !was_held : !router.needs_permit;
  }
  global_ = past_.global;
  global_.engine_pid = ::getpid();
  global_.engine_started_ns = now_.ns();
  ++global_.engine_starts;
  global_.generation = feed::generation_of(parts.configuration_hash);
}

base::Status Engine::watch() {
  const std::pair<int, std::uint64_t> channels[] = {{keeper_.fd(), kKeeperToken},
                                                    {runner_.fd(), kRunnerToken},
                                                    {supervisor_.fd(), kSupervisorToken}};
  for (const auto& [fd, token] : channels)
    if (auto watched = poller_.add(fd, token); !watched) return watched.error();
  return base::ok();
}

void Engine::note(std::string_view text) {
  Record record = record_of(Kind::kNote);
  feed::put_text(record.text, text);
  (void)remember(record);  // nobody refers to a note by its number
}

void Engine::note_once(std::string_view text) {
  if (std::find(past_.notes.begin(), past_.notes.end(), text) == past_.notes.end()) note(text);
}

// --- The turn ---------------------------------------------------------------------------------------------------------

bool Engine::turn() {
  const auto ready = poller_.wait(next_deadline());
  CHECK(ready, "a poll with valid arguments must not fail");
  now_ = clock_.now();
  wall_ns_ = clock_.wall_ns();
  ++turn_;

  // Adverts before everything else that is to be read, whatever order the descriptors came in.
  for (const auto& one : *ready)
    if (one.token >= kFirstStationToken) listen(one.token - kFirstStationToken);
  for (const auto& one : *ready)
    if (one.token < kFirstStationToken) drain(one);
  if (has_caught_up_ && !has_started_) start();

  let_time_pass();

  send_adverts();
  send_hellos();
  send_wishes();
  send_announcements();

  look_whether_all_stopped();
  publish();
  kick();
  answer_supervisor();
  return !is_abandoned_;
}

Instant Engine::next_deadline() const {
  Instant earliest = Instant::from_ns(global_.heartbeat_ns) + kHeartbeatPeriod;
  for (const Instant deadline : deadlines_) earliest = earlier(earliest, deadline);
  if (!wishes_.empty() && !is_keeper_full_) return Instant{};
  return earlier(earliest, announcer_.deadline());
}

// --- Draining: adverts ------------------------------------------------------------------------------------------------

void Engine::listen(std::size_t ear) {
  Station& station = stations_[ear];
  const Family family = assembly_.ears[ear].family;
  station.visited = turn_;
  for (std::size_t batches = 0; batches < kBatchesPerSocket; ++batches) {
    const auto batch = receiver_.receive(
        station.socket.get(), family,
        {.now = now_, .wall_now_ns = wall_ns_, .not_before = station.drained_until});
    for (const wire::Datagram& datagram : batch.datagrams) {
      hear(ear, datagram);
      // The queue is in order of arrival: whatever came before this one has been heard now.
      station.drained_until = std::max(station.drained_until, datagram.received);
    }
    for (std::size_t i = 0; i < batch.malformed; ++i) drop(Drop::kLength);
    // A socket that cannot be read has nothing to say: what the interface is, others report.
    if (batch.drained || batch.error != 0) {
      station.drained_until = now_;
      return;
    }
  }
}

void Engine::hear(std::size_t ear, const wire::Datagram& datagram) {
  base::Vrid vrid;
  if (!core::peek_vrid(datagram.message, vrid)) return drop(Drop::kLength);
  const std::uint16_t id = assembly_.ears[ear].instance_of[vrid.value];
  // The first rung of the ladder is the TTL: what came from elsewhere is no neighbour's mistake about a VRID.
  if (id == kNobody) return drop(datagram.ttl != 255 ? Drop::kTtl : Drop::kUnknownVrid);
  Seat& seat = seats_[id];
  if (datagram.source == links_[assembly_.interface_of[id]].source(assembly_.ears[ear].family))
    return drop(seat, Drop::kOwnPacket);
  core::Advert advert;
  const core::Packet packet{.message = datagram.message,
                            .source = datagram.source,
                            .destination = datagram.destination,
                            .ttl = datagram.ttl};
  const Drop reason = core::parse(packet, seat.instance.router(), advert);
  if (reason != Drop::kNone) return drop(seat, reason);
  if (!listens(seat.instance.state())) return drop(seat, Drop::kNotListening);
  ++seat.row.adverts_received;
  if (advert.priority == base::kReleasePriority) ++seat.row.zero_received;
  if (!advert.addresses_match) ++seat.row.address_list_errors;
  if (!advert.interval_matches) ++seat.row.interval_differences;
  tell(id, core::Heard{.advert = advert, .received = datagram.received});
}

void Engine::drop(Drop reason) { ++global_.drops[static_cast<std::size_t>(reason)]; }

void Engine::drop(Seat& seat, Drop reason) {
  drop(reason);
  ++seat.row.drops[static_cast<std::size_t>(reason)];
  if (const std::uint8_t error = proto_error_reason(reason); error != 0)
    seat.row.proto_error_reason = error;
  touch(static_cast<std::uint16_t>(&seat - seats_.data()));
}

// --- Draining: links and channels -------------------------------------------------------------------------------------

void Engine::drain(const base::os::Ready& ready) {
  switch (ready.token) {
    case kLinksToken: return hear_links();
    case kKeeperToken:
      if (ready.writable && is_keeper_full_) {
        is_keeper_full_ = false;
        // It is watched already: changing that cannot fail.
        (void)poller_.change(keeper_.fd(), kKeeperToken, false);
      }
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
  Record record = record_of(Kind::kNote);
  feed::put_text(record.subject, who);
  feed::put_text(record.text, "a message was not understood and is ignored, as are all like it");
  (void)remember(record);
}

void Engine::hear_links() {
  for (std::size_t i = 0; i < kLinkDatagrams; ++i) {
    const auto datagram = wire::receive_links(link_socket_.get(), link_room_);
    switch (datagram.outcome) {
      case wire::LinkDatagram::Outcome::kNothing: return;
      case wire::LinkDatagram::Outcome::kOverrun:
        links_.ask_again();
        owes_keeper_hello_ = true;
        break;
      case wire::LinkDatagram::Outcome::kMessages: {
        wire::LinkMessages messages(datagram.bytes);
        while (const auto event = messages.next()) {
          const LinkChange change = links_.learn(*event);
          if (change.place != kNobody) link_changed(change);
        }
        break;
      }
    }
  }
}

void Engine::hear_keeper(base::os::Channel::Received& received) {
  if (const auto socket = ipc::as<ipc::Socket>(received.message)) {
    take_socket(*socket, std::move(received.descriptor));
  } else if (const auto report = ipc::as<ipc::Interface>(received.message)) {
    const LinkChange change = links_.learn(*report);
    if (change.place != kNobody) link_changed(change);
  } else if (const auto held = ipc::as<ipc::Held>(received.message)) {
    take_held(*held);
  } else if (const auto restored = ipc::as<ipc::Restored>(received.message)) {
    if (restored->instance >= seats_.size() ||
        restored->address >= assembly_.address_names[restored->instance].size())
      return misunderstood("keeper");
    Record record = record_of(Kind::kAddressRestored, restored->instance);
    feed::put_text(record.subject, assembly_.address_names[restored->instance][restored->address]);
    (void)remember(record);
  } else if (ipc::as<ipc::CaughtUp>(received.message)) {
    has_caught_up_ = true;
    // A keeper that started again knows none of our wishes.
    if (has_started_)
      for (std::uint16_t id = 0; id < seats_.size(); ++id) owe_wish(id);
  } else {
    misunderstood("keeper");
  }
}

void Engine::take_socket(const ipc::Socket& socket, base::os::UniqueFd fd) {
  if (!fd) return misunderstood("keeper");
  switch (socket.kind) {
    case ipc::SocketKind::kPacket: packets_ = std::move(fd); return;
    case ipc::SocketKind::kLinks: {
      if (link_socket_) poller_.remove(link_socket_.get());
      link_socket_ = std::move(fd);
      links_.ask_again();
      if (auto watched = poller_.add(link_socket_.get(), kLinksToken); !watched)
        note(base::to_string(watched.error()));
      return;
    }
    case ipc::SocketKind::kStray: return;
    case ipc::SocketKind::kAdvert: {
      const std::uint16_t interface = links_.find(feed::get_text(socket.interface));
      const auto found =
          std::find_if(assembly_.ears.begin(), assembly_.ears.end(), [&](const Ear& ear) {
            return ear.interface == interface && ear.family == socket.family;
          });
      if (interface == kNobody || found == assembly_.ears.end()) return misunderstood("keeper");
      const auto ear = static_cast<std::size_t>(found - assembly_.ears.begin());
      Station& station = stations_[ear];
      // What the old socket still holds was said to us as well.
      if (has_started_ && station.socket) {
        listen(ear);
        poller_.remove(station.socket.get());
      }
      station = Station{.socket = std::move(fd),
                        .ifindex = socket.ifindex,
                        .drained_until = station.drained_until};
      if (!has_started_) return;
      hear_from(ear);
      for (const std::uint16_t id : assembly_.speakers[interface]) tell_link(id);
      return;
    }
  }
  misunderstood("keeper");
}

// Sockets are watched from the start of the instances on: nobody would listen before, and what waits in them counts.
void Engine::hear_from(std::size_t ear) {
  if (!stations_[ear].socket) return;
  if (auto watched = poller_.add(stations_[ear].socket.get(), kFirstStationToken + ear); !watched)
    note(base::to_string(watched.error()));
}

void Engine::take_held(const ipc::Held& held) {
  if (held.instance >= seats_.size()) return misunderstood("keeper");
  Seat& seat = seats_[held.instance];
  const auto& names = assembly_.address_names[held.instance];
  seat.row.addresses_installed = held.installed;
  touch(held.instance);
  if (!seat.wish) return;  // an answer to a wish of the past
  if (held.error != 0) {
    if (held.refused >= names.size()) return misunderstood("keeper");
    seat.refused = held.refused;
    Record record = record_of(Kind::kAddressRefused, held.instance);
    feed::put_text(record.subject, names[held.refused]);
    record.status = held.error;
    (void)remember(record);
    tell(held.instance, core::AddressRefused{.error = held.error});
  } else if (seat.awaits_install && held.installed == names.size()) {
    seat.awaits_install = false;
    tell(held.instance, core::AddressesInstalled{});
  }
}

void Engine::hear_runner(std::span<const std::byte> message) {
  if (const auto result = ipc::as<ipc::ScriptResult>(message)) {
    take_script(*result);
  } else if (const auto permit = ipc::as<ipc::Permit>(message)) {
    take_permit(*permit);
  } else if (const auto notified = ipc::as<ipc::NotifyResult>(message)) {
    Record record = notified->instance < seats_.size()
                        ? record_of(Kind::kNotify, notified->instance)
                        : record_of(Kind::kNotify);
    feed::put_text(record.subject, feed::get_text(notified->what));
    record.status = notified->status;
    record.duration_ns = notified->duration_ns;
    (void)remember(record);
  } else {
    misunderstood("runner");
  }
}

void Engine::take_script(const ipc::ScriptResult& result) {
  if (result.script >= verdicts_.size()) return misunderstood("runner");
  Verdict& verdict = verdicts_[result.script];
  const bool well = result.well != 0;
  // The runner repeats everything to a new engine: what the ledger knows already is no news.
  const std::optional<bool> before =
      verdict.is_known ? std::optional(verdict.well) : past_.scripts[result.script];
  verdict = Verdict{.is_known = true,
                    .well = well,
                    .timed_out = result.timed_out != 0,
                    .status = result.status,
                    .duration = Duration{result.duration_ns},
                    .output = result.output};
  if (before != well) {
    Record record = record_of(Kind::kScript);
    feed::put_text(record.subject, model_.scripts[result.script].name);
    feed::put_text(record.text, feed::get_text(result.output));
    record.from = !before ? State::kInitialize : *before ? State::kBackup : State::kFault;
    record.to = well ? State::kBackup : State::kFault;
    if (!well) record.cause = verdict.timed_out ? Cause::kScriptTimedOut : Cause::kScriptFailed;
    record.status = result.status;
    record.duration_ns = result.duration_ns;
    (void)remember(record);
  }
  for (const TrackerOf& which : assembly_.script_trackers[result.script])
    tell_tracker(which, verdict, verdict.timed_out ? Cause::kScriptTimedOut : Cause::kScriptFailed);
}

void Engine::take_permit(const ipc::Permit& permit) {
  if (permit.flag >= permits_.size()) return misunderstood("runner");
  PermitSeen& seen = permits_[permit.flag];
  // What could not be looked at counts as absent.
  const bool present = permit.known != 0 && permit.present != 0;
  const std::optional<bool> before =
      seen.is_known ? std::optional(seen.present) : past_.permits[permit.flag];
  seen = PermitSeen{.is_known = true, .present = present, .uid = permit.uid};
  if (before != present) {
    Record record = record_of(Kind::kPermit);
    feed::put_text(record.subject, model_.flags[permit.flag].permit_file);
    record.status = present ? 1 : 0;
    record.uid = permit.uid;
    if (permit.known == 0) feed::put_text(record.text, "it could not be looked at");
    (void)remember(record);
  }
  for (const std::uint16_t id : assembly_.guarded_by[permit.flag]) tell_permit(id, permit.uid);
}

void Engine::hear_supervisor(std::span<const std::byte> message) {
  if (ipc::as<ipc::Stop>(message)) {
    is_stop_wanted_ = true;
    if (has_started_)
      for (std::uint16_t id = 0; id < seats_.size(); ++id) tell(id, core::Stop{});
  } else if (const auto report = ipc::as<ipc::Report>(message)) {
    Record record = report->record;
    if (record.wall_ns == 0) record.wall_ns = wall_ns_;
    if (record.monotonic_ns == 0) record.monotonic_ns = now_.ns();
    record.generation = global_.generation;
    (void)remember(record);
  } else {
    misunderstood("supervisor");
  }
}

// --- The world, told to instances -------------------------------------------------------------------------------------

void Engine::link_changed(const LinkChange& change) {
  if (!has_started_) return;
  const Link& link = links_[change.place];
  const Link& before = change.before;
  if (before.is_known && before.carries() != link.carries()) {
    Record record = record_of(Kind::kLink);
    feed::put_text(record.subject, links_.name(change.place));
    record.status = link.carries() ? 1 : 0;
    if (!link.carries()) record.cause = link.exists() ? Cause::kLinkDown : Cause::kInterfaceGone;
    (void)remember(record);
  }
  for (const std::uint16_t id : assembly_.speakers[change.place]) {
    tell_link(id);
    // Clients hold on to the address they know: a new one must be announced like a new holder.
    if (link.mac != before.mac && seats_[id].wish && !seats_[id].awaits_install)
      announcer_.start(base::InstanceId{id}, now_);
  }
  for (const std::uint16_t id : assembly_.holders[change.place]) tell_link(id);
  if (before.is_known && before.carries() == link.carries()) return;
  const Verdict verdict{.is_known = true, .well = link.carries()};
  for (const TrackerOf& which : assembly_.interface_trackers[change.place])
    tell_tracker(which, verdict, Cause::kTrackedInterfaceDown);
}

void Engine::tell_link(std::uint16_t id) {
  Seat& seat = seats_[id];
  const config::Instance& instance = model_.instances[id];
  const Link& link = links_[assembly_.interface_of[id]];
  const Station& station = stations_[assembly_.ear_of[id]];
  core::LinkChanged now{
      .usable = true, .cause = Cause::kNone, .source = link.source(instance.family)};
  // dont_track_primary: the interface may be down. It has no address to speak from then, and the last one will do.
  const bool may_be_down = !instance.track_primary;
  if (may_be_down && !link.carries() && !now.source.is_set() && seat.link)
    now.source = seat.link->source;
  // A socket bound to an interface that was there before hears nothing of the one that is there now.
  // NOLINTNEXTLINE(bugprone-branch-clone): the order says which cause is told when several hold.
  if (!link.exists() || !station.socket || station.ifindex != link.ifindex) {
    now.usable = false;
    now.cause = Cause::kInterfaceGone;
  } else if (!may_be_down && !link.carries()) {
    now.usable = false;
    now.cause = Cause::kLinkDown;
  } else if (!now.source.is_set()) {
    now.usable = false;
    now.cause = Cause::kAddressMissing;
  } else if (missing_device(id)) {
    // Who cannot hold all of its addresses must not take them from a router that can.
    now.usable = false;
    now.cause = Cause::kInterfaceGone;
  }
  const auto& told = seat.link;
  if (told && told->usable == now.usable && told->cause == now.cause && told->source == now.source)
    return touch(id);
  seat.link = now;
  tell(id, now);
}

std::optional<std::uint16_t> Engine::missing_device(std::uint16_t id) const {
  for (const std::uint16_t interface : assembly_.address_interfaces[id])
    if (links_[interface].is_known && !links_[interface].exists()) return interface;
  return std::nullopt;
}

void Engine::tell_tracker(const TrackerOf& which, const Verdict& verdict, Cause cause) {
  if (!has_started_) return;
  tell(which.instance, core::TrackerReported{.tracker = which.tracker,
                                             .well = verdict.well,
                                             .cause = cause,
                                             .status = verdict.status,
                                             .duration = verdict.duration});
}

void Engine::tell_permit(std::uint16_t id, std::uint32_t uid) {
  if (!has_started_) return;
  bool is_known = true;
  bool is_absent = false;
  for (const std::uint16_t flag : assembly_.permits_of[id]) {
    is_known = is_known && permits_[flag].is_known;
    if (permits_[flag].is_known && !permits_[flag].present) {
      is_absent = true;
      seats_[id].absent_permit = flag;
    }
  }
  // Until all were looked at, one that is absent decides and those present do not.
  if (!is_absent && !is_known) return;
  if (seats_[id].is_permitted == !is_absent) return;
  seats_[id].is_permitted = !is_absent;
  tell(id, core::HoldChanged{.hold = base::Hold::kPermit, .on = is_absent, .uid = uid});
}

// --- Thinking ---------------------------------------------------------------------------------------------------------

void Engine::start() {
  has_started_ = true;
  owes_ready_ = true;
  const bool is_fresh = std::none_of(past_.states.begin(), past_.states.end(),
                                     [](const auto& state) { return state.has_value(); });
  if (is_fresh) {
    Record record = record_of(Kind::kEngineStarted);
    record.status = static_cast<std::int32_t>(seats_.size());
    (void)remember(record);
  }
  for (std::uint16_t id = 0; id < seats_.size(); ++id) start_one(id);
  // What was said while nobody listened is heard before anybody's time is looked at.
  for (std::size_t ear = 0; ear < stations_.size(); ++ear) {
    hear_from(ear);
    if (stations_[ear].socket) listen(ear);
  }
  if (is_stop_wanted_)
    for (std::uint16_t id = 0; id < seats_.size(); ++id) tell(id, core::Stop{});
}

void Engine::start_one(std::uint16_t id) {
  Seat& seat = seats_[id];
  const auto& alive_as = past_.states[id];
  if (alive_as) {
    Record record = record_of(Kind::kEngineAdopted, id);
    record.from = *alive_as;
    record.to = *alive_as;
    record.cause = Cause::kAdoption;
    record.duration_ns = now_.ns() - past_.global.heartbeat_ns;
    (void)remember(record);
    actions_.clear();
    seat.instance.adopt(adopted_from(seat.row, assembly_.routers[id], now_), now_, actions_);
    carry_out(id);
  }
  tell_link(id);
  const auto& trackers = assembly_.routers[id].trackers;
  for (std::uint16_t place = 0; place < trackers.size(); ++place) {
    const TrackerOf which{.instance = id, .tracker = place};
    const std::uint16_t index = trackers[place].index;
    if (trackers[place].kind == core::Tracker::Kind::kInterface) {
      tell_tracker(which, {.is_known = true, .well = links_[index].carries()},
                   Cause::kTrackedInterfaceDown);
    } else if (verdicts_[index].is_known) {
      tell_tracker(which, verdicts_[index],
                   verdicts_[index].timed_out ? Cause::kScriptTimedOut : Cause::kScriptFailed);
    }
  }
  tell_permit(id, 0);
  if (!alive_as) tell(id, core::Start{});
  owe_wish(id);
}

void Engine::let_time_pass() {
  for (std::uint16_t id = 0; id < deadlines_.size(); ++id) {
    if (deadlines_[id] > now_) continue;
    if (seats_[id].instance.state() == State::kBackup) {
      const std::uint16_t ear = assembly_.ear_of[id];
      Station& station = stations_[ear];
      if (station.socket && station.visited != turn_) listen(ear);
      if (deadlines_[id] > now_) continue;  // it was heard after all
      // A flood may keep the queue from ever being empty; what was received up to the deadline has been heard when a
      // later packet has.
      if (station.socket && deadlines_[id] > station.drained_until) continue;
    }
    count_lateness(now_ - deadlines_[id]);
    actions_.clear();
    seats_[id].instance.advance(now_, actions_);
    carry_out(id);
  }
}

void Engine::count_lateness(Duration late) {
  const auto microseconds = static_cast<std::uint64_t>(late.count() / 1000);
  const auto bucket = static_cast<std::size_t>(std::bit_width(microseconds));
  ++global_.lateness[std::min(bucket, feed::kLatenessBuckets - 1)];
  global_.lateness_ns_max = std::max(global_.lateness_ns_max, std::int64_t{late.count()});
}

void Engine::tell(std::uint16_t id, const core::Event& event) {
  actions_.clear();
  seats_[id].instance.handle(event, now_, actions_);
  carry_out(id);
}

void Engine::carry_out(std::uint16_t id) {
  const base::InstanceId instance{id};
  for (const core::Action& action : actions_) {
    std::visit(Overloaded{[&](const core::SendAdvert& send) { owe_advert(id, send.priority); },
                          [&](const core::InstallAddresses&) { wish(id, true); },
                          [&](const core::WithdrawAddresses&) { wish(id, false); },
                          [&](const core::Announce&) { announcer_.start(instance, now_); },
                          [&](const core::Changed& change) { changed(id, change); }},
               action);
  }
  // Who is leaving, or has lost, still answers for a moment but claims nothing any more: an announcement now would take
  // the clients back from the successor.
  const core::Instance& router = seats_[id].instance;
  if (router.state() != State::kMaster || router.is_departing()) announcer_.stop(instance);
  deadlines_[id] = router.deadline();
  touch(id);
}

void Engine::changed(std::uint16_t id, const core::Changed& change) {
  Seat& seat = seats_[id];
  const core::Evidence& evidence = change.evidence;
  Record record = record_of(Kind::kTransition, id);
  record.from = change.from;
  record.to = change.to;
  record.cause = change.cause;
  record.silence_ns = evidence.silence.count();
  record.lateness_ns = evidence.lateness.count();
  record.duration_ns = evidence.duration.count();
  record.status = evidence.status;
  record.uid = evidence.uid;
  record.peer_priority = evidence.peer_priority.value;
  record.peer_family = evidence.peer.family();
  record.peer = evidence.peer.padded();
  describe(id, change, record);
  record.sequence = remember(record);
  apply_transition(record, seat.row);
}

// What the cause is about, by name.
void Engine::describe(std::uint16_t id, const core::Changed& change, Record& record) const {
  const auto is = [&](std::initializer_list<Cause> causes) {
    return std::find(causes.begin(), causes.end(), change.cause) != causes.end();
  };
  const auto& trackers = assembly_.routers[id].trackers;
  if (is({Cause::kScriptFailed, Cause::kScriptTimedOut})) {
    const std::uint16_t script = trackers[change.evidence.tracker].index;
    feed::put_text(record.subject, model_.scripts[script].name);
    feed::put_text(record.text, feed::get_text(verdicts_[script].output));
  } else if (is({Cause::kTrackedInterfaceDown})) {
    feed::put_text(record.subject, links_.name(trackers[change.evidence.tracker].index));
  } else if (is({Cause::kLinkDown, Cause::kInterfaceGone, Cause::kAddressMissing})) {
    const auto missing = missing_device(id);
    const bool is_device = change.cause == Cause::kInterfaceGone && missing &&
                           links_[assembly_.interface_of[id]].exists();
    feed::put_text(record.subject,
                   is_device ? links_.name(*missing) : model_.instances[id].interface);
  } else if (is({Cause::kPermitRemoved})) {
    // The departure that ends now began when the flag went, and the flag may be back.
    const auto& permits = assembly_.permits_of[id];
    if (!permits.empty())
      feed::put_text(record.subject,
                     model_.flags[seats_[id].absent_permit.value_or(permits.front())].permit_file);
  } else if (is({Cause::kAddressRefused})) {
    feed::put_text(record.subject, assembly_.address_names[id][seats_[id].refused]);
  }
}

// --- Acting -----------------------------------------------------------------------------------------------------------

void Engine::owe_advert(std::uint16_t id, core::Priority priority) {
  if (adverts_.size() == adverts_.capacity()) send_adverts();
  adverts_.push_back({.ear = assembly_.ear_of[id],
                      .instance = id,
                      .order = static_cast<std::uint32_t>(adverts_.size()),
                      .priority = priority});
}

void Engine::send_adverts() {
  // Who lost the place to speak from since it was asked has nothing to send through.
  std::erase_if(adverts_, [this](const OwedAdvert& owed) {
    Seat& seat = seats_[owed.instance];
    const bool can_speak = stations_[owed.ear].socket && seat.link && seat.link->source.is_set();
    if (!can_speak) {
      ++seat.row.send_errors;
      touch(owed.instance);
    }
    return !can_speak;
  });
  std::sort(adverts_.begin(), adverts_.end(), [](const OwedAdvert& a, const OwedAdvert& b) {
    return a.ear != b.ear ? a.ear < b.ear : a.order < b.order;
  });
  std::size_t first = 0;  // of the batch being filled
  for (std::size_t i = 0; i < adverts_.size(); ++i) {
    const OwedAdvert& owed = adverts_[i];
    const Seat& seat = seats_[owed.instance];
    const base::Address group = core::multicast_group(assembly_.ears[owed.ear].family);
    const std::size_t length =
        core::build(seat.instance.router(), owed.priority, seat.instance.checksum_form(),
                    seat.link->source, group, sender_.room());
    sender_.add(length, {.source = seat.link->source,
                         .destination = group,
                         .ifindex = stations_[owed.ear].ifindex});
    const bool is_last_here = i + 1 == adverts_.size() || adverts_[i + 1].ear != owed.ear;
    if (!is_last_here && !sender_.is_full()) continue;
    flush_adverts(std::span(adverts_).subspan(first, i + 1 - first),
                  stations_[owed.ear].socket.get());
    first = i + 1;
  }
  adverts_.clear();
}

void Engine::flush_adverts(std::span<const OwedAdvert> batch, int fd) {
  const auto errors = sender_.flush(fd);
  CHECK(errors.size() == batch.size(), "one answer for every advert");
  for (std::size_t i = 0; i < batch.size(); ++i) {
    feed::Row& row = seats_[batch[i].instance].row;
    touch(batch[i].instance);
    if (errors[i] != 0) {
      ++row.send_errors;
      continue;
    }
    ++row.adverts_sent;
    if (batch[i].priority == base::kReleasePriority) ++row.zero_sent;
  }
}

void Engine::wish(std::uint16_t id, bool hold) {
  seats_[id].wish = hold;
  seats_[id].awaits_install = hold;
  owe_wish(id);
}

void Engine::owe_wish(std::uint16_t id) {
  if (std::exchange(seats_[id].is_wish_owed, true)) return;
  wishes_.push_back(id);
}

void Engine::send_wishes() {
  std::size_t sent = 0;
  while (sent < wishes_.size() && sent < kWishes && !is_keeper_full_) {
    const std::uint16_t id = wishes_[sent];
    const ipc::Want want{.instance = id,
                         .hold = seats_[id].wish ? std::uint8_t{1} : std::uint8_t{0}};
    if (auto told = keeper_.send(want); !told) {
      is_keeper_full_ = true;
      // Watched since open(): changing that cannot fail. When the keeper's end is gone nobody will ever read, and
      // the poll says so.
      (void)poller_.change(keeper_.fd(), kKeeperToken, true);
      break;
    }
    seats_[id].is_wish_owed = false;
    ++sent;
  }
  wishes_.erase(wishes_.begin(), wishes_.begin() + static_cast<std::ptrdiff_t>(sent));
}

// A full channel is tried again in the next turn, at the latest with the next heartbeat.
void Engine::send_hellos() {
  if (owes_keeper_hello_ && keeper_.send(ipc::Hello{})) owes_keeper_hello_ = false;
  if (owes_runner_hello_ && runner_.send(ipc::Hello{})) owes_runner_hello_ = false;
}

void Engine::send_announcements() {
  const std::size_t due = announcer_.take_due(now_, announcements_);
  std::array<std::uint16_t, kAnnouncements> senders;
  std::size_t count = 0;
  for (const core::Announcement& announcement : std::span(announcements_).first(due)) {
    const std::uint16_t id = announcement.instance.value;
    const Link& link = links_[assembly_.address_interfaces[id][announcement.address]];
    if (!packets_ || !link.exists()) {
      ++seats_[id].row.send_errors;
      touch(id);
      continue;
    }
    const base::Address& address =
        model_.instances[id].addresses[announcement.address].prefix.address;
    frames_.add(wire::build_announcement(link.mac, address, frames_.room()), link.ifindex);
    senders[count++] = id;
  }
  if (count == 0) return;
  const auto errors = frames_.flush(packets_.get());
  for (std::size_t i = 0; i < count; ++i) {
    feed::Row& row = seats_[senders[i]].row;
    ++(errors[i] == 0 ? row.announcements_sent : row.send_errors);
    touch(senders[i]);
  }
}

void Engine::look_whether_all_stopped() {
  if (!is_stop_wanted_ || !has_started_ || is_everyone_stopped_) return;
  bool is_held = !wishes_.empty();
  for (const Seat& seat : seats_) {
    if (seat.instance.state() != State::kStopped) return;
    is_held = is_held || seat.row.addresses_installed > 0;
  }
  if (stop_bound_.is_never()) stop_bound_ = now_ + kLettingGo;
  if (is_held && now_ < stop_bound_) return;
  is_everyone_stopped_ = true;
  owes_stopped_ = true;
  (void)remember(record_of(Kind::kStopped));
}

// After publishing: whoever is told finds it all on the board and in the ledger.
void Engine::answer_supervisor() {
  if (owes_ready_ && supervisor_.send(ipc::Ready{})) owes_ready_ = false;
  if (owes_stopped_ && supervisor_.send(ipc::Stopped{})) owes_stopped_ = false;
}

// --- Publishing -------------------------------------------------------------------------------------------------------

Record Engine::record_of(Kind kind) const {
  Record record;
  record.kind = kind;
  record.wall_ns = wall_ns_;
  record.monotonic_ns = now_.ns();
  record.generation = global_.generation;
  return record;
}

Record Engine::record_of(Kind kind, std::uint16_t instance) const {
  Record record = record_of(kind);
  record.instance = instance;
  record.priority = seats_[instance].instance.effective_priority().value;
  feed::put_text(record.name, model_.instances[instance].name);
  return record;
}

std::uint64_t Engine::remember(const Record& record) {
  if (records_.size() == records_.capacity()) write_down();
  records_.push_back(record);
  return ledger_.head() + records_.size();
}

void Engine::write_down() {
  for (const Record& record : records_) (void)ledger_.append(record);  // numbered in remember()
  owes_kick_ = owes_kick_ || !records_.empty();
  records_.clear();
}

// The ledger first: of a crash in between, the next engine can tell what happened.
void Engine::publish() {
  write_down();
  // Until the instances have started the rows are those of the engine before, to be adopted by this one or, should it
  // die now, by the next.
  if (has_started_) {
    for (const std::uint16_t id : touched_) {
      refresh(id);
      board_.publish(id, seats_[id].row);
      seats_[id].is_touched = false;
    }
    touched_.clear();
  }
  global_.heartbeat_ns = now_.ns();
  global_.ledger_head = ledger_.head();
  ++global_.turns;
  board_.publish(global_);
}

void Engine::touch(std::uint16_t id) {
  if (std::exchange(seats_[id].is_touched, true)) return;
  touched_.push_back(id);
}

void Engine::refresh(std::uint16_t id) {
  const core::Instance& instance = seats_[id].instance;
  const auto& told = seats_[id].link;
  const Link& link = links_[assembly_.interface_of[id]];
  feed::Row& row = seats_[id].row;
  row.ifindex = link.ifindex;
  row.interface_mac = link.mac;
  row.source = link.source(row.family).padded();
  row.link_usable = told && told->usable ? 1 : 0;
  row.state = instance.state();
  row.effective_priority = instance.effective_priority().value;
  row.master = instance.master().padded();
  row.master_priority = instance.master_priority().value;
  row.holds = instance.holds();
  row.departing = instance.is_departing() ? 1 : 0;
  row.faults = static_cast<std::uint16_t>(instance.fault_count());
  row.master_interval_ns = instance.master_interval().count();
  row.deadline_ns = on_board(instance.deadline());
  row.last_heard_ns = instance.last_heard().ns();
}

void Engine::kick() {
  if (!std::exchange(owes_kick_, false)) return;
  const std::uint64_t one = 1;
  for (const auto& reader : kicks_) {
    // A reader that has not looked since the last kick need not be told again: a full counter is as good.
    if (reader) (void)!::write(reader.get(), &one, sizeof one);
  }
}

}  // namespace engine
