#include "engine/config/parser.hpp"

#include <gtest/gtest.h>

#include "engine/config/codes.hpp"
#include "memory_files.hpp"

namespace config {
namespace {

using namespace std::chrono_literals;

// An instance that is complete, plus `lines`.
Parsed with(const std::string& lines, const std::string& before = {}) {
  return parse_text(before + "vrrp_instance V {\n interface eth0\n virtual_router_id 7\n" + lines +
                    "\n}\n");
}
constexpr const char* kAddress = "virtual_ipaddress { 192.0.2.1/24 }\n";

Instance instance_with(const std::string& lines, const std::string& before = {}) {
  const Parsed parsed = with(lines + "\n" + kAddress, before);
  EXPECT_EQ(places(parsed), "") << render(parsed.findings, parsed.files);
  return parsed.model.instances.at(0);
}

TEST(Parser, FillsInTheDefaults) {
  const Instance instance = instance_with("");
  EXPECT_EQ(instance.name, "V");
  EXPECT_EQ(instance.interface, "eth0");
  EXPECT_EQ(instance.vrid, 7);
  EXPECT_EQ(instance.priority, 100);
  EXPECT_EQ(instance.version, 2);
  EXPECT_EQ(instance.advert_interval, 1s);
  EXPECT_FALSE(instance.starts_as_master);
  EXPECT_TRUE(instance.preempt);
  EXPECT_TRUE(instance.accept);
  EXPECT_TRUE(instance.track_primary);
  EXPECT_EQ(instance.down_timer_adverts, 3);
  EXPECT_EQ(instance.announcing.delay, 5s);
  EXPECT_EQ(instance.announcing.repeat, 5U);
  EXPECT_FALSE(instance.smtp_alert);
  EXPECT_FALSE(instance.notify.is_set());
}

TEST(Parser, ReadsEveryKeywordOfAnInstance) {
  const Instance instance = instance_with(
      "state BACKUP\npriority 42\nadvert_int 3\nversion 2\npreempt_delay 4\n"
      "authentication {\n auth_type PASS\n auth_pass secret\n}\ndont_track_primary\n"
      "garp_master_delay 7\ngarp_master_repeat 9\ndown_timer_adverts 4\nv3_checksum_as_v2 on\n"
      "track_interface {\n eth1\n eth2 weight -20 reverse\n}\n");
  EXPECT_EQ(instance.priority, 42);
  EXPECT_EQ(instance.advert_interval, 3s);
  EXPECT_EQ(instance.preempt_delay, 4s);
  EXPECT_EQ(instance.auth_type, 1);
  EXPECT_EQ(instance.auth_pass, "secret");
  EXPECT_FALSE(instance.track_primary);
  EXPECT_EQ(instance.announcing.delay, 7s);
  EXPECT_EQ(instance.announcing.repeat, 9U);
  EXPECT_EQ(instance.down_timer_adverts, 4);
  EXPECT_TRUE(instance.v3_checksum_as_v2);
  ASSERT_EQ(instance.track_interfaces.size(), 2U);
  EXPECT_EQ(instance.track_interfaces[1].interface, "eth2");
  EXPECT_EQ(instance.track_interfaces[1].weight, -20);
  EXPECT_TRUE(instance.track_interfaces[1].reverse);
}

TEST(Parser, TakesStandardsFromGlobalDefsWhereverTheyStand) {
  const std::string globals =
      "vrrp_version 3\nvrrp_garp_master_delay 1\nvrrp_garp_master_repeat 2\n"
      "vrrp_down_timer_adverts 6\nv3_checksum_as_v2\n";
  const Parsed parsed = with(std::string(kAddress) + "}\nglobal_defs {\n" + globals);
  ASSERT_EQ(places(parsed), "");
  const Instance& instance = parsed.model.instances.at(0);
  EXPECT_EQ(instance.version, 3);
  EXPECT_EQ(instance.announcing.delay, 1s);
  EXPECT_EQ(instance.announcing.repeat, 2U);
  EXPECT_EQ(instance.down_timer_adverts, 6);
  EXPECT_TRUE(instance.v3_checksum_as_v2);
  EXPECT_EQ(instance_with("version 2", "global_defs {\n vrrp_version 3\n}\n").version, 2);
}

TEST(Parser, UsesVersionThreeForIpv6WhateverTheStandardIs) {
  const Parsed parsed =
      with("virtual_ipaddress { fe80::1/64 }", "global_defs {\n vrrp_version 2\n}\n");
  EXPECT_EQ(places(parsed), "");
  EXPECT_EQ(parsed.model.instances.at(0).version, 3);
  EXPECT_EQ(parsed.model.instances.at(0).family, Family::kIpv6);
}

// keepalived: the instance's own word, else smtp_alert_vrrp, else smtp_alert, else none.
TEST(Parser, ResolvesSmtpAlertFromTheNearestThatSaysSomething) {
  const std::string mail = " smtp_server mx\n notification_email { a@b }\n";
  EXPECT_TRUE(instance_with("", "global_defs {\n smtp_alert\n" + mail + "}\n").smtp_alert);
  EXPECT_FALSE(
      instance_with("", "global_defs {\n smtp_alert\n smtp_alert_vrrp off\n" + mail + "}\n")
          .smtp_alert);
  EXPECT_TRUE(instance_with("smtp_alert", "global_defs {\n smtp_alert_vrrp no\n" + mail + "}\n")
                  .smtp_alert);
  EXPECT_FALSE(
      instance_with("smtp_alert false", "global_defs {\n smtp_alert\n" + mail + "}\n").smtp_alert);
}

TEST(Parser, ReadsAddressLines) {
  const Parsed parsed = with(
      "virtual_ipaddress_excluded {\n 2001:db8::9 dev eth3\n}\n"
      "virtual_ipaddress {\n"
      " 192.0.2.1/24 dev eth1 brd 192.0.2.255 scope link label eth1:1\n"
      " 192.0.2.2/20 brd +\n"
      " 192.0.2.3/20 broadcast - scope 42\n"
      " 192.0.2.4 peer 198.51.100.1/30\n"
      "}");
  ASSERT_EQ(places(parsed), "");
  const auto& addresses = parsed.model.instances.at(0).addresses;
  ASSERT_EQ(addresses.size(), 5U);
  EXPECT_EQ(base::to_string(addresses[0].prefix), "192.0.2.1/24");
  EXPECT_EQ(addresses[0].interface, "eth1");
  EXPECT_EQ(addresses[0].broadcast, Address::v4(192, 0, 2, 255));
  EXPECT_EQ(addresses[0].scope, 253);
  EXPECT_EQ(addresses[0].label, "eth1:1");
  EXPECT_EQ(addresses[0].at, (Position{0, 8, 2}));
  // 192.0.2.2/20: the network is 192.0.0.0 to 192.0.15.255.
  EXPECT_EQ(addresses[1].broadcast, Address::v4(192, 0, 15, 255));
  EXPECT_EQ(addresses[1].interface, "eth0");
  EXPECT_EQ(addresses[2].broadcast, Address::v4(192, 0, 0, 0));
  EXPECT_EQ(addresses[2].scope, 42);
  EXPECT_EQ(addresses[3].peer, Address::v4(198, 51, 100, 1));
  EXPECT_EQ(addresses[3].prefix.length, 30);
  // Excluded ones come last, wherever their block stands.
  EXPECT_FALSE(addresses[4].is_advertised);
  EXPECT_EQ(base::to_string(addresses[4].prefix), "2001:db8::9/128");
}

TEST(Parser, ReadsScriptsAndTheirReferences) {
  const Parsed parsed = with(
      std::string(kAddress) + "track_script {\n b weight 5 reverse\n a\n}\n",
      "vrrp_script a {\n script \"/bin/check 'one two' three\"\n interval 2.5\n weight -7 reverse\n"
      " rise 3\n fall 4\n user nobody nogroup\n init_fail\n}\n"
      "vrrp_script b {\n script /bin/true root\n timeout 0.25\n}\n");
  ASSERT_EQ(places(parsed), "") << render(parsed.findings, parsed.files);
  const Script& a = parsed.model.scripts.at(0);
  EXPECT_EQ(a.command.arguments, (std::vector<std::string>{"/bin/check", "one two", "three"}));
  EXPECT_EQ(a.command.user, "nobody");
  EXPECT_EQ(a.command.group, "nogroup");
  EXPECT_EQ(a.interval, 2500ms);
  EXPECT_EQ(a.timeout, 2500ms);  // interval, when not given
  EXPECT_EQ(a.weight, -7);
  EXPECT_TRUE(a.reverse);
  EXPECT_EQ(a.rise, 3U);
  EXPECT_EQ(a.fall, 4U);
  EXPECT_TRUE(a.init_fail);
  const Script& b = parsed.model.scripts.at(1);
  EXPECT_EQ(b.command.user, "root");
  EXPECT_EQ(b.timeout, 250ms);
  EXPECT_EQ(b.interval, 1s);
  const auto& tracked = parsed.model.instances.at(0).track_scripts;
  ASSERT_EQ(tracked.size(), 2U);
  EXPECT_EQ(tracked[0].script, 1);
  EXPECT_EQ(tracked[0].weight, 5);
  EXPECT_TRUE(tracked[0].reverse);
  EXPECT_EQ(tracked[1].script, 0);
  EXPECT_EQ(tracked[1].weight, -7);  // the script's own
  EXPECT_TRUE(tracked[1].reverse);
}

TEST(Parser, ReadsNotifyCommandsWithUserAndGroup) {
  const Instance instance =
      instance_with("notify_master \"/bin/a b\" me us\nnotify /bin/n\nnotify_stop '/bin/s x'");
  EXPECT_EQ(instance.notify_master.arguments, (std::vector<std::string>{"/bin/a", "b"}));
  EXPECT_EQ(instance.notify_master.user, "me");
  EXPECT_EQ(instance.notify_master.group, "us");
  EXPECT_EQ(instance.notify.arguments, (std::vector<std::string>{"/bin/n"}));
  EXPECT_EQ(instance.notify.user, "");
  EXPECT_EQ(instance.notify_stop.arguments, (std::vector<std::string>{"/bin/s", "x"}));
}

TEST(Parser, ReadsMailSettings) {
  const Parsed parsed = parse_text(
      "global_defs {\n router_id r\n notification_email {\n a@x\n b@x\n }\n"
      " notification_email_from \"The Router <r@x>\"\n smtp_server mx.example.org 587\n"
      " smtp_connect_timeout 10\n smtp_helo_name me\n no_email_faults\n script_user u g\n"
      " enable_script_security\n}\n"
      "alerts {\n tls starttls\n user u\n password p\n ca_file /ca\n expire 2d\n}\n"
      "vrrp_instance V {\n interface e\n virtual_router_id 1\n no_virtual_ipaddress\n}\n");
  ASSERT_EQ(places(parsed), "") << render(parsed.findings, parsed.files);
  const Mail& mail = parsed.model.mail;
  EXPECT_EQ(parsed.model.router_id, "r");
  EXPECT_EQ(mail.to, (std::vector<std::string>{"a@x", "b@x"}));
  EXPECT_EQ(mail.from, "The Router <r@x>");
  EXPECT_EQ(mail.server, "mx.example.org");
  EXPECT_EQ(mail.port, 587);
  EXPECT_EQ(mail.connect_timeout, 10s);
  EXPECT_EQ(mail.helo, "me");
  EXPECT_TRUE(mail.no_faults);
  EXPECT_EQ(mail.tls, Mail::Tls::kStartTls);
  EXPECT_EQ(mail.user, "u");
  EXPECT_EQ(mail.password, "p");
  EXPECT_EQ(mail.ca_file, "/ca");
  EXPECT_EQ(mail.expire, 48h);
  EXPECT_EQ(parsed.model.script_user, "u");
  EXPECT_EQ(parsed.model.script_group, "g");
  EXPECT_TRUE(parsed.model.script_security);
}

TEST(Parser, SwitchesTheSubagentOnByKeepalivedsWordsOrByOurBlock) {
  const auto agentx = [](const std::string& text) {
    return parse_text(text + "vrrp_instance V {\n interface e\n virtual_router_id 1\n}\n")
        .model.agentx;
  };
  EXPECT_FALSE(agentx("").enabled);
  EXPECT_EQ(agentx("global_defs {\n enable_snmp_rfc\n}\n"),
            (AgentX{true, "unix:/var/agentx/master", false}));
  EXPECT_EQ(agentx("global_defs {\n enable_snmp_rfcv2\n enable_traps\n snmp_socket tcp:x:1\n}\n"),
            (AgentX{true, "tcp:x:1", true}));
  EXPECT_EQ(agentx("agentx { }\n"), (AgentX{true, "unix:/var/agentx/master", true}));
  EXPECT_EQ(agentx("agentx {\n socket unix:/x\n traps off\n}\nglobal_defs {\n enable_traps\n}\n"),
            (AgentX{true, "unix:/x", false}));
}

TEST(Parser, ReadsHistoryAndFlags) {
  const std::string two =
      "vrrp_instance A {\n interface e\n virtual_router_id 1\n no_virtual_ipaddress\n}\n"
      "vrrp_instance B {\n interface e\n virtual_router_id 2\n no_virtual_ipaddress\n}\n";
  const Parsed parsed = parse_text(
      "flags B {\n permit_file /p\n}\nflags {\n active_file /a\n}\n"
      "history {\n database /var/h.db\n keep 365d\n}\n" +
      two);
  ASSERT_EQ(places(parsed), "");
  ASSERT_EQ(parsed.model.flags.size(), 2U);
  EXPECT_EQ(parsed.model.flags[0].instances, (std::vector<std::uint16_t>{1}));
  EXPECT_EQ(parsed.model.flags[0].permit_file, "/p");
  EXPECT_EQ(parsed.model.flags[0].active_file, "");
  EXPECT_EQ(parsed.model.flags[1].instances, (std::vector<std::uint16_t>{0, 1}));
  EXPECT_EQ(parsed.model.flags[1].active_file, "/a");
  EXPECT_EQ(parsed.model.history.database, "/var/h.db");
  EXPECT_EQ(parsed.model.history.keep, 365 * 24h);
}

TEST(Parser, AVigieConfIncludesAnUntouchedKeepalivedConf) {
  const MemoryFiles files{
      {"/etc/vigie/vigie.conf",
       "include /etc/keepalived/keepalived.conf\nflags V {\n permit_file /m\n}\n"},
      {"/etc/keepalived/keepalived.conf",
       "vrrp_instance V {\n interface e\n virtual_router_id 1\n no_virtual_ipaddress\n}\n"}};
  const Parsed parsed = parse("/etc/vigie/vigie.conf", reader_of(files));
  EXPECT_EQ(places(parsed), "");
  EXPECT_EQ(parsed.model.files,
            (std::vector<std::string>{"/etc/vigie/vigie.conf", "/etc/keepalived/keepalived.conf"}));
  EXPECT_EQ(parsed.model.instances.at(0).at, (Position{1, 1, 15}));
  EXPECT_EQ(parsed.model.flags.at(0).at, (Position{0, 2, 1}));
}

// keepalived reads the rest of the instance after an unknown block as if the instance had ended.
TEST(Parser, AnUnknownBlockDoesNotEndTheInstanceAroundIt) {
  const Parsed parsed = parse_text(
      "vrrp_instance V {\n interface e\n mystery {\n  a { b }\n  priority 9\n }\n"
      " virtual_router_id 3\n priority 77\n virtual_ipaddress { 192.0.2.1/24 }\n}\n");
  EXPECT_EQ(places(parsed), "C0112@3:2");
  EXPECT_EQ(parsed.model.instances.at(0).vrid, 3);
  EXPECT_EQ(parsed.model.instances.at(0).priority, 77);
  EXPECT_EQ(parsed.model.instances.at(0).addresses.size(), 1U);
}

TEST(Parser, TheLastScalarCountsAndTheFirstNotify) {
  const Parsed parsed =
      with(std::string(kAddress) + "priority 1\npriority 2\nnotify /a\nnotify /b\n");
  EXPECT_EQ(places(parsed), "C0119@6:1 C0119@8:1");
  EXPECT_EQ(parsed.model.instances.at(0).priority, 2);
  EXPECT_EQ(parsed.model.instances.at(0).notify.arguments.at(0), "/a");
}

TEST(Parser, MasterWinsWhereverTheOtherStateStands) {
  for (const char* lines :
       {"state MASTER\nstate BACKUP\npriority 9", "state BACKUP\nstate MASTER\npriority 9"})
    EXPECT_TRUE(with(std::string(kAddress) + lines).model.instances.at(0).starts_as_master)
        << lines;
}

TEST(Parser, MasterWithoutAPriorityIsTheOwner) {
  const Parsed parsed = with(std::string(kAddress) + "state MASTER");
  EXPECT_EQ(places(parsed), "C0205@5:7");
  EXPECT_EQ(parsed.model.instances.at(0).priority, 255);
  EXPECT_TRUE(parsed.usable());
}

TEST(Parser, PriorityOfAnOwnerWithoutAStateStartsAsMaster) {
  EXPECT_TRUE(instance_with("priority 255").starts_as_master);
}

TEST(Parser, ClearsNopreemptAndPreemptDelayForOneThatStartsAsMaster) {
  const Parsed parsed =
      with(std::string(kAddress) + "state MASTER\npriority 9\nnopreempt\npreempt_delay 5\n");
  EXPECT_EQ(places(parsed), "C0204@7:1 C0214@8:1");
  EXPECT_TRUE(parsed.model.instances.at(0).preempt);
  EXPECT_EQ(parsed.model.instances.at(0).preempt_delay, 0s);
  EXPECT_EQ(instance_with("preempt_delay 2.5").preempt_delay, 2500ms);
}

TEST(Parser, NopreemptIsTakenBackByPreempt) {
  EXPECT_FALSE(instance_with("nopreempt").preempt);
  EXPECT_TRUE(instance_with("nopreempt\npreempt").preempt);
}

// keepalived: version 2 rounds to whole seconds (1.5 to 2, 0.4 to 1), version 3 to 10 ms.
TEST(Parser, RoundsTheIntervalToWhatTheProtocolCounts) {
  const auto interval = [](const std::string& lines) {
    return with(std::string(kAddress) + lines).model.instances.at(0).advert_interval;
  };
  EXPECT_EQ(interval("advert_int 1.5"), 2s);
  EXPECT_EQ(interval("advert_int 0.4"), 1s);
  EXPECT_EQ(interval("advert_int 255"), 255s);
  EXPECT_EQ(interval("version 3\nadvert_int 0.125"), 130ms);
  EXPECT_EQ(interval("version 3\nadvert_int 40.95"), 40950ms);
  EXPECT_EQ(places(with(std::string(kAddress) + "version 3\nadvert_int 0.25")), "");
}

TEST(Parser, DropsAuthenticationThatVersionThreeDoesNotHave) {
  const Parsed parsed =
      with(std::string(kAddress) + "version 3\nauthentication {\nauth_type PASS\nauth_pass x\n}\n");
  EXPECT_EQ(places(parsed), "C0208@7:1");
  EXPECT_EQ(parsed.model.instances.at(0).auth_type, 0);
  EXPECT_EQ(parsed.model.instances.at(0).auth_pass, "");
}

TEST(Parser, AdvertisesWhatFitsAndHoldsTheRest) {
  std::string lines = "virtual_ipaddress {\n";
  for (int i = 0; i < 300; ++i)
    lines += "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1) + "/32\n";
  const Parsed parsed = with(lines + "}");
  EXPECT_EQ(places(parsed), "C0228@260:1");  // line 5 holds the first address, 260 the 256th
  const auto& addresses = parsed.model.instances.at(0).addresses;
  ASSERT_EQ(addresses.size(), 300U);
  EXPECT_TRUE(addresses[254].is_advertised);
  EXPECT_FALSE(addresses[255].is_advertised);
}

TEST(Parser, TellsTwoInstancesOfTheSameVirtualRouterApartByFamilyAndInterface) {
  const auto two = [](const std::string& second) {
    return places(
        parse_text("vrrp_instance A {\n interface e\n virtual_router_id 1\n"
                   " virtual_ipaddress { 192.0.2.1/24 }\n}\n" +
                   second));
  };
  EXPECT_EQ(two("vrrp_instance B {\n interface e\n virtual_router_id 1\n"
                " virtual_ipaddress { 192.0.2.2/24 }\n}\n"),
            "C0203@8:20");
  EXPECT_EQ(two("vrrp_instance B {\n interface f\n virtual_router_id 1\n"
                " virtual_ipaddress { 192.0.2.2/24 }\n}\n"),
            "");
  EXPECT_EQ(two("vrrp_instance B {\n interface e\n virtual_router_id 1\n"
                " virtual_ipaddress { fe80::1/64 }\n}\n"),
            "");
}

TEST(Parser, BoundsItsFindings) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "vrrp_instance {\n}\n";
  const Parsed parsed = parse_text(text);
  EXPECT_EQ(parsed.findings.size(), Findings::kMost);
  EXPECT_EQ(parsed.findings.back().code, "C0102");
  EXPECT_FALSE(parsed.usable());
}

TEST(Parser, SurvivesAKeywordThatWasGoodFirstAndBadLater) {
  EXPECT_FALSE(with("interface lo\ninterface\n").usable());
  EXPECT_FALSE(with("advert_int 1.5\nadvert_int\n").usable());
  EXPECT_FALSE(with("virtual_router_id\n").usable());
}

}  // namespace
}  // namespace config
