// The engine: one turn after another, each in the same order.
//
//   wait    until the earliest deadline, or something to read; read the clock once. When that is soon again and again, it
//           rests in between, never beyond a deadline: what comes meanwhile is read together
//   speak   adverts whose time has come, if it has only just come: whatever waits to be read, they go first
//   drain   advert sockets, with the kernel's receive stamps; link events; channels; strays, now and then
//   think   let time pass for whoever is due, then settle the sync groups. Silence is believed only up to the moment its
//           socket is known to be drained to: who wakes late first hears what was said meanwhile
//   act     all adverts due, one system call per socket; then wishes to the keeper; then ARP and ND, paced
//   publish ledger, then board, then one kick per reader
//
// Turns an Action into a packet or a message and a packet or a message into an Event; decides nothing itself. Never
// waits but in the poll, allocates nothing in a turn, opens nothing. What one turn reads and sends is bounded, so
// neither a flood of packets nor of messages can keep the adverts from leaving.
//
// Another configuration comes from the supervisor and is taken over in place, in one turn (docs/reload.md): a body is made of it
// beforehand, a little in each of several turns, for these alone allocate; the instances it removes depart, for
// kChangePatience at most; then the body inherits what there is, the supervisor is told, and then keeper and runner, whose
// words count again once they speak in its terms. A second one that comes meanwhile is refused.
//
// Starts in this order: hello to keeper and runner, then sockets, interfaces and verdicts as they come, and with the
// keeper's CaughtUp all instances at once: adopted from the board when an engine before left them alive, else from
// Initialize.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/os/channel.hpp"
#include "base/os/clock.hpp"
#include "base/os/poller.hpp"
#include "base/result.hpp"
#include "engine/audience.hpp"
#include "engine/body.hpp"
#include "engine/feed/memory.hpp"
#include "engine/heritage.hpp"
#include "engine/interim.hpp"
#include "engine/ipc/messages.hpp"
#include "engine/past.hpp"
#include "engine/terms.hpp"

namespace engine {

// How the engine learns what time it is. The first two are read once a turn, the third when the instances start.
struct Clock {
  base::Instant (*now)() = base::os::now;
  std::int64_t (*wall_ns)() = base::os::wall_ns;
  base::Duration (*since_boot)() = base::os::since_boot;
};

struct Parts {
  config::Model model;
  std::uint64_t configuration_hash = 0;
  base::os::UniqueFd configuration;  // the compiled form, for the neighbours
  std::string boot_id;
  std::span<std::byte> board;  // both mapped for writing, and outliving the engine
  std::span<std::byte> ledger;
  std::span<std::byte> memory;  // likewise; of any boot and configuration
  base::os::UniqueFd keeper;    // channels
  base::os::UniqueFd runner;
  base::os::UniqueFd supervisor;
  Kicks kicks;
  Clock clock{};
};

class Engine final : private Audience {
 public:
  // Refuses a configuration that cannot be assembled, and a board or ledger that is of another boot or configuration:
  // the supervisor makes them, and what is wrong with them is not the engine's to repair.
  static base::Result<std::unique_ptr<Engine>> open(Parts parts);

  // Adds a line to the ledger, for what has no record of its own.
  void note(std::string_view text) { body_->publication.note(text); }
  // The same, unless an engine of this life of the daemon has said it already.
  void note_once(std::string_view text);

  // False when there is nobody left to work for: the supervisor is gone. A daemon that was stopped keeps on turning,
  // silent, until it is ended.
  [[nodiscard]] bool turn();

  // What a turn may do at most, beside what its parts say of themselves; the rest waits for the next, which comes at once.
  static constexpr std::size_t kMessagesPerChannel = 256;
  static constexpr std::size_t kLinkDatagrams = 64;
  // After so many turns in a heartbeat's period they begin no sooner than this one after the other. A packet has its
  // kernel stamp by then, and the queue of a socket holds what comes in fifty of these at a hundred thousand a second.
  static constexpr std::uint32_t kTurnsInHaste = 100;
  static constexpr base::Duration kRest = std::chrono::milliseconds{1};

  // Who starts this soon after the host has booted starts with the LAN: a router that knew a peer begins quietly.
  static constexpr base::Duration kJustBooted = std::chrono::minutes{5};

  // Instances that are made or compared in one turn, ahead of a change.
  static constexpr std::size_t kReadyPerTurn = 32;

  // How long a change of configuration may take: as long as its slowest departure, but no longer than this.
  static constexpr base::Duration kChangePatience = std::chrono::seconds{5};

  // How long a stopped daemon waits for the keeper to say that the addresses are out.
  static constexpr base::Duration kLettingGo = std::chrono::milliseconds{500};

 private:
  Engine(Parts parts, Terms terms, base::os::Poller poller, base::os::Poller rest);
  Audience& audience() { return *this; }
  const Terms& terms() const { return body_->terms; }
  base::Status watch();

  void tell(std::uint16_t instance, const core::Event& event) override;
  void hardware_changed(std::uint16_t instance) override;

  // Wait.
  void rest_when_in_haste(base::Instant deadline);
  base::Instant next_deadline() const;

