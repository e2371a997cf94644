// One virtual router as RFC 9568 section 6.4 (RFC 3768 6.4 for v2) describes it.
//
// Knows no socket and no clock: it is told what happened and when, and answers with what must be done, in order.
// Not thread-safe; one owner. Allocates nothing.
//
// Contract: feed one event or let time pass, then do every action in `todo`, in order, before the next call. Feed every
// packet already received before letting time pass: silence is believed only once the queue is drained.
//
// Make before break: a planned departure (hold, stop, failed check) sends priority 0 and goes on holding the addresses,
// still Master to everyone who looks, until a successor's advert is heard plus kOverlap, or the departure's bound has
// passed (one master interval: the skew of the lowest priority). Only then it withdraws and changes state. Its reason may
// disappear meanwhile: it goes through with it all the same, but ends in Backup rather than Fault. A master that hears a
// better one changes at once but withdraws kOverlap later. A fault that makes answering impossible (link down, interface
// gone, no address to speak from) lets go at once and says nothing, and so does an address the kernel refuses, after
// priority 0.
//
// Return: who is about to push a living master aside, one heard within as many of its intervals as a backup waits, is a backup
// that prepares. It asks for its addresses, goes on listening, and says its first word, announces and becomes Master once
// they are installed; only then does the other one let go. Meanwhile whatever keeps a backup down (a better one is heard, a
// hold, a fault, the group, a stop) makes it withdraw them again, without a word. It waits for the kernel no longer once the
// other one says priority 0 or falls silent. After kPreparation it gives up for this time, listens for a down interval and
// tries again: while the kernel cannot take the addresses, their holder is better than we are. An address that is refused
// is a fault of who never spoke. Who takes over from nobody does not wait: first advert, then addresses
// (docs/decisions/0014-return.md). An owner that starts or comes back from a fault has not listened, and does not either.
//
// Switchover: a master that is told to leaves make before break, and gives way: from then on it obeys whoever took over, lower
// or not, until it is master again: when that one says priority 0 or falls silent, or when it is told to take it back. When
// nobody took over within two intervals it stays master, having held its addresses all the time; not when forced. The members
// of a group are asked together, and stay unless one of them was answered. Told to take, a backup pushes a lower master aside at once, prepared as for any return.
//
// A fight: somebody removes the addresses as often as the kernel is given them (AddressesFought). A master gives way as in a
// switchover that is not forced, and takes it back when that is over. A member of a group cannot stay alone, so it gives way
// only when it has known another router, and its group with it.
//
// Holds: a backup with any hold on never rises; its Master_Down_Timer runs on underneath. When the last hold goes, a timer
// that still runs is kept (a master may be alive, or we have not listened long enough to know). One that ran out means
// that no master we would obey is left: then the skew alone is waited, so an enabled router rises in a fraction of a
// second. A departure that nobody answered ends the same way.
//
// Start delay and quiet start are holds of their own that end by themselves. Quiet start, when a cap is configured: after
// the start of a router that knew a peer, and after its own link came back when a peer is known, it does not rise before
// an advert of its virtual router was accepted, the LAN was heard (then it listens for a whole down interval: what was
// silent before was the LAN), or the cap has passed. Not for an owner. The start delay is for everybody.
//
// Sync groups: a member whose timer has run out does not rise, it wants to, and rises when told GroupChanged{kMaster}, or
// at once if its group is master already. Told kBackup or kFault, a master departs, make before break; a fault of the
// group alone ends when the group's does, and one of its own lasts until the group is told as well. Owners want at once.
// Whoever left for its group and saw nobody take over waits, besides the skew, for a share of an interval that is its own.
//
// A late wake-up: when silence is found out more than a quarter of the master's interval after its deadline, we slept, and
// the master's adverts may have been lost meanwhile (a full socket) or the master slept with us (a paused host). Such
// silence gets one second hearing of one interval and the skew.
//
// The owner (priority 255) without holds goes from Initialize and from Fault to Master at once (RFC 9568 6.4.1);
// it preempts whatever `preempt` says. Two owners settle it like any two routers (erratum 8298): the lower address yields,
// waits as a backup, and rises when its rival falls silent or says less than 255.
//
// A master answers an advert that loses against it, and priority 0, with an advert at once, in v2 too (RFC 3768 would
// wait for the timer; the extra advert ends a split sooner and moves nobody's timer further than the next one would).
// At most two such answers go out per own interval, whatever arrives.
//
// A master that hears another one it does not yield to announces its addresses again: clients may have learned them from
// him. At most once per kAnnounceAgain, for the repeats of an announcement cover that long, or once per kAnnounceApart where
// nobody had contended for three intervals; and once more when one who went on for longer has fallen silent. A master that
// has announced its addresses and yields says its priority once more, so that the better one knows that it has clients to win
// back, whoever hears the other one first (RFC 9568 does not say so: not when strict).
//
// A backup believes priority 0 of the master it obeys, of the best one when it hears several. While that one is not yet silent
// for as long as any backup waits for it (`down_timer_adverts` intervals), priority 0 of somebody else means nothing: a second
// master leaves, an old one repeats itself, or somebody lies. Priority 0 said again does not begin the skew again. So a stranger's
// neither hastens a takeover nor puts one off by more than one skew.
//
// A sender whose clock is wrong (Heard::is_clock_bad) is alive: as backup nothing it says lets us rise, priority 0 included.
//
// Router::late_backup: a master that has said nothing for as long as a backup of that priority waits was replaced. It steps
// down before it says anything else, priority 0 included.
//
// A refused address is a fault of kRefusalRetry; then the instance tries again by way of Backup.
#pragma once

