// The adverts that are owed, and how they leave: all of a turn together, one system call per socket, in the order they
// were asked for.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/assembly.hpp"
#include "engine/core/advert.hpp"
#include "engine/core/instance.hpp"
#include "engine/ears.hpp"
#include "engine/publication.hpp"
#include "engine/wire/advert_socket.hpp"

namespace engine {

class Voice {
 public:
  // Everything referred to outlives this.
  Voice(const Assembly& assembly, const Ears& ears, Publication& publication);

  // `form` and `source` as they are now: what was asked for is said, whatever changes before it leaves.
  struct Words {
    std::uint16_t instance = 0;
    core::Priority priority;
    core::ChecksumForm form = core::ChecksumForm::kMessageOnly;
    base::Address source;  // not set: there is no place to speak from
  };
  void owe(const Words& words);
  // Requires: nothing. Who has no place to speak from is counted in its row.
  void send();

 private:
  struct Owed {
    std::uint16_t ear = 0;
    std::uint32_t order = 0;
    Words words;
  };
  void flush(std::span<const Owed> batch, int fd);

  const Assembly& assembly_;
  const Ears& ears_;
  Publication& publication_;
  std::vector<Owed> owed_;
  wire::Sender sender_;
};

}  // namespace engine
