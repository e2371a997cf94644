#include "engine/config/codes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.hpp"

namespace config {
namespace {

constexpr auto kError = Severity::kError;
constexpr auto kWarning = Severity::kWarning;
constexpr auto kNote = Severity::kNote;

constexpr std::array kTable = {
    CodeEntry{Code::kUnreadable, kError, "a file cannot be read",
              "The file does not exist, is not a regular file, may not be read by the daemon, or "
              "has an execute bit "
              "(keepalived skips such files, and so does vigie). For an included file found by a "
              "pattern this is "
              "only a warning in keepalived; here the configuration is refused, because part of it "
              "is missing."},
    CodeEntry{Code::kTooMuch, kError, "a limit of the reader is exceeded",
              "The files are larger than 16 MiB, includes are nested deeper than 16, more than "
              "1,000 files are read, includes look at more than 200,000 names in folders, "
              "blocks, definitions or repetitions are nested deeper than 32, a line is or becomes "
              "longer than 64 KiB, there are more than a million words, definitions and "
              "repetitions grow without end, there are more than 65,000 instances or scripts, "
              "more than 1,000 blocks of flags, or more than 1,000 findings. Reading stops there "
              "and the configuration is refused."},
    CodeEntry{Code::kNoMatch, kWarning, "an include matches no file",
              "Reading goes on without it, as in keepalived. A pattern with wildcards may match "
              "nothing, without a word. `includem` demands a file for a name without wildcards, "
              "`includew` for any pattern, `includeb` for each name in braces, `includea` all of "
              "these, and `include_check` for all includes below it: then the configuration is "
              "refused."},
    CodeEntry{Code::kIncludeLoop, kError, "a file includes itself",
              "Directly or through others. Remove one of the includes."},
    CodeEntry{Code::kLongLine, kWarning, "a line is longer than keepalived reads",
              "keepalived ignores lines of 1,024 bytes and more. vigie reads the line: with "
              "keepalived the same file "
              "means something else."},
    CodeEntry{Code::kNulByte, kWarning, "a line holds a NUL byte",
              "The line is ignored, as in keepalived. The file is probably damaged."},
    CodeEntry{Code::kOutOfRange, kError, "a value is out of range",
              "keepalived would go on with its default and the router would not do what the file "
              "says; vigie refuses "
              "the configuration and keeps what runs."},
    CodeEntry{Code::kUnterminatedQuote, kError, "a quote is not closed",
              "Quotes end on the line they start on. What the line means is not clear, so the "
              "configuration is "
              "refused."},
    CodeEntry{Code::kBraces, kError, "braces do not pair",
              "A block is not closed, a `}` closes nothing, or a `{` follows no keyword. "
              "Everything after it could "
              "belong elsewhere, so the configuration is refused."},
    CodeEntry{Code::kUnknownKeyword, kWarning, "an unknown keyword",
              "The line is ignored, as in keepalived: the router runs with the default for what "
              "was meant."},
    CodeEntry{Code::kUnknownBlock, kWarning, "an unknown block",
              "The whole block is skipped up to its closing brace; what follows is read normally."},
    CodeEntry{Code::kForeign, kNote, "a part of keepalived that is not VRRP",
              "Load balancing and its health checks, and BFD, are not vigie's work. The block is "
              "skipped."},
    CodeEntry{Code::kNoEffect, kWarning, "a keyword has no effect in this version of vigie",
              "It is a word of keepalived that this version does not act on. The router runs as if "
              "the line were "
              "not there."},
    CodeEntry{Code::kSurplus, kWarning, "words are left over on a line",
              "A line holds one keyword and its values. The words behind them are ignored, as in "
              "keepalived; a "
              "second keyword belongs on a line of its own."},
    CodeEntry{Code::kMissingValue, kError, "a keyword lacks its value",
              "keepalived ends with status 2 on such a line, on a reload too. vigie refuses the "
              "configuration and "
              "keeps what runs."},
    CodeEntry{Code::kBadValue, kError, "a value cannot be read",
              "It is no number, no address, no yes-or-no word, or none of the words that are "
              "possible here."},
    CodeEntry{Code::kAdjusted, kWarning, "a value is replaced by the nearest possible one",
              "As keepalived does. The message says what is used."},
    CodeEntry{Code::kGivenAgain, kWarning, "a keyword is given again",
              "For most keywords the last line counts, for notify scripts and `state` the first; "
              "the message says "
              "which. This is how keepalived reads it too, without a word."},
    CodeEntry{Code::kBlockExpected, kError, "a keyword lacks its block",
              "`{` must follow on the same line or on the next."},
    CodeEntry{Code::kNoBlockHere, kWarning, "a keyword that takes no block has one",
              "The block is skipped; the keyword itself counts."},
    CodeEntry{Code::kEmptyBlock, kWarning, "a block is empty",
              "It has no effect. Perhaps its lines are commented out."},
    CodeEntry{Code::kBadName, kError, "a block has no name, or the name of another",
              "Instances and scripts are known by their names in logs, mails and references, so "
              "each needs one of "
              "its own."},
    CodeEntry{Code::kCommentInWord, kWarning, "a comment starts inside a word",
              "`#` and `!` start a comment wherever they stand outside double quotes, so the value "
              "ends there. Write `\\#` or `\\!`, or quote the value, when the character is meant."},
    CodeEntry{Code::kNoVrid, kError, "an instance has no virtual_router_id",
              "Its adverts could not say which virtual router they belong to."},
    CodeEntry{Code::kNoInterface, kError, "an instance has no interface",
              "There is no link to send its adverts on."},
    CodeEntry{Code::kSameVrid, kError, "two instances are the same virtual router",
              "Same virtual_router_id, address family and interface: they would fight each other. "
              "keepalived refuses "
              "to start."},
    CodeEntry{Code::kNopreemptCleared, kWarning, "nopreempt is cleared",
              "With `state MASTER` or priority 255 the router takes mastership back when it "
              "returns, as in "
              "keepalived. For nopreempt write `state BACKUP` on every router."},
    CodeEntry{Code::kPriorityOfOwner, kWarning, "the router becomes the address owner",
              "`state MASTER` without a priority means 255 in keepalived, the priority of a router "
              "whose own "
              "interface addresses these are. Write the priority that is meant."},
    CodeEntry{Code::kIntervalRounded, kWarning, "an advert interval is rounded",
              "VRRP version 2 counts whole seconds, version 3 hundredths. Routers of one virtual "
              "router must agree "
              "on the interval."},
    CodeEntry{Code::kIntervalOfVersion, kError, "an advert interval does not fit the protocol",
              "VRRP version 3 has twelve bits for hundredths of a second: 40.95 s at most."},
    CodeEntry{
        Code::kAuthDropped, kWarning, "authentication is dropped",
        "VRRP version 3 has no authentication. Adverts are sent without, as keepalived does."},
    CodeEntry{Code::kAuthIncomplete, kError, "authentication cannot be used as written",
              "Peers that use it would drop this router's adverts and both would be master."},
    CodeEntry{Code::kPasswordCut, kWarning, "a password is cut to eight bytes",
              "VRRP version 2 carries eight. Peers cut it likewise."},
    CodeEntry{Code::kUnknownScript, kError, "a tracked script does not exist",
              "keepalived goes on without the check, so a failing service would never move the "
              "addresses."},
    CodeEntry{Code::kUnusedScript, kWarning, "a script is defined and tracked by no instance",
              "It is never run: nothing depends on its result."},
    CodeEntry{Code::kMixedFamilies, kError, "addresses of both families in one instance",
              "A virtual router speaks IPv4 or IPv6; the first address decides. Addresses of the "
              "other family "
              "belong in an instance of their own or in virtual_ipaddress_excluded."},
    CodeEntry{Code::kPreemptDelayCleared, kWarning, "preempt_delay is cleared",
              "It delays preemption by a router that starts as backup, so it cannot work with "
              "`state MASTER`, "
              "priority 255 or nopreempt, as in keepalived."},
    CodeEntry{
        Code::kNoCommand, kError, "a vrrp_script has no script line",
        "keepalived removes such a check, and the router runs as if it had never been asked for."},
    CodeEntry{Code::kNoAddress, kWarning, "an instance has no virtual address",
              "It sends adverts and changes state but holds nothing. `no_virtual_ipaddress` says "
              "that this is "
              "meant."},
    CodeEntry{Code::kBadAddress, kError, "an address line cannot be used",
              "keepalived would drop the address and the router would be master without it."},
    CodeEntry{Code::kAddressTwice, kWarning, "an address is given twice",
              "The second line is ignored."},
    CodeEntry{Code::kVersionOfFamily, kError, "VRRP version 2 knows only IPv4",
              "Remove `version 2` from the instance: version 3 is used for IPv6."},
    CodeEntry{Code::kBadInterface, kError, "this cannot be an interface",
              "Names have 1 to 15 characters without blanks and slashes; the loopback has no link "
              "to send adverts "
              "on."},
    CodeEntry{Code::kBadCommand, kError, "a command cannot be used",
              "A command and its parameters are quoted together: \"/path/to/script first second\". "
              "Words behind "
              "the quotes are the user and group it runs as."},
    CodeEntry{Code::kUnknownInstance, kError, "a flags block names an instance that does not exist",
              "The flag would guard nothing."},
    CodeEntry{Code::kFlagsIncomplete, kWarning, "a flags block names no file",
              "It has no effect: it takes a permit_file, an active_file, or both."},
    CodeEntry{Code::kSameFlagFile, kError, "two flags blocks share an active_file",
              "One would remove what the other made, and monitoring would be told wrong."},
    CodeEntry{Code::kMailGoesNowhere, kWarning, "mail is asked for but cannot be sent",
              "Alerts need smtp_server and notification_email in global_defs."},
    CodeEntry{
        Code::kDefinedLater, kNote, "a script is defined below its use",
        "vigie does not mind. keepalived would not find it and would go on without the check."},
    CodeEntry{Code::kOwnInterfaceTracked, kWarning, "the own interface is tracked again",
              "It is always tracked, unless dont_track_primary is given; the line is ignored, as "
              "in keepalived."},
    CodeEntry{Code::kTooManyAddresses, kWarning, "more addresses than an advert holds",
              "An advert carries 255 IPv4 addresses, or the 90 IPv6 addresses that fit a packet of "
              "1,500 bytes. The "
              "rest is held but not advertised, as if in virtual_ipaddress_excluded."},
    CodeEntry{Code::kNoInstance, kWarning, "there is no vrrp_instance",
              "This router would hold no address and send no advert."},
    CodeEntry{Code::kTooManyTrackers, kError, "an instance tracks too much",
              "At most 32 scripts, interfaces, files and processes can be tracked by one instance, "
              "those of its sync group included."},
    CodeEntry{Code::kOtherMib, kNote, "SNMP answers through VRRP-MIB",
              "The keyword asks for a MIB this version does not serve. The subagent is switched on "
              "and answers "
              "VRRP-MIB (RFC 2787)."},
    CodeEntry{Code::kOwnerAsBackup, kWarning, "an owner that starts as backup",
              "Priority 255 with `state BACKUP` waits a full master-down interval at its start, as "
              "in keepalived, "
              "although the addresses are its own."},
    CodeEntry{
        Code::kTrackedTwice, kWarning, "something is tracked twice",
        "The second line is ignored. What an instance tracks itself goes before what its sync "
        "group tracks for it."},
    CodeEntry{Code::kIdleHere, kWarning, "a keyword has no effect beside the others",
              "It is understood, but something else in the instance leaves it without an object. "
              "The message says what."},
    CodeEntry{Code::kReadsOtherwise, kNote, "keepalived reads this line in another way",
              "vigie does what the line says. On a router that still runs keepalived the same line "
              "means something else; the message says what."},
    CodeEntry{Code::kUnicastWithoutPeers, kWarning, "unicast is meant and there is no peer",
              "Adverts go by multicast, as in keepalived, and words about unicast are ignored. "
              "With "
              "`unicast_fault_no_peer` the instance stays in fault instead, until a peer is "
              "configured."},
    CodeEntry{Code::kWrongFamily, kError, "an address of the wrong family",
              "The first virtual address decides whether a virtual router speaks IPv4 or IPv6. "
              "Its peers, its source and its multicast group are of that family."},
    CodeEntry{Code::kPeerIsSelf, kError, "a router is its own peer",
              "The same address is the source and a unicast peer: its own adverts would come back "
              "to it. List the other routers alone."},
    CodeEntry{Code::kTooManyPeers, kError, "an instance has too many unicast peers",
              "At most 64 routers can be told one by one."},
    CodeEntry{Code::kPeerIsVirtual, kWarning, "a unicast peer is one of the virtual addresses",
              "Whoever is master has that address, so adverts to it never reach another router. "
              "List the peers by addresses of their own."},
    CodeEntry{Code::kHmacIncomplete, kError, "auth_hmac cannot be used as written",
              "It needs at least one `key ID VALUE` and an `active_key` that is one of them. "
              "Adverts without a valid signature are dropped by peers that enforce it, and both "
              "routers would be master."},
    CodeEntry{Code::kHmacKey, kError, "a key of auth_hmac cannot be used",
              "A key has an ID from 1 to 255 that no other key has, and 32 to 64 bytes: written as "
              "they are, as `hex:` and hexadecimal digits, or in a file as `file:/path`. A file "
              "holds what would stand here; one line end behind it does not count. Less than 32 "
              "bytes would be weaker than the signature."},
    CodeEntry{Code::kKeyExposed, kWarning, "others can read a key",
              "Whoever reads the key can sign adverts. chmod 600 the file."},
    CodeEntry{Code::kHmacBesideOther, kError, "auth_hmac stands beside authentication",
              "An advert is authenticated in one way. Remove one of the blocks, on every router of "
              "the virtual router alike."},
    CodeEntry{Code::kAhAsMaster, kWarning, "`state MASTER` is cleared because of AH",
              "Sequence numbers are taken over from a master that is heard, so a router with AH "
              "starts as backup, as in keepalived."},
    CodeEntry{Code::kStrict, kWarning, "strict mode changes what is configured",
              "strict_mode and vrrp_strict hold an instance to the RFC. What is outside it is "
              "switched off, as in keepalived; the message says what is used instead. In version 2 "
              "losing adverts are not answered (RFC 3768), in version 3 they are (RFC 9568)."},
    CodeEntry{Code::kStrictRefuses, kError, "strict mode does not allow this",
              "strict_mode and vrrp_strict hold an instance to the RFC. keepalived drops the whole "
              "instance in this case; vigie refuses the configuration. Change the line, or write "
              "`strict_mode off`."},
    CodeEntry{Code::kStrictAccept, kNote, "strict mode is non-accept mode",
              "With keepalived a master that is not the owner does not answer for its addresses "
              "then, not even to ping. This version of vigie filters no packets; the mode is told "
              "through SNMP. `accept` says otherwise in version 3."},
    CodeEntry{Code::kUnknownMember, kError, "a sync group names an instance that does not exist",
              "keepalived goes on without it, and its addresses would move on their own."},
    CodeEntry{Code::kTwoGroups, kError, "an instance is in two sync groups",
              "It cannot follow both. keepalived ignores the second group for it."},
    CodeEntry{Code::kLoneMember, kWarning, "a sync group of fewer than two instances",
              "There is nothing to keep together. A group without members is ignored."},
    CodeEntry{Code::kMemberWeight, kWarning, "a weight counts in a sync group",
              "keepalived leaves out whatever has a weight in a sync group unless "
              "`sync_group_tracking_weight` is given. Here checks always count: the weight moves "
              "the priority of the instance."},
    CodeEntry{Code::kUnknownTracker, kError, "a tracked file or process does not exist",
              "keepalived goes on without it, so the failure it should tell would never move the "
              "addresses."},
    CodeEntry{Code::kUnusedTracker, kWarning,
              "a file or process is defined and tracked by no instance",
              "It is never looked at: nothing depends on it."},
    CodeEntry{Code::kNothingToWatch, kError, "a tracker does not say what to watch",
              "A track_file block needs a `file`, a vrrp_track_process block a `process`. "
              "keepalived removes such a tracker and goes on as if it did not exist."},
    CodeEntry{
        Code::kNeverMatches, kError, "a tracker can never be well",
        "The kernel's name of a process has no slash and at most 15 characters, and it tells "
        "no changes of files below /proc and /sys. `full_command` compares the command line."},
    CodeEntry{Code::kQuorum, kError, "quorum_max is less than quorum",
              "No number of processes would do. `quorum_max 0` alone says that none may run."},
    CodeEntry{Code::kWeightMovesNothing, kNote, "a weight beside nopreempt",
              "A failing check with a weight lowers the priority of the master, and a backup with "
              "nopreempt does not mind: the addresses stay where they are. Only routers without "
              "nopreempt take over then. A check without a weight is a fault and moves them in any "
              "case."},
    CodeEntry{Code::kDelayShortened, kWarning, "the down delay of an interface is shortened",
              "A router that believes in a dead link for longer than its peers wait for its "
              "adverts holds its addresses beside the new master. So the delay ends before: at "
              "down_timer_adverts less one advert intervals, as in keepalived."},
    CodeEntry{Code::kUndefined, kWarning, "a name that is not defined",
              "`$NAME` and `${NAME}` are left as they are when no line above defines the name. It "
              "is mostly a misspelling, or a definition that stands too far below."},
    CodeEntry{Code::kDefinitionLoop, kError, "a definition that contains itself",
              "Directly or through others. Definitions are put in where they are used: `$A=${A}x` "
              "does not add to the old value, it never ends. keepalived hangs on it, or cuts it at "
              "1,024 bytes. Give the longer value a name of its own."},
    CodeEntry{Code::kDefinitionCut, kWarning, "a definition ends at an empty line",
              "Its last line ends in a backslash, so more was to come. As in keepalived an empty "
              "line ends it all the same, and what follows is read there and then. A line with a "
              "comment, or with a backslash alone, does not end it."},
    CodeEntry{Code::kLinesInside, kWarning, "a definition of several lines inside a line",
              "It is put in at the end of a line only, as in keepalived. With words behind it the "
              "name is left as it is."},
    CodeEntry{Code::kBadRepetition, kError, "a `~SEQ` or `~LST` cannot be read",
              "keepalived logs it and goes on without the line, and all it stands for is missing. "
              "`~SEQ(var, start, step, end) text` takes whole numbers, with the end on the side "
              "the step leads to; start and step may be left out. `~LST(var, a, b) text` and "
              "`~LST({v, w}, {a, b}, {c, d}) text` take values without blanks, for each round no "
              "more than variables, of which there are 32 at most. What is repeated stands on the "
              "same line; for several lines "
              "it is a definition of several lines."},
    CodeEntry{Code::kContinued, kWarning, "a line ends in a backslash",
              "Only definitions go on over several lines. Here the line ends, and the next one is "
              "read as one of its own. In keepalived the backslash becomes part of the last word, "
              "which mostly makes it a bad value."},
    CodeEntry{Code::kNoVariable, kWarning, "a variable the environment does not have",
              "Nothing is put in for `${_ENV NAME}`. The environment is that of the daemon when it "
              "starts or reloads, and that of the shell for `vigie check`."},
    CodeEntry{Code::kRoutesLater, kWarning, "routes that this version does not install",
              "The lines are read, checked and kept in the configuration, and a plan shows them; "
              "no route is added to the kernel. Whoever needs them while this router is master "
              "adds them with `notify_master` until a later version does."},
    CodeEntry{Code::kRulesLater, kWarning, "routing rules that this version does not install",
              "The lines are read, checked and kept in the configuration, and a plan shows them; "
              "no rule is added to the kernel."},
    CodeEntry{Code::kStaticsLater, kWarning, "static addresses that this version does not add",
              "static_ipaddress is read and checked; the addresses are not put on the interfaces. "
              "The network configuration of the host can have them. track_group belongs to the "
              "static blocks and waits with them."},
    CodeEntry{Code::kVirtualMacLater, kWarning,
              "virtual hardware addresses are not used by this version",
              "Adverts and addresses have the hardware address of the interface, and hosts learn "
              "the new one from the announcements at a takeover. Switches and hosts that rely on "
              "one address that stays the same see two."},
    CodeEntry{Code::kIpvlanLater, kWarning, "an ipvlan is not made by this version",
              "Adverts leave through the configured interface and addresses are put there."},
    CodeEntry{Code::kVrfLater, kWarning, "a VRF is not used by this version",
              "Adverts leave through the configured interface alone; one without an interface "
              "cannot be used."},
    CodeEntry{
        Code::kFirewallLater, kWarning, "no packets are kept out by this version",
        "Addresses answer for what is sent to them, with `no_accept` too; the mode is told through "
        "SNMP. No nftables or iptables rule is made, so their names and counters have no effect."},
    CodeEntry{Code::kNeedless, kNote, "a keyword has nothing left to do",
              "What it asks for is so in any case, or is about something that vigie does in "
              "another way. The message says how."},
    CodeEntry{Code::kBadRoute, kError, "a route cannot be used",
              "keepalived leaves such a route out, and the router is master without it."},
    CodeEntry{Code::kBadRule, kError, "a routing rule cannot be used",
              "keepalived leaves such a rule out, or adds another than was meant."},
    CodeEntry{
        Code::kUnknownName, kError, "a name that iproute2 does not know",
        "Tables, protocols, realms and their kin are numbers; their names stand in the files of "
        "iproute2 (rt_tables, rt_protos, rt_realms, rt_dsfield, group), looked for in "
        "/etc/iproute2 and /usr/share/iproute2. Write the number, or the name into the file."},
    CodeEntry{Code::kRuleWithoutPreference, kWarning, "a rule without a preference",
              "The kernel chooses one: just before the rules that are there when it is added. Two "
              "such rules may end up in either order. keepalived warns too."},
    CodeEntry{Code::kWeightWithoutEffect, kWarning, "a weight can never cause a failover",
              "The priority is the same whether the check succeeds or fails: an owner's never "
              "moves, and others are kept within 1 to 254. So a failure moves no address. The "
              "message has the numbers. Lower the priority or change the weight; without a weight "
              "a failure is a fault, and moves them in any case."},
    CodeEntry{Code::kSemicolon, kWarning, "a semicolon ends nothing",
              "One line holds one keyword. What stands behind the `;` is left over and ignored, by "
              "keepalived without a word; put it on a line of its own."},
    CodeEntry{Code::kAddressTwiceMaster, kWarning, "an address belongs to two instances",
              "Both would add it to the same interface and each would remove it when it yields, "
              "from under the other."},
    CodeEntry{Code::kScriptAbsent, kWarning, "a program is not there",
              "What cannot be run has failed: an instance that tracks it is in fault, and a "
              "notification is not delivered. keepalived leaves such a check out and goes on as if "
              "it did not exist. The message names the part of the path that is missing."},
    CodeEntry{Code::kScriptNotExecutable, kWarning, "a program may not be executed",
              "It is no regular file or has no execute bit, so running it fails. See the one about "
              "programs that are not there."},
    CodeEntry{
        Code::kScriptUnsafe, kWarning, "others can change what root runs",
        "A part of the path of a script that runs as root belongs to somebody else, or others may "
        "write to it: whoever does becomes root. With `enable_script_security` such a script is "
        "not run here, which is a failure; keepalived leaves it out and goes on as if it did not "
        "exist. The message names the part, its owner and its mode."},
    CodeEntry{Code::kScriptByName, kNote, "a program without a path",
              "It is looked for in the PATH of the service, which is not that of a login shell. "
              "Write the whole path."},
    CodeEntry{Code::kNoPacing, kNote, "an interval of 0 between announcements",
              "It means no pause, which is the default. keepalived says that it is out of range "
              "and uses that default."},
    CodeEntry{Code::kUpDelayOmitted, kNote, "an interface without an up delay",
              "It counts as up at once, as with keepalived. The manual of keepalived says that the "
              "down delay counts for both; write it twice for that."},
    CodeEntry{Code::kNoMailAddress, kWarning, "several words for one mail address",
              "Each word is taken for an address of its own, by keepalived too. Put the name and "
              "the address in quotes together, or write the address alone."},
    CodeEntry{Code::kUnknownTrackGroup, kError,
              "a track_group that does not exist, or with members that do not",
              "keepalived goes on without it, and the item would not follow the interface."},
    CodeEntry{Code::kFlagWithWord, kWarning, "a switch that takes no word",
              "It is on because it is there, whatever follows: `nopreempt no` is nopreempt, with "
              "keepalived too. Remove the line to switch it off."},
    CodeEntry{Code::kVirtualMacBase, kNote, "adverts leave through the interface below",
              "Unicast adverts cannot have a virtual hardware address; vmac_xmit_base is on, as "
              "with keepalived."},
    CodeEntry{Code::kBadOwnInterface, kError, "use_vmac or use_ipvlan cannot be used as written",
              "A name has at most 15 characters, a hardware address five or six pairs of digits "
              "and is no group's. An instance has one of the two."},
    CodeEntry{Code::kDefaultInterface, kWarning, "a static address without an interface",
              "It goes to default_interface, and that is eth0 unless global_defs says otherwise, "
              "as with keepalived."},
    CodeEntry{Code::kRedirection, kWarning, "a script that is a redirection of bash",
              "`script \"</dev/tcp/127.0.0.1/80\"` stands in samples of keepalived and is meant to "
              "succeed when the port can be reached. It is given to bash, which does that. "
              "keepalived cannot run it, and takes that for a success."},
};

// What older versions said and this one need not say any more.
struct Retired {
  unsigned number;
  std::string_view meant;
};

constexpr std::array kRetired = {
    Retired{110, "definitions, conditions and sequences were not read (error)"},
};

std::string_view word_for(Severity severity) {
  switch (severity) {
    case Severity::kNote: return "note";
    case Severity::kWarning: return "warning";
    case Severity::kError: return "error";
  }
  return "error";
}

}  // namespace

std::span<const CodeEntry> code_table() { return kTable; }

const CodeEntry& entry_of(Code code) {
  const auto found = std::find_if(kTable.begin(), kTable.end(),
                                  [&](const CodeEntry& e) { return e.code == code; });
  CHECK(found != kTable.end(), "every code has its entry");
  return *found;
}

std::string to_string(Code code) { return fmt::format("C{:04}", static_cast<unsigned>(code)); }

std::string messages_page() {
  std::string page =
      "# Findings about a configuration\n\n"
      "Written by `vigie-config --messages`. Errors refuse the configuration (what runs keeps "
      "running), warnings and "
      "notes do not.\n";
  for (const CodeEntry& entry : kTable)
    page += fmt::format("\n## {} ({}): {}\n\n{}\n", to_string(entry.code), word_for(entry.severity),
                        entry.title, entry.meaning);
  page += "\n## Retired\n\nTheir numbers are not used again.\n";
  for (const Retired& code : kRetired)
    page += fmt::format("\n- C{:04}: {}\n", code.number, code.meant);
  return page;
}

void Findings::add(Code code, Position at, std::size_t width, std::string message,
                   std::string label, std::string note) {
  if (is_full()) return;
  if (entry_of(code).severity != Severity::kError && ++alike_[code] > kMostAlike) return;
  if (all_.size() + 1 == kMost) {
    code = Code::kTooMuch;
    message = "too many findings";
    label = "the rest is left out";
    note.clear();
  }
  Diagnostic finding;
  finding.severity = entry_of(code).severity;
  finding.code = to_string(code);
  // Words of a command may hold anything: its escapes were resolved.
  for (std::string* text : {&message, &label, &note})
    std::replace_if(
        text->begin(), text->end(),
        [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, '?');
  finding.message = std::move(message);
  finding.at = at;
  finding.width = static_cast<std::uint16_t>(std::clamp<std::size_t>(width, 1, 0xffff));
  finding.label = std::move(label);
  finding.note = std::move(note);
  all_.push_back(std::move(finding));
}

bool Findings::keeps(Code code) const {
  const auto alike = alike_.find(code);
  return !is_full() && (alike == alike_.end() || alike->second < kMostAlike);
}

std::vector<Diagnostic> Findings::take() {
  for (const auto& [code, count] : alike_) {
    if (count <= kMostAlike) continue;
    const auto last = std::find_if(
        all_.rbegin(), all_.rend(),
        [name = to_string(code)](const Diagnostic& finding) { return finding.code == name; });
    if (last == all_.rend()) continue;
    if (!last->note.empty()) last->note += "; ";
    last->note += fmt::format("and {} more like this", count - kMostAlike);
  }
  std::stable_sort(all_.begin(), all_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    if (a.at.file != b.at.file) return a.at.file < b.at.file;
    if (a.at.line != b.at.line) return a.at.line < b.at.line;
    return a.at.column < b.at.column;
  });
  return std::move(all_);
}

}  // namespace config
