// What the words about the protocol, about sync groups and about what is tracked set in the model.
#include <gtest/gtest.h>

#include "engine/config/codes.hpp"
#include "memory_files.hpp"

namespace config {
namespace {

using namespace std::chrono_literals;

constexpr const char* kKey = "hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

std::string instance_text(const std::string& lines, const std::string& name = "V",
                          const std::string& vrid = "7") {
  return "vrrp_instance " + name + " {\n interface eth0\n virtual_router_id " + vrid + "\n" +
         lines + "\n virtual_ipaddress { 192.0.2." + (name == "B" ? "2" : "1") + "/24 }\n}\n";
}

std::string globals(const std::string& lines) { return "global_defs {\n" + lines + "\n}\n"; }

// The instance of a text nothing is said about.
Instance instance_of(const std::string& lines, const std::string& others = {}) {
  const Parsed parsed = parse_text(instance_text(lines) + others);
  EXPECT_EQ(places(parsed), "") << render(parsed.findings, parsed.files);
  return parsed.model.instances.at(0);
}

// The same of one that is read with findings.
Instance instance_despite(const std::string& findings, const std::string& lines,
                          const std::string& others = {}) {
  const Parsed parsed = parse_text(instance_text(lines) + others);
  EXPECT_EQ(places(parsed), findings) << render(parsed.findings, parsed.files);
  return parsed.model.instances.at(0);
}

// --- defaults and global_defs

TEST(Protocol, HasTheDefaultsOfKeepalivedAndOurSafety) {
  const Parsed parsed = parse_text(instance_text(""));
  const Instance& instance = parsed.model.instances.at(0);
  EXPECT_TRUE(instance.unicast_peers.empty());
  EXPECT_FALSE(instance.source.has_value());
  EXPECT_FALSE(instance.multicast_group.has_value());
  EXPECT_EQ(instance.unicast_ttl, 255);
  EXPECT_FALSE(instance.strict);
  EXPECT_FALSE(instance.late_backup.has_value());
  EXPECT_EQ(instance.learned_interval_cap, 3);
  EXPECT_EQ(instance.group, kNoGroup);
  EXPECT_FALSE(instance.hmac.is_set());
  EXPECT_EQ(instance.announcing, (Announcing{5, 5s, 0s, 1, 5, 5s, 0s, 0s}));
  EXPECT_EQ(parsed.model.safety, (Safety{0s, 0s, true, 0s, false}));
}

TEST(Protocol, TakesSwitchesFromGlobalDefsUnlessTheInstanceSaysOtherwise) {
  const std::string all = globals(
      "vrrp_skip_check_adv_addr\nvrrp_lower_prio_no_advert\nvrrp_higher_prio_send_advert yes\n"
      "vrrp_owner_ignore_adverts true\nvrrp_rx_bufs_policy 4000\n");
  const Instance taken = instance_of("", all);
  EXPECT_TRUE(taken.skip_check_adv_addr);
  EXPECT_TRUE(taken.lower_prio_no_advert);
  EXPECT_TRUE(taken.higher_prio_send_advert);
  EXPECT_TRUE(taken.owner_ignore_adverts);
  EXPECT_EQ(taken.receive_buffer, 4000U);
  const Instance own = instance_of(
      "lower_prio_no_advert off\nhigher_prio_send_advert off\nowner_ignore_adverts off\n"
      "kernel_rx_buf_size 5000",
      all);
  EXPECT_FALSE(own.lower_prio_no_advert);
  EXPECT_FALSE(own.higher_prio_send_advert);
  EXPECT_FALSE(own.owner_ignore_adverts);
  EXPECT_EQ(own.receive_buffer, 5000U);
}

// keepalived sets skip_check_adv_addr whatever follows it.
TEST(Protocol, SwitchesOffWhatIsSaidToBeOff) {
  EXPECT_FALSE(
      instance_despite("C0235@4:21", "skip_check_adv_addr off", globals("vrrp_skip_check_adv_addr"))
          .skip_check_adv_addr);
  EXPECT_FALSE(
      instance_despite("C0235@8:19", "", globals("v3_checksum_as_v2 off")).v3_checksum_as_v2);
}

TEST(Protocol, AnnouncesAfterALosingAdvertAsGlobalDefsAnnounceAfterATakeover) {
  const Instance instance = instance_of(
      "garp_master_delay 9\ngarp_master_repeat 8",
      globals("vrrp_garp_master_delay 2\nvrrp_garp_master_repeat 3\nvrrp_garp_interval 0.5"));
  EXPECT_EQ(instance.announcing, (Announcing{8, 9s, 0s, 1, 3, 2s, 500ms, 0s}));
}

TEST(Protocol, MinGarpChangesOnlyWhatNobodyHasSaid) {
  EXPECT_EQ(instance_of("", globals("vrrp_min_garp")).announcing,
            (Announcing{1, 0s, 0s, 1, 1, 0s, 0s, 0s}));
  EXPECT_EQ(
      instance_of("garp_master_refresh 60", globals("vrrp_min_garp\nvrrp_garp_master_repeat 4"))
          .announcing,
      (Announcing{4, 0s, 60s, 1, 4, 0s, 0s, 0s}));
  EXPECT_EQ(instance_of("", globals("vrrp_min_garp off")).announcing, Announcing{});
}

TEST(Protocol, ReadsTheSafetyBlock) {
  const auto safety = [](const std::string& lines) {
    const Parsed parsed = parse_text(instance_text("") + "safety {\n" + lines + "\n}\n");
    EXPECT_EQ(places(parsed), "");
    return std::pair(parsed.model.safety, parsed.model.instances.at(0).learned_interval_cap);
  };
  EXPECT_EQ(safety("quiet_start off").first.quiet_start, false);
  EXPECT_EQ(safety("quiet_start on").first, Safety{});
  EXPECT_EQ(safety("quiet_start 2.5").first.quiet_cap, 2500ms);
  EXPECT_EQ(safety("lease on").first, Safety{});
  EXPECT_EQ(safety("lease off").first.lease, Safety::Lease::kOff);
  EXPECT_EQ(safety("lease strict").first.lease, Safety::Lease::kStrict);
  EXPECT_EQ(safety("lease strict 20").first.least_lease, 20s);
  EXPECT_EQ(safety("lease on 20").first.least_lease, 20s);
  EXPECT_EQ(safety("learned_interval_cap 255").second, 255);
  EXPECT_EQ(safety("learned_interval_cap 1").second, 1);
}

// --- where adverts go

TEST(Unicast, ReadsPeersWithTheirTtl) {
  const Instance instance = instance_of(
      "unicast_src_ip 192.0.2.2\nunicast_peer {\n 192.0.2.3\n 192.0.2.4 min_ttl 254 max_ttl "
      "255\n}\n"
      "unicast_ttl 3\ncheck_unicast_src\ntrack_src_ip\nunicast_fault_no_peer");
  ASSERT_EQ(instance.unicast_peers.size(), 2U);
  EXPECT_EQ(instance.unicast_peers[0],
            (UnicastPeer{Address::v4(192, 0, 2, 3), 0, 255, Position{0, 6, 2}}));
  EXPECT_EQ(instance.unicast_peers[1],
            (UnicastPeer{Address::v4(192, 0, 2, 4), 254, 255, Position{0, 7, 2}}));
  EXPECT_EQ(instance.source, Address::v4(192, 0, 2, 2));
  EXPECT_EQ(instance.unicast_ttl, 3);
  EXPECT_TRUE(instance.check_unicast_src);
  EXPECT_TRUE(instance.track_src_ip);
  EXPECT_FALSE(instance.unicast_fault_no_peer);  // there are peers
}

// keepalived 2.x sends multicast with this TTL: 0 when unicast_ttl stands alone, and the advert never leaves.
TEST(Unicast, WithoutPeersIsMulticastWithItsOwnTtl) {
  const Instance instance = instance_despite("C0236@4:1", "unicast_ttl 1");
  EXPECT_EQ(instance.unicast_ttl, 255);
  EXPECT_FALSE(instance.unicast_fault_no_peer);
  EXPECT_EQ(instance_despite("C0122@4:1 C0236@4:1", "unicast_peer {\n}").unicast_peers.size(), 0U);
}

TEST(Unicast, WithoutPeersIsAFaultWhenThatIsAskedFor) {
  EXPECT_TRUE(instance_despite("C0236@4:1", "unicast_src_ip 192.0.2.2\nunicast_fault_no_peer")
                  .unicast_fault_no_peer);
}

TEST(Unicast, OfAnInstanceWithoutAddressesIsOfThePeersFamily) {
  const Parsed parsed = parse_text(
      "vrrp_instance V {\n interface e\n virtual_router_id 1\n no_virtual_ipaddress\n"
      " unicast_peer { 2001:db8::2 }\n}\n");
  EXPECT_EQ(places(parsed), "");
  EXPECT_EQ(parsed.model.instances.at(0).family, Family::kIpv6);
  EXPECT_EQ(parsed.model.instances.at(0).version, 3);
}

TEST(Unicast, LetsTwoInstancesShareAVridWhenNoPeerIsShared) {
  const auto two = [](const std::string& first, const std::string& second) {
    return places(parse_text(instance_text(first, "A") + instance_text(second, "B")));
  };
  EXPECT_EQ(two("unicast_peer { 192.0.2.8 }", "unicast_peer { 192.0.2.9 }"), "");
  EXPECT_EQ(two("unicast_peer { 192.0.2.8 }", "unicast_peer { 192.0.2.8 }"), "C0203@9:20");
  EXPECT_EQ(two("unicast_peer { 192.0.2.8 }", ""), "C0203@9:20");
}

TEST(Multicast, GroupsComeFromTheInstanceOrFromGlobalDefsByFamily) {
  const std::string both = globals("vrrp_mcast_group4 224.0.0.77\nvrrp_mcast_group6 ff02::77");
  EXPECT_EQ(instance_of("", both).multicast_group, Address::v4(224, 0, 0, 77));
  EXPECT_EQ(instance_of("mcast_dst_ip 224.0.0.99", both).multicast_group,
            Address::v4(224, 0, 0, 99));
  EXPECT_FALSE(instance_of("unicast_peer { 192.0.2.9 }", both).multicast_group.has_value());
  EXPECT_EQ(instance_of("mcast_src_ip 192.0.2.4").source, Address::v4(192, 0, 2, 4));
  EXPECT_EQ(places(parse_text(instance_text("mcast_dst_ip ff05::12"))), "C0117@4:14");
}

TEST(Source, GivenInBothWaysIsTheLastOne) {
  EXPECT_EQ(instance_despite(
                "C0119@6:1",
                "unicast_src_ip 192.0.2.4\nunicast_peer { 192.0.2.9 }\nmcast_src_ip 192.0.2.5")
                .source,
            Address::v4(192, 0, 2, 5));
}

// --- authentication

TEST(Ah, IsOfVersionTwo) {
  const std::string block = "authentication {\n auth_type AH\n auth_pass abc\n}\n";
  const Instance instance = instance_of(block);
  EXPECT_EQ(instance.auth_type, 2);
  EXPECT_EQ(instance.auth_pass, "abc");
  EXPECT_EQ(instance_despite("C0208@5:2", block + "version 3").auth_type, 0);
  EXPECT_EQ(places(parse_text(instance_text("authentication {\n auth_type AH\n}"))), "C0209@5:2");
}

TEST(Ah, StartsAsBackupWhateverTheStateSays) {
  const Instance instance = instance_despite(
      "C0245@8:7", "authentication {\n auth_type AH\n auth_pass abc\n}\nstate MASTER\npriority 9");
  EXPECT_FALSE(instance.starts_as_master);
  EXPECT_FALSE(instance_despite("C0245@5:2",
                                "authentication {\n auth_type AH\n auth_pass abc\n}\npriority 255")
                   .starts_as_master);
}

TEST(Hmac, ReadsKeysInAllNotationsAndFillsInTheWindow) {
  const std::string ascii(64, 'a');
  const Instance instance = instance_despite(
      "C0243@7:8", std::string("auth_hmac {\n key 1 ") + kKey + "\n key 2 " + ascii +
                       "\n key 3 file:/etc/open\n active_key 2\n}\nadvert_int 2");
  ASSERT_EQ(instance.hmac.keys.size(), 3U);
  EXPECT_EQ(instance.hmac.keys[0].secret.size(), 32U);
  EXPECT_EQ(instance.hmac.keys[0].secret[31], '\x1f');
  EXPECT_EQ(instance.hmac.keys[1].secret, ascii);
  EXPECT_EQ(instance.hmac.keys[2].secret, std::string(32, 'k'));  // without its line end
  EXPECT_EQ(instance.hmac.active_key, 2);
  EXPECT_EQ(instance.hmac.mode, Hmac::Mode::kEnforce);
  EXPECT_FALSE(instance.hmac.is_monotonic);
  EXPECT_EQ(instance.hmac.window, 6s);  // three intervals of 2 s
}

TEST(Hmac, WindowIsThreeIntervalsFromFiveToThreeHundredSeconds) {
  const auto window = [](const std::string& lines) {
    return instance_of(std::string("auth_hmac {\n key 1 ") + kKey + "\n active_key 1\n" + lines)
        .hmac.window;
  };
  EXPECT_EQ(window("}\nversion 3\nadvert_int 0.01"), 5s);
  EXPECT_EQ(window("}\nadvert_int 255"), 300s);
  EXPECT_EQ(window(" time_window 1\n}"), 1s);
}

TEST(Hmac, RefusesWeakAndAmbiguousKeys) {
  const auto found = [](const std::string& lines) {
    return places(parse_text(instance_text("auth_hmac {\n active_key 1\n" + lines + "\n}")));
  };
  const std::string good = std::string(" key 1 ") + kKey;
  EXPECT_EQ(found(good), "");
  EXPECT_EQ(found(good + "\n key 1 " + kKey), "C0242@7:6");
  EXPECT_EQ(found(" key 1 " + std::string(31, 'a')), "C0242@6:8");
  EXPECT_EQ(found(" key 1 " + std::string(65, 'a')), "C0242@6:8");
  EXPECT_EQ(found(good + "\n key 256 " + kKey), "C0242@7:6");
  EXPECT_EQ(found(good + "\n anti_replay monotonic\n time_window 9"), "C0234@8:2");
}

TEST(Secrets, AreAsterisksInEveryLineThatIsShown) {
  const auto shown = [](const std::string& lines) {
    const Parsed parsed = parse_text(instance_text(lines));
    return render(parsed.findings, parsed.files);
  };
  for (const char* lines :
       {"authentication { auth_type PASS\n auth_pass hunter22222 }",
        "authentication {\n auth_type PASS\n auth_pas hunter2\n}", "auth_hmac {\n key 1 hunter2\n}",
        "auth_hmac { key 300 hunter2\n}", "auth_hmac {\n key hunter2\n}",
        "auth_hmac {\n\tkey\t1 \"more words than hunter2\"\n}", "password hunter2",
        "auth_hmac {\n key 1 file:hunter2\n}", "auth_hmac {\n Key 1 hunter2\n}"}) {
    const std::string said = shown(lines);
    EXPECT_NE(said, "") << lines;
    EXPECT_EQ(said.find("hunter2 "), std::string::npos) << said;
    EXPECT_EQ(said.find(" hunter2"), std::string::npos) << said;
  }
  // Where a key is read from is no secret.
  EXPECT_NE(shown("auth_hmac {\n key 1 file:/etc/none\n}").find("key 1 file:/etc/none\n"),
            std::string::npos);
}

// --- strict mode

TEST(Strict, FollowsTheRfcOfTheVersionWhenItHearsALosingAdvert) {
  EXPECT_TRUE(instance_despite("C0248@4:1", "strict_mode").lower_prio_no_advert);
  EXPECT_FALSE(instance_despite("C0248@4:1", "strict_mode\nversion 3").lower_prio_no_advert);
  EXPECT_FALSE(
      instance_despite("C0248@4:1", "strict_mode\nlower_prio_no_advert off").lower_prio_no_advert);
  EXPECT_TRUE(instance_despite("C0248@4:1", "strict_mode\nversion 3\nlower_prio_no_advert")
                  .lower_prio_no_advert);
}

TEST(Strict, RefusesWhatKeepalivedDropsTheInstanceFor) {
  const auto found = [](const std::string& lines) {
    return places(
        parse_text("vrrp_instance V {\n interface e\n virtual_router_id 1\n"
                   " strict_mode\n accept\n version 3\n" +
                   lines + "\n}\n"));
  };
  EXPECT_EQ(found("no_virtual_ipaddress"), "C0247@1:15");
  EXPECT_EQ(found("virtual_ipaddress { 2001:db8::1/64 }"), "C0247@7:21");
  EXPECT_EQ(found("virtual_ipaddress { 192.0.2.1 }\nunicast_peer { 192.0.2.2 }"), "C0247@8:1");
  EXPECT_EQ(found("virtual_ipaddress { 192.0.2.1 }"), "");
}

TEST(Strict, OfGlobalDefsDoesNotReachAnInstanceThatSaysOff) {
  const Instance instance = instance_of("strict_mode off\npreempt_delay 3", globals("vrrp_strict"));
  EXPECT_FALSE(instance.strict);
  EXPECT_TRUE(instance.accept);
  EXPECT_EQ(instance.preempt_delay, 3s);
}

TEST(LateBackup, IsTwoHundredFiftyFourWithoutANumberAndNeedsNopreempt) {
  EXPECT_EQ(instance_of("timer_expired_backup\nnopreempt").late_backup, 254);
  EXPECT_EQ(instance_of("nopreempt\nthread_timer_expired 7").late_backup, 7);
  EXPECT_FALSE(instance_despite("C0234@4:1", "thread_timer_expired 7").late_backup.has_value());
}

// --- groups and what is tracked

TEST(SyncGroup, GivesItsTrackersToEveryMemberOnce) {
  const Parsed parsed = parse_text(
      "vrrp_script s {\n script /x\n}\ntrack_file f {\n file /f\n weight 0\n}\n"
      "vrrp_sync_group G {\n group {\n A B\n }\n track_script { s }\n track_file { f }\n"
      " track_interface {\n eth0\n eth1\n }\n notify_master /m\n}\n" +
      instance_text("track_script { s }", "A", "1") +
      "vrrp_instance B {\n interface eth1\n virtual_router_id 2\n no_virtual_ipaddress\n}\n");
  ASSERT_EQ(places(parsed), "") << render(parsed.findings, parsed.files);
  const SyncGroup& group = parsed.model.groups.at(0);
  EXPECT_EQ(group.members, (std::vector<std::uint16_t>{0, 1}));
  EXPECT_EQ(group.notify_master.arguments, (std::vector<std::string>{"/m"}));
  for (const Instance& instance : parsed.model.instances) {
    EXPECT_EQ(instance.group, 0);
    EXPECT_EQ(instance.track_scripts.size(), 1U);
    EXPECT_EQ(instance.track_files.size(), 1U);
    ASSERT_EQ(instance.track_interfaces.size(), 1U);  // not its own
  }
  EXPECT_EQ(parsed.model.instances[0].track_interfaces[0].interface, "eth1");
  EXPECT_EQ(parsed.model.instances[1].track_interfaces[0].interface, "eth0");
}

TEST(SyncGroup, KeepsTheWeightOfAMemberAndSaysThatKeepalivedWouldNot) {
  const std::string member =
      instance_text("track_interface { f weight -9 }", "A", "1") + instance_text("", "B", "2");
  const Parsed warned = parse_text("vrrp_sync_group G {\n group {\n A\n B\n }\n}\n" + member);
  EXPECT_EQ(places(warned), "C0252@10:19");
  EXPECT_EQ(warned.model.instances.at(0).track_interfaces.at(0).weight, -9);
  for (const char* word : {"sync_group_tracking_weight", "global_tracking"}) {
    const Parsed meant = parse_text("vrrp_sync_group G {\n group {\n A\n B\n }\n" +
                                    std::string(word) + "\n}\n" + member);
    EXPECT_EQ(places(meant), "");
    EXPECT_TRUE(meant.model.groups.at(0).keeps_member_weights);
  }
}

TEST(SyncGroup, CountsTheGroupsTrackersAgainstTheLimitOfAMember) {
  std::string own;
  std::string groups;
  for (int i = 0; i < 16; ++i) own += "a" + std::to_string(i) + "\n";
  for (int i = 0; i < 17; ++i) groups += "b" + std::to_string(i) + "\n";
  const auto found = [&](const std::string& lines) {
    return places(parse_text(
        "vrrp_sync_group G {\n group {\n A B\n }\n track_interface {\n" + lines + "}\n}\n" +
        instance_text("track_interface {\n" + own + "}", "A", "1") + instance_text("", "B", "2")));
  };
  EXPECT_EQ(found(groups), "C0230@22:1");  // the 17th of the group on lines 6 to 22
  EXPECT_EQ(found(groups.substr(0, groups.rfind("b16"))), "");
}

TEST(SyncGroup, OwnWeightOfAMemberGoesBeforeTheGroups) {
  const Parsed parsed = parse_text(
      "vrrp_sync_group G {\n sync_group_tracking_weight\n group {\n A B\n }\n"
      " track_interface { f weight -5 }\n}\n" +
      instance_text("track_interface { f weight -9 }", "A", "1") + instance_text("", "B", "2"));
  EXPECT_EQ(places(parsed), "C0233@6:20");
  EXPECT_EQ(parsed.model.instances.at(0).track_interfaces.at(0).weight, -9);
  EXPECT_EQ(parsed.model.instances.at(1).track_interfaces.at(0).weight, -5);
}

TEST(SyncGroup, TakesMailFromGlobalDefsLikeAnInstance) {
  const auto group = [](const std::string& lines) {
    const Parsed parsed =
        parse_text(globals("smtp_alert\nsmtp_server mx\nnotification_email { a@b }") +
                   "vrrp_sync_group G {\n group { A B }\n" + lines + "\n}\n" +
                   instance_text("", "A", "1") + instance_text("", "B", "2"));
    EXPECT_EQ(places(parsed), "");
    return parsed.model.groups.at(0);
  };
  EXPECT_TRUE(group("").smtp_alert);
  EXPECT_FALSE(group("smtp_alert off").smtp_alert);
}

TEST(TrackedFile, ReadsBothSpellingsAndTheWeightOfTheReference) {
  const Parsed parsed = parse_text(
      "vrrp_track_file a {\n file /a\n init_file\n}\ntrack_file b {\n file /b\n weight 254 "
      "reverse\n"
      " init_file overwrite 7\n}\n" +
      instance_text("track_file {\n a weight -254 reverse\n b noreverse\n}"));
  ASSERT_EQ(places(parsed), "") << render(parsed.findings, parsed.files);
  EXPECT_EQ(parsed.model.tracked_files.at(0).weight, 1);
  EXPECT_EQ(parsed.model.tracked_files.at(0).initial, 0);
  EXPECT_FALSE(parsed.model.tracked_files.at(0).overwrites_initial);
  EXPECT_EQ(parsed.model.tracked_files.at(1).initial, 7);
  EXPECT_TRUE(parsed.model.tracked_files.at(1).overwrites_initial);
  const auto& tracked = parsed.model.instances.at(0).track_files;
  ASSERT_EQ(tracked.size(), 2U);
  EXPECT_EQ(tracked[0].weight, -254);
  EXPECT_TRUE(tracked[0].reverse);
  EXPECT_EQ(tracked[1].weight, 254);
  EXPECT_FALSE(tracked[1].reverse);
}

TEST(TrackedProcess, ComparesTheCommandLineWhenThereAreParameters) {
  const auto process = [](const std::string& lines, const std::string& findings = {}) {
    const Parsed parsed = parse_text("vrrp_track_process p {\n" + lines + "\n}\n" +
                                     instance_text("track_process { p }"));
    EXPECT_EQ(places(parsed), findings);
    return parsed.model.processes.at(0);
  };
  const Process plain = process("process bird");
  EXPECT_EQ(plain.parameters, Process::Match::kNone);
  EXPECT_FALSE(plain.full_command);
  EXPECT_EQ(plain.quorum, 1U);
  EXPECT_EQ(plain.quorum_max, 65535U);
  const Process with = process("process /usr/sbin/bird -u \"a b\"\nparam_match partial");
  EXPECT_EQ(with.command, (std::vector<std::string>{"/usr/sbin/bird", "-u", "a b"}));
  EXPECT_EQ(with.parameters, Process::Match::kPartial);
  EXPECT_TRUE(with.full_command);
  EXPECT_EQ(process("process bird -x").parameters, Process::Match::kExact);
  EXPECT_EQ(process("process bird\nparam_match").parameters, Process::Match::kExact);
  const Process none = process("process bird\nquorum_max 0");
  EXPECT_EQ(none.quorum, 0U);
  EXPECT_EQ(process("process a-name-of-seventeen", "C0118@2:9").command.at(0), "a-name-of-seven");
  EXPECT_EQ(process("process bird\nweight -254", "C0118@3:8").weight, -253);
}

TEST(TrackedProcess, DelayIsBothUntilOneIsNamed) {
  const Parsed parsed =
      parse_text("vrrp_track_process p {\n process x\n delay 3\n terminate_delay 0.5\n}\n" +
                 instance_text("track_process { p }"));
  EXPECT_EQ(parsed.model.processes.at(0).fork_delay, 3s);
  EXPECT_EQ(parsed.model.processes.at(0).terminate_delay, 500ms);
}

// An advert every 100 ms, three of them waited for: peers take over after little more than 300 ms, so a dead link is
// believed after 200 ms at the latest.
// FAULT-26
TEST(InterfaceDelay, OfTheOwnInterfaceEndsBeforeThePeersStopWaiting) {
  const Parsed parsed = parse_text("interface_up_down_delays {\n eth0 5 9\n eth1 5\n}\n" +
                                   instance_text("version 3\nadvert_int 0.1"));
  EXPECT_EQ(places(parsed), "C0258@2:2 C0328@3:2");
  EXPECT_EQ(parsed.model.interface_delays.at(0).down, 200ms);
  EXPECT_EQ(parsed.model.interface_delays.at(0).up, 9s);
  EXPECT_EQ(parsed.model.interface_delays.at(1).down, 5s);
  EXPECT_EQ(parsed.model.interface_delays.at(1).up, 0s);
}

}  // namespace
}  // namespace config
