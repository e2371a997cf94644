// The engine: one turn after another, each in the same order.
//
//   wait    until the earliest deadline, or something to read; read the clock once
//   drain   advert sockets, with the kernel's receive stamps; link events; channels
//   think   let time pass for whoever is due. Silence is believed only up to the moment its socket is known to be
//           drained to: a backup that wakes late first hears what was said meanwhile
//   act     all adverts due, one system call per socket; then wishes to the keeper; then ARP and ND, paced
//   publish ledger, then board, then one kick per reader
//
// Turns an Action into a packet or a message and a packet or a message into an Event; decides nothing itself. Never
// waits but in the poll, allocates nothing in a turn, opens nothing. What one turn reads and sends is bounded, so
// neither a flood of packets nor of messages can keep the adverts from leaving.
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
#include "engine/assembly.hpp"
#include "engine/core/announcer.hpp"
#include "engine/core/instance.hpp"
#include "engine/feed/board.hpp"
#include "engine/feed/ledger.hpp"
#include "engine/ipc/messages.hpp"
#include "engine/ipc/role.hpp"
#include "engine/links.hpp"
#include "engine/past.hpp"
#include "engine/wire/advert_socket.hpp"
#include "engine/wire/announcement.hpp"

namespace engine {

// How the engine learns what time it is. Both clocks are read once a turn.
struct Clock {
  base::Instant (*now)() = base::os::now;
  std::int64_t (*wall_ns)() = base::os::wall_ns;
};

struct Parts {
  config::Model model;
  std::uint64_t configuration_hash = 0;
  std::string boot_id;
  std::span<std::byte> board;  // both mapped for writing, and outliving the engine
  std::span<std::byte> ledger;
  base::os::UniqueFd keeper;  // channels
  base::os::UniqueFd runner;
  base::os::UniqueFd supervisor;
  std::array<base::os::UniqueFd, ipc::kKickCount> kicks;
  Clock clock{};
};

class Engine {
 public:
  // Refuses a configuration that cannot be assembled, and a board or ledger that is of another boot or configuration:
  // the supervisor makes them, and what is wrong with them is not the engine's to repair.
  static base::Result<std::unique_ptr<Engine>> open(Parts parts);

  // Adds a line to the ledger, for what has no record of its own.
  void note(std::string_view text);
  // The same, unless an engine of this life of the daemon has said it already.
  void note_once(std::string_view text);

  // False when there is nobody left to work for: the supervisor is gone. A daemon that was stopped keeps on turning,
  // silent, until it is ended.
  [[nodiscard]] bool turn();

  // What a turn may do at most; the rest waits for the next, which comes at once.
  static constexpr std::size_t kBatchesPerSocket = 4;  // of wire::kBatch packets
  static constexpr std::size_t kMessagesPerChannel = 256;
  static constexpr std::size_t kLinkDatagrams = 64;
  static constexpr std::size_t kWishes = 256;
  static constexpr std::size_t kAnnouncements = wire::FrameSender::kFrames;

  // How long a stopped daemon waits for the keeper to say that the addresses are out.
  static constexpr base::Duration kLettingGo = std::chrono::milliseconds{500};

 private:
  // An instance, and what the engine keeps for it.
  struct Seat {
    explicit Seat(const core::Router& router) : instance(router) {}
    core::Instance instance;
    feed::Row row;
    bool is_touched = false;      // its row is to be published
    bool wish = false;            // that the kernel holds its addresses
    bool is_wish_owed = false;    // and the keeper has not been told
    bool awaits_install = false;  // AddressesInstalled is owed to it
    bool is_permitted = true;     // as last told
    std::uint16_t refused = 0;    // the address the kernel refused last
    // What it was last told about its link.
    std::optional<core::LinkChanged> link;
    // The permit flag last seen absent; it may be back by now.
    std::optional<std::uint16_t> absent_permit;
  };
  // A socket adverts come from and leave through.
  struct Station {
    base::os::UniqueFd socket;
    std::uint32_t ifindex = 0;    // it is bound to
    base::Instant drained_until;  // everything received before has been read
    std::uint64_t visited = 0;    // the turn it was last read in
  };
  struct Verdict {
    bool is_known = false;
    bool well = false;
    bool timed_out = false;
    std::int32_t status = 0;
    base::Duration duration{0};
    std::array<char, 288> output{};
  };
  struct PermitSeen {
    bool is_known = false;
    bool present = false;
    std::uint32_t uid = 0;
  };
  struct OwedAdvert {
    std::uint16_t ear = 0;
    std::uint16_t instance = 0;
    std::uint32_t order = 0;  // adverts of one turn leave a socket in the order they were asked for
    core::Priority priority;
  };

