// Two masters of one virtual router: a condition of its own, with the reason that this node can see.
//
// Pure, one per virtual router, told everything heard for it, accepted or not. Nothing here reaches the state machine.
//
// Who can know? Whoever hears that somebody claims while somebody else is master: he himself, or another one he hears. A
// claim is an advert with another priority than 0, accepted or not. Bounds, with A the slower of the two intervals:
//
//   raised     within 2A of the moment from which both are master and what they say arrives, plus the way on the wire.
//              A claim of each comes within A of it, and the second claim of one of them within another A: the first
//              one alone may be the last word of a master that gives way, the second is not.
//   but for    a backup that missed an advert of the better one since both are master (his first was lost, or it has just begun
//              to listen): where both claim in step, one crossing looks like a hand-over, and it takes a quarter of an
//              interval more.
//   never      for a takeover, a preemption, a return, a lost tie, a priority 0, the meeting of two masters that settle
//              it, a stray packet or a copy of one
//   cleared    when the rival, or the one he contends with, has not claimed for three of his intervals (never less than
//              three of ours, or two packets of a liar who claims 10 ms could make it blink); when we stop being master
//
// A source's claim raises it when he has claimed before it, at least 3/4 of an interval (the rival's or ours, the shorter) and
// at most 1.25 of his intervals ago (2.5 when he is not accepted): closer is one advert twice, and in a longer pause he may
// have given up and risen again; and when
//
//   accepted, and we are master:      he claimed twice since we are, and since we spoke, master like him, he had the time to
//                                     obey (a quarter of his interval, between 2 and 50 ms)          one-way
//   accepted, and we are not:         a better accepted one has claimed beside him, for as long as a master may be late that
//                                     has been replaced (a quarter of an interval)                    two-others
//   not accepted, and we are master:  we were as early before                          (by what was wrong with it)
//   not accepted, and we are not:     an accepted one has claimed beside him, and the worse of the two for as long as a master
//                                     may be late that has been replaced: by others than us he may be accepted  (likewise)
//     (of a source that is accepted otherwise, what is not is a copy, or borrowed: it raises nothing)
//
//   rival  ----C-----------C-----------C-----------C                      C: his claims
//   ours   A---+-------A---+-------A---+-------A---+-------A-------A       A: our adverts
//              first       raised                  |--- 3 intervals ---| cleared
//
// Of the interval that an unaccepted one claims the least is believed: no longer than he keeps it himself.
//
// Memory is fixed. A flood of made-up sources cannot hide a rival: one who is shown stays until he is silent, sources that
// were accepted before are kept before others, and where the tables overflow with claims of one kind they count as one
// rival (is_crowd). Who begins in the middle of a flood and was never accepted is part of that crowd, unnamed, until it
// ends. Raised and cleared at most once per three intervals for as long as we are what we are; shown is the rival shown before, until
// he is silent, with what is wrong with him now.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "engine/core/claim.hpp"

namespace core {

// What keeps the two from settling it. The numbers are for records: add at the end.
enum class ContestReason : std::uint8_t {
  kNone = 0,
  kOneWay = 1,     // we hear him, he does not obey us
  kTwoOthers = 2,  // as a backup, we hear two masters
  kAuth = 3,
  kVrid = 4,  // he announces our addresses under another VRID
  kTtl = 5,
  kChecksum = 6,
  kVersion = 7,
  kInterval = 8,
  kAddresses = 9,     // strict: other addresses, or none
  kDestination = 10,  // multicast against unicast, or not one of our peers
  kLength = 11,
};
inline constexpr std::size_t kContestReasons = 12;

std::string_view to_string(ContestReason reason);  // "one-way": what board and records carry

// Nothing for a drop that says nothing about a second master.
std::optional<ContestReason> contest_reason(base::Drop drop);

struct Rivalry {
  ContestReason reason = ContestReason::kNone;
  base::Drop drop = base::Drop::kNone;  // why he is not accepted, where that is the reason
  Claim rival;                          // his newest claim
  Address other;  // two-others, and whatever a backup sees: who else is master
  bool is_crowd =
      false;  // many sources, none of which could be told from the rest; `rival` is the newest
  Instant since;
};

class Contest {
 public:
  // What we are and the interval of our adverts. To be told at the start and whenever either changes; a departing master
  // is none. All calls answer whether what is shown was changed by them: raised, cleared, or another rival or another reason
  // in place of the one shown.
  bool stand(bool is_master, Duration own_interval, Instant now);
  // An advert of ours that claims mastership left.
  void spoke(Instant at);
  // An advert for us was accepted, after the instance was told. Priority 0 ends its sender's claim.
  bool accept(const Claim& claim, Instant received);
  // One was not. Priority 0 is nobody's claim.
  bool reject(const Claim& claim, base::Drop drop, Instant received);
  // One for a VRID that is not ours lists an address of ours.
  bool foreign(const Claim& claim, Instant received);
  // Lets time pass. Harmless when early.
  bool advance(Instant now);
  Instant deadline() const;

