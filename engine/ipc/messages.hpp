// The commands that travel between the engine and its neighbours, one fixed-size struct each, over Channels.
//
// Every message starts with its Type; a receiver checks type and length and counts what it does not understand.
// Facts do not travel here: they are on the board and in the ledger. Instances and addresses are named by their place
// in the compiled configuration, never by value, so a mistaken engine cannot make the keeper install anything the
// operator did not write.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "base/ip.hpp"
#include "base/vrrp.hpp"
#include "engine/feed/record.hpp"

namespace ipc {

// Raised with every change of what is said here: processes that speak different ones are not started beside each other.
inline constexpr std::uint32_t kVersion = 4;

enum class Type : std::uint32_t {
  // engine -> keeper
  kHello = 1,  // a new engine: send everything you have
  kWant,       // which instances should hold their addresses
  // keeper -> engine
  kSocket,     // a socket, with its descriptor
  kInterface,  // what an interface is now
  kHeld,       // the kernel holds all / none of an instance's addresses, or refused one
  kRestored,   // somebody removed an address and it was put back
  kCaughtUp,   // everything a Hello asked for was sent
  // runner -> engine
  kScriptResult,  // a track script's verdict changed, or was given for the first time
  kPermit,        // a permit flag's state
  kNotifyResult,  // a notify script ended
  // supervisor -> engine
  kStop,    // depart, then say Stopped
  kReport,  // append this record for me: a child died, a command was given; keeper, runner: a note on their own work
  // engine -> supervisor
  kReady,    // sockets are here, first states decided
  kStopped,  // every instance is Stopped
  // runner -> engine
  kTracked,  // a tracked file or process changed, or was looked at for the first time
  // keeper -> engine
  kSource,  // whether the configured source address of an instance is on its interface
  // supervisor -> engine
  kBoard,        // the board that goes with the Reconfigure behind it
  kReconfigure,  // go on with this configuration
  // engine -> supervisor
  kReconfigured,  // whether it does
  // keeper, runner -> engine
  kBegin,  // what follows is told in the terms of this configuration
  // supervisor -> engine
  kMaintenance,  // whether an operator holds every instance back
  kSwitchover,   // an operator moves mastership
  // keeper -> engine
  kStoodIn,  // what was said and done for an instance while no engine could
};

// A new engine, or one with a new configuration, which is in the descriptor: go on with it if it is not yours already,
// then Begin and send everything there is.
//
// Places in messages are places in a configuration. After Hello the engine's are those of the one it named; everything a
// neighbour says counts only behind a Begin that names the same, so that nothing said before it is taken for another
// thing. A Begin that names another is answered by Hello.
struct Hello {
  Type type = Type::kHello;
  std::uint32_t reserved = 0;
  std::uint64_t configuration = 0;  // config::hash_of
};

struct Begin {
  Type type = Type::kBegin;
  std::uint32_t reserved = 0;
  std::uint64_t configuration = 0;
};

// Level, not edge: the whole wish for one instance. Sending it again changes nothing and is answered again. In other terms than
// those the keeper goes by it is nothing: a keeper that was killed amid a reload leaves wishes of before to its successor,
// which begins with what comes behind them.
struct Want {
  Type type = Type::kWant;
  std::uint16_t instance = 0;
  std::uint8_t hold = 0;  // 1: the kernel should hold its addresses; 0: it should not
  std::uint8_t reserved = 0;
  std::uint64_t configuration = 0;  // in whose terms
};

enum class SocketKind : std::uint8_t {
  kAdvert =
      1,  // raw, protocol 112 or 51, joined to the groups, stamped by the kernel; bound to one interface
  kPacket = 2,  // AF_PACKET, protocol 0: sends ARP and NA frames on any interface, receives nothing
  kLinks = 3,   // rtnetlink, RTMGRP_LINK: link changes as they happen; never written to
  kStray =
      4,  // like kAdvert, with the opposite filter and a queue of a few packets: what kAdvert's filter drops. Looked
          // at now and then, never waited for; SO_RXQ_OVFL counts what did not fit
};

struct Socket {
  Type type = Type::kSocket;
  SocketKind kind = SocketKind::kAdvert;
  base::Family family = base::Family::kNone;  // of kAdvert and kStray
  std::uint8_t protocol = 0;                  // of kAdvert and kStray: 112, or 51 for AH
  std::uint8_t reserved = 0;
  std::uint32_t ifindex = 0;          // of kAdvert and kStray
  std::array<char, 16> interface {};  // of kAdvert and kStray
};

struct Interface {
  Type type = Type::kInterface;
  std::uint32_t ifindex = 0;  // 0: it does not exist
  std::array<char, 16> name{};
  std::uint8_t up = 0;       // IFF_UP
  std::uint8_t running = 0;  // IFF_RUNNING
  std::array<std::uint8_t, 6> mac{};
  std::uint32_t mtu = 0;
  std::array<std::uint8_t, 4> ipv4{};   // primary address, none of ours; zero when there is none
  std::array<std::uint8_t, 16> ipv6{};  // link-local, usable; zero when there is none
};

struct Held {
  Type type = Type::kHeld;
  std::uint16_t instance = 0;
  std::uint16_t installed = 0;  // addresses in the kernel
  std::uint16_t wanted = 0;     // of so many: all the instance has, whatever was asked
  std::uint16_t refused = 0;    // index of one the kernel refused, when error is set
  std::int32_t error = 0;       // errno, or 0
  std::uint16_t fought =
      0;  // index of one that somebody removes again and again, when there is one
  std::uint8_t is_fought = 0;  // 1: there is
  std::uint8_t reserved = 0;
};

struct Restored {
  Type type = Type::kRestored;
  std::uint16_t instance = 0;
  std::uint16_t address = 0;  // index into the instance's addresses
};

struct CaughtUp {
  Type type = Type::kCaughtUp;
};

// Behind the Begin that answers a Hello, of each instance the keeper stood in for (engine/keeper/guardian.hpp). Moments are
// monotonic.
struct StoodIn {
  Type type = Type::kStoodIn;
  std::uint16_t instance = 0;
  std::uint8_t said_zero = 0;
  std::uint8_t let_go = 0;   // of its addresses
  std::uint8_t is_loop = 0;  // why: engines died one after the other; else the engine was silent
  // Who was heard, if anybody was.
  std::uint8_t peer_priority = 0;
  base::Family peer_family = base::Family::kNone;
  std::uint8_t key = 0;  // whose number that is (core::Mark)
  std::uint32_t deaths = 0;
  std::array<std::uint8_t, 16> peer{};
  std::int64_t peer_interval_ns = 0;
  std::int64_t began_ns = 0;
  std::int64_t let_go_ns = 0;
  // How far the numbers of what was signed have come; 0 where nothing was. Who goes on below it is taken for a recording.
  std::uint64_t number = 0;
};

struct ScriptResult {
  Type type = Type::kScriptResult;
  std::uint16_t script = 0;
  std::uint8_t well = 0;
  std::uint8_t timed_out = 0;
  std::int32_t status = 0;  // exit status, or minus the signal
  std::int32_t reserved = 0;
  std::int64_t duration_ns = 0;
  std::array<char, 288> output{};  // what it last printed, cut
};

struct Permit {
  Type type = Type::kPermit;
  std::uint16_t flag = 0;  // index into the configuration's flags
  std::uint8_t present = 0;
  std::uint8_t known = 1;  // 0: it could not be looked at, which counts as absent
  std::uint32_t uid = 0;
};

enum class TrackedKind : std::uint8_t { kFile = 1, kProcess = 2 };

// Files report the number they hold, processes whether as many run as should.
struct Tracked {
  Type type = Type::kTracked;
  std::uint16_t index = 0;  // into the configuration's tracked_files or processes
  TrackedKind kind = TrackedKind::kFile;
  std::uint8_t well = 0;        // of a process
  std::int32_t value = 0;       // of a file: its number; of a process: how many run
  std::array<char, 64> text{};  // what is wrong with it, in words
};

struct Source {
  Type type = Type::kSource;
  std::uint16_t instance = 0;
  std::uint8_t present = 0;
  std::uint8_t reserved = 0;
};

struct NotifyResult {
  Type type = Type::kNotifyResult;
  std::uint16_t instance = 0;
  std::uint16_t reserved = 0;
  std::int32_t status = 0;
  std::int64_t duration_ns = 0;
  std::array<char, 64> what{};  // "notify_master"
};

struct Stop {
  Type type = Type::kStop;
};

// Level, not edge: said to every new engine before anything else, and whenever it changes.
struct Maintenance {
  Type type = Type::kMaintenance;
  std::uint8_t on = 0;
  std::array<std::uint8_t, 3> reserved{};
  std::uint32_t uid = 0;  // who asked
};

// Once. With an instance goes its sync group. One that is not in the state the operator saw does nothing.
struct Switchover {
  Type type = Type::kSwitchover;
  std::uint16_t instance = 0;
  std::uint8_t take = 0;   // 1: a backup rises over the lower master there is; 0: a master leaves
  std::uint8_t force = 0;  // 1: it does not stay when nobody takes over
  std::uint32_t uid = 0;
  std::uint64_t configuration = 0;  // in whose terms
};

struct Report {
  Type type = Type::kReport;
  std::uint32_t reserved = 0;
  feed::Record record;
};

// The board in the descriptor is of this configuration and empty; what the old one counted is the engine's to carry over.
struct Board {
  Type type = Type::kBoard;
  std::uint32_t reserved = 0;
  std::uint64_t configuration = 0;
};

// The compiled configuration is in the descriptor.
struct Reconfigure {
  Type type = Type::kReconfigure;
  std::uint32_t reserved = 0;
  std::uint64_t configuration = 0;
};

// Said in the turn that changed over, before any neighbour hears of it: from here on the new one is the one in force, also
// for an engine that is started next. When it was not done, nothing at all has changed.
struct Reconfigured {
  Type type = Type::kReconfigured;
  std::uint8_t done = 0;
  std::array<std::uint8_t, 3> reserved{};
  std::uint64_t configuration = 0;
  std::array<char, 240> text{};  // why not
};

struct Ready {
  Type type = Type::kReady;
};

struct Stopped {
  Type type = Type::kStopped;
};

// Any role -> supervisor, on ipc::kBirthFd: what it is to take over is prepared.
struct StandingBy {
  std::array<char, 64> version{};  // of the executable
};

// The type of a message, or nothing when it is too short to have one.
inline std::optional<Type> type_of(std::span<const std::byte> message) {
  Type type{};
  if (message.size() < sizeof type) return std::nullopt;
  std::memcpy(&type, message.data(), sizeof type);
  return type;
}

// The message as a T, or nothing when type or length are wrong.
template <typename T>
std::optional<T> as(std::span<const std::byte> message) {
  T value;
  if (message.size() != sizeof value || type_of(message) != T{}.type) return std::nullopt;
  std::memcpy(&value, message.data(), sizeof value);
  return value;
}

}  // namespace ipc