#include "engine/core/action.hpp"
#include "engine/core/states.hpp"
#include "engine/core/tracking.hpp"

namespace core {

// How long we go on answering after a successor was heard: it needs a moment to install and announce.
inline constexpr Duration kOverlap = std::chrono::milliseconds{10};

// A master that hears a losing one restarts its announcements at most this often.
inline constexpr Duration kAnnounceAgain = std::chrono::seconds{5};
inline constexpr Duration kAnnounceApart = std::chrono::seconds{1};

// How long a kernel may take to hold the addresses of a router that is about to push a living master aside.
inline constexpr Duration kPreparation = std::chrono::seconds{5};

// What makes an instance obey a lower one.
enum class GaveWay : std::uint8_t {
  kNo = 0,
  kSwitchover = 1,  // an operator's word
  kFight = 2,       // somebody fights its addresses here
};

// How long an instance stays in fault after the kernel refused one of its addresses.
inline constexpr Duration kRefusalRetry = std::chrono::seconds{10};

// What a new engine takes over from the one before, as the board had it.
struct Adopted {
  base::State state = base::State::kInitialize;
  Instant deadline;  // next advert when master, master-down when backup, bound when departing,
                     // next try when in fault; that is what Instance::deadline() said
  Duration master_interval{0};  // learned, as backup
  Address master;               // last heard
  Priority master_priority;
  Instant last_heard;
  std::uint8_t holds = 0;  // what was on when the board was written
  bool departing = false;  // was in a planned departure
  GaveWay gave_way = GaveWay::kNo;
  // What it spoke with; kept until every weighted tracker has answered. 0: unknown.
  Priority effective;
  Instant delayed_until;  // of Start, while Hold::kStartDelay is among the holds
};

// Another configuration for an instance that lives on.
struct Reconfiguration {
  const Router& router;                     // Requires: of the same VRID and family
  std::span<const TrackerOrigin> trackers;  // by tracker of `router`
  // By the place an instance had in the configuration before, the one it has now.
  std::span<const std::optional<std::uint16_t>> places;
};

class Instance {
 public:
  explicit Instance(const Router& router);

  void handle(const Event& event, Instant now, Actions& todo);
  // Lets time pass. Harmless when early: nothing happens before deadline().
  void advance(Instant now, Actions& todo);
  // When advance() must be called next; pulled, never pushed. Instant::never() while nothing is awaited.
  Instant deadline() const;

  // Takes over from a dead engine in place of Start; never asks for Changed: an adoption is no transition. A master asks
  // for InstallAddresses, anybody else for WithdrawAddresses (both idempotent): the keeper may not have heard the last
  // word of the engine before. A departure says priority 0 again and ends as any other. What was in Initialize starts.
  // Requires: nothing was handled yet.
  void adopt(const Adopted& adopted, Instant now, Actions& todo);

  // Goes on with another configuration, in the state it is in (engine/core/reconfigure.cpp). What says the same changes
  // nothing. A master says at once what it says otherwise than before, and its next advert is due when the old one was or
  // an interval from now, whichever comes first; it yields to nobody by itself. A backup has waited what it has waited, and
  // goes on believing the interval it was taught. A tracker that is new moves nothing until it is known what it watches.
  // Not told here: other holds, another source, and that an address is to be announced that was not there before.
  void reconfigure(const Reconfiguration& change, Instant now, Actions& todo);

  // What its sync group is made of (engine/core/sync_group.hpp), with state(), is_departing() and holds().
  // Something of its own is wrong, or it was adopted as wrong and nobody said yet that it is well.
  bool has_own_fault() const;
  // Would be master now, were it not for its group; false once it is.
  bool wants_master() const;
  // It wants, over a living master, and the kernel does not hold its addresses yet.
  bool must_prepare() const;
  // A backup that obeys nobody, and has not waited long enough to know that nobody is there.
  bool is_listening() const;
  // What it was told of its group; kInitialize: nothing yet.
  base::State told() const { return group_.standing; }
  bool told_prepares() const { return group_.prepares; }

  // True while it is the owner and master and told not to listen (owner_ignore_adverts): adverts for it are counted
  // (Drop::kOwnerIgnores) and not told.
  bool ignores_adverts() const;