  // Drain.
  void look_around();
  void drain(const base::os::Ready& ready);
  void listen(std::size_t ear);
  void hear_links();
  // False when the other end is gone.
  template <typename Handler>
  bool hear_channel(base::os::Channel& channel, Handler handler);
  void hear_keeper(base::os::Channel::Received& received);
  void hear_runner(std::span<const std::byte> message);
  void hear_supervisor(base::os::Channel::Received& received);
  // Each false when the message is about something that is not there.
  bool take_socket(const ipc::Socket& socket, base::os::UniqueFd fd);
  bool take_ear(const ipc::Socket& socket, base::os::UniqueFd fd);
  bool take_held(const ipc::Held& held);
  void take_report(const ipc::Report& report);
  bool take_remark(const ipc::Report& report);
  void take_notified(const ipc::NotifyResult& notified);
  [[nodiscard]] bool take_switchover(const ipc::Switchover& wanted);
  void watch_ear(std::size_t ear);
  void misunderstood(std::string_view who);

  // Think.
  void start();
  void start_one(std::uint16_t id);
  void tell_of_maintenance(std::uint16_t id);
  // `began`: what the start delay counts from.
  core::Start start_of(std::uint16_t id, base::Instant began) const;
  // Adverts whose time has come leave before anything is read, unless we slept: then what was said meanwhile comes first.
  void speak_on_time();
  void let_time_pass();
  void advance(std::uint16_t id);
  void count_lateness(base::Duration late);

  // Act.
  void send_adverts();
  void send_hellos();
  void send_wishes();
  void look_whether_all_stopped();
  void answer_supervisor();

  // Another configuration, step by step.
  void take_reconfigure(const ipc::Reconfigure& wanted, base::os::UniqueFd compiled);
  void refuse(std::uint64_t configuration, std::string_view why);
  void go_on_with_next();
  void prepare_next();
  void go_through_next();
  base::Instant next_deadline_of_change() const;
  void give_up_next(std::string_view why);
  void part_from_removed();
  void change_over();
  void find_newcomers(const Heritage& from);
  void reconfigure_one(std::uint16_t id, const Heritage& from);
  void tell_of_change();
  bool can_tidy_up() const;
  void take_up_what_is_new();

  // What it was made of.
  std::string boot_id_;
  Past past_;  // until the start
  Interim interim_;
  Clock clock_;
  base::os::Poller poller_;
  base::os::Poller rest_;  // watches nothing
  base::Instant period_began_;
  std::uint32_t turns_in_haste_ = 0;
  base::os::Channel keeper_, runner_, supervisor_;
  Kicks kicks_;

  // The moment of this turn.
  base::Instant now_;
  std::int64_t wall_ns_ = 0;

  // What no configuration makes, and what this one does.
  feed::Memory memory_;
  Surroundings around_;
  std::unique_ptr<Body> body_;

  base::os::UniqueFd link_socket_;
  std::array<std::byte, 32768> link_room_;

  base::Instant
      looked_around_;  // when the tables of neighbours were last published and strays read

  // Where it is in its life.
  bool has_caught_up_ = false;
  bool has_started_ = false;
  bool is_stop_wanted_ = false;
  base::Instant stop_bound_ = base::Instant::never();
  bool is_everyone_stopped_ = false;
  bool is_abandoned_ = false;
  std::optional<ipc::Maintenance> maintenance_;  // as the supervisor said last

  // The configuration that comes: a board that was offered for it; itself, while those it removes depart; the one before,
  // until the supervisor knows; and the instances it brings, until the keeper has caught up.
  struct Offered {
    std::uint64_t configuration = 0;
    base::os::UniqueFd board;
  };
  struct Next {
    Terms terms;  // until the body has them
    base::os::UniqueFd board;
    Heritage heritage;
    std::unique_ptr<Body> body;
    base::Instant bound;
    enum class Stage : std::uint8_t { kRead, kMapped, kAssembled, kCompared, kMaking, kParting };
    Stage stage = Stage::kRead;
    std::uint16_t ready = 0;       // of the instances of the body: compared, or made when new
    std::uint64_t reached_in = 0;  // the turn
  };
  struct Newcomer {
    std::uint16_t instance = 0;
    bool is_lan_known = false;  // there was a socket for it before
  };
  Offered offered_;
  std::uint64_t turns_ = 0;
  std::unique_ptr<Next> next_;
  std::unique_ptr<Body> before_;
  std::unique_ptr<Body> leftover_;  // nobody's any more: to be destroyed when nothing else is done
  std::vector<Newcomer> newcomers_;
  base::Instant began_;  // the daemon, if this engine was its first

  // In whose terms they speak.
  bool keeper_speaks_our_terms_ = false, runner_speaks_our_terms_ = false;

  // What is owed to others.
  bool owes_reconfigured_ = false;
  ipc::Reconfigured reconfigured_;
  bool owes_keeper_hello_ = true, owes_runner_hello_ = true;
  bool owes_ready_ = false, owes_stopped_ = false;
  std::uint64_t misunderstood_ = 0;  // messages of unknown type, length or place
};

}  // namespace engine
