#include "base/vrrp.hpp"

namespace base {

std::string_view to_string(Cause cause) {
  switch (cause) {
    case Cause::kNone: return "none";
    case Cause::kStartup: return "startup";
    case Cause::kOwnerStartup: return "owner-startup";
    case Cause::kSilence: return "silence";
    case Cause::kPriorityZeroHeard: return "priority-zero-heard";
    case Cause::kPreemption: return "preemption";
    case Cause::kHigherPriorityHeard: return "higher-priority-heard";
    case Cause::kEqualPriorityLost: return "equal-priority-lost";
    case Cause::kScriptFailed: return "script-failed";
    case Cause::kScriptTimedOut: return "script-timed-out";
    case Cause::kTrackedInterfaceDown: return "tracked-interface-down";
    case Cause::kTrackedFile: return "tracked-file";
    case Cause::kTrackedProcess: return "tracked-process";
    case Cause::kLinkDown: return "link-down";
    case Cause::kInterfaceGone: return "interface-gone";
    case Cause::kAddressMissing: return "address-missing";
    case Cause::kAddressRefused: return "address-refused";
    case Cause::kFaultCleared: return "fault-cleared";
    case Cause::kSyncGroup: return "sync-group";
    case Cause::kPermitRemoved: return "permit-removed";
    case Cause::kOperator: return "operator";
    case Cause::kReload: return "reload";
    case Cause::kStop: return "stop";
    case Cause::kAdoption: return "adoption";
    case Cause::kWitness: return "witness";
    case Cause::kChecked: return "checked";
    case Cause::kLateTimer: return "late-timer";
    case Cause::kRivalOwner: return "rival-owner";
    case Cause::kNoPeers: return "no-peers";
    case Cause::kSourceMissing: return "source-missing";
    case Cause::kEngineMissing: return "engine-missing";
    case Cause::kAddressFought: return "address-fought";
  }
  return "?";
}

std::string_view to_string(Drop reason) {
  switch (reason) {
    case Drop::kNone: return "none";
    case Drop::kTtl: return "ttl";
    case Drop::kVersion: return "version";
    case Drop::kType: return "type";
    case Drop::kLength: return "length";
    case Drop::kChecksum: return "checksum";
    case Drop::kUnknownVrid: return "unknown-vrid";
    case Drop::kInterval: return "interval";
    case Drop::kAuthType: return "auth-type";
    case Drop::kAuthMismatch: return "auth-mismatch";
    case Drop::kAuthFailed: return "auth-failed";
    case Drop::kNoAddresses: return "no-addresses";
    case Drop::kOwnPacket: return "own-packet";
    case Drop::kNotListening: return "not-listening";
    case Drop::kOwnerIgnores: return "owner-ignores";
    case Drop::kMulticast: return "destination";
    case Drop::kNotAPeer: return "not-a-peer";
    case Drop::kAuthMissing: return "auth-missing";
    case Drop::kAuthMalformed: return "auth-malformed";
    case Drop::kAuthKey: return "auth-key";
    case Drop::kAuthStale: return "auth-stale";
    case Drop::kReplay: return "replay";
    case Drop::kRateLimited: return "rate-limited";
    case Drop::kAddressList: return "address-list";
    case Drop::kQueueFull: return "queue-full";
  }
  return "?";
}

}  // namespace base
