// The flat form of a Model: what the one-shot reader writes and every other process reads at its start.
//
// A header with a version and a hash, then the fields in the order of model.hpp, little-endian, strings and lists
// length-prefixed. Decoding checks every length; a damaged or foreign buffer is an error, never a crash.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "engine/config/model.hpp"

namespace config {

std::vector<std::byte> compile(const Model& model);
base::Result<Model> decompile(std::span<const std::byte> bytes);

// Of the content: two equal models have equal hashes. The board carries it, so an engine knows whether the rows it
// finds belong to the configuration it runs.
std::uint64_t hash_of(std::span<const std::byte> compiled);

}  // namespace config
