// The supervisor's control socket: <run-dir>/control, SOCK_SEQPACKET, one fixed-size request and one fixed-size reply.
//
// Who may connect is decided by the socket's mode (0660, group vigie); who asked is taken from the kernel's peer
// credentials, never from the message, and lands in the ledger.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace control {

inline constexpr std::uint32_t kVersion = 1;

enum class Command : std::uint32_t {
  kPing = 1,  // is somebody there, and which process
  kNote = 2,  // record that the asker did something: subject is the command, text what came of it
  // Replace every process by what is installed now. subject "force": also when that takes a departure. The reply comes when
  // all are replaced, or what ran before goes on.
  kUpgrade = 16,
  kReload = 3,  // read the configuration again; the reply comes when it runs, or is refused
  // subject: on, off; text: until when, in nanoseconds of the wall clock, 0: until it is taken off
  kMaintenance = 4,
  // Of the instance named by text, with its group; subject: give, force, take.
  kSwitchover = 5,
};

struct Request {
  std::uint32_t version = kVersion;
  Command command = Command::kPing;
  std::uint16_t instance = 0xffff;  // index into the configuration, or none
  std::uint16_t reserved = 0;
  std::array<char, 64> subject{};
  std::array<char, 296> text{};
};

enum class Answer : std::uint32_t {
  kDone = 0,
  kNotUnderstood = 1,  // another version, or a command that does not exist
  kFailed = 2,         // text says why
  kRefused =
      3,  // kReload: the configuration has errors, which are in <run-dir>/findings; text: the first.
          // kUpgrade: what is installed does not read what runs, and nobody forced it; text: what
};

struct Reply {
  std::uint32_t version = kVersion;
  Answer answer = Answer::kDone;
  std::int32_t supervisor_pid = 0;
  std::int32_t engine_pid = 0;  // 0 while it is being started
  std::array<char, 256> text{};
};

std::string socket_path(std::string_view run_dir);

// Sends one request and waits for the reply, at most `patience`.
base::Result<Reply> ask(std::string_view run_dir, const Request& request, base::Duration patience);

}  // namespace control
