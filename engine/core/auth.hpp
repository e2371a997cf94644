// Who said it, and is it new: the authentication of adverts, of one virtual router.
//
// Stands between the socket and the codec in both directions, whatever the virtual router has configured:
//
//   open()   a packet as it came in -> the advert in it, or the reason to drop it. Calls parse().
//   seal()   a message as build() wrote it -> what is to be sent.
//
// HMAC (either version, either family): 28 bytes behind the message.
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +---------------+---------------+-------------------------------+
//   |   Type = 1    |    Key ID     |         Reserved = 0          |
//   +---------------+---------------+-------------------------------+
//   |            Number (8 bytes, engine/core/auth_number.hpp)      |
//   +---------------------------------------------------------------+
//   |                HMAC-SHA256, its first 16 bytes                |
//   +---------------------------------------------------------------+
//
// It signs {family 4|6, version, VRID, 0, source in 16 bytes}, the message with a checksum of zero, the first 12 bytes of
// the trailer, and 16 bytes of zero. The checksum of IPv4 does not cover the trailer, that of IPv6 does.
//
// AH (version 2 over IPv4): RFC 2402 with HMAC-MD5-96, protocol 51, between the IP header and the message. The SPI is the
// source address, the key the password padded with zeros, and all routers of a virtual router count with one counter:
// whoever speaks next is one ahead of what it heard. Over multicast the check value covers the TTL, over unicast it does
// not.
//
// What is new. Nothing is taken twice: of each key and signer, everything that was ever taken lies in one of two stretches,
//
//     ------------------------------]           [---------------]
//              taken by clocks that agreed       taken by clocks that did not
//
// and only what is in neither may still be taken:
//
//   above both            in the window; or outside of it, and then one of the two clocks is wrong but the sender lives
//                         (is_clock_bad);
//   between the two       in the window: a sender whose clock ran ahead went back to the right time.
//
// Nobody is known at first. Then what is in the window is new, and so is what comes from our future: no recording comes from
// the future of a clock that is right. What comes from our past may be the recording of somebody never heard here.
// In monotonic mode there is no window: all that is above is new, whatever any clock says.
//
// Our own numbers never go back, whatever our clock does: each is above all before, so a router that took an advert of ours
// takes the next one too. Receivers of another make believe in the window alone, so when a clock that ran ahead has been
// put right, an advert goes out twice: copies() answers 2, and the second copy is numbered by the clock.
//
// A packet that is dropped changes nothing but its token bucket. Allocates nothing after construction. Keys are wiped on
// destruction and never come out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/vrrp.hpp"
#include "engine/core/advert.hpp"
#include "engine/core/auth_bucket.hpp"
#include "engine/core/router.hpp"

namespace core {

// A keyed digest comes from outside (engine/digest): the core computes none. What it made of a key is its own affair.
struct KeyState {
  static constexpr std::size_t kBytes = 384;
  alignas(16) std::array<std::uint64_t, kBytes / 8> words{};
  KeyState() = default;
  KeyState(const KeyState&) = delete;
  KeyState& operator=(const KeyState&) = delete;
  ~KeyState();  // wipes it
};

struct Digest {
  using Bytes = std::span<const std::uint8_t>;
  void (*set_key)(Bytes key, KeyState& state) = nullptr;
  // The first room.size() bytes of the digest of all parts, one after the other.
  void (*sum)(KeyState& state, std::span<const Bytes> parts,
              std::span<std::uint8_t> room) = nullptr;
};

struct Digests {
  Digest hmac_sha256;
  Digest hmac_md5;
};

enum class HmacMode : std::uint8_t {
  kEnforce,      // signs, and takes only what is signed
  kPermissive,   // signs, and takes what is not signed as well
  kReceiveOnly,  // does not sign, and takes both
};

inline constexpr std::size_t kMaxAuthKeys = 16;

struct AuthKey {
  std::uint8_t id = 0;
  std::span<const std::uint8_t> secret;
};

// Of what Router::auth_type says, the part that is secret. The spans need live no longer than the construction.
struct AuthSettings {
  // kHmac. Requires: ids differ and active_key is among them.
  base::InlineList<AuthKey, kMaxAuthKeys> keys;
  std::uint8_t active_key = 0;
  HmacMode mode = HmacMode::kEnforce;
  bool is_monotonic = false;
  Duration window = std::chrono::seconds{5};
  // kAh. Router::auth_data stays zero: it is sent.
  std::array<std::uint8_t, 8> ah_password{};
};

// The greatest number taken of a signer. To be kept where a restart and a reboot find it: without it a recording is new.
// Nothing up to a remembered mark is ever taken again.
struct Mark {
  std::uint8_t key = 0;  // 0 of AH
  Address signer;        // not set: ourselves
  std::uint64_t number = 0;
  friend bool operator==(const Mark&, const Mark&) = default;
};

// A mark for every unicast peer under an old key and a new one.
inline constexpr std::size_t kMaxMarks = 2 * kMaxPeers;

// When all marks are taken, one may be given to another signer if its own was not heard for so long and, to our clock,
// everything it ever signed is older than the window; or if its key is configured no more. Else the newcomer is refused.
inline constexpr Duration kMarkAge = std::chrono::hours{24};

// How far our own numbers skip ahead after a restart, where no clock is ahead of what was remembered: what was kept may be a
// little older than what was said last.
inline constexpr Duration kOwnSkip = std::chrono::seconds{10};
inline constexpr std::uint64_t kOwnSkipAh = 64;  // it counts adverts, not time

inline constexpr std::size_t kTrailerBytes = 28;
inline constexpr std::size_t kAuthHeaderBytes = 24;
inline constexpr std::size_t kIpHeaderBytes = 20;
// What seal() may need beyond build()'s kMaxMessage, before and behind it.
inline constexpr std::size_t kMaxSealing = kIpHeaderBytes + kAuthHeaderBytes;
static_assert(kMaxSealing >= kTrailerBytes);

// The turn's clocks.
struct Clock {
  Instant now;
  std::int64_t wall_ns = 0;  // CLOCK_REALTIME at `now`
};

struct Verdict {
  base::Drop drop = base::Drop::kNone;
  // Of an accepted one:
  bool is_signed = false;     // and `mark` is to be kept
  bool is_clock_bad = false;  // Heard::is_clock_bad
  Mark mark;
  // By how much its sender's clock is ahead of ours, as far as the number tells; zero when monotonic. Of a stale one too,
  // though there anybody may have written it.
  Duration clock_ahead{0};
};

// The VRID a packet claims, looking behind an AH header (peek_vrid() for any packet).
bool peek_vrid(const Packet& packet, Vrid& vrid);

class Authenticator {
 public:
  Authenticator(const Router& router, const AuthSettings& settings, const Digests& digests);
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  // What was kept. Before the first open() and seal(); a mark of our own at any time. Marks of keys that are not configured are kept as well, while there
  // is room: a key may come back. Answers false when there was no room.
  bool remember(const Mark& mark, Instant now);

