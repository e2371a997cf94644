// The words of the field that every process uses: states, causes, reasons to drop a packet.
//
// The numbers are part of the board and ledger formats (docs/feed.md): add at the end, never renumber.
#pragma once

#include <cstdint>
#include <string_view>

namespace base {

// What an instance is. "Master" and "Backup" as operators say; RFC 9568 says Active and Backup.
enum class State : std::uint8_t {
  kInitialize = 0,  // not started, or waiting for the first result of a check
  kBackup = 1,
  kMaster = 2,
  kFault = 3,    // cannot be master: a tracked thing or the own link is down
  kStopped = 4,  // the daemon stopped in an orderly way
};

// Why an instance changed state. One sentence each: engine/feed/sentence.hpp.
enum class Cause : std::uint16_t {
  kNone = 0,
  kStartup = 1,              // the daemon started
  kOwnerStartup = 2,         // the owner of the addresses starts as master (RFC 9568 6.4.1)
  kSilence = 3,              // the master's adverts stopped
  kPriorityZeroHeard = 4,    // the master said it is leaving
  kPreemption = 5,           // a master of lower priority was heard and we prefer ourselves
  kHigherPriorityHeard = 6,  // as master, heard a better one
  kEqualPriorityLost = 7,    // as master, heard an equal one with a higher address
  kScriptFailed = 8,
  kScriptTimedOut = 9,
  kTrackedInterfaceDown = 10,
  kTrackedFile = 11,
  kTrackedProcess = 12,
  kLinkDown = 13,        // own interface lost its carrier or was set down
  kInterfaceGone = 14,   // own interface does not exist
  kAddressMissing = 15,  // own interface has no address to speak from
  kAddressRefused = 16,  // the kernel would not take a virtual address
  kFaultCleared = 17,    // the last thing that kept it in fault is well again
  kSyncGroup = 18,       // a member of its group moved
  kPermitRemoved = 19,   // the permit flag was taken away
  kOperator = 20,        // a command
  kReload = 21,
  kStop = 22,
  kAdoption = 23,  // a new engine took over the state of the one before
  kWitness = 24,
  kChecked = 25,  // the first result of every check is in
  kLateTimer =
      26,  // as master, woke so late that others will have taken over (timer_expired_backup)
  kRivalOwner = 27,     // as owner, heard another owner that wins the tie
  kNoPeers = 28,        // unicast, and no peer to speak to (unicast_fault_no_peer)
  kSourceMissing = 29,  // the configured source address is not on the interface (track_src_ip)
  kEngineMissing = 30,  // no engine could speak for it, and the keeper let go of its addresses
  kAddressFought = 31,  // somebody removes a virtual address from the kernel again and again
};

// Why an advert was not accepted, in the order of the ladder (RFC 9568 7.1). A dropped advert changes its counter only.
enum class Drop : std::uint8_t {
  kNone = 0,
  kTtl = 1,      // IP TTL or hop limit is not 255
  kVersion = 2,  // not the version of this virtual router
  kType = 3,     // not an advertisement
  kLength = 4,   // shorter than it says, or of no possible length
  kChecksum = 5,
  kUnknownVrid = 6,     // no such virtual router on this interface
  kInterval = 7,        // v2: differs from ours (RFC 3768 7.1); v3: zero
  kAuthType = 8,        // v2: a type that does not exist
  kAuthMismatch = 9,    // v2: not the type configured here
  kAuthFailed = 10,     // v2: wrong password
  kNoAddresses = 11,    // an address count of zero (RFC 9568 erratum 8299)
  kOwnPacket = 12,      // our own advert came back
  kNotListening = 13,   // the instance is in Initialize, Fault or Stopped
  kOwnerIgnores = 14,   // we own the addresses and do not listen
  kMulticast = 15,      // sent to another destination than this virtual router's
  kNotAPeer = 16,       // unicast, and the source is not a configured peer
  kAuthMissing = 17,    // no HMAC trailer, and it is demanded
  kAuthMalformed = 18,  // an HMAC trailer or AH header that is none
  kAuthKey = 19,        // signed with a key we do not have
  kAuthStale = 20,      // its clock is outside the window, and nothing else vouches for it
  kReplay = 21,         // not newer than what was accepted before
  kRateLimited = 22,    // its source sends more than is worth checking
  kAddressList = 23,    // strict, version 2: other addresses than ours (RFC 3768 7.1)
  kQueueFull = 24,      // lost in the kernel: more came than was read
};
inline constexpr std::size_t kDropReasons = 32;  // room on the board

// What keeps an instance from becoming master although nothing is wrong. A set of bits.
enum class Hold : std::uint8_t {
  kPermit = 1,       // the permit flag is absent, or not yet looked at
  kMaintenance = 2,  // an operator said so
  kStartDelay = 4,   // vrrp_startup_delay, vrrp_delay_after_boot
  kQuiet = 8,        // knew a peer before and has not heard the LAN yet
};

constexpr std::string_view to_string(State state) {
  switch (state) {
    case State::kInitialize: return "INIT";
    case State::kBackup: return "BACKUP";
    case State::kMaster: return "MASTER";
    case State::kFault: return "FAULT";
    case State::kStopped: return "STOP";
  }
  return "?";
}

// The name a row and a JSON object carry: "silence", "priority-zero-heard".
std::string_view to_string(Cause cause);
std::string_view to_string(Drop reason);

}  // namespace base
