#include "engine/config/manual.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace config {
namespace {

constexpr std::array kBlocks = {
    BlockEntry{Block::kRoot, "Outside blocks", "What stands at the top level of a file."},
    BlockEntry{Block::kGlobal, "global_defs { }",
               "What holds for all instances unless they say otherwise."},
    BlockEntry{Block::kInstance, "vrrp_instance NAME { }", "One virtual router."},
    BlockEntry{Block::kAddress, "A line of addresses",
               "In virtual_ipaddress, virtual_ipaddress_excluded and static_ipaddress: an address "
               "first, then "
               "these words in any order. Without a length it is a single host's."},
    BlockEntry{Block::kTrack, "A line that tracks",
               "In track_script, track_interface, track_file and track_process: a name first."},
    BlockEntry{Block::kPeer, "A line of unicast_peer", "An address first."},
    BlockEntry{Block::kAuthentication, "authentication { }", "Version 2 alone."},
    BlockEntry{Block::kHmac, "auth_hmac { }",
               "Either version. All routers of a virtual router need the same keys."},
    BlockEntry{
        Block::kRoute, "A route",
        "In virtual_routes and static_routes, in the words of iproute2: where it leads, and how."},
    BlockEntry{Block::kRule, "A routing rule",
               "In virtual_rules and static_rules, in the words of iproute2: whom it is for, and "
               "what it does."},
    BlockEntry{Block::kGroup, "vrrp_sync_group NAME { }",
               "Instances that rise and leave together."},
    BlockEntry{Block::kScript, "vrrp_script NAME { }", "A check by a program."},
    BlockEntry{Block::kFile, "track_file NAME { }", "A check by a number in a file."},
    BlockEntry{Block::kProcess, "vrrp_track_process NAME { }", "A check by processes that run."},
    BlockEntry{Block::kTrackGroup, "track_group NAME { }", "What static items follow."},
    BlockEntry{Block::kGarpGroup, "garp_group { }",
               "The pace of announcements on some interfaces."},
    BlockEntry{Block::kSafety, "safety { }", "vigie's own."},
    BlockEntry{Block::kFlags, "flags [INSTANCE ...] { }", "vigie's own."},
    BlockEntry{Block::kAgentX, "agentx { }", "vigie's own."},
    BlockEntry{Block::kAlerts, "alerts { }", "vigie's own."},
    BlockEntry{Block::kHistory, "history { }", "vigie's own."},
};

constexpr std::string_view kIntroduction =
    "The file is keepalived's, read as keepalived reads it: one keyword on a line, its values "
    "behind it, a "
    "block in braces. `#` and `!` start a comment. A file of keepalived is read as it is; what "
    "belongs to load "
    "balancing is skipped with a note. vigie reads /etc/vigie/vigie.conf, or else "
    "/etc/keepalived/keepalived.conf; a vigie.conf may `include` the other. `vigie check FILE` "
    "says what it "
    "thinks of a file without using it.";

constexpr std::string_view kReading =
    "Behind each keyword stands how its value is written, and in brackets what holds without it. "
    "SECONDS may "
    "have decimals. A value that cannot be read or is out of range refuses the whole "
    "configuration, and what "
    "runs goes on; what keepalived does in its place is said where it is known. A keyword that is "
    "given again "
    "counts as it stands last, unless something else is said.";

std::string_view argument_of(Takes takes) {
  switch (takes) {
    case Takes::kNothing:
    case Takes::kNothingOff: return "";
    case Takes::kBool: return "[on|off]";
    case Takes::kNumber: return "NUMBER";
    case Takes::kSeconds: return "SECONDS";
    case Takes::kSpan: return "SPAN (30s, 10m, 12h, 365d)";
    case Takes::kWord: return "WORD";
    case Takes::kWords: return "WORD ...";
    case Takes::kChoice: return "";
    case Takes::kInterface: return "INTERFACE";
    case Takes::kPath: return "PATH";
    case Takes::kCommand: return "COMMAND [USER [GROUP]]";
    case Takes::kBlock: return "{ ... }";
    case Takes::kNamed: return "NAME { ... }";
    case Takes::kLines: return "{ ... }";
    case Takes::kAnything: return "";
  }
  return "";
}

constexpr double kUnbounded = 2147483647;

std::string range_text(const Keyword& keyword) {
  if (keyword.takes != Takes::kNumber && keyword.takes != Takes::kSeconds) return {};
  if (keyword.least == 0 && keyword.most == 0) return {};
  if (keyword.most >= kUnbounded)
    return keyword.least < 0 ? std::string() : fmt::format(", {:g} or more", keyword.least);
  return fmt::format(", {:g} to {:g}", keyword.least, keyword.most);
}

// All spellings but the one that speaks for them.
std::vector<std::string_view> spellings_of(const Keyword& keyword) {
  std::vector<std::string_view> made;
  for (const Keyword& other : keyword_table())
    if (other.block == keyword.block && other.same_as == keyword.name) made.push_back(other.name);
  return made;
}

// What is said behind the sentence, in plain words.
std::vector<std::string> remarks_of(const Keyword& keyword) {
  std::vector<std::string> made;
  if (keyword.zero_is_one) made.emplace_back("0 counts as 1, with a warning.");
  if (keyword.again == Again::kFirstCounts) made.emplace_back("Given again, the first one counts.");
  if (!keyword.bad.empty()) made.push_back(fmt::format("Of a bad value: {}.", keyword.bad));
  switch (keyword.effect) {
    case Effect::kSets:
    case Effect::kForeign: break;
    case Effect::kLater:
      made.push_back(fmt::format("Not in effect in this version ({}): read, checked and kept.",
                                 to_string(keyword.later)));
      break;
    case Effect::kNeedless:
      made.push_back(fmt::format("Nothing is left to do: {}.", keyword.why));
      break;
    case Effect::kNone: made.push_back(fmt::format("No effect: {}.", keyword.why)); break;
  }
  return made;
}

std::string roff(std::string_view text) {
  std::string made;
  for (const char c : text) {
    if (c == '\\')
      made += "\\e";
    else if (c == '-')
      made += "\\-";
    else if (c == '`')
      continue;  // what it marks is plain in a manual page
    else
      made += c;
  }
  if (!made.empty() && (made[0] == '.' || made[0] == '\'')) made.insert(0, "\\&");
  return made;
}

}  // namespace

