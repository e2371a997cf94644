// Every .scn of this folder is a test; and the language complains with file and line.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/scenarios/script.hpp"

namespace scenario {
namespace {

std::vector<std::string> files() {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(VIGIE_SCENARIOS))
    if (entry.path().extension() == ".scn") found.push_back(entry.path().string());
  std::sort(found.begin(), found.end());
  return found;
}

class Scenario : public ::testing::TestWithParam<std::string> {};

TEST_P(Scenario, GoesAsWritten) {
  std::ifstream file(GetParam());
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto script = read(text, GetParam());
  ASSERT_TRUE(script.has_value()) << script.error();
  const auto wrong = play(*script, GetParam());
  EXPECT_FALSE(wrong.has_value()) << *wrong;
}

INSTANTIATE_TEST_SUITE_P(All, Scenario, ::testing::ValuesIn(files()), [](const auto& file) {
  return std::filesystem::path(file.param).stem().string();
});

// The complaint about a text, or "" when it is played to its end as written.
std::string complaint(std::string_view text) {
  const auto script = read(text, "x.scn");
  if (!script) return script.error();
  return play(*script, "x.scn").value_or("");
}

constexpr std::string_view kStart =
    "router version 2 priority 100 interval 1s\n"
    "0s start -> backup because startup, deadline +3.609375s\n";

TEST(Language, ComplainsWithFileAndLine) {
  const auto after_start = [](std::string_view line) {
    return complaint(std::string(kStart).append(line));
  };
  EXPECT_EQ(after_start(""), "");
  EXPECT_EQ(complaint(""), "x.scn:0: nothing happens");
  EXPECT_EQ(complaint("0s start -> nothing"), "x.scn:1: a scenario begins with its router");
  EXPECT_EQ(complaint("router colour red"), "x.scn:1: 'colour' is nothing a router has");
  EXPECT_EQ(complaint("\n# two lines\nrouter version 2 interval 1.5s"),
            "x.scn:3: no such interval in this version");
  EXPECT_EQ(complaint("router version 3 interval 1.5\n"),
            "x.scn:1: '1.5' is no duration such as 3.609375s or 10ms");
  EXPECT_EQ(after_start("1s sing -> nothing"), "x.scn:3: 'sing' is nothing that happens");
  EXPECT_EQ(after_start("1s wake"), "x.scn:3: what is expected? -> is missing");
  EXPECT_EQ(after_start("1s wake now -> nothing"), "x.scn:3: 'now' is one word too many");
  EXPECT_EQ(after_start("1s wake -> nothing more"), "x.scn:3: 'more' is one word too many");
  EXPECT_EQ(after_start("1s wake -> master"), "x.scn:3: 'because' belongs here, not ''");
  EXPECT_EQ(after_start("1s wake -> master because luck"), "x.scn:3: 'luck' is no cause");
  EXPECT_EQ(after_start("1s hear 192.0.2 priority 1 -> nothing"),
            "x.scn:3: '192.0.2' is no address");
  EXPECT_EQ(after_start("1s hear 192.0.2.2 priority 256 -> nothing"),
            "x.scn:3: '256' is no number from 0 to 255");
  EXPECT_EQ(after_start("1s tracker x fails -> nothing"), "x.scn:3: there is no tracker 'x'");
  EXPECT_EQ(after_start("1s wake -> nothing\n0.5s wake -> nothing"),
            "x.scn:4: time does not go back");
  EXPECT_EQ(complaint("  wake -> nothing"), "x.scn:1: this continues nothing");
}

TEST(Language, ComparesActionsStateAndDeadlineOfEveryLine) {
  const auto after_start = [](std::string_view line) {
    return complaint(std::string(kStart).append(line));
  };
  // The deadline of the line before is expected where none is said.
  EXPECT_EQ(after_start("1s hear 192.0.2.2 priority 200 -> nothing"),
            "x.scn:3: expected: nothing, deadline +2.609375s\n"
            "     but got: nothing, deadline +3.609375s");
  EXPECT_EQ(after_start("1s wake -> announce"),
            "x.scn:3: expected: announce, deadline +2.609375s\n"
            "     but got: nothing, deadline +2.609375s");
  EXPECT_EQ(after_start("3.609375s wake -> advert 100, install,\n"
                        "  master because silence, deadline +1s"),
            "");
  EXPECT_EQ(after_start("3.609375s wake -> install, advert 100,\n"
                        "  master because silence, deadline +1s"),
            "x.scn:3: expected: install, advert 100, master because silence, deadline +1s\n"
            "     but got: advert 100, install, master because silence, deadline +1s");
  EXPECT_EQ(after_start("4s wake -> nothing"),
            "x.scn:3: the deadline 0.390625s ago went by: wake then, pass, or say late");
  EXPECT_EQ(after_start("3s late wake -> nothing"),
            "x.scn:3: nothing was due before: this is not late");
  EXPECT_EQ(after_start("1s hear 192.0.2.2 priority 200 ttl 254 -> nothing"),
            "x.scn:3: expected: nothing, deadline +2.609375s\n"
            "     but got: dropped ttl, deadline +2.609375s");
  EXPECT_EQ(after_start("1s stop -> stopped because stop, deadline never, priority 99"),
            "x.scn:3: the effective priority is 100");
}

}  // namespace
}  // namespace scenario
