// Whether an engine is there to say what is wanted: by its heartbeat on the board, which is looked up by its path, for
// a new configuration has a new board.
//
// The supervisor starts an engine that died again within a second at most, and replaces one that hangs within two. One that
// has been silent for longer is not coming back soon: its peers have taken over, and nobody should go on answering in its
// name. While this process stood still the engine may have stood still as well, and which of the two goes on first is chance:
// that time does not count, or what ran out meanwhile would be put back after the engine has spoken. Where there is no
// board that can be read nobody knows, and an engine is taken to be there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/instant.hpp"
#include "base/os/mapping.hpp"
#include "base/result.hpp"
#include "engine/feed/board.hpp"

namespace keeper {

class Speaker {
 public:
  static constexpr base::Duration kPatience = std::chrono::seconds{4};

  // An engine that is just being started has as long as one that was heard now.
  Speaker(std::string board, base::Instant now)
      : path_(std::move(board)), heartbeat_(now), looked_(now) {}

  // To be asked several times a second, or it is taken to have stood still.
  static constexpr base::Duration kAwake = std::chrono::seconds{1};

  // For how long the engine has been silent; nothing when it lives, or when that is unknown.
  std::optional<base::Duration> silence(base::Instant now);

  // What the board of this configuration says now. Nothing: there is none, or none that can be read.
  std::optional<feed::Global> sign(std::uint64_t configuration, base::Instant now);
  // Requires: sign() said something.
  std::optional<feed::Row> row(std::size_t instance) const;

 private:
  static constexpr base::Duration kLookUpAgainAfter = std::chrono::milliseconds{250};
  base::Status look_up();
  // A board that cannot be read whole says nothing new.
  void read();

  std::string path_;
  base::os::Mapping board_;
  std::uint64_t configuration_ = 0;  // of board_
  base::Instant look_up_at_;
  base::Instant heartbeat_;
  base::Instant looked_;
  bool is_unknown_ = false;  // and that has been said
};

}  // namespace keeper
