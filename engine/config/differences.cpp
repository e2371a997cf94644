// Where the same file behaves otherwise than with keepalived 2.2.7.
#include <fmt/format.h>

#include "engine/config/manual.hpp"

namespace config {
namespace {

struct Difference {
  std::string_view where;
  std::string_view keepalived;
  std::string_view here;
};

struct Chapter {
  std::string_view title;
  std::span<const Difference> rows;
};

constexpr Difference kText[] = {
    {"the main file is missing", "`-t` ends with 0", "refused (C0101)"},
    {"an unknown block in a block",
     "its words are read as the parent's, and its `}` ends the parent",
     "skipped as a whole, with a suggestion (C0112)"},
    {"a keyword without its value", "the process ends, on a reload too",
     "refused; what runs goes on (C0116)"},
    {"a number that is none, or out of range", "the default is used", "refused (C0107, C0117)"},
    {"a line of 1,024 bytes or more", "ignored", "read, with a warning (C0105)"},
    {"a script, file or process defined below its use", "not found; the check does not count",
     "found, with a note (C0226)"},
    {"a name that is tracked and defined nowhere", "the check does not count",
     "refused (C0211, C0253)"},
    {"words behind a value, a `;`", "ignored without a word",
     "ignored with a warning (C0115, C0321)"},
    {"a word behind a switch: `nopreempt no`", "set, without a word",
     "set, with a warning (C0331)"},
    {"`#` or `!` inside a word", "the word ends there, without a word",
     "the same, with a warning (C0124)"},
    {"a keyword that is given again", "the last one counts, for scripts the first",
     "the same, with a warning (C0119)"},
    {"a file that is executable or no regular file", "skipped", "refused (C0101)"},
    {"definitions that contain themselves", "end at a length or not at all", "refused (C0271)"},
    {"`vrrp_garp_interval 0`", "out of range; `-t` ends with 5", "no pause, with a note (C0327)"},
    {"`v3_checksum_as_v2 off` in global_defs, `skip_check_adv_addr off`", "set whatever follows",
     "as they say (C0235)"},
    {"a rule for one port: `dport 53`", "left out: a range is wanted", "read as it says (C0235)"},
    {"a script that starts with `<`", "cannot be run, which counts as a success",
     "given to bash, which opens it (C0335)"},
    {"an instance without an interface", "possible for unicast with a source address",
     "refused (C0202)"},
};

constexpr Difference kGrammar[] = {
    {"`${NAME}` that is not defined, outside quotes", "its braces open and close a block",
     "stays as it is written (C0270)"},
    {"`$NAME/24`", "stays as it is written", "put in"},
    {"`${_HASH}`, or `\\#` in a definition", "starts a comment", "is the character"},
    {"`$A=@id`, then `$A text`", "`text` twice on one line", "`text`"},
    {"`@other $A= \\` with lines behind it", "the other lines are read at once",
     "the whole definition is dropped"},
    {"a line of 1,024 bytes when definitions are put in", "no more is put in",
     "all of it is, with a warning (C0105)"},
    {"a backslash at the end of an ordinary line", "a part of its last word",
     "dropped, with a warning (C0275)"},
    {"a `~SEQ` or `~LST` that cannot be read", "logged, and what it stands for is missing",
     "refused (C0274)"},
    {"`~LST(v, ${A}, b)`, blanks beside the values", "refused, or it may hang",
     "put in; no matter"},
    {"`${_RANDOM}`", "other numbers at each reading", "the same at each reading on one host"},
    {"`include` in a definition of several lines", "read after the last of them",
     "read in its place"},
    {"`include \"a b\"`, `include a b`", "quotes and blanks belong to the name",
     "quotes quote; `b` is left over (C0115)"},
    {"a `}` in an included file for a block around it", "closes it", "refused (C0109)"},
    {"`script \"say \\\"{\\\"\"`", "the brace ends the line",
     "a backslash in a command's quotes protects what follows"},
};

constexpr Difference kStart[] = {
    {"an interface that is not there", "the process ends, unless `dynamic_interfaces`",
     "fault until it appears"},
    {"two instances are the same virtual router", "the process ends",
     "refused; what runs goes on (C0203)"},
    {"`vrrp_rt_priority`, `vrrp_cpu_affinity` changed by a reload", "in force at once",
     "in force with the next start, and the reload says so"},
    {"a bad configuration on a reload", "the process may end",
     "the running one stays, and the reload says why"},
    {"addresses an earlier run has left", "removed at the start",
     "taken over with the state, without a gap"},
    {"a new version", "a restart: the addresses are removed and taken anew",
     "`vigie upgrade`: every process is replaced, nobody notices"},
    {"a process that is killed", "its addresses are removed and taken anew",
     "another takes over its state before the third missed advert"},
    {"every process is killed and none comes back", "the addresses stay",
     "they expire after the peer has taken over (`lease`)"},
    {"a virtual address in `ip address`", "permanent", "with a lifetime that is renewed (`lease`)"},
    {"who knew a peer and comes back", "waits its down interval",
     "waits until it has heard the LAN, at most 5 s (`quiet_start`)"},
    {"a planned departure", "addresses go with priority 0",
     "they answer until the successor is heard, one interval at most"},
    {"`promote_secondaries`, `disable_local_igmp`",
     "off at the end whatever was there; stays after a crash",
     "as it was before, after a crash too; set again when somebody changes it"},
    {"`startup_script` after a crash", "run again, before anything else",
     "not run again: addresses and state are taken over first"},
    {"`startup_script`, `shutdown_script` that fail or take too long", "a line in the log",
     "a row of the history too"},
    {"an address with `no_track` that somebody removes", "stays removed",
     "stays removed until the router is master anew"},
    {"an address that belongs to two instances", "each adds and removes it",
     "the same, with a warning (C0322)"},
};

constexpr Difference kProtocol[] = {
    {"another interval in version 2", "the advert is dropped: two masters",
     "obeyed, counted and told; dropped with `strict_mode`"},
    {"another address list", "dropped, since 2.3.3 obeyed",
     "obeyed, counted and told; dropped in version 2 with `strict_mode`"},
    {"a longer interval of the master", "believed",
     "believed up to three times our own (`learned_interval_cap`)"},
    {"the checksum of version 3 over IPv4",
     "one form, chosen by `v3_checksum_as_v2`; with it none is checked",
     "either is accepted, and the peer's is sent"},
    {"priority 0 of somebody who is not the master", "ends the wait",
     "counts from the master that is obeyed, or when that one is silent"},
    {"an advert of lower priority", "answered", "answered at most twice an interval"},
    {"`unicast_ttl` without peers", "adverts leave with TTL 0, that is not at all", "255 (C0236)"},
    {"`unicast_ttl 0`", "taken", "refused (C0107)"},
    {"strict mode with unicast, or with no address in version 3", "the instance is left out",
     "refused (C0247)"},
    {"strict mode without `accept`", "addresses do not answer",
     "they do: no packets are kept out yet (C0248)"},
    {"auth_hmac with a clock outside the window", "the advert is dropped",
     "shows that its sender lives: no preemption, and it is told"},
};

constexpr Difference kTracking[] = {
    {"a check that cannot be run, or ends with 126 or 127", "counts as a success", "has failed"},
    {"a script with an unsafe path and `enable_script_security`",
     "left out: the check does not count", "not run, and that is a failure (C0325)"},
    {"scripts without `enable_script_security`", "`-t` ends with 6",
     "`-t` ends with 6 when others can change what root runs (C0325)"},
    {"a script that is not there", "left out: the check does not count",
     "has failed, and the configuration says so before (C0323)"},
    {"`init_fail`", "has no effect", "failing until it has succeeded"},
    {"weights of members of a sync group", "left out without `sync_group_tracking_weight`",
     "count (C0252)"},
    {"two interfaces that are down", "since 2.3.3 one that returns ends the fault",
     "each fault counts for itself"},
    {"a weight that changes nothing", "nothing is said", "a warning with the numbers (C0320)"},
    {"the down delay of an interface, longer than peers wait", "shortened",
     "shortened, with a warning (C0258)"},
    {"a sync group that names no instance, an instance in two groups", "goes on without it",
     "refused (C0249, C0250)"},
};

constexpr Difference kTelling[] = {
    {"a FIFO that is full", "the line is lost, without a word",
     "1,024 more lines wait for it; beyond that the oldest are given up, counted and told"},
    {"the program that reads a FIFO ends", "it is gone for good", "started again"},
    {"the last lines of a stop", "the program that reads a FIFO is ended before it can read them",
     "it has read them before it is asked to end"},
    {"the FIFOs on a reload", "made anew, and their programs ended and started again",
     "stay, with their programs, when nothing about them has changed"},
    {"a FIFO that cannot be made", "nobody is told", "told in the history, and tried every 5 s"},
    {"`MASTER_RX_LOWER_PRI`, `notify_master_rx_lower_pri`", "for each advert that loses",
     "once for each time that two masters meet"},
    {"`notify` scripts", "all at once, in any order, unlimited",
     "one after the other for each instance, in order, at most 60 s each"},
};

constexpr Chapter kChapters[] = {{"Reading the file", kText},
                                 {"Definitions, conditions, repetitions, includes", kGrammar},
                                 {"Starting, stopping, reloading", kStart},
                                 {"The protocol", kProtocol},
                                 {"What is tracked", kTracking},
                                 {"Who is told", kTelling}};

}  // namespace

std::string differences_page() {
  std::string page =
      "# Where vigie differs from keepalived\n\n"
      "Written by `vigie-config --differences`. The same file, keepalived 2.2.7 and vigie: one row "
      "for each "
      "place where they do not do the same. All the rest is meant to be the same. The codes are "
      "those of "
      "[messages.md](messages.md); why the protocol differs stands in [decision "
      "5](decisions/0005-where-we-differ-from-the-rfcs.md), "
      "[8](decisions/0008-mismatches-that-are-obeyed.md), "
      "[9](decisions/0009-sync-groups.md) and [10](decisions/0010-quiet-start.md).\n";
  for (const Chapter& chapter : kChapters) {
    page += fmt::format("\n## {}\n\n| | keepalived | vigie |\n|---|---|---|\n", chapter.title);
    for (const Difference& row : chapter.rows)
      page += fmt::format("| {} | {} | {} |\n", row.where, row.keepalived, row.here);
  }
  page +=
      "\n## Read and kept, and not in effect in this version\n\n"
      "Each is said by a warning when the file is read. The [manual](config.md) says what they are "
      "for.\n\n"
      "| word | where | finding |\n|---|---|---|\n";
  for (const BlockEntry& entry : block_table())
    for (const Keyword& keyword : keyword_table())
      if (keyword.block == entry.block && keyword.effect == Effect::kLater)
        page += fmt::format("| `{}` | {} | {} |\n", keyword.name, entry.title,
                            to_string(keyword.later));
  page +=
      "\n## Without effect\n\nWhat is not done (a warning), and what has nothing left to do (a "
      "note).\n\n"
      "| word | where | | why |\n|---|---|---|---|\n";
  for (const BlockEntry& entry : block_table())
    for (const Keyword& keyword : keyword_table())
      if (keyword.block == entry.block && !keyword.why.empty())
        page += fmt::format("| `{}` | {} | {} | {} |\n", keyword.name, entry.title,
                            keyword.effect == Effect::kNone ? "not done" : "nothing to do",
                            keyword.why);
  page +=
      "\n## Refused here\n\nkeepalived goes on with a default, without the part, or ends; vigie "
      "keeps what "
      "runs.\n\n| code | |\n|---|---|\n";
  for (const CodeEntry& entry : code_table())
    if (entry.severity == Severity::kError)
      page += fmt::format("| {} | {} |\n", to_string(entry.code), entry.title);
  return page;
}

}  // namespace config
