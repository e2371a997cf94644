// The flat form of a Model: what the one-shot reader writes and every other process reads at its start.
//
// A header with a version, a checksum and a hash, then the fields in the order of model.hpp, little-endian, strings and lists
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

// Of what it means, as it was written down with it: two models have the same hash when they say the same in the same order,
// wherever in whichever files it stands, and whatever a former daemon left. The board carries it, so an engine knows whether
// the rows it finds belong to the configuration it runs: comments and empty lines make no other one.
std::uint64_t hash_of(std::span<const std::byte> compiled);

// Of every byte behind it, positions too: guards against accidents.
std::uint64_t checksum_of(std::span<const std::byte> compiled);

}  // namespace config
