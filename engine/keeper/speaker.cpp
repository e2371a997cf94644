#include "engine/keeper/speaker.hpp"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "base/os/clock.hpp"
#include "base/os/fd.hpp"
#include "base/os/log.hpp"

namespace keeper {

using base::Duration;
using base::Error;
using base::Instant;

std::optional<Duration> Speaker::silence(Instant now) {
  const Duration passed = now - std::exchange(looked_, now);
  if (passed > kAwake) heartbeat_ = heartbeat_ + passed;
  read();
  if (now - heartbeat_ <= kPatience) return std::nullopt;
  if (auto found = look_up(); !found) {
    if (!std::exchange(is_unknown_, true))
      base::os::log_warning("nobody knows whether an engine lives: " + to_string(found.error()));
    return std::nullopt;
  }
  is_unknown_ = false;
  read();
  if (now - heartbeat_ <= kPatience) return std::nullopt;
  return now - heartbeat_;
}

std::optional<feed::Global> Speaker::sign(std::uint64_t configuration, Instant now) {
  const auto read_sign = [&]() -> std::optional<feed::Global> {
    if (board_.bytes().empty() || configuration_ != configuration) return std::nullopt;
    const auto global = feed::BoardReader(board_.bytes()).global();
    return global && global->superseded == 0 ? global : std::nullopt;
  };
  if (auto global = read_sign()) return global;
  if (now < look_up_at_) return std::nullopt;
  look_up_at_ = now + kLookUpAgainAfter;
  if (!look_up()) return std::nullopt;  // silence() says why, once it matters
  return read_sign();
}

std::optional<feed::Row> Speaker::row(std::size_t instance) const {
  const feed::BoardReader board(board_.bytes());
  return instance < board.rows() ? board.row(instance) : std::nullopt;
}

base::Status Speaker::look_up() {
  const base::os::UniqueFd file{::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!file) return Error::last("open", path_);
  auto board = base::os::Mapping::read_only(file.get());
  if (!board) return board.error();
  if (!feed::is_board(board->bytes(), base::os::boot_id()))
    return Error::because("read", "it is no board of this boot", path_);
  board_ = std::move(*board);
  configuration_ = feed::BoardReader(board_.bytes()).header().configuration_hash;
  return base::ok();
}

void Speaker::read() {
  if (board_.bytes().empty()) return;
  if (const auto global = feed::BoardReader(board_.bytes()).global())
    heartbeat_ = std::max(heartbeat_, Instant::from_ns(global->heartbeat_ns));
}

}  // namespace keeper
