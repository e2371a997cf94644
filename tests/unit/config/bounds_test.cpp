// Whatever a text says, reading it ends, in bounded time and memory: each bound reached, and what is just within it read.
//
// What could take hours without a bound is compared with itself: how much longer eight times as much takes.
#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "engine/config/includes.hpp"
#include "engine/config/lexer.hpp"
#include "engine/config/sequences.hpp"
#include "memory_files.hpp"

namespace config {
namespace {

struct Read {
  Tree tree;
  std::vector<Diagnostic> findings;

  // "C0102@1:1 a line is longer than 64 KiB"; empty when all is well.
  std::string first() const {
    if (findings.empty()) return {};
    const Diagnostic& finding = findings[0];
    return finding.code + "@" + std::to_string(finding.at.line) + ":" +
           std::to_string(finding.at.column) + " " + finding.message;
  }
};

Read read(const MemoryFiles& files, const Options& options = {.id = "here"}) {
  Read made;
  std::vector<SourceFile> sources;
  Findings findings;
  made.tree = read_lines("/etc/vigie.conf", reader_of(files), options, sources, findings);
  made.findings = findings.take();
  return made;
}

Read read(const std::string& text, const Options& options = {.id = "here"}) {
  return read(MemoryFiles{{"/etc/vigie.conf", text}}, options);
}

std::string times(std::size_t count, const std::string& text) {
  std::string made;
  made.reserve(count * text.size());
  for (std::size_t i = 0; i < count; ++i) made += text;
  return made;
}

// --- files

TEST(Bounds, AllFilesTogetherHoldSixteenMebibytes) {
  const std::string quarter = times(kMaxBytes / 4 / 1024, "#" + std::string(1022, 'x') + "\n");
  MemoryFiles files{{"/etc/vigie.conf", "include a\ninclude a\ninclude a\n"}, {"/etc/a", quarter}};
  EXPECT_EQ(read(files).first(), "");
  files["/etc/vigie.conf"] += "include a\n";
  EXPECT_EQ(read(files).first(), "C0102@4:9 the files are more than 16 MiB");
}

TEST(Bounds, ALineHoldsSixtyFourKibibytes) {
  const std::string longest = "a " + std::string(kMaxLineBytes - 2, 'b');
  EXPECT_EQ(read(longest + "\nc\n").findings.size(), 1U);  // that keepalived would ignore it
  EXPECT_EQ(read("x\n" + longest + "b\nc\n").first(), "C0102@2:1 a line is longer than 64 KiB");
  EXPECT_EQ(read("$A=" + std::string(40'000, 'x') + "\nx\n${A}${A}\n").findings.back().message,
            "a line becomes longer than 64 KiB");
  // Also where it would be cut away as a comment: nobody writes such a line.
  EXPECT_EQ(read("#" + longest + "\n").first(), "C0102@1:1 a line is longer than 64 KiB");
}

TEST(Bounds, OneIncludeNamesAThousandFiles) {
  const std::string ten = "{0,1,2,3,4,5,6,7,8,9}";
  EXPECT_EQ(alternatives_of("/" + ten + ten + ten)->size(), kMaxAlternatives);
  EXPECT_FALSE(alternatives_of("/" + ten + ten + ten + "{a,b}"));
  EXPECT_EQ(read("x\ninclude /" + ten + ten + ten + ten + "\n").first(),
            "C0102@2:9 an include names too many files");
}

TEST(Bounds, BracesThatEndNowhereAreNotLookedForWithoutEnd) {
  EXPECT_EQ(alternatives_of(times(100, "{"))->size(), 1U);
  // Each of the thousand would look through all of them again.
  EXPECT_FALSE(alternatives_of(times(9, "{a,b}") + times(4000, "{")));
  EXPECT_EQ(read("include " + times(9, "{a,b}") + times(4000, "{") + "\n").findings.back().code,
            "C0102");
}

TEST(Bounds, QuestionsToTheDiskAreCounted) {
  // 1,000 lines of 1,000 names would be a million questions.
  const std::string ten = "{0,1,2,3,4,5,6,7,8,9}";
  const Read all = read(times(1000, "include /none/" + ten + ten + ten + "*\n"));
  EXPECT_EQ(all.first(), "C0102@66:1 definitions and repetitions grow without end");
}

TEST(Bounds, AReaderThatIsAskedTooMuchSaysSo) {
  FileReader reader = reader_of({});
  const MemoryFiles files{{"/etc/vigie.conf", "a\ninclude /*/*/*/*/*\n"}};
  reader = reader_of(files);
  reader.glob = [](const std::string&) { return std::nullopt; };
  std::vector<SourceFile> sources;
  Findings findings;
  (void)read_lines("/etc/vigie.conf", reader, {}, sources, findings);
  const auto found = findings.take();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].code, "C0102");
  EXPECT_EQ(found[0].message, "includes look at too many files");
  EXPECT_EQ(found[0].at.line, 2U);
}

// --- what multiplies text

TEST(Bounds, AShortReferenceToALongDefinitionCostsWhatItPutsIn) {
  // 60 kB for each of 100,000 rounds: 6 GB of one word each.
  const std::string text = "$A=" + std::string(60'000, 'x') + "\n~SEQ(i, 1, 100000) $A\n";
  const Read all = read(text, {.id = "here", .most_work = 6'000'000});
  EXPECT_EQ(all.findings.back().code, "C0102");
  EXPECT_LE(all.tree.lines.size(), 100U);
  EXPECT_GE(all.tree.lines.size(), 40U);
}

TEST(Bounds, ParametersOfARepetitionCostWhatIsPutInThem) {
  const std::string text =
      "$A=" + std::string(60'000, 'x') + "\n~LST(v" + times(16'000, ",$A") + ") y\n";
  const Read all = read(text, {.id = "here", .most_work = 6'000'000});
  EXPECT_EQ(all.first(), "C0105@1:1 a line of 60003 bytes");
  EXPECT_EQ(all.findings.back().code, "C0102");
}

TEST(Bounds, AListHasThirtyTwoVariables) {
  const auto list = [](std::size_t variables) {
    std::string made = "a0";
    for (std::size_t i = 1; i < variables; ++i) made += ",a" + std::to_string(i);
    return "~LST({" + made + "}, 1) x$a0\n";
  };
  const Read most = read(list(kMaxVariables));
  EXPECT_EQ(most.first(), "");
  EXPECT_EQ(most.tree.lines.at(0).words.at(0).text, "x1");
  const Read more = read(list(kMaxVariables + 1));
  EXPECT_EQ(more.first(), "C0274@1:1 `~LST` cannot be read");
  EXPECT_EQ(more.findings[0].label, "it takes 32 variables at most");
}

TEST(Bounds, RowsOfAListAreFilledUpOneByOne) {
  // Filled up beforehand they would be as many values as rows times variables.
  std::string variables = "a";
  for (char c = 'b'; c <= 'z'; ++c) variables += std::string(",") + c;
  const Read all = read("~LST({" + variables + "}" + times(20'000, ",1") + ") ${a}${z}\n");
  EXPECT_EQ(all.findings.back().code, "C0102");
  EXPECT_EQ(all.tree.lines.at(0).words.at(0).text, "1");
}

TEST(Bounds, ADefinitionOfManyLinesIsAccountedForWhenItIsRead) {
  const Options little{.id = "here", .most_work = 1'000'000};
  EXPECT_EQ(read("$A= \\\n" + times(7'000, "x \\\n") + "y\n", little).first(), "");
  EXPECT_EQ(read("$A= \\\n" + times(8'000, "x \\\n") + "y\n", little).first(),
            "C0102@7752:1 definitions and repetitions grow without end");
}

TEST(Bounds, ManyDefinitionsAreAccountedFor) {
  const Options little{.id = "here", .most_work = 1'000'000};
  EXPECT_EQ(read(times(7'000, "$A=1\n"), little).first(), "");
  EXPECT_EQ(read(times(8'000, "$A=1\n"), little).first(),
            "C0102@7576:1 definitions and repetitions grow without end");
}

// --- what is looked at once

double seconds_for(const std::string& text) {
  const auto processor = [] {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
  };
  // The machine may take more for any of them, never less.
  double least = 1e9;
  for (int i = 0; i < 3; ++i) {
    const double begin = processor();
    (void)parse_text(text);
    least = std::min(least, processor() - begin);
  }
  return least;
}

// Eight times as many take eight times as long; compared one by one, or read again for each, they would take sixty-four times.
template <typename Make>
void expect_in_proportion(Make text_of, int few) {
  const double ratio = seconds_for(text_of(8 * few)) / seconds_for(text_of(few));
  EXPECT_LT(ratio, 24.0);
  std::printf("eight times as many take %.1f times as long\n", ratio);
}

std::string numbered(int count, const std::string& before, const std::string& after) {
  std::string made;
  for (int i = 0; i < count; ++i) made += before + std::to_string(i) + after;
  return made;
}

TEST(Proportion, OfBracesOnALine) {
  expect_in_proportion([](int n) { return times(static_cast<std::size_t>(n), "a{}") + "\n"; },
                       2'500);
}

TEST(Proportion, OfReferencesThatEndNowhere) {
  expect_in_proportion(
      [](int n) { return "x \"" + times(static_cast<std::size_t>(n), "${a ") + "\"\n"; }, 2'000);
}

TEST(Proportion, OfUndefinedNamesOnALine) {
  expect_in_proportion(
      [](int n) { return "x " + times(static_cast<std::size_t>(n), "${ab}") + "\n"; }, 1'500);
}

TEST(Proportion, OfInterfacesWithDelays) {
  expect_in_proportion(
      [](int n) { return "interface_up_down_delays {\n" + numbered(n, "e", " 1\n") + "}\n"; },
      2'000);
}

TEST(Proportion, OfTrackGroups) {
  expect_in_proportion(
      [](int n) { return numbered(n, "track_group g", " {\n group {\n a\n }\n}\n"); }, 1'000);
}

TEST(Proportion, OfInstancesOfOneVridWithPeersOfTheirOwn) {
  expect_in_proportion(
      [](int n) {
        std::string made;
        for (int i = 0; i < n; ++i)
          made += "vrrp_instance V" + std::to_string(i) +
                  " {\n interface e\n virtual_router_id 1\n unicast_peer {\n 10.1." +
                  std::to_string(i / 250) + "." + std::to_string(i % 250 + 1) +
                  "\n }\n no_virtual_ipaddress\n}\n";
        return made;
      },
      500);
}

TEST(Proportion, OfFindingsAtTheEndOfAFile) {
  // A thousand of them, behind more and more lines.
  expect_in_proportion(
      [](int n) { return times(static_cast<std::size_t>(n), "#\n") + times(300, "}\n"); }, 20'000);
}

TEST(Bounds, WhatFollowsABraceIsStillTakenFromTheTop) {
  const Read all = read("$A=1\na { @here b $A } @there c\nd { ~SEQ(i, 2) e$i\n}\n");
  ASSERT_EQ(all.tree.lines.size(), 2U);
  EXPECT_EQ(all.tree.lines[0].block.at(0).words.at(0).text, "b");
  EXPECT_EQ(all.tree.lines[0].block.at(0).words.at(1).text, "1");
  ASSERT_EQ(all.tree.lines[1].block.size(), 2U);
  EXPECT_EQ(all.tree.lines[1].block[1].words.at(0).text, "e2");
}

// --- what is said of many lines

TEST(Bounds, AHundredThousandUnknownLinesAreFiftyFindings) {
  const Parsed all = parse_text(times(100'000, "virtual_rooter_id\n"));
  EXPECT_EQ(all.findings.size(), Findings::kMostAlike + 1);  // and that there is no instance
}

TEST(Bounds, FindingsAtTheEndOfALongFileAreShownWithTheirLines) {
  const Parsed all = parse_text(times(100'000, "#\n") + "x\n" + times(2, "} y\n"));
  const std::string shown = render(all.findings, all.files);
  EXPECT_NE(shown.find("100001 | x\n"), std::string::npos) << shown;
  EXPECT_NE(shown.find("100003 | } y\n"), std::string::npos) << shown;
}

TEST(Bounds, AFindingIsOneLineWhateverACommandIsCalled) {
  const Parsed all = parse_text("vrrp_script s {\n script \"a\\nb\\x1b\\x7f /x\"\n}\n");
  bool is_said = false;
  for (const Diagnostic& finding : all.findings) {
    EXPECT_EQ(finding.message.find_first_of("\n\x1b\x7f"), std::string::npos);
    is_said = is_said || finding.message == "`a?b??` has no path";
  }
  EXPECT_TRUE(is_said);
}

TEST(Bounds, AThousandBlocksOfFlags) {
  const std::string one = "flags { permit_file /a }\n";
  EXPECT_EQ(parse_text(times(1000, one)).model.flags.size(), 1000U);
  const Parsed more = parse_text(times(1001, one));
  EXPECT_EQ(more.model.flags.size(), 1000U);
  EXPECT_FALSE(more.usable());
}

TEST(Bounds, LinesThatAGroupTracksTwiceCountOnce) {
  std::string text = "vrrp_script s {\n script \"/bin/true\"\n}\n";
  std::string members;
  for (int i = 0; i < 300; ++i) {
    const std::string name = "V" + std::to_string(i);
    text += "vrrp_instance " + name + " {\n interface e" + std::to_string(i) +
            "\n virtual_router_id 1\n no_virtual_ipaddress\n}\n";
    members += name + "\n";
  }
  text += "vrrp_sync_group G {\n group {\n" + members + "}\n track_script {\n" +
          times(20'000, "s\n") + "}\n}\n";
  const Parsed all = parse_text(text);
  ASSERT_EQ(all.model.instances.size(), 300U);
  EXPECT_EQ(all.model.instances[0].track_scripts.size(), 1U);
}

TEST(Bounds, ACommandWithoutEndIsNoPath) {
  const std::string path = times(30'000, "/a");
  const Parsed all = parse_text("vrrp_script s {\n script \"" + path + "\"\n}\n" + times(3, "x\n"));
  bool is_said = false;
  for (const Diagnostic& finding : all.findings)
    is_said = is_said || (finding.code == "C0323" && finding.at.line == 2 &&
                          finding.label == "no path has 60000 bytes");
  EXPECT_TRUE(is_said);
}

}  // namespace
}  // namespace config
