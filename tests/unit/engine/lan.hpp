// A LAN for the engine under test: a veth pair in a network namespace of the test's own, the engine on one end and a
// hand-made peer on the other, and a keeper, runner and supervisor that say what the test wants.
//
//   engine -- lan0 ====== lan1 -- Peer (raw frames, any source)
//
// Sockets are opened the way the keeper promises them (engine/ipc/messages.hpp). Time is the real one.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/os/channel.hpp"
#include "base/os/mapping.hpp"
#include "engine/config/model.hpp"
#include "engine/core/router.hpp"
#include "engine/engine.hpp"

namespace lan {

using namespace std::chrono_literals;
using base::Address;
using base::Duration;
using base::Instant;

// Puts the test process into a namespace of its own with the pair in it, once. The reason when that is impossible.
std::string make_lan();

inline const Address kOurs = Address::v4(192, 0, 2, 1);
inline const Address kPeer = Address::v4(192, 0, 2, 2);
inline const Address kVirtual = Address::v4(192, 0, 2, 254);
inline constexpr std::uint8_t kVrid = 50;

// One instance: version 3, VRID 50, priority 100, an advert each 250 ms: a machine that stands still for as long as virtual
// machines do now and then is not silence.
// Master_Down_Interval: 3 x 250 ms + (256 - 100) / 256 x 250 ms = 902.34 ms.
inline constexpr Duration kInterval = 250ms;
inline constexpr Duration kDownInterval = 902'343'750ns;
inline constexpr Duration kSkew = 152'343'750ns;
config::Model one_instance();

// What the peer says, on lan1.
class Peer {
 public:
  Peer();
  struct Words {
    std::uint8_t priority = 200;
    Address source = kPeer;
    std::uint8_t vrid = kVrid;
    std::uint8_t ttl = 255;
    bool with_good_checksum = true;
    // What it is beside a router of version 3 with our address, if anything; and what it does to the message then.
    std::function<void(core::Router&)> as{};
    std::function<void(std::vector<std::uint8_t>&)> sealed{};
    Address destination{};  // the group, unless set
  };
  void advertise(const Words& words);
  void advertise(std::uint8_t priority) { advertise(Words{.priority = priority}); }

  struct Frames {
    std::vector<std::uint8_t> adverts;        // their priorities, in order
    std::vector<base::Address> destinations;  // of IPv4 ones, likewise
    std::size_t behind_ah = 0;                // so many of them
    std::vector<base::Address> announced;
    std::size_t announced_before_adverts = 0;  // so many of them came before the first advert
    std::vector<std::uint8_t> last_advert;     // the whole frame
    std::vector<std::vector<std::uint8_t>> all_adverts;  // likewise
  };
  // Everything that came since the last call.
  Frames hear();

 private:
  base::os::UniqueFd socket_;
  int ifindex_ = 0;
};

// Board, ledger, and the other ends of the engine's channels. They outlive an engine.
class House {
 public:
  explicit House(config::Model model);

  void start_engine();
  // As the host has been up so long and says the time is so much more than it is.
  static Duration since_boot;
  static std::int64_t clock_ahead_ns;
  void kill_engine() { engine_.reset(); }  // nothing orderly: its memory stays as it is
  engine::Engine& engine() { return *engine_; }

  // Another configuration, as the supervisor hands it over: with a board of its own, in files. What was told to it of that
  // since then; once it was done, the board is the new one.
  void reload(config::Model model);
  std::optional<ipc::Reconfigured> reconfigured();
  // Whether the board there was before the last reload says that it is none any more.
  bool is_old_board_superseded() const;
  const config::Model& model() const { return model_; }
  std::uint64_t configuration() const { return hash_; }

  // The keeper's part, in the terms of the last hello. `caught_up` ends what a hello asked for.
  void begin();
  void send_sockets();
  // One more socket that hears everything, as the one for strays; and one that hears nothing in place of the first.
  void send_stray_socket();
  void deafen();
  void send_interface(bool up = true, bool running = true);
  void send_caught_up();
  void send_everything() {
    begin();
    send_sockets();
    send_interface();
    send_caught_up();
  }
  // Answers wishes like a keeper whose kernel does everything; collects what was wished.
  bool answers_wishes = true;
  std::vector<ipc::Want> wishes;
  std::vector<std::uint64_t> keeper_hellos, runner_hellos;  // whose configuration each named
  void serve_keeper();

  template <typename T>
  void from_keeper(const T& message) {
    ASSERT_TRUE(keeper_.send(message));
  }
  template <typename T>
  void from_runner(const T& message) {
    ASSERT_TRUE(runner_.send(message));
  }
  template <typename T>
  void from_supervisor(const T& message) {
    ASSERT_TRUE(supervisor_.send(message));
  }
  void leave_as_supervisor() { supervisor_ = base::os::Channel(); }
  // Types of the messages the supervisor got since the last call.
  std::vector<ipc::Type> told_supervisor();

  void turn();
  // Turns, serving the keeper in between, until the condition holds. False when it did not within `bound`.
  bool run_until(const std::function<bool()>& condition, Duration bound = 5s);
  void run_for(Duration span);

  feed::Row row(std::size_t index = 0) const;
  feed::GroupRow group(std::size_t index = 0) const;
  // The entry of this address; of family kNone when there is none.
  feed::PeerRow peer(const Address& address, std::size_t index = 0) const;
  std::vector<feed::Stranger> strangers() const;
  feed::Global global() const;
  base::State state() const { return row().state; }
  bool is(base::State state) const { return row().state == state; }
  std::vector<feed::Record> records() const;
  std::vector<feed::Record> records(feed::Kind kind) const;
  std::span<std::byte> board() { return is_reloaded_ ? new_board_.writable() : bytes_of(board_); }
  std::span<const std::byte> board() const {
    return is_reloaded_ ? new_board_.bytes() : std::as_bytes(std::span(board_));
  }
  std::span<std::byte> ledger() { return bytes_of(ledger_); }
  std::span<std::byte> memory() { return bytes_of(memory_); }

  static constexpr std::uint64_t kHash = 0x5eed;

 private:
  static std::span<std::byte> bytes_of(std::vector<std::uint64_t>& words) {
    return std::as_writable_bytes(std::span(words));
  }

  config::Model model_, next_model_;
  std::uint64_t hash_ = kHash, next_hash_ = 0;
  std::vector<std::uint64_t> board_, ledger_, memory_;
  base::os::Mapping next_board_, new_board_, old_board_;
  bool is_reloaded_ = false;
  std::uint64_t keeper_terms_ = kHash;
  base::os::Channel keeper_, runner_, supervisor_;
  base::os::UniqueFd engine_keeper_, engine_runner_, engine_supervisor_, kick_;
  std::unique_ptr<engine::Engine> engine_;

 public:
  // How often the reader was kicked since the last call.
  std::uint64_t kicks();
};

}  // namespace lan
