#include "cli/scan.hpp"

#include <gtest/gtest.h>

namespace cli {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kWall = 1'795'306'390'000'000'000;  // 2026-11-22 00:13:10 UTC
constexpr std::int64_t kUp = 5'000 * kSecond;

feed::Stranger stranger(std::uint8_t vrid) {
  feed::Stranger row;
  feed::put_text(row.interface, "crans");
  row.family = base::Family::kIpv4;
  row.vrid = vrid;
  row.version = 2;
  row.priority = 200;
  row.source = base::Address::v4(192, 0, 2, 9).padded();
  row.address = base::Address::v4(192, 0, 2, 200).padded();
  row.address_count = 1;
  row.interval_ns = kSecond;
  row.first_heard_ns = kUp - 60 * kSecond;
  row.last_heard_ns = kUp - kSecond / 2;
  row.adverts = 61;
  return row;
}

Scan scan(std::vector<feed::Stranger> strangers) {
  Lan lan{.interface = "crans", .family = base::Family::kIpv4, .ours = {}, .strangers = {}};
  feed::Row& row = lan.ours.emplace_back();
  feed::put_text(row.name, "VI_1");
  row.vrid = 50;
  row.version = 3;
  row.family = base::Family::kIpv4;
  row.effective_priority = 100;
  row.master = base::Address::v4(192, 0, 2, 1).padded();
  row.advert_interval_ns = kSecond;
  lan.strangers = std::move(strangers);
  return {.lans = {lan}, .now = base::Instant::from_ns(kUp), .now_wall_ns = kWall};
}

TEST(ScanTable, ShowsOursAndThoseOfOthersAndWhichVridsAreFree) {
  EXPECT_EQ(
      render_scan(scan({stranger(51)})),
      "INTERFACE  VRID  WHOSE        VERSION  PRIORITY  MASTER     INTERVAL  FIRST HEARD  "
      "LAST HEARD\n"
      "crans      50    ours (VI_1)  3, IPv4  100       192.0.2.1  1.0 s     -            -\n"
      "crans      51    not ours     2, IPv4  200       192.0.2.9  1.0 s     1 min 0 s    500 "
      "ms\n"
      "crans, IPv4: nobody was heard with VRIDs 1-49, 52-255\n");
}

TEST(ScanTable, SaysSoWhenNothingListens) {
  EXPECT_EQ(render_scan({}), "no instance listens anywhere\n");
}

TEST(FreeVrids, AreRangesBetweenThoseInUse) {
  Lan lan;
  EXPECT_EQ(free_vrids(lan), "1-255");
  lan.strangers = {stranger(1), stranger(3), stranger(255)};
  EXPECT_EQ(free_vrids(lan), "2, 4-254");
  lan.strangers.clear();
  for (unsigned vrid = 1; vrid <= 255; ++vrid)
    lan.strangers.push_back(stranger(static_cast<std::uint8_t>(vrid)));
  EXPECT_EQ(free_vrids(lan), "none");
}

TEST(ScanJson, CarriesTheSameFacts) {
  const auto lan = to_json(scan({stranger(51)}))["lans"][0];
  EXPECT_EQ(lan["interface"], "crans");
  EXPECT_EQ(lan["ours"][0]["vrid"], 50);
  const auto& one = lan["foreign"][0];
  EXPECT_EQ(one["vrid"], 51);
  EXPECT_EQ(one["source"], "192.0.2.9");
  EXPECT_EQ(one["address"], "192.0.2.200");
  EXPECT_EQ(one["last_heard"], "2026-11-22T00:13:09.500Z");
  EXPECT_EQ(lan["free_vrids"], nlohmann::ordered_json::parse("[[1, 49], [52, 255]]"));
}

}  // namespace
}  // namespace cli
