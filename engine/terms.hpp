// One configuration, ready to be worked with: what the operator said, the tables made of it, and the board that belongs to
// it. Everything in messages and on the board is named by its place in one of these, so a place means something only
// together with the terms it was said in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/os/fd.hpp"
#include "base/os/mapping.hpp"
#include "base/result.hpp"
#include "engine/assembly.hpp"
#include "engine/config/model.hpp"

namespace engine {

struct Terms {
  config::Model model;
  std::uint64_t configuration = 0;  // config::hash_of
  base::os::UniqueFd descriptor;    // of the compiled form, to be handed on; may be none
  Assembly assembly;
  std::span<std::byte> board;
  base::os::Mapping mapping;  // of the board, when it is ours to keep
};

// Refuses a configuration that cannot be assembled, and a board that is of another boot or configuration.
base::Result<Terms> make_terms(config::Model model, std::uint64_t configuration,
                               std::span<std::byte> board, std::string_view boot_id);
// The same from the files themselves, in three steps for who has not the time for all at once, in this order. What is written,
// without board and assembly; `configuration` is what it should be.
base::Result<Terms> read_terms(base::os::UniqueFd compiled, std::uint64_t configuration);
base::Status map_board(Terms& terms, const base::os::UniqueFd& board);
base::Status assemble_terms(Terms& terms, std::string_view boot_id);

}  // namespace engine