std::span<const BlockEntry> block_table() { return kBlocks; }

std::string value_text(const Keyword& keyword) {
  std::string made(!keyword.argument.empty()         ? keyword.argument
                   : keyword.takes == Takes::kChoice ? keyword.choices
                                                     : argument_of(keyword.takes));
  return made.empty() ? made : made + range_text(keyword);
}

std::string manual_page() {
  std::string page =
      fmt::format("# The configuration\n\nWritten by `vigie-config --manual`.\n\n{}\n\n{}\n",
                  kIntroduction, kReading);
  for (const BlockEntry& entry : kBlocks) {
    page += fmt::format("\n## {}\n\n{}\n\n", entry.title, entry.about);
    std::string skipped;
    for (const Keyword& keyword : keyword_table()) {
      if (keyword.block != entry.block || !keyword.same_as.empty()) continue;
      if (keyword.effect == Effect::kForeign) {
        skipped += fmt::format("{}`{}`", skipped.empty() ? "" : ", ", keyword.name);
        continue;
      }
      page += fmt::format("- **`{}`**", keyword.name);
      for (const std::string_view other : spellings_of(keyword))
        page += fmt::format(", `{}`", other);
      if (const std::string value = value_text(keyword); !value.empty())
        page += fmt::format(" `{}`", value);
      if (!keyword.standard.empty()) page += fmt::format(" [{}]", keyword.standard);
      page += fmt::format(": {}", keyword.does);
      for (const std::string& remark : remarks_of(keyword)) page += " " + remark;
      page += '\n';
    }
    if (!skipped.empty()) page += "\nNot about VRRP, and skipped with a note: " + skipped + ".\n";
  }
  page +=
      "\n## Words of keepalived without effect\n\n"
      "Each is named by a finding; these are all of them, with the reason.\n\n"
      "| word | where | why |\n|---|---|---|\n";
  for (const BlockEntry& entry : kBlocks)
    for (const Keyword& keyword : keyword_table())
      if (keyword.block == entry.block && !keyword.why.empty() && keyword.same_as.empty())
        page += fmt::format("| `{}` | {} | {} |\n", keyword.name, entry.title, keyword.why);
  return page;
}

