#include "cli/routing.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>

namespace cli {
namespace {

using base::Hold;
using base::State;

// Instances A, B, C; one block guards A and B, another C; a third has no permit.
config::Model three_instances() {
  config::Model model;
  for (const char* name : {"A", "B", "C"}) {
    config::Instance instance;
    instance.name = name;
    model.instances.push_back(instance);
  }
  const auto add = [&](std::vector<std::uint16_t> instances, std::string permit) {
    config::Flags flags;
    flags.instances = std::move(instances);
    flags.permit_file = std::move(permit);
    model.flags.push_back(flags);
  };
  add({0, 1}, "/etc/AB");
  add({2}, "/etc/C");
  add({2}, "");
  return model;
}

TEST(Guards, OfNoInstanceInParticularAreAllThatHaveAPermit) {
  const auto guards = guards_of(three_instances(), "");
  ASSERT_TRUE(guards);
  EXPECT_EQ(*guards, (std::vector<Guard>{{"/etc/AB", {0, 1}}, {"/etc/C", {2}}}));
}

TEST(Guards, OfOneInstanceAreThoseThatNameIt) {
  const auto guards = guards_of(three_instances(), "B");
  ASSERT_TRUE(guards);
  EXPECT_EQ(*guards, (std::vector<Guard>{{"/etc/AB", {0, 1}}}));
}

TEST(Guards, OfABlockThatNamesNoneAreForAllInstances) {
  config::Model model = three_instances();
  model.flags[1].instances.clear();
  const auto guards = guards_of(model, "A");
  ASSERT_TRUE(guards);
  EXPECT_EQ(*guards, (std::vector<Guard>{{"/etc/AB", {0, 1}}, {"/etc/C", {0, 1, 2}}}));
}

TEST(Guards, RefuseAnUnknownInstanceAndAConfigurationWithoutPermits) {
  EXPECT_FALSE(guards_of(three_instances(), "D"));
  config::Model model = three_instances();
  model.flags.clear();
  EXPECT_FALSE(guards_of(model, ""));
  EXPECT_FALSE(guards_of(model, "A"));
}

class PermitFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "vigie-permit-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir_ = name;
    file_ = dir_ + "/MASTER";
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  std::string dir_, file_;
};

TEST_F(PermitFile, IsMadeOnceAndRemovedOnce) {
  EXPECT_EQ(set_permit(file_, Routing::kEnable).value(), true);
  EXPECT_TRUE(std::filesystem::exists(file_));
  EXPECT_EQ(set_permit(file_, Routing::kEnable).value(), false);
  EXPECT_EQ(set_permit(file_, Routing::kDisable).value(), true);
  EXPECT_FALSE(std::filesystem::exists(file_));
  EXPECT_EQ(set_permit(file_, Routing::kDisable).value(), false);
}

TEST_F(PermitFile, ThatCannotBeMadeIsAnError) {
  const auto made = set_permit(dir_ + "/missing/MASTER", Routing::kEnable);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ENOENT);
}

TEST_F(PermitFile, ThatIsALinkToNothingIsRefusedAndNotFollowed) {
  std::filesystem::create_symlink(dir_ + "/nowhere", file_);
  EXPECT_FALSE(set_permit(file_, Routing::kEnable));
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/nowhere"));
}

feed::Row row(State state, bool held, bool departing = false) {
  feed::Row row;
  row.state = state;
  row.holds = held ? static_cast<std::uint8_t>(Hold::kPermit) : std::uint8_t{0};
  row.departing = departing ? 1 : 0;
  return row;
}

TEST(Effect, OfDisablingIsAHeldInstanceThatIsNoMaster) {
  EXPECT_FALSE(has_taken_effect(row(State::kMaster, false), Routing::kDisable));
  EXPECT_FALSE(has_taken_effect(row(State::kMaster, true, true), Routing::kDisable));
  EXPECT_FALSE(has_taken_effect(row(State::kBackup, false), Routing::kDisable));
  EXPECT_TRUE(has_taken_effect(row(State::kBackup, true), Routing::kDisable));
  EXPECT_TRUE(has_taken_effect(row(State::kFault, true), Routing::kDisable));
}

TEST(Effect, OfEnablingIsAnInstanceNotHeldWhateverItsState) {
  EXPECT_FALSE(has_taken_effect(row(State::kBackup, true), Routing::kEnable));
  EXPECT_TRUE(has_taken_effect(row(State::kBackup, false), Routing::kEnable));
  EXPECT_TRUE(has_taken_effect(row(State::kMaster, false), Routing::kEnable));
}

}  // namespace
}  // namespace cli