  // The advert in `packet`, or why not; `advert` is filled only when accepted. `received` is its kernel stamp.
  // Requires: `router` is the one of the construction (its priority and the like may have moved).
  Verdict open(const Packet& packet, const Router& router, Instant received, const Clock& clock,
               Advert& advert);

  // Where build() has to start in the room: an AH packet is written whole, its IP header by the caller.
  std::size_t bytes_before() const { return type_ == AuthType::kAh ? kMaxSealing : 0; }
  // How often the same advert is to be sent to each destination, sealed anew each time: 2 while our numbers have run
  // ahead of a clock that was put right, else 1.
  std::size_t copies(std::int64_t wall_ns) const;
  // Completes what stands in the first `length` bytes of `room`, bytes_before() included, and answers the new length.
  // Each packet sent is sealed for itself: one for each destination. Nothing to do and nothing done without HMAC or AH.
  // Requires: room for kMaxSealing more; for AH the IP header stands at its beginning, total length included.
  // `copy` counts from 0 to copies() - 1.
  std::size_t seal(std::span<std::uint8_t> room, std::size_t length, const Address& source,
                   const Address& destination, std::int64_t wall_ns, std::size_t copy = 0);
  // How far our own numbers have come, under the key we sign with: to be kept after every seal().
  std::optional<Mark> own() const;

  // For whoever looks.
  std::size_t signers() const { return slots_.size(); }
  std::optional<Mark> mark_of(std::uint8_t key, const Address& signer) const;
  std::uint64_t refused_signers() const {
    return refused_;
  }  // verified, but there was no mark left

 private:
  struct Key {
    std::uint8_t id = 0;
    KeyState state;
  };
  struct Slot {
    Mark mark;  // where the second stretch ends, or the first when there is no second
    std::uint64_t in_window = 0;  // where the first ends
    std::uint64_t off_from = 0;   // where the second begins
    bool has_first = false;
    bool has_second = false;
    Instant heard;
    Bucket bucket;
  };
  struct Novelty {
    base::Drop drop = base::Drop::kNone;
    bool is_in_window = true;
    Duration ahead{0};
  };

  Verdict open_hmac(const Packet& packet, const Router& router, Instant received,
                    const Clock& clock, Advert& advert);
  Verdict open_ah(const Packet& packet, const Router& router, const Clock& clock, Advert& advert);
  Novelty judge(const Slot* slot, std::uint64_t number, std::int64_t wall_ns) const;
  bool may_digest(Slot* slot, const Address& source, Instant now);
  // The signer has proven itself with this number: its token comes back and its mark moves. False: no mark was left.
  bool vouch(Slot* slot, std::uint8_t key, const Address& signer, std::uint64_t number,
             bool is_in_window, const Clock& clock, Mark& mark);
  Slot* find(std::uint8_t key, const Address& signer);
  Slot* place(const Clock& clock);  // for one more signer; nothing when there is no room
  Key* key_of(std::uint8_t id);
  bool is_stranded(std::int64_t wall_ns) const;
  std::uint64_t next_number(std::int64_t wall_ns, std::size_t copy);
  std::size_t seal_hmac(std::span<std::uint8_t> room, std::size_t length, const Address& source,
                        const Address& destination, std::int64_t wall_ns, std::size_t copy);
  void seal_ah(std::span<std::uint8_t> packet, const Address& source, bool is_unicast);

  AuthType type_;
  Digests digests_;
  HmacMode mode_;
  bool is_monotonic_;
  Duration window_;
  std::uint8_t active_key_;
  bool is_unicast_;
  std::array<Key, kMaxAuthKeys> keys_;
  std::size_t key_count_ = 0;

  base::InlineList<Slot, kMaxMarks> slots_;
  Strangers strangers_;
  std::uint64_t refused_ = 0;

  // Our own numbers: the greatest we signed or, of AH, heard; and the one the second copy carries.
  std::optional<std::uint64_t> own_;
  bool is_own_remembered_ = false;  // and nothing was signed since
  std::optional<std::uint64_t> own_by_clock_;
};

}  // namespace core