  Engine(Parts parts, Assembly assembly, Past past, base::os::Poller poller);
  base::Status watch();

  // Wait.
  base::Instant next_deadline() const;

  // Drain.
  void drain(const base::os::Ready& ready);
  void listen(std::size_t ear);
  void hear(std::size_t ear, const wire::Datagram& datagram);
  void drop(base::Drop reason);
  void drop(Seat& seat, base::Drop reason);
  void hear_links();
  // False when the other end is gone.
  template <typename Handler>
  bool hear_channel(base::os::Channel& channel, Handler handler);
  void hear_keeper(base::os::Channel::Received& received);
  void hear_runner(std::span<const std::byte> message);
  void hear_supervisor(std::span<const std::byte> message);
  void take_socket(const ipc::Socket& socket, base::os::UniqueFd fd);
  void hear_from(std::size_t ear);
  void take_held(const ipc::Held& held);
  void take_script(const ipc::ScriptResult& result);
  void take_permit(const ipc::Permit& permit);
  void misunderstood(std::string_view who);

  // The world, told to instances.
  void link_changed(const LinkChange& change);
  void tell_link(std::uint16_t id);
  // An interface that does not exist and should carry an address of the instance.
  std::optional<std::uint16_t> missing_device(std::uint16_t id) const;
  void tell_tracker(const TrackerOf& which, const Verdict& verdict, base::Cause cause);
  void tell_permit(std::uint16_t id, std::uint32_t uid);

  // Think.
  void start();
  void start_one(std::uint16_t id);
  void let_time_pass();
  void count_lateness(base::Duration late);
  void tell(std::uint16_t id, const core::Event& event);
  void touch(std::uint16_t id);
  void carry_out(std::uint16_t id);
  void changed(std::uint16_t id, const core::Changed& change);
  void describe(std::uint16_t id, const core::Changed& change, feed::Record& record) const;

  // Act.
  void owe_advert(std::uint16_t id, core::Priority priority);
  void send_adverts();
  void flush_adverts(std::span<const OwedAdvert> batch, int fd);
  void wish(std::uint16_t id, bool hold);
  void owe_wish(std::uint16_t id);
  void send_wishes();
  void send_hellos();
  void send_announcements();
  void look_whether_all_stopped();
  void answer_supervisor();

  // Publish.
  feed::Record record_of(feed::Kind kind) const;
  feed::Record record_of(feed::Kind kind, std::uint16_t instance) const;
  std::uint64_t remember(const feed::Record& record);
  void write_down();
  void publish();
  void refresh(std::uint16_t id);
  void kick();

  // What it was made of.
  config::Model model_;
  Assembly assembly_;
  Past past_;
  Clock clock_;
  base::os::Poller poller_;
  base::os::Channel keeper_, runner_, supervisor_;
  std::array<base::os::UniqueFd, ipc::kKickCount> kicks_;
  feed::BoardWriter board_;
  feed::LedgerWriter ledger_;

  // The moment of this turn.
  std::uint64_t turn_ = 0;
  base::Instant now_;
  std::int64_t wall_ns_ = 0;

  // The world as known.
  Links links_;
  std::vector<Station> stations_;  // by ear
  base::os::UniqueFd packets_, link_socket_;
  std::vector<Verdict> verdicts_;    // by script
  std::vector<PermitSeen> permits_;  // by flag
  bool has_caught_up_ = false;

  // The instances.
  std::vector<Seat> seats_;
  std::vector<base::Instant> deadlines_;  // by instance, apart so that looking at all is quick
  core::Announcer announcer_;
  core::Actions actions_;
  bool has_started_ = false;
  bool is_stop_wanted_ = false;
  base::Instant stop_bound_ = base::Instant::never();
  bool is_everyone_stopped_ = false;
  bool is_abandoned_ = false;

  // What is owed to others.
  std::vector<OwedAdvert> adverts_;
  std::vector<std::uint16_t> wishes_;
  bool is_keeper_full_ = false;
  bool owes_keeper_hello_ = true, owes_runner_hello_ = true;
  bool owes_ready_ = false, owes_stopped_ = false;
  bool owes_kick_ = false;
  std::vector<feed::Record> records_;
  std::vector<std::uint16_t> touched_;
  feed::Global global_;
  std::uint64_t misunderstood_ = 0;  // messages of unknown type, length or place

  // Rooms, made once.
  wire::Receiver receiver_;
  wire::Sender sender_;
  wire::FrameSender frames_;
  std::array<core::Announcement, kAnnouncements> announcements_;
  std::array<std::byte, 32768> link_room_;
};

}  // namespace engine
