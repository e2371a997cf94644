// The settings of the kernel: in a directory that looks like /proc/sys/net, and by a keeper in a network of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "engine/keeper/kernel_settings.hpp"
#include "engine/keeper/netlink.hpp"
#include "tests/unit/keeper/fixture.hpp"

namespace keeper_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kPromotes = "ipv4/conf/crans/promote_secondaries";
constexpr const char* kReports = "ipv4/igmp_link_local_mcast_reports";

std::string text_of(const std::string& path) {
  std::ifstream file{path};
  std::string text{std::istreambuf_iterator<char>(file), {}};
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

class Settings : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "vigie-sys-XXXXXX").string();
    ASSERT_NE(nullptr, ::mkdtemp(pattern.data()));
    root_ = pattern;
    std::filesystem::create_directories(root_ + "/ipv4/conf/crans");
    set(kPromotes, "0");
    set(kReports, "1");
    model_.instances.push_back(instance("VI_1", "crans", 50));
    model_.instances[0].promote_secondaries = true;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void set(const std::string& path, const std::string& value) const {
    std::ofstream{root_ + "/" + path} << value << "\n";
  }
  std::string value(const std::string& path) const { return text_of(root_ + "/" + path); }
  std::string memory() const { return root_ + "/memory"; }
  keeper::KernelSettings settings() const {
    keeper::KernelSettings made{root_, memory()};
    made.want(model_);
    return made;
  }

  std::string root_;
  config::Model model_;
};

TEST_F(Settings, AreMadeRememberedAndPutBack) {
  model_.kernel.reports_igmp = false;
  auto settings = this->settings();
  EXPECT_THAT(settings.compare(), IsEmpty());
  EXPECT_EQ("1", value(kPromotes));
  EXPECT_EQ("0", value(kReports));
  EXPECT_EQ(std::string(kPromotes) + " 1 0\n" + kReports + " 0 1", text_of(memory()));
  EXPECT_THAT(settings.put_back(), IsEmpty());
  EXPECT_EQ("0", value(kPromotes));
  EXPECT_EQ("1", value(kReports));
  EXPECT_FALSE(std::filesystem::exists(memory()));
}

