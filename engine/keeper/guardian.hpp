// When the keeper speaks for an engine that cannot, and what it does until another one comes. Pure.
//
// An engine that dies is replaced at once, and most of the time nobody outside notices. The keeper stands in for it
//
//   in a crash loop    when kDeaths engines in a row have died within kDeathsWithin and not one of them came as far as to say
//                      what it wants. One that comes so far has spoken for its instances, and costs no peer an advert;
//   in silence         when it has not said the third advert in a row of an instance that is master, and not shown itself on
//                      the board for an interval and a half either: the peers are about to take over.
//
// Then, of each instance that is master on the board:
//
//   says priority 0 for it, once      the peers take over after their skew, not after three intervals
//   answers for its addresses on      clients lose nothing
//   lets go of them                   kOverlap after an advert of a successor is heard, which has them by then
//
// and of each that is not, whatever the kernel still holds for it is let go. With `lease strict` it is the other way round:
// addresses first, after two intervals and three quarters at the latest, then priority 0. Nobody holds them twice, and for the
// skew of the peers nobody holds them at all.
//
// It ends, of each instance, when another engine says what it wants, and of all when the same engine shows itself again.
//
// Who looks may be what was late. A keeper that was not on time itself judges no silence before it has looked for kBeat more:
// after a pause of the whole machine the engine has that long to show itself. Not so with `lease strict`, where an address too
// many is worse than a gap. That engines have died is no matter of time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "base/ids.hpp"
#include "base/instant.hpp"
#include "base/ip.hpp"
#include "base/vrrp.hpp"

namespace keeper {

using base::Duration;
using base::Instant;

class Guardian {
 public:
  static constexpr std::size_t kDeaths = 5;
  static constexpr Duration kDeathsWithin = std::chrono::seconds{10};
  // How often a living engine shows itself.
  static constexpr Duration kBeat = std::chrono::milliseconds{50};
  // A keeper that looks later than this was late itself.
  static constexpr Duration kLate = kBeat / 2;

  // A successor that speaks may not have its addresses quite yet; a planned departure waits as long.
  static constexpr Duration kOverlap = std::chrono::milliseconds{10};

  // `intervals` by instance, of the configuration.
  Guardian(const std::vector<Duration>& intervals, bool is_strict);

  // What the board says.
  struct Sign {
    Instant heartbeat;
    Instant started;  // whose heartbeat it is
  };
  struct Row {
    base::State state = base::State::kInitialize;
    bool is_departing = false;  // and has said so
    Duration interval{0};
    Instant last_said;  // of a master
  };

  struct Deed {
    enum class What : std::uint8_t {
      kListen,  // for adverts of others
      kSay,     // priority 0
      kKeep,    // hold on what it holds
      kLetGo,   // of its addresses; then let_go_done()
      kEnd,     // listen no more, and its addresses are as they are wanted
    };
    What what = What::kListen;
    std::uint16_t instance = 0;
    friend bool operator==(const Deed&, const Deed&) = default;
  };
  using Deeds = std::vector<Deed>;

  // An engine died that should not have.
  void died(Instant now);
  // Another one is there, and is being told how things are.
  void came(Instant now);
  // It says what it wants for an instance.
  void wished(std::uint16_t instance, Deeds& deeds);
  // An advert of another router that means to be master, accepted.
  struct Successor {
    base::Address address;
    base::Priority priority;
    Duration interval{0};
  };
  void heard(std::uint16_t instance, const Successor& successor, Instant now);
  // None of the instance's addresses is in the kernel any more.
  void let_go_done(std::uint16_t instance, Deeds& deeds);

  // Whether look() has to know more than the sign.
  bool needs_rows(const Sign& sign, Instant now) const;
  // Lets time pass. `rows` by instance; none when they are not needed, or cannot be known.
  void look(const Sign& sign, std::span<const Row> rows, Instant now, Deeds& deeds);
  // There is no board of this configuration to look at.
  void look_at_nothing() { deadline_ = Instant::never(); }
  // When to look again at the latest.
  Instant deadline() const { return deadline_; }

  // Of an instance that was master: what an engine that comes must know.
  struct Account {
    bool said_zero = false;
    bool is_let_go = false;
    bool is_loop = false;  // why: engines died in a row; else silence
    Instant began;
    Instant let_go;
    std::optional<Successor> successor;
  };
  const Account* account_of(std::uint16_t instance) const;
  bool stands_in() const { return standing_ > 0; }
  // How many have died in a row, of the last kDeaths, and since when.
  std::size_t deaths() const { return deaths_.size(); }
  Instant first_death() const { return deaths_.empty() ? Instant{} : deaths_.front(); }

 private:
  struct One {
    Duration interval{0};
    bool is_stood_in_for = false;
    bool was_master = false;
    bool listens = false;
    bool has_to_say = false;  // when its addresses are gone
    Instant let_go_at = Instant::never();
    Account account;
    std::optional<Successor> heard;  // by whoever only listens
    Instant heard_at;
  };
  Duration patience_of(Duration interval) const;
  bool is_loop(Instant now) const;
  // An engine shows itself, often enough for an instance of this interval.
  bool is_there(Duration interval, Instant now) const;
  bool has_same_engine_back(Instant now) const;
  void listen(std::uint16_t instance, Deeds& deeds);
  void stand_in(std::uint16_t instance, const Row& row, Instant now, Deeds& deeds);
  void let_go(std::uint16_t instance, Instant now, Deeds& deeds);
  void end(std::uint16_t instance, Deeds& deeds);

  std::vector<One> ones_;
  bool is_strict_;
  Duration shortest_{std::chrono::seconds{1}};
  std::deque<Instant> deaths_;
  bool has_died_ = false;  // whose sign it is
  bool has_come_ = false;  // another one is there and has not said yet what it wants
  Instant came_at_;
  Sign sign_;
  Instant stood_for_;  // Sign::started of whoever was there when it began
  Instant awake_since_;
  Instant rows_at_;
  Instant deadline_ = Instant::never();
  std::size_t standing_ = 0;
};

}  // namespace keeper
