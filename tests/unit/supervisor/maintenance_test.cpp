#include "supervisor/maintenance.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace control {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

class MaintenanceFile : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/vigie-maintenance-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    directory_ = name;
    file_ = maintenance_file(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  void put(std::string_view text) { std::ofstream(file_) << text; }
  std::optional<Maintenance> found() {
    const auto read = read_maintenance(file_);
    EXPECT_TRUE(read);
    return read ? *read : std::nullopt;
  }

  std::string directory_;
  std::string file_;
};

TEST_F(MaintenanceFile, IsAbsentWhenThereIsNone) {
  EXPECT_EQ(found(), std::nullopt);
  EXPECT_EQ(remove_maintenance(file_).value_or(true), false);
}

TEST_F(MaintenanceFile, SaysWhoAskedAndUntilWhen) {
  const Maintenance wanted{.uid = 1000, .since_wall_ns = 17, .until_wall_ns = 7200 * kSecond};
  ASSERT_TRUE(write_maintenance(file_, wanted));
  EXPECT_EQ(found(), wanted);
  EXPECT_EQ(end_text(wanted), "until 1970-01-01 02:00:00 UTC");
  EXPECT_FALSE(wanted.is_over(7200 * kSecond - 1));
  EXPECT_TRUE(wanted.is_over(7200 * kSecond));
  EXPECT_EQ(remove_maintenance(file_).value_or(false), true);
  EXPECT_EQ(found(), std::nullopt);
}

TEST_F(MaintenanceFile, WithoutAnEndIsNeverOver) {
  const Maintenance wanted{.uid = 0, .since_wall_ns = 17};
  ASSERT_TRUE(write_maintenance(file_, wanted));
  EXPECT_FALSE(found()->is_over(INT64_MAX));
  EXPECT_EQ(end_text(wanted), "until it is taken off");
}

TEST_F(MaintenanceFile, IsReplacedWhole) {
  ASSERT_TRUE(write_maintenance(file_, {.uid = 1, .until_wall_ns = 5}));
  ASSERT_TRUE(write_maintenance(file_, {.uid = 2}));
  EXPECT_EQ(found(), (Maintenance{.uid = 2}));
  EXPECT_FALSE(std::filesystem::exists(file_ + ".new"));
}

// A router must not rise in the middle of somebody's work because a file is damaged.
TEST_F(MaintenanceFile, ThatCannotBeUnderstoodIsOneWithoutAnEnd) {
  for (const char* text : {"", "maintenance", "maintenance 2 uid 0 since 1 until 2\n",
                           "maintenance 1 uid 0 since 1 until -2\n",
                           "maintenance 1 uid 0 since 1 until 2\nmore", "on\n"}) {
    put(text);
    const auto read = found();
    ASSERT_TRUE(read) << text;
    EXPECT_FALSE(read->is_legible) << text;
    EXPECT_FALSE(read->is_over(INT64_MAX)) << text;
  }
}

TEST_F(MaintenanceFile, ThatCannotBeWrittenIsAnError) {
  EXPECT_FALSE(write_maintenance(directory_ + "/absent/maintenance", {}));
}

}  // namespace
}  // namespace control