  bool is_on() const { return shown_ != kNobody; }
  // Requires: is_on().
  Rivalry rivalry() const;

 private:
  struct Entry {
    bool is_used = false;
    bool is_raised = false;  // its claims are more than an orderly hand-over
    Claim claim;             // the newest
    ContestReason reason = ContestReason::kNone;
    base::Drop drop = base::Drop::kNone;
    std::uint32_t claims = 0;  // since first
    Instant began;             // of the rhythm it claims in
    Instant ranked;            // since then with this priority
    Instant first;
    Instant last;
    Duration interval{0};               // as far as he is believed
    Duration rhythm{0};                 // longest gap so far
    bool is_crowded = false;            // of a crowd: one of them had no place of his own
    Instant warned = Instant::never();  // as master: our first advert since it began
    Instant since;                      // raised then
  };
  static constexpr std::size_t kMasters = 4;  // accepted
  static constexpr std::size_t kRivals = 8;   // not accepted
  // The condition needs more claims than the tables could have kept apart.
  static constexpr std::uint32_t kCrowd = kRivals + 1;

  static constexpr std::size_t kEntries = kMasters + kRivals + kContestReasons;
  static constexpr std::size_t kNobody = kEntries;

  std::span<Entry> masters() { return std::span(entries_).first<kMasters>(); }
  std::span<const Entry> masters() const { return std::span(entries_).first<kMasters>(); }
  std::span<Entry> rivals() { return std::span(entries_).subspan<kMasters, kRivals>(); }
  Entry& crowd(ContestReason reason) {
    return entries_[kMasters + kRivals + static_cast<std::size_t>(reason)];
  }
  bool is_crowd(std::size_t place) const { return place >= kMasters + kRivals; }

  std::size_t place_in_table(const Entry& entry) const {
    return static_cast<std::size_t>(&entry - entries_.data());
  }

  // What is shown: whose entry, raised when.
  struct Sight {
    std::size_t place = kNobody;
    Instant since;
    friend bool operator==(const Sight&, const Sight&) = default;
  };

  bool not_accepted(const Claim& claim, ContestReason reason, base::Drop drop, Instant at);
  void count_in_crowd(const Claim& claim, ContestReason reason, base::Drop drop, Instant at,
                      bool is_crowded);
  void count(Entry& entry, const Claim& claim, base::Drop drop, Instant at);
  void consider(Entry& entry, Instant at);  // raises it when there is enough against it
  bool is_warned(const Entry& entry, Instant at) const;
  void forget(const Address& source, Instant at);
  bool has_just_left(const Claim& claim, Instant at) const;
  void note_accepted(const Address& source);
  bool is_known(const Address& source) const;
  // The entry of this source, a fresh one, or nothing when all are more worth keeping.
  bool has_place(std::span<const Entry> table, const Claim& claim, ContestReason reason,
                 Instant at) const;
  Entry* place_of(std::span<Entry> table, const Claim& claim, ContestReason reason, Instant at);
  static bool is_told(const Entry& worse, const Entry& better);
  static bool is_to_obey(const Entry& entry);
  bool is_witnessed(const Entry& entry, Instant at) const;
  bool contends(const Entry& entry, Instant now) const;
  const Entry* other_master(const Address& than, Instant now) const;
  Duration longer_interval(const Entry& entry) const;
  Duration longest_gap(const Entry& entry) const;
  Duration hold(const Entry& entry) const;
  Instant expiry(const Entry& entry) const;
  void judge(Instant at);  // looks again who contends, and who of them is shown
  std::size_t to_show() const;

  bool is_master_ = false;
  Instant master_since_;
  Instant last_spoke_ = Instant::never();
  Duration own_interval_ = std::chrono::seconds{1};
  std::array<Entry, kEntries> entries_{};  // accepted, not accepted, and one crowd per reason
  std::size_t shown_ = kNobody;            // its place; stays with the same one while he contends
  Sight sight_;                            // of the last call
  Instant now_;
  std::array<Address, 4> known_{};  // accepted at some time
  std::size_t next_known_ = 0;
};

}  // namespace core
