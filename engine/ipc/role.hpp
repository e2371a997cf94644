// What the supervisor hands to every process it starts: descriptor numbers and arguments.
//
//   vigie-<role> --run-dir DIR --state-dir DIR [--journal] [--stand-by]
//
// Numbers are fixed so that a process can be read without its parent beside it. A role uses only those listed for it.
#pragma once

#include <chrono>

namespace ipc {

inline constexpr int kConfigFd = 3;  // compiled configuration, read-only; every role
inline constexpr int kBoardFd = 4;   // engine: read-write; others: read-only
inline constexpr int kLedgerFd = 5;  // engine: read-write; others: read-only

// keeper, runner: the channel to the engine. The engine has one per neighbour.
inline constexpr int kEngineFd = 6;
// recorder, alerter, subagent, runner: an eventfd the engine writes once per turn in which it appended a record.
inline constexpr int kKickFd = 7;
// keeper: an eventfd it writes while it lives, at least every ipc::kPulsePeriod; the supervisor replaces one that does not.
inline constexpr int kPulseFd = 7;
inline constexpr std::chrono::milliseconds kPulsePeriod{250};

// keeper: an eventfd the supervisor adds to with every engine that dies and should not have.
inline constexpr int kDeathsFd = 8;

// The engine's own.
inline constexpr int kKeeperFd = 6;
inline constexpr int kRunnerFd = 7;
inline constexpr int kSupervisorFd = 8;
inline constexpr int kFirstKickFd =
    9;  // recorder, alerter, subagent, runner: 9 to 12, whether or not they run
inline constexpr int kKickCount = 4;
// What outlives reloads and restarts (engine/feed/memory.hpp). engine: read-write; recorder, keeper: read-only.
inline constexpr int kMemoryFd = kFirstKickFd + kKickCount;

// Of a process started with --stand-by, any role: who it is to succeed still runs. It prepares what it can prepare beside
// that one, says StandingBy, and waits for a byte, which comes when it is alone; then it takes over, and says another byte
// when it has. End of file in place of the byte: it is not wanted.
inline constexpr int kBirthFd = kMemoryFd + 1;

// SIGTERM asks any role to finish and exit 0. Readers of the ledger first deal with every record up to the head they
// find then, within a bounded time of their own; the engine is asked by ipc::Stop instead and ignores SIGTERM.

}  // namespace ipc
