#include "snmp-subagent/vrrp_mib.hpp"

#include <gtest/gtest.h>

namespace {

using base::Address;
using base::Drop;
using base::State;
using snmp::Object;
using snmp::Oid;

config::Model one_instance() {
  config::Model model;
  config::Instance instance;
  instance.name = "VI_1";
  config::VirtualAddress address;
  address.prefix = {Address::v4(192, 0, 2, 47), 24};
  instance.addresses.push_back(address);
  address.prefix = {Address::v4(10, 2, 9, 254), 24};
  instance.addresses.push_back(address);
  address.is_advertised = false;
  address.prefix = {Address::v4(10, 9, 9, 9), 32};
  instance.addresses.push_back(address);
  model.instances.push_back(instance);
  return model;
}

feed::Row master_row() {
  feed::Row row;
  row.ifindex = 7;
  row.vrid = 50;
  row.version = 2;
  row.family = base::Family::kIpv4;
  row.state = State::kMaster;
  row.base_priority = 150;
  row.effective_priority = 140;
  row.addresses = 3;
  row.preempt = 1;
  row.auth_type = 1;
  row.source = Address::v4(10, 0, 0, 1).padded();
  row.master = row.source;
  row.advert_interval_ns = 1'000'000'000;
  row.active_since_ns = 40'000'000'000;  // 40 s after boot
  row.became_master = 3;
  row.adverts_received = 11;
  row.zero_received = 4;
  row.zero_sent = 5;
  row.address_list_errors = 6;
  row.drops[static_cast<std::size_t>(Drop::kTtl)] = 7;
  row.drops[static_cast<std::size_t>(Drop::kLength)] = 8;
  return row;
}

// Read 100 s after boot; the master agent is up for 90 s.
snmp::View view_of(const config::Model& model, const feed::Row& row) {
  snmp::View view{model, {row}, {}, base::Instant::from_ns(100'000'000'000), 9'000};
  view.global.drops[static_cast<std::size_t>(Drop::kChecksum)] = 21;
  view.global.drops[static_cast<std::size_t>(Drop::kVersion)] = 22;
  view.global.drops[static_cast<std::size_t>(Drop::kUnknownVrid)] = 23;
  return view;
}

const Object* at(const snmp::List& list, std::initializer_list<std::uint32_t> suffix) {
  Oid name = snmp::kVrrpMib;
  name.insert(name.end(), suffix);
  return snmp::find(list, name);
}

std::uint64_t number(const snmp::List& list, std::initializer_list<std::uint32_t> suffix) {
  const Object* object = at(list, suffix);
  return object == nullptr ? 999'999 : object->value.number;
}

TEST(VrrpMib, AnswersEveryColumnOfAnOperationsRow) {
  const config::Model model = one_instance();
  const snmp::List list = snmp::vrrp_mib(view_of(model, master_row()));
  EXPECT_EQ(at(list, {1, 3, 1, 2, 7, 50})->value.octets,
            std::string("\x00\x00\x5e\x00\x01\x32", 6));
  EXPECT_EQ(number(list, {1, 3, 1, 3, 7, 50}), 3U);    // master
  EXPECT_EQ(number(list, {1, 3, 1, 4, 7, 50}), 1U);    // up
  EXPECT_EQ(number(list, {1, 3, 1, 5, 7, 50}), 150U);  // as configured
  EXPECT_EQ(number(list, {1, 3, 1, 6, 7, 50}), 2U);
  EXPECT_EQ(at(list, {1, 3, 1, 7, 7, 50})->value.octets, std::string("\x0a\x00\x00\x01", 4));
  EXPECT_EQ(at(list, {1, 3, 1, 8, 7, 50})->value.octets, std::string("\x0a\x00\x00\x01", 4));
  EXPECT_EQ(number(list, {1, 3, 1, 9, 7, 50}), 2U);  // simple text password
  EXPECT_EQ(at(list, {1, 3, 1, 10, 7, 50})->value.octets, "");
  EXPECT_EQ(number(list, {1, 3, 1, 11, 7, 50}), 1U);
  EXPECT_EQ(number(list, {1, 3, 1, 12, 7, 50}), 1U);
  // Active since 40 s, read at 100 s: 60 s ago, when the agent had been up for 90 - 60 = 30 s.
  EXPECT_EQ(number(list, {1, 3, 1, 13, 7, 50}), 3'000U);
  EXPECT_EQ(number(list, {1, 3, 1, 14, 7, 50}), 1U);
  EXPECT_EQ(number(list, {1, 3, 1, 15, 7, 50}), 1U);
}

TEST(VrrpMib, CountsWhatTheRowCounted) {
  const config::Model model = one_instance();
  const snmp::List list = snmp::vrrp_mib(view_of(model, master_row()));
  EXPECT_EQ(number(list, {2, 1, 0}), 21U);
  EXPECT_EQ(number(list, {2, 2, 0}), 22U);
  EXPECT_EQ(number(list, {2, 3, 0}), 23U);
  const std::vector<std::uint64_t> columns{3, 11, 0, 0, 7, 4, 5, 0, 6, 0, 0, 8};
  for (std::uint32_t column = 1; column <= columns.size(); ++column)
    EXPECT_EQ(number(list, {2, 4, 1, column, 7, 50}), columns[column - 1]) << "column " << column;
}

TEST(VrrpMib, ListsAdvertisedAddressesOnly) {
  const config::Model model = one_instance();
  const snmp::List list = snmp::vrrp_mib(view_of(model, master_row()));
  EXPECT_EQ(number(list, {1, 4, 1, 2, 7, 50, 192, 0, 2, 47}), 1U);
  EXPECT_EQ(number(list, {1, 4, 1, 2, 7, 50, 10, 2, 9, 254}), 1U);
  EXPECT_EQ(at(list, {1, 4, 1, 2, 7, 50, 10, 9, 9, 9}), nullptr);
}

TEST(VrrpMib, RoundsSubSecondIntervalsUp) {
  const config::Model model = one_instance();
  feed::Row row = master_row();
  row.advert_interval_ns = 100'000'000;
  EXPECT_EQ(number(snmp::vrrp_mib(view_of(model, row)), {1, 3, 1, 11, 7, 50}), 1U);
  row.advert_interval_ns = 2'500'000'000;
  EXPECT_EQ(number(snmp::vrrp_mib(view_of(model, row)), {1, 3, 1, 11, 7, 50}), 3U);
}

TEST(VrrpMib, SaysInitializeForFaultAndZeroUpTime) {
  const config::Model model = one_instance();
  feed::Row row = master_row();
  row.state = State::kFault;
  row.active_since_ns = 0;
  const snmp::List list = snmp::vrrp_mib(view_of(model, row));
  EXPECT_EQ(number(list, {1, 3, 1, 3, 7, 50}), 1U);
  EXPECT_EQ(number(list, {1, 3, 1, 13, 7, 50}), 0U);
}

TEST(VrrpMib, LeavesOutWhatItCannotExpress) {
  const config::Model model = one_instance();
  feed::Row row = master_row();
  row.family = base::Family::kIpv6;
  EXPECT_EQ(snmp::vrrp_mib(view_of(model, row)).size(), 5U);  // the scalars
  row = master_row();
  row.ifindex = 0;
  EXPECT_EQ(snmp::vrrp_mib(view_of(model, row)).size(), 5U);
}

TEST(VrrpMib, NumbersAuthenticationAndItsErrorsAsTheMibDoes) {
  const config::Model model = one_instance();
  feed::Row row = master_row();
  const auto count = [&](Drop reason) -> std::uint64_t& {
    return row.drops[static_cast<std::size_t>(reason)];
  };
  for (const auto& [type, number_of_it] :
       {std::pair{0, 1U}, std::pair{1, 2U}, std::pair{2, 3U}, std::pair{3, 1U}}) {
    row.auth_type = static_cast<std::uint8_t>(type);
    EXPECT_EQ(number(snmp::vrrp_mib(view_of(model, row)), {1, 3, 1, 9, 7, 50}), number_of_it);
  }
  count(Drop::kAuthFailed) = 1;
  count(Drop::kAuthKey) = 2;
  count(Drop::kAuthStale) = 4;
  count(Drop::kReplay) = 8;
  count(Drop::kAuthType) = 16;
  count(Drop::kAuthMalformed) = 32;
  count(Drop::kAuthMismatch) = 64;
  count(Drop::kAuthMissing) = 128;
  count(Drop::kAddressList) = 256;
  const snmp::List list = snmp::vrrp_mib(view_of(model, row));
  EXPECT_EQ(number(list, {2, 4, 1, 4, 7, 50}), 15U);
  EXPECT_EQ(number(list, {2, 4, 1, 10, 7, 50}), 48U);
  EXPECT_EQ(number(list, {2, 4, 1, 11, 7, 50}), 192U);
  EXPECT_EQ(number(list, {2, 4, 1, 9, 7, 50}), 6U + 256U);
}

TEST(VrrpTrap, TellsOfANewMasterWithItsAddress) {
  const config::Model model = one_instance();
  const snmp::View view = view_of(model, master_row());
  feed::Record record;
  record.kind = feed::Kind::kTransition;
  record.instance = 0;
  record.from = State::kBackup;
  record.to = State::kMaster;
  const auto trap = snmp::vrrp_trap(record, view);
  ASSERT_TRUE(trap);
  EXPECT_EQ(trap->name, snmp::kVrrpTrapNewMaster);
  ASSERT_EQ(trap->objects.size(), 1U);
  EXPECT_EQ(trap->objects[0].name, (Oid{1, 3, 6, 1, 2, 1, 68, 1, 3, 1, 7, 7, 50}));
  EXPECT_EQ(trap->objects[0].value.octets, std::string("\x0a\x00\x00\x01", 4));
}

TEST(VrrpTrap, IsSilentAboutEverythingElse) {
  const config::Model model = one_instance();
  const snmp::View view = view_of(model, master_row());
  feed::Record record;
  record.kind = feed::Kind::kTransition;
  record.instance = 0;
  record.to = State::kBackup;
  EXPECT_FALSE(snmp::vrrp_trap(record, view));
  record.to = State::kMaster;
  record.instance = 1;  // no such row
  EXPECT_FALSE(snmp::vrrp_trap(record, view));
  record.instance = 0;
  record.kind = feed::Kind::kScript;
  EXPECT_FALSE(snmp::vrrp_trap(record, view));
}

TEST(VrrpMib, KnowsNoMasterWhileNoEngineRuns) {
  const config::Model model = one_instance();
  snmp::View view = view_of(model, master_row());
  view.is_engine_missing = true;
  const snmp::List list = snmp::vrrp_mib(view);
  EXPECT_EQ(number(list, {1, 3, 1, 3, 7, 50}), 1U) << "initialize";
  EXPECT_EQ(number(list, {1, 3, 1, 4, 7, 50}), 1U) << "it is meant to be up";
  EXPECT_EQ(at(list, {1, 3, 1, 7, 7, 50})->value.octets, std::string(4, '\0'));
  EXPECT_EQ(number(list, {1, 3, 1, 13, 7, 50}), 0U);
  EXPECT_EQ(number(list, {2, 4, 1, 1, 7, 50}), 3U) << "what was counted stays";
}

}  // namespace