std::string keyword_help(std::string_view name) {
  std::string text;
  for (const BlockEntry& entry : kBlocks) {
    const Keyword* keyword = find_keyword(entry.block, name);
    if (keyword == nullptr) continue;
    // Another spelling says nothing of its own.
    if (!keyword->same_as.empty()) keyword = find_keyword(entry.block, keyword->same_as);
    text += fmt::format("{}{}", text.empty() ? "" : "\n", keyword->name);
    for (const std::string_view other : spellings_of(*keyword)) text += fmt::format(", {}", other);
    if (const std::string value = value_text(*keyword); !value.empty())
      text += fmt::format(" {}", value);
    if (!keyword->standard.empty()) text += fmt::format(" [{}]", keyword->standard);
    text += fmt::format("    ({})\n", entry.title);
    if (keyword->effect == Effect::kForeign)
      text += "    Not about VRRP, and skipped with a note.\n";
    if (!keyword->does.empty()) text += fmt::format("    {}\n", keyword->does);
    for (const std::string& remark : remarks_of(*keyword)) text += fmt::format("    {}\n", remark);
  }
  return text;
}

std::vector<std::string_view> keyword_names() {
  std::vector<std::string_view> names;
  for (const Keyword& keyword : keyword_table()) names.push_back(keyword.name);
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string manual_roff() {
  std::string page = fmt::format(
      ".\\\" Written by vigie-config --man.\n.TH VIGIE.CONF 5 \"\" vigie \"File formats\"\n.SH "
      "NAME\n"
      "vigie.conf \\- what vigie(1) and vigied(8) are told\n.SH DESCRIPTION\n{}\n.PP\n{}\n",
      roff(kIntroduction), roff(kReading));
  for (const BlockEntry& entry : kBlocks) {
    page += fmt::format(".SH \"{}\"\n{}\n", roff(entry.title), roff(entry.about));
    std::string skipped;
    for (const Keyword& keyword : keyword_table()) {
      if (keyword.block != entry.block || !keyword.same_as.empty()) continue;
      if (keyword.effect == Effect::kForeign) {
        skipped += (skipped.empty() ? "" : ", ") + roff(keyword.name);
        continue;
      }
      page += fmt::format(".TP\n\\fB{}\\fP", roff(keyword.name));
      for (const std::string_view other : spellings_of(keyword))
        page += fmt::format(", \\fB{}\\fP", roff(other));
      if (const std::string value = value_text(keyword); !value.empty())
        page += fmt::format(" \\fI{}\\fP", roff(value));
      if (!keyword.standard.empty()) page += fmt::format(" [{}]", roff(keyword.standard));
      page += '\n' + roff(keyword.does);
      for (const std::string& remark : remarks_of(keyword)) page += '\n' + roff(remark);
      page += '\n';
    }
    if (!skipped.empty())
      page += ".PP\nNot about VRRP, and skipped with a note: " + skipped + ".\n";
  }
  page +=
      ".SH FILES\n/etc/vigie/vigie.conf, /etc/keepalived/keepalived.conf\n"
      ".SH SEE ALSO\nvigie(1), vigied(8), keepalived.conf(5)\n";
  return page;
}

}  // namespace config