  // What the board publishes.
  base::State state() const;
  bool is_departing() const;
  // Departing, and master again unless somebody answers: it leaves only if there is another one.
  bool is_asking() const;
  // A backup that has asked for its addresses and says nothing before it has them.
  bool is_preparing() const;
  // Obeys its successor, and what made it.
  bool gave_way() const { return gave_way_ != GaveWay::kNo; }
  GaveWay gave_way_for() const { return gave_way_; }
  bool holds_addresses() const;
  Priority effective_priority() const;
  std::uint8_t holds() const { return holds_; }
  unsigned fault_count() const;      // what is wrong right now, each thing for itself
  Duration master_interval() const;  // the interval in force
  Address master() const;  // ours when master, last heard when backup; not set when unknown
  Priority master_priority() const;
  Instant last_heard() const;          // the last advert since we began to listen; boot: none
  ChecksumForm checksum_form() const;  // the form our adverts take (V3Checksum)
  const Router& router() const { return router_; }

 private:
  // One overload per (state, event), so that a forgotten pair does not compile.
  struct On;
  // One overload per state, for time that passed.
  struct Passing;
  // One overload per state, for another configuration.
  struct Changing;

  struct Link {
    bool is_known = false;  // nobody has said anything about it yet
    bool is_usable = false;
    base::Cause cause = base::Cause::kLinkDown;
    Address source;
  };
  struct Peer {
    Address address;
    Priority priority;
    Instant heard;
    Duration interval{0};  // as it said
  };
  struct Reason {
    base::Cause cause = base::Cause::kNone;
    Evidence evidence;
  };

  // What we know whatever the state.
  void note(const LinkChanged& event);
  void note(const TrackerReported& event);
  void note(const HoldChanged& event);
  void note(const Heard& event);
  void note(const GroupChanged& event);
  void put_hold(base::Hold hold);
  void end_hold(base::Hold hold);
  void trust_lan();  // it carries, or has been waited for long enough: ends a quiet start
  void learn_interval(Duration heard);
  void obey(states::Obeyed& master, const Heard& event);
  void obey_after_all(states::Backup& state);
  bool is_alive(const states::Obeyed& master, Instant at) const;  // as far as anybody can know
  bool is_better(const Advert& advert) const;
  // Whether the newest advert was of a master that would be pushed aside, and when he is to be taken for dead.
  bool has_rival(const states::Backup& state, Instant now) const;
  Instant rival_ends() const;
  bool may_rise() const;  // its group does not keep it
  bool is_well() const;   // nothing of its own is wrong, and everything that may be has answered
  bool is_able() const;   // that, and its group is no fault
  bool preempts(const states::Backup& state) const;
  Duration skew() const;
  Duration down_interval() const;
  // Whether those who wait least for us have stopped waiting (Router::late_backup).
  bool is_too_late(const states::Master& state, Instant now) const;
  const Reason& fault_reason() const;  // of the first tracker in fault
  Reason group_reason() const;
  Evidence peer_evidence(Instant now, Duration lateness) const;

  // Each changes the state: the last act of whoever calls it.
  void settle_start(states::Initialize& state, Instant now, Actions& todo);
  void settle_fault(states::Fault& state, Instant now, Actions& todo);
  void rise(const Reason& reason, Instant now, Actions& todo);
  void become_master(const Reason& reason, Instant now, Actions& todo,
                     states::Preparation::Kernel kernel = states::Preparation::Kernel::kUnasked);
  void become(states::Any next, const Reason& reason, Actions& todo);
  void depart(bool to_stopped, const Reason& reason, Instant now, Actions& todo);
  void finish_departure(const states::Departing& state, Instant now, Actions& todo);
  // A planned departure of a master that stays when nobody takes over, unless it must not.
  void give_way(GaveWay why, bool may_stay, Duration patience, const Reason& reason, Instant now,
                Actions& todo);
  void stay(Instant now, Actions& todo);
  void hear_release(states::Backup& state, const Heard& event) const;
  void take_over(const states::Backup& state, Instant now, Actions& todo);
  void prepare(states::Backup& state, Instant now, Actions& todo) const;
  void stop_preparing(states::Backup& state, Actions& todo) const;
  void wait_after_hold(states::Backup& state, Instant now) const;
  Duration own_share(Duration interval) const;
  void step_down_late(const states::Master& state, Instant now, Actions& todo);

  Router router_;
  Tracking tracking_;
  states::Any state_;
  std::uint8_t holds_ = 0;
  GaveWay gave_way_ = GaveWay::kNo;
  Instant start_delay_ends_ = Instant::never();
  Instant quiet_ends_ = Instant::never();
  bool knows_peer_ = false;  // of a router that may be master while we hear nothing
  // Heard, or waited for, since the start and since the link came back.
  bool is_lan_trusted_ = false;
  GroupChanged group_{base::State::kInitialize, 0, false};  // as last told
  Link link_;
  Peer peer_;                 // the newest advert since we began to listen
  Duration master_interval_;  // Active_Adver_Interval
  ChecksumForm peer_form_ = ChecksumForm::kPseudoHeader;
  // What each tracker reported last; a failure may be reported long before it matters.
  std::array<Reason, kMaxTrackers> reports_{};
};

}  // namespace core
