#include "engine/config/compiled.hpp"

#include <gtest/gtest.h>

#include "random_model.hpp"

namespace config {
namespace {

constexpr std::size_t kHeaderBytes = 32;

TEST(Compiled, GivesBackTheModelItWasMadeFrom) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const Model model = RandomModel(seed).make();
    const auto bytes = compile(model);
    const auto back = decompile(bytes);
    ASSERT_TRUE(back.has_value()) << "seed " << seed << ": " << base::to_string(back.error());
    ASSERT_EQ(*back, model) << "seed " << seed;
    ASSERT_EQ(compile(*back), bytes) << "seed " << seed;
  }
}

TEST(Compiled, HasTheSameHashForEqualModelsAndAnotherForADifferentOne) {
  const Model model = RandomModel(7).make();
  Model other = model;
  EXPECT_EQ(hash_of(compile(model)), hash_of(compile(other)));
  other.router_id += "x";
  EXPECT_NE(hash_of(compile(model)), hash_of(compile(other)));
}

// What is written elsewhere in the files, or left over from before, is no other configuration: a board goes on with it.
TEST(Compiled, HasTheSameHashWhereverItStandsInTheFiles) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Model model = RandomModel(seed).make();
    Model moved = model;
    moved.files = {"/etc/elsewhere.conf"};
    moved.former.push_back(
        {.prefix = {*Address::parse("192.0.2.9"), 24}, .interface = "eth0", .peer = {}});
    for (Script& script : moved.scripts) script.at.line += 3;
    for (Instance& instance : moved.instances) {
      instance.at.line += 7;
      for (VirtualAddress& address : instance.addresses) address.at = {.file = 1, .column = 5};
      for (TrackedScript& tracked : instance.track_scripts) tracked.at.column += 1;
    }
    EXPECT_EQ(hash_of(compile(moved)), hash_of(compile(model))) << "seed " << seed;
    EXPECT_NE(checksum_of(compile(moved)), checksum_of(compile(model))) << "seed " << seed;
    moved.instances.emplace_back().vrid = 1;
    EXPECT_NE(hash_of(compile(moved)), hash_of(compile(model))) << "seed " << seed;
  }
}

TEST(Compiled, IsLittleEndianWithAHeaderOfThirtyTwoBytes) {
  const auto bytes = compile(Model{});
  ASSERT_GT(bytes.size(), kHeaderBytes);
  const std::string magic(reinterpret_cast<const char*>(bytes.data()), 8);
  EXPECT_EQ(magic, "VIGIECFG");
  EXPECT_EQ(bytes[8], std::byte{6});  // version 6, least significant byte first
  EXPECT_EQ(bytes[11], std::byte{0});
}

TEST(Compiled, RefusesEveryTruncation) {
  const auto bytes = compile(RandomModel(3).make());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    ASSERT_FALSE(decompile(std::span(bytes).first(size)).has_value()) << size;
}

TEST(Compiled, RefusesAnythingAfterItsEnd) {
  auto bytes = compile(RandomModel(3).make());
  bytes.push_back(std::byte{0});
  EXPECT_FALSE(decompile(bytes).has_value());
}

TEST(Compiled, RefusesEveryFlippedBit) {
  auto bytes = compile(RandomModel(3).make());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      bytes[i] ^= std::byte{1} << bit;
      ASSERT_FALSE(decompile(bytes).has_value()) << "byte " << i << " bit " << bit;
      bytes[i] ^= std::byte{1} << bit;
    }
  }
}

// The checksum guards against accidents; behind it the decoder stands on its own.
TEST(Compiled, SurvivesDamageThatCarriesARightChecksum) {
  std::mt19937_64 generator(1);
  std::vector<std::vector<std::byte>> originals;
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    originals.push_back(compile(RandomModel(seed).make()));
  std::size_t refused = 0;
  for (int round = 0; round < 20000; ++round) {
    auto bytes = originals[static_cast<std::size_t>(round % 50)];
    const std::size_t body = bytes.size() - kHeaderBytes;
    for (int flips = 1 + round % 3; flips > 0; --flips)
      bytes[kHeaderBytes + generator() % body] = static_cast<std::byte>(generator());
    if (round % 7 == 0) bytes.resize(kHeaderBytes + generator() % body);
    const std::uint64_t sum = checksum_of(bytes);
    for (std::size_t i = 0; i < 8; ++i)
      bytes[16 + i] = static_cast<std::byte>(sum >> (8 * i) & 0xff);
    const auto model = decompile(bytes);
    if (!model) {
      ++refused;
      continue;
    }
    // What is let through is consistent: every index leads somewhere.
    for (const Instance& instance : model->instances)
      for (const TrackedScript& tracked : instance.track_scripts)
        ASSERT_LT(tracked.script, model->scripts.size());
    for (const Flags& flags : model->flags)
      for (const std::uint16_t instance : flags.instances)
        ASSERT_LT(instance, model->instances.size());
  }
  EXPECT_GT(refused, 5000U);
}

TEST(Compiled, RefusesAnIndexThatLeadsNowhere) {
  Model model;
  model.instances.emplace_back().vrid = 1;
  model.instances[0].track_scripts.push_back({});
  EXPECT_FALSE(decompile(compile(model)).has_value());
  model.scripts.emplace_back();
  EXPECT_TRUE(decompile(compile(model)).has_value());
  model.flags.emplace_back().instances = {1};
  EXPECT_FALSE(decompile(compile(model)).has_value());
}

}  // namespace
}  // namespace config