TEST_F(Settings, ThatAreAsAskedForAreLeftAlone) {
  set(kPromotes, "1");
  auto settings = this->settings();
  EXPECT_THAT(settings.compare(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(memory()));
  EXPECT_THAT(settings.put_back(), IsEmpty());
  EXPECT_EQ("1", value(kPromotes));
}

TEST_F(Settings, ArePutBackByWhoeverComesAfterACrash) {
  (void)settings().compare();
  {
    auto next = settings();  // a successor with the same configuration
    EXPECT_THAT(next.compare(), IsEmpty());
    EXPECT_EQ("1", value(kPromotes));
  }
  model_.instances[0].promote_secondaries = false;
  auto without = settings();
  EXPECT_THAT(without.compare(), IsEmpty());
  EXPECT_EQ("0", value(kPromotes));
  EXPECT_FALSE(std::filesystem::exists(memory()));
}

TEST_F(Settings, ThatAConfigurationAsksForNoMoreArePutBackAtOnce) {
  auto settings = this->settings();
  (void)settings.compare();
  model_.instances[0].promote_secondaries = false;
  settings.want(model_);
  EXPECT_THAT(settings.compare(), IsEmpty());
  EXPECT_EQ("0", value(kPromotes));
}

TEST_F(Settings, ThatSomebodyChangesAreSetAgainAndSaid) {
  auto settings = this->settings();
  (void)settings.compare();
  set(kPromotes, "0");
  EXPECT_THAT(settings.compare(),
              ElementsAre(HasSubstr("net/ipv4/conf/crans/promote_secondaries was set to 0")));
  EXPECT_EQ("1", value(kPromotes));
  EXPECT_THAT(settings.put_back(), IsEmpty());
  EXPECT_EQ("0", value(kPromotes));
}

TEST_F(Settings, ThatSomebodyHasChangedAtTheEndAreHis) {
  auto settings = this->settings();
  (void)settings.compare();
  set(kPromotes, "2");
  EXPECT_THAT(settings.put_back(), IsEmpty());
  EXPECT_EQ("2", value(kPromotes));
}

TEST_F(Settings, GoAndComeWithTheirInterface) {
  auto settings = this->settings();
  (void)settings.compare();
  std::filesystem::remove_all(root_ + "/ipv4/conf/crans");
  EXPECT_THAT(settings.compare(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(memory()));
  std::filesystem::create_directories(root_ + "/ipv4/conf/crans");
  set(kPromotes, "0");
  EXPECT_THAT(settings.compare(), IsEmpty());
  EXPECT_EQ("1", value(kPromotes));
  EXPECT_THAT(settings.put_back(), IsEmpty());
  EXPECT_EQ("0", value(kPromotes));
}

TEST_F(Settings, ThatCannotBeMadeAreSaidOnce) {
  std::filesystem::remove(root_ + "/" + kPromotes);
  std::filesystem::create_directory(root_ + "/" +
                                    kPromotes);  // nothing that can be read or written
  auto settings = this->settings();
  EXPECT_THAT(settings.compare(), ElementsAre(HasSubstr("promote_secondaries")));
  EXPECT_THAT(settings.compare(), IsEmpty());
}

TEST_F(Settings, OfADamagedMemoryAreSaidAndTheRestIsUsed) {
  std::ofstream{memory()} << "nonsense\n" << kReports << " 0 1\n../../etc/x 1 0\n";
  set(kReports, "0");
  auto settings = this->settings();
  EXPECT_THAT(settings.compare(), ElementsAre(HasSubstr("makes no sense")));
  EXPECT_EQ("1", value(kReports));
  EXPECT_EQ("1", value(kPromotes));
}

// --- by a keeper ---------------------------------------------------------------------------------------------------

TEST_F(KeeperInKernel, MakesTheSettingsAskedForAndPutsThemBackAtTheEndAndAfterACrash) {
  ASSERT_EQ(0, run("echo 0 > /proc/sys/net/ipv4/conf/crans/promote_secondaries; "
                   "echo 1 > /proc/sys/net/ipv4/igmp_link_local_mcast_reports"));
  const std::string promotes = std::string("/proc/sys/net/") + kPromotes;
  const std::string reports = std::string("/proc/sys/net/") + kReports;
  config::Model model = small_model();
  model.instances[0].promote_secondaries = true;
  model.kernel.reports_igmp = false;
  KeeperProcess keeper{model};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  EXPECT_EQ("1", text_of(promotes));
  EXPECT_EQ("0", text_of(reports));

  ASSERT_EQ(0, run("echo 0 > /proc/sys/net/ipv4/conf/crans/promote_secondaries"));
  ASSERT_TRUE(keeper.listen_until([&] { return !keeper.remarks.empty(); }));
  EXPECT_THAT(keeper.remarks, ElementsAre(HasSubstr("was set to 0 by somebody else")));
  EXPECT_EQ("1", text_of(promotes));

  // Killed, and its successor has a configuration that asks for one of them no more.
  keeper.respawn();
  ASSERT_TRUE(keeper.waits_for_caught_up());
  model.kernel.reports_igmp = true;
  ASSERT_TRUE(keeper.reconfigure(model));
  EXPECT_EQ("1", text_of(reports));
  EXPECT_EQ("1", text_of(promotes));

  keeper.signal(SIGTERM);
  EXPECT_EQ(0, keeper.exit_status());
  EXPECT_EQ("0", text_of(promotes));
  EXPECT_EQ("1", text_of(reports));
}

// 198.51.100.254 is the primary one of its network here, and the kernel would take the other one with it.
TEST_F(KeeperInKernel, RemovesAPrimaryAddressAndNoOther) {
  ASSERT_EQ(0, run("ip addr flush dev crans; "
                   "echo 0 > /proc/sys/net/ipv4/conf/all/promote_secondaries; "
                   "echo 0 > /proc/sys/net/ipv4/conf/crans/promote_secondaries"));
  config::Model model = small_model();
  model.instances.push_back(instance("VI_2", "crans", 51));
  model.instances[1].addresses = {model.instances[0].addresses[1]};
  model.instances[0].addresses.pop_back();
  KeeperProcess keeper{model};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  keeper.want(0, true);
  ASSERT_TRUE(keeper.waits_for_held(0, 1));
  keeper.want(1, true);
  ASSERT_TRUE(keeper.waits_for_held(1, 1));
  // Before the keeper has put the host's own address before the virtual ones.
  keeper.signal(SIGSTOP);
  ASSERT_EQ(0, run("ip addr add 198.51.100.1/24 dev crans"));
  auto watching = ::keeper::Netlink::open();
  ASSERT_TRUE(watching);
  keeper.want(0, false);
  keeper.signal(SIGCONT);
  ASSERT_TRUE(keeper.waits_for_held(0, 0));
  std::vector<std::string> removed;
  for (const ::keeper::Fact& fact : watching->changes().facts)
    if (const auto* address = std::get_if<::keeper::AddressFact>(&fact);
        address && !address->exists)
      removed.push_back(base::to_string(address->local));
  EXPECT_EQ(removed, std::vector<std::string>{"198.51.100.254/24"});
  EXPECT_TRUE(has_address("crans", "198.51.100.253"));
  EXPECT_TRUE(has_address("crans", "198.51.100.1"));
  EXPECT_EQ(0, run("test $(cat /proc/sys/net/ipv4/conf/crans/promote_secondaries) = 0"));
}

}  // namespace
}  // namespace keeper_test
