#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "engine/config/codes.hpp"
#include "engine/config/keywords.hpp"
#include "engine/config/manual.hpp"
#include "memory_files.hpp"

namespace config {
namespace {

using ::testing::HasSubstr;

constexpr const char* kWhole =
    "vrrp_instance V {\n interface e\n virtual_router_id 1\n virtual_ipaddress { 192.0.2.1/24 }\n";

// The instance above, continued on line 5 by `lines`.
std::string whole(const std::string& lines) { return kWhole + lines + "\n}\n"; }

// A text that provokes each finding, and where it must point: "line:column".
std::vector<std::pair<Code, std::pair<std::string, std::string>>> cases() {
  std::string trackers;
  for (int i = 0; i < 33; ++i) trackers += "if" + std::to_string(i) + "\n";
  std::string addresses;
  for (int i = 1; i <= 91; ++i) addresses += "fe80::" + std::to_string(i) + "\n";
  std::string peers;
  for (int i = 1; i <= 66; ++i) peers += "198.51.100." + std::to_string(i) + "\n";
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "a {\n";
  return {
      {Code::kUnreadable, {"includem /etc/none\n", "1:10"}},
      {Code::kTooMuch, {deep, "33:3"}},
      {Code::kNoMatch, {"include /etc/none\n", "1:9"}},
      {Code::kIncludeLoop, {"a\ninclude vigie.conf\n", "2:9"}},
      {Code::kLongLine, {"#" + std::string(1023, 'x') + "\n", "1:1"}},
      {Code::kNulByte, {std::string("a\nb\0c\n", 6), "2:1"}},
      {Code::kOutOfRange, {whole(" priority 300"), "5:11"}},
      {Code::kUnterminatedQuote, {whole(" notify \"/a"), "5:9"}},
      {Code::kBraces, {"}\n", "1:1"}},
      {Code::kUnknownKeyword, {whole(" prioritty 9"), "5:2"}},
      {Code::kUnknownBlock, {whole(" mystery {\n }\n"), "5:2"}},
      {Code::kForeign, {"virtual_server 192.0.2.1 80 {\n}\n", "1:1"}},
      {Code::kNoEffect, {whole(" track_bfd { b }"), "5:2"}},
      {Code::kSurplus, {whole(" priority 9 nopreempt"), "5:13"}},
      {Code::kMissingValue, {whole(" priority"), "5:2"}},
      {Code::kBadValue, {whole(" priority 100;"), "5:11"}},
      {Code::kAdjusted, {whole(" garp_master_repeat 0"), "5:21"}},
      {Code::kGivenAgain, {whole(" priority 9\n priority 8"), "6:2"}},
      {Code::kBlockExpected, {whole(" track_script\n priority 9"), "5:2"}},
      {Code::kNoBlockHere, {whole(" priority 9 {\n }"), "5:13"}},
      {Code::kEmptyBlock, {whole(" track_script { }"), "5:2"}},
      {Code::kBadName, {"vrrp_instance {\n}\n", "1:1"}},
      {Code::kCommentInWord, {whole(" interface e#x"), "5:13"}},
      {Code::kUndefined, {whole(" priority ${PRIO}"), "5:11"}},
      {Code::kDefinitionLoop, {"$A=x${A}\nrouter $A\n", "2:8"}},
      {Code::kDefinitionCut, {"$A= \\\n one \\\n\n", "3:1"}},
      {Code::kLinesInside, {"$A= \\\n 1 \\\n 2\nx $A y\n", "4:3"}},
      {Code::kBadRepetition, {"~SEQ(i, 3, 1, 1) x\n", "1:1"}},
      {Code::kContinued, {whole(" priority 9 \\"), "5:13"}},
      {Code::kNoVariable, {whole(" priority ${_ENV NONE}9"), "5:11"}},
      {Code::kNoVrid, {"vrrp_instance V {\n interface e\n}\n", "1:15"}},
      {Code::kNoInterface, {"vrrp_instance V {\n virtual_router_id 1\n}\n", "1:15"}},
      {Code::kSameVrid,
       {whole("") + "vrrp_instance W {\n interface e\n virtual_router_id 1\n}\n", "9:20"}},
      {Code::kNopreemptCleared, {whole(" state MASTER\n priority 9\n nopreempt"), "7:2"}},
      {Code::kPriorityOfOwner, {whole(" state MASTER"), "5:8"}},
      {Code::kIntervalRounded, {whole(" advert_int 1.5"), "5:13"}},
      {Code::kIntervalOfVersion, {whole(" version 3\n advert_int 41"), "6:13"}},
      {Code::kAuthDropped,
       {whole(" version 3\n authentication {\n auth_type PASS\n auth_pass x\n }"), "7:2"}},
      {Code::kAuthIncomplete, {whole(" authentication {\n auth_type PASS\n }"), "6:2"}},
      {Code::kPasswordCut,
       {whole(" authentication {\n auth_type PASS\n auth_pass 123456789\n }"), "7:12"}},
      {Code::kUnknownScript, {whole(" track_script { nope }"), "5:17"}},
      {Code::kUnusedScript, {whole("") + "vrrp_script s {\n script /x\n}\n", "7:13"}},
      {Code::kMixedFamilies, {whole(" virtual_ipaddress { fe80::1/64 }"), "5:22"}},
      {Code::kPreemptDelayCleared, {whole(" nopreempt\n preempt_delay 5"), "6:2"}},
      {Code::kNoCommand, {"vrrp_script s {\n}\n", "1:13"}},
      {Code::kNoAddress, {"vrrp_instance V {\n interface e\n virtual_router_id 1\n}\n", "1:15"}},
      {Code::kBadAddress, {whole(" virtual_ipaddress { 192.0.2.300 }"), "5:22"}},
      {Code::kAddressTwice, {whole(" virtual_ipaddress { 192.0.2.1/24 }"), "5:22"}},
      {Code::kVersionOfFamily,
       {"vrrp_instance V {\n interface e\n virtual_router_id 1\n version 2\n"
        " virtual_ipaddress { fe80::1 }\n}\n",
        "4:10"}},
      {Code::kBadInterface, {whole(" track_interface { a/b }"), "5:20"}},
      {Code::kBadCommand, {whole(" notify /bin/x /etc/y"), "5:16"}},
      {Code::kUnknownInstance, {"flags X {\n permit_file /p\n}\n", "1:7"}},
      {Code::kFlagsIncomplete, {"flags {\n}\n", "1:1"}},
      {Code::kSameFlagFile, {"flags {\n active_file /a\n}\nflags {\n active_file /a\n}\n", "4:1"}},
      {Code::kMailGoesNowhere, {whole(" smtp_alert"), "5:2"}},
      {Code::kDefinedLater,
       {whole(" track_script { s }") + "vrrp_script s {\n script /x\n}\n", "5:17"}},
      {Code::kOwnInterfaceTracked, {whole(" track_interface { e }"), "5:20"}},
      {Code::kTooManyAddresses,
       {"vrrp_instance V {\n interface e\n virtual_router_id 1\n virtual_ipaddress {\n" +
            addresses + " }\n}\n",
        "95:1"}},
      {Code::kNoInstance, {"\n", "1:1"}},
      {Code::kTooManyTrackers, {whole(" track_interface {\n" + trackers + "}"), "38:1"}},
      {Code::kOtherMib, {"global_defs {\n enable_snmp_vrrp\n}\n", "2:2"}},
      {Code::kOwnerAsBackup, {whole(" state BACKUP\n priority 255"), "5:8"}},
      {Code::kTrackedTwice, {whole(" track_interface {\n a\n a\n }"), "7:2"}},
      {Code::kIdleHere, {whole(" timer_expired_backup"), "5:2"}},
      {Code::kReadsOtherwise, {whole(" skip_check_adv_addr off"), "5:22"}},
      {Code::kUnicastWithoutPeers, {whole(" unicast_src_ip 192.0.2.9"), "5:2"}},
      {Code::kWrongFamily, {whole(" unicast_peer { fe80::2 }"), "5:17"}},
      {Code::kPeerIsSelf,
       {whole(" unicast_src_ip 192.0.2.9\n unicast_peer {\n 192.0.2.8\n 192.0.2.9\n }"), "8:2"}},
      {Code::kTooManyPeers, {whole(" unicast_peer {\n" + peers + " }"), "70:1"}},
      {Code::kPeerIsVirtual, {whole(" unicast_peer { 192.0.2.1 }"), "5:17"}},
      {Code::kHmacIncomplete, {whole(" auth_hmac {\n }"), "5:2"}},
      {Code::kHmacKey, {whole(" auth_hmac {\n active_key 1\n key 1 short\n }"), "7:8"}},
      {Code::kKeyExposed, {whole(" auth_hmac {\n active_key 1\n key 1 file:/etc/open\n }"), "7:8"}},
      {Code::kHmacBesideOther,
       {whole(" authentication {\n auth_type AH\n auth_pass x\n }\n auth_hmac {\n }"), "9:2"}},
      {Code::kAhAsMaster,
       {whole(" priority 9\n authentication {\n auth_type AH\n auth_pass x\n }\n state MASTER"),
        "10:8"}},
      {Code::kStrict, {whole(" strict_mode\n preempt_delay 5"), "6:2"}},
      {Code::kStrictRefuses, {whole(" strict_mode\n unicast_peer { 192.0.2.9 }"), "6:2"}},
      {Code::kStrictAccept, {whole(" strict_mode"), "5:2"}},
      {Code::kUnknownMember, {"vrrp_sync_group G {\n group { A }\n}\n", "2:10"}},
      {Code::kTwoGroups,
       {"vrrp_sync_group G {\n group { V }\n}\nvrrp_sync_group H {\n group { V }\n}\n" + whole(""),
        "5:10"}},
      {Code::kLoneMember, {"vrrp_sync_group G {\n group { V }\n}\n" + whole(""), "1:17"}},
      {Code::kMemberWeight,
       {"vrrp_sync_group G {\n group { V }\n track_interface {\n f weight 5\n }\n}\n" + whole(""),
        "4:2"}},
      {Code::kUnknownTracker, {whole(" track_file { nope }"), "5:15"}},
      {Code::kUnusedTracker, {whole("") + "track_file f {\n file /f\n}\n", "7:12"}},
      {Code::kNothingToWatch, {"vrrp_track_process p {\n}\n", "1:20"}},
      {Code::kNeverMatches, {"track_process p {\n process /usr/sbin/x\n}\n", "2:10"}},
      {Code::kQuorum, {"track_process p {\n process x\n quorum 3\n quorum_max 2\n}\n", "4:13"}},
      {Code::kWeightMovesNothing, {whole(" track_interface { f weight -5 }\n nopreempt"), "6:2"}},
      {Code::kDelayShortened, {"interface_up_down_delays { e 5 }\n" + whole(""), "1:28"}},
      {Code::kRoutesLater, {whole(" virtual_routes { default via 192.0.2.9 }"), "5:2"}},
      {Code::kRulesLater, {whole(" virtual_rules { from 192.0.2.0/24 table 5 pref 9 }"), "5:2"}},
      {Code::kStaticsLater, {"static_ipaddress { 192.0.2.7/24 dev e }\n", "1:1"}},
      {Code::kVirtualMacLater, {whole(" use_vmac"), "5:2"}},
      {Code::kIpvlanLater, {whole(" use_ipvlan ipv.1 bridge"), "5:2"}},
      {Code::kVrfLater, {whole(" vrf red"), "5:2"}},
      {Code::kFirewallLater, {whole(" no_accept"), "5:2"}},
      {Code::kNeedless, {"global_defs {\n dynamic_interfaces\n}\n", "2:2"}},
      {Code::kBadRoute, {whole(" virtual_routes { 192.0.2.0/33 via 192.0.2.9 }"), "5:19"}},
      {Code::kBadRule, {whole(" virtual_rules { from 192.0.2.0/24 }"), "5:18"}},
      {Code::kUnknownName, {whole(" virtual_rules { from all table blue pref 9 }"), "5:33"}},
      {Code::kRuleWithoutPreference, {whole(" virtual_rules { table 5 }"), "5:18"}},
      {Code::kWeightWithoutEffect,
       {whole(" priority 254\n track_interface { f weight 5 }"), "6:20"}},
      {Code::kSemicolon, {whole(" state BACKUP ; nopreempt"), "5:15"}},
      {Code::kAddressTwiceMaster,
       {whole("") + "vrrp_instance W {\n interface e\n virtual_router_id 2\n"
                    " virtual_ipaddress { 192.0.2.1/24 }\n}\n",
        "10:22"}},
      {Code::kScriptAbsent, {whole(" notify \"/none/x a\""), "5:9"}},
      {Code::kScriptNotExecutable, {whole(" notify /bin/plain"), "5:9"}},
      {Code::kScriptUnsafe, {whole(" notify /bin/anybodys root"), "5:9"}},
      {Code::kScriptByName, {whole(" notify x"), "5:9"}},
      {Code::kRedirection, {"vrrp_script s {\n script \"</dev/tcp/127.0.0.1/80\"\n}\n", "2:9"}},
      {Code::kNoPacing, {"global_defs {\n vrrp_garp_interval 0\n}\n", "2:21"}},
      {Code::kUpDelayOmitted, {"interface_up_down_delays { f 1 }\n", "1:28"}},
      {Code::kNoMailAddress, {"global_defs {\n notification_email { A B c@d }\n}\n", "2:23"}},
      {Code::kUnknownTrackGroup, {"static_routes { default dev e track_group g }\n", "1:43"}},
      {Code::kFlagWithWord, {whole(" nopreempt no"), "5:12"}},
      {Code::kVirtualMacBase, {whole(" use_vmac\n unicast_peer { 192.0.2.9 }"), "5:2"}},
      {Code::kBadOwnInterface, {whole(" use_vmac a b"), "5:13"}},
      {Code::kDefaultInterface, {"static_ipaddress { 192.0.2.7/24 }\n", "1:20"}},
  };
}

TEST(Findings, AreEachProvokedAtTheirPlaceByATextOfTheirOwn) {
  std::set<Code> provoked;
  for (const auto& [code, expected] : cases()) {
    const auto& [text, at] = expected;
    const Parsed parsed = parse_text(text);
    EXPECT_THAT(" " + places(parsed) + " ", HasSubstr(" " + to_string(code) + "@" + at + " "))
        << text.substr(0, 200);
    const bool is_error = entry_of(code).severity == Severity::kError;
    EXPECT_TRUE(!is_error || !parsed.usable()) << to_string(code);
    provoked.insert(code);
  }
  for (const CodeEntry& entry : code_table())
    EXPECT_TRUE(provoked.contains(entry.code)) << to_string(entry.code) << " is never provoked";
}

TEST(Findings, HaveEachCodeOnceAndAParagraph) {
  std::set<Code> seen;
  for (const CodeEntry& entry : code_table()) {
    EXPECT_TRUE(seen.insert(entry.code).second) << to_string(entry.code);
    EXPECT_GT(entry.meaning.size(), 20U) << to_string(entry.code);
    EXPECT_EQ(&entry_of(entry.code), &entry);
  }
}

TEST(Findings, AreAllExplainedInTheMessagesPage) {
  std::ifstream file(VIGIE_MESSAGES_PAGE);
  std::stringstream page;
  page << file.rdbuf();
  EXPECT_EQ(page.str(), messages_page())
      << "write it again: vigie-config --messages > docs/messages.md";
}

TEST(Pages, AreAsTheTablesWriteThem) {
  const std::pair<const char*, std::string> pages[] = {{"config.md", manual_page()},
                                                       {"differences.md", differences_page()}};
  for (const auto& [name, expected] : pages) {
    std::ifstream file(std::string(VIGIE_DOCS) + "/" + name);
    std::stringstream page;
    page << file.rdbuf();
    EXPECT_TRUE(page.str() == expected)
        << name << ": write it again with vigie-config --manual or --differences";
  }
}

TEST(Manual, SaysSomethingOfEveryKeyword) {
  const std::string page = manual_page();
  const std::string roff = manual_roff();
  for (const Keyword& keyword : keyword_table()) {
    EXPECT_THAT(page, HasSubstr("`" + std::string(keyword.name) + "`")) << keyword.name;
    const bool is_sentence = keyword.does.empty() || keyword.does.ends_with('.');
    EXPECT_TRUE(is_sentence) << keyword.name;
    const bool has_block =
        std::any_of(block_table().begin(), block_table().end(),
                    [&](const BlockEntry& entry) { return entry.block == keyword.block; });
    EXPECT_TRUE(has_block) << keyword.name;
  }
  // No line of the page for man starts a request that was not meant.
  std::istringstream lines(roff);
  for (std::string line; std::getline(lines, line);) {
    const bool is_request = line.starts_with(".TH ") || line.starts_with(".SH ") || line == ".TP" ||
                            line == ".PP" || line.starts_with(".\\\"");
    EXPECT_TRUE(is_request || (!line.starts_with('.') && !line.starts_with('\''))) << line;
  }
}

// Words of keepalived without effect here are named, one by one, and nothing else is changed by them.
TEST(Findings, NameEveryWordOfKeepalivedThatHasNoEffect) {
  std::size_t words = 0;
  for (const Keyword& keyword : keyword_table()) {
    if (keyword.effect != Effect::kNone && keyword.effect != Effect::kNeedless) continue;
    ++words;
    const std::string code = keyword.effect == Effect::kNone ? "C0114@" : "C0314@";
    const std::string line = std::string(keyword.name) + " something { or other\n }\n";
    std::string text = whole("");
    std::string at = "7:1";
    if (keyword.block == Block::kRoot) {
      text += line;
    } else if (keyword.block == Block::kGlobal) {
      text += "global_defs {\n" + line + "}\n";
      at = "8:1";
    } else if (keyword.block == Block::kGroup) {
      text += "vrrp_sync_group G {\n group { V }\n" + line + "}\n";
      at = "9:1";
    } else {
      text = whole(line);
      at = "5:1";
    }
    const Parsed parsed = parse_text(text);
    // A group of one has its finding.
    const std::string before = keyword.block == Block::kGroup ? "C0251@7:17 " : "";
    EXPECT_EQ(places(parsed), before + code + at) << keyword.name;
    if (keyword.block == Block::kGroup) continue;
    EXPECT_EQ(parsed.model.instances, parse_text(whole("")).model.instances) << keyword.name;
  }
  EXPECT_GT(words, 40U);
}

TEST(Findings, SuggestTheNearestKeyword) {
  const auto label = [](const std::string& text) { return parse_text(text).findings.at(0).label; };
  EXPECT_EQ(label(whole(" prioritty 9")), "did you mean `priority`?");
  EXPECT_EQ(label(whole(" nopremept")), "did you mean `nopreempt`?");
  EXPECT_EQ(label(whole(" smtp_server mx")), "belongs in global_defs");
  EXPECT_EQ(label(whole(" xyzzy 9")), "not a keyword here");
  EXPECT_EQ(label(whole(" state MASTR\n priority 9")), "did you mean `MASTER`?");
  EXPECT_EQ(label("vrrp_script check_web {\n script /x\n}\n" + whole(" track_script { chek_web }")),
            "no instance tracks it");
  EXPECT_EQ(
      parse_text("vrrp_script check_web {\n script /x\n}\n" + whole(" track_script { chek_web }"))
          .findings.at(1)
          .label,
      "did you mean `check_web`?");
}

// Ten thousand routers that all have something to say are no reason to refuse them.
TEST(Findings, OfOneKindAreCountedBeyondFiftyAndNeverRefuseAFile) {
  std::string text;
  for (int i = 0; i < 1200; ++i) {
    const std::string n = std::to_string(i);
    text += "vrrp_instance V" + n + " {\n interface e" + std::to_string(i / 250) +
            "\n virtual_router_id " + std::to_string(i % 250 + 1) +
            "\n use_vmac\n no_virtual_ipaddress\n}\n";
  }
  const Parsed parsed = parse_text(text);
  EXPECT_TRUE(parsed.usable());
  ASSERT_EQ(parsed.findings.size(), 50U);
  EXPECT_EQ(parsed.findings.back().code, "C0303");
  EXPECT_EQ(parsed.findings.back().note, "and 1150 more like this");
}

TEST(Findings, ExitCodeIsThatOfTheWorst) {
  EXPECT_EQ(exit_code(parse_text(whole("")).findings), 0);
  EXPECT_EQ(exit_code(parse_text(whole("") + "virtual_server a b {\n}\n").findings), 0);
  EXPECT_EQ(exit_code(parse_text(whole(" use_vmac")).findings), 1);
  EXPECT_EQ(exit_code(parse_text(whole(" use_vmac\n priority x")).findings), 2);
}

TEST(KeywordTable, IsConsistent) {
  std::set<std::pair<Block, std::string_view>> seen;
  for (const Keyword& keyword : keyword_table()) {
    EXPECT_TRUE(seen.emplace(keyword.block, keyword.name).second) << keyword.name;
    EXPECT_LE(keyword.least, keyword.most) << keyword.name;
    // The words of these lines are read by classes of their own.
    const bool is_of_a_line = keyword.block == Block::kTrack || keyword.block == Block::kRoute ||
                              keyword.block == Block::kRule;
    const bool is_read = keyword.effect == Effect::kSets || keyword.effect == Effect::kLater;
    EXPECT_TRUE(!is_read || is_of_a_line || keyword.apply != nullptr) << keyword.name;
    EXPECT_EQ(keyword.does.empty(), !keyword.same_as.empty()) << keyword.name;
    EXPECT_EQ(keyword.effect == Effect::kLater, keyword.later != Code::kNoEffect) << keyword.name;
    const bool does_nothing =
        keyword.effect == Effect::kNone || keyword.effect == Effect::kNeedless;
    EXPECT_EQ(does_nothing, !keyword.why.empty()) << keyword.name << " says why it has no effect";
    if (!keyword.same_as.empty()) {
      const Keyword* same = find_keyword(keyword.block, keyword.same_as);
      ASSERT_NE(same, nullptr) << keyword.name;
      EXPECT_TRUE(same->same_as.empty()) << keyword.name;
      EXPECT_EQ(same->effect, keyword.effect) << keyword.name;
    }
    EXPECT_EQ(keyword.takes == Takes::kChoice, !keyword.choices.empty()) << keyword.name;
  }
}

TEST(Render, ShowsTheLineWithCaretsUnderThePlace) {
  const Parsed parsed = parse_text(
      "\n\n\n\n\n\n\nvrrp_instance V {\n  interface e\n  virtual_router_id 1\n"
      "  virtual_ipaddress { 192.0.2.1/24 }\n\n\n    priority 300\n}\n");
  EXPECT_EQ(render(parsed.findings, parsed.files),
            "error[C0107]: priority 300 is out of range\n"
            "  --> /etc/vigie.conf:14:14\n"
            "   |\n"
            "14 |     priority 300\n"
            "   |              ^^^ must be 1 to 254, or 255 for the address owner\n"
            "   = note: keepalived ignores this line and uses its default\n");
}

TEST(Render, CountsCharactersNotBytesAndShowsNoControlCharacters) {
  const Parsed parsed = parse_text(whole("\tnotify \"/é\x1b\" \"ü ü\""));
  EXPECT_EQ(render(parsed.findings, parsed.files),
            "error[C0221]: `ü ü` is no user\n"
            "  --> /etc/vigie.conf:5:16\n"
            "   |\n"
            " 5 |  notify \"/é?\" \"ü ü\"\n"
            "   |               ^^^^^ a command and its parameters must be quoted together\n");
}

TEST(Render, ShowsAWindowOfALongLine) {
  const Parsed parsed = parse_text(
      whole(" priority 9 " + std::string(300, ' ') + "surplus " + std::string(300, 'x')));
  const std::string text = render(parsed.findings, parsed.files);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 200U) << line;
  EXPECT_THAT(text, HasSubstr("surplus xxx"));
}

TEST(Render, NamesAFileThatCouldNotBeRead) {
  const MemoryFiles none;
  const Parsed parsed = parse("/etc/vigie.conf", reader_of(none));
  EXPECT_THAT(
      render(parsed.findings, parsed.files),
      HasSubstr("error[C0101]: /etc/vigie.conf cannot be read\n  --> /etc/vigie.conf:1:1\n"));
  EXPECT_FALSE(parsed.usable());
}

}  // namespace
}  // namespace config
