// One event record of the ledger: what happened, to which instance, why, and the evidence.
//
// 512 bytes, host byte order, documented with a hexdump in docs/feed.md. Text is UTF-8, cut to fit, zero padded, and
// always ends in a zero. A field that means nothing for a kind is zero.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/ids.hpp"
#include "base/ip.hpp"
#include "base/vrrp.hpp"

namespace feed {

enum class Kind : std::uint16_t {
  kTransition = 1,     // instance, from, to, cause, evidence
  kEngineStarted = 2,  // status: how many instances
  kEngineAdopted =
      3,  // instance kept its state across an engine; duration: how long nobody spoke for it
  kScript =
      4,  // a check changed its verdict. subject: script; from/to: Fault/Backup for failing/well; text: output
  kNotify = 5,  // a notify script ended. subject: what ran; status, duration
  kPermit = 6,  // a permit flag came or went. subject: path; status: 1 present, 0 absent
  kAddressRestored =
      7,  // somebody removed an address we hold and it was put back. subject: address; status: how often
  // addresses of the instance were, since the record before; duration: within how long, if more than once
  kAddressRefused = 8,  // the kernel refused one. subject: address; status: errno
  kLink =
      9,  // an interface came, went, rose or fell. subject: interface; status: 1 usable, 0 not; cause
  kCommand = 10,  // an operator asked. subject: command; status: uid; text: what came of it
  kChildDied =
      11,  // a process of ours ended and is started again. subject: role; status: exit status or -signal
  kStopped = 12,  // the daemon ends in an orderly way
  kLost = 13,  // written by readers, never by the engine: `status` records were overwritten unread
  kMail = 14,  // a mail was given up. subject: recipient; text: what the server said
  kNote = 15,  // text says it all; for things without a kind of their own
  // Two masters of one virtual router. status: 1 raised, 2 another rival or reason than before, 0 over; peer, peer_priority:
  // the other one; subject: the reason that can be seen, in a word; duration: how long it lasted, when it is over; text:
  // both sides' values, if they differ
  kContest = 16,
  // A peer is configured differently. peer; subject: what differs (the kDiffers words below); status: 1 differs, 0 no
  // more; text: "ours ..., theirs ..."
  kMismatch = 17,
  // An advert of a VRID nobody here has. peer; peer_priority; subject: interface; status: VRID
  kStray = 18,
  // A rightly signed peer's clock. peer; status: 1 outside the window, 0 inside again; duration: its offset, signed
  kClock = 19,
  // A sync group changed. name: the group's; instance: none; from, to, cause; subject: the member that decided
  kGroup = 20,
  // A tracked file or process changed. subject: its name; from/to as kScript; cause: kTrackedFile or kTrackedProcess;
  // status: the number in the file, or how many processes run; text: what is wrong, if anything is
  kTracked = 21,
  // A start was held back. subject: "quiet start" or "start delay"; status: 1 began, 0 over; duration: of at most how
  // much, or how long it was; text: what ended it
  kHold = 22,
  // A new configuration was asked for. subject: with what; uid; status: 0 it is in force, else how many errors keep it from
  // being (at least 1); text: what it changes, or why not
  kReload = 23,
  kReconfigured = 24,  // an instance goes on with other values. text: which
  // The effective priority of an instance with notify_priority_changes moved. from, to: its state; priority: the new one;
  // status: the one before
  kPriority = 25,
  // Somebody removes addresses of the instance from the kernel as often as they are put back. status: 1 began, 0 over; subject:
  // one of them; priority; text, when it is over: how often they were put back meanwhile; duration: how long it lasted, then
  kAddressFought = 26,
  // Made by readers, never by the engine: no engine runs. status: 1 began, 0 over; duration: how long none has shown itself, or
  // did not; text, when it began: what becomes of the addresses
  kNoEngine = 27,
};

// What may differ between the configurations of two routers; the subject of kMismatch, in the order of Differs.
enum class Differs : std::uint8_t {  // a set of bits
  kAddresses = 1,
  kInterval = 2,
  kVersion = 4,
  kAuth = 8,
  kChecksum = 16,  // another form of the version 3 checksum
  kPriority = 32,  // both are owners, or both have the same priority
};
constexpr std::string_view to_string(Differs what) {
  switch (what) {
    case Differs::kAddresses: return "addresses";
    case Differs::kInterval: return "interval";
    case Differs::kVersion: return "version";
    case Differs::kAuth: return "auth";
    case Differs::kChecksum: return "checksum";
    case Differs::kPriority: return "priority";
  }
  return "?";
}

struct Record {
  std::uint64_t sequence = 0;  // from 1, dense; stamped by Ledger
  std::int64_t wall_ns = 0;
  std::int64_t monotonic_ns = 0;
  std::int64_t silence_ns = 0;   // Evidence::silence
  std::int64_t lateness_ns = 0;  // Evidence::lateness
  std::int64_t duration_ns = 0;  // Evidence::duration
  std::uint32_t generation = 0;  // of the configuration: half of its hash
  std::int32_t status = 0;       // Evidence::status
  std::uint32_t uid = 0;         // Evidence::uid
  std::uint16_t instance = 0xffff;
  Kind kind = Kind::kNote;
  base::Cause cause = base::Cause::kNone;
  base::State from = base::State::kInitialize;
  base::State to = base::State::kInitialize;
  std::uint8_t priority = 0;  // effective
  std::uint8_t peer_priority = 0;
  base::Family peer_family = base::Family::kNone;
  std::uint8_t reserved = 0;
  std::array<std::uint8_t, 16> peer{};
  std::array<char, 64> name{};     // the instance's
  std::array<char, 64> subject{};  // script, interface, address, process, path
  std::array<char, 296> text{};
};
static_assert(sizeof(Record) == 512);

// Copies what fits and always ends in a zero; never cuts inside a UTF-8 character.
template <std::size_t kSize>
void put_text(std::array<char, kSize>& field, std::string_view text) {
  std::size_t length = text.size() < kSize ? text.size() : kSize - 1;
  if (length < text.size())
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) --length;
  field.fill('\0');
  for (std::size_t i = 0; i < length; ++i) field[i] = text[i];
}

template <std::size_t kSize>
std::string_view get_text(const std::array<char, kSize>& field) {
  std::size_t length = 0;
  while (length < kSize && field[length] != '\0') ++length;
  return {field.data(), length};
}

inline base::Address peer_of(const Record& record) {
  if (record.peer_family == base::Family::kNone) return {};
  const std::size_t length = record.peer_family == base::Family::kIpv4 ? 4 : 16;
  return base::Address::from_bytes(record.peer_family, std::span(record.peer).first(length));
}

}  // namespace feed
