#!/usr/bin/python3
"""Keywords whose effect shows outside the protocol: FIFOs and their readers, scripts of the start and the end, settings of the
kernel, how the engine is scheduled, announcements elsewhere."""
import os
import time

from vigielab.small import ALONE, INTERFACE, Small, config
from vigielab.testing import LabTest, figure, main, now
from vigielab.wait import until

VRID, ADDRESS, ELSEWHERE = 7, "192.0.2.254", "198.51.101.254"
READER = """#!/bin/sh
while read -r line; do echo "$line" >> /var/log/told; done < "$1"
echo end >> /var/log/told
"""
CHECK = """#!/bin/sh
[ -e /etc/keepalived/ok ]
"""
ONCE = """#!/bin/sh
echo "$1: $(ip -o addr show | grep -c {address}) addresses, $(pgrep -c vigie-keeper) keepers" >> /var/log/once
"""


class Keywords(LabTest):
    def setUp(self):
        self.small = self.open(Small((INTERFACE, "eth1")))
        self.seen = self.observe()
        self.host = self.small.r1
        self.host.write("/etc/keepalived/ok", "")
        for name, text in (("reader", READER), ("check", CHECK), ("once", ONCE.format(address=ADDRESS))):
            self.host.write(f"/etc/keepalived/{name}.sh", text, mode=0o755)

    def configure(self, settings=(), lines=(), addresses=(f"{ADDRESS}/24",), before=""):
        pieces = "global_defs {\n" + "".join(f"    {line}\n" for line in settings) + "}\n" if settings else ""
        return config("r1", [dict(name="VI_1", vrid=VRID, priority=200, interval=ALONE, addresses=list(addresses),
                                  lines=list(lines))], before=pieces + before)

    def start(self, *arguments, **named):
        self.vigie = self.run_daemon(self.small.vigie(self.host, self.configure(*arguments, **named)))
        self.quiet(self.seen, VRID, "r1", 0.35, [ADDRESS])

    def lines_of(self, name):
        path = self.host.file(f"/var/log/{name}")
        return path.read_text().splitlines() if path.exists() else []

    def test_a_fifo_is_told_everything_and_its_reader_hears_the_last_word(self):
        self.start(["vrrp_notify_fifo /run/told.fifo", 'vrrp_notify_fifo_script "/etc/keepalived/reader.sh"'],
                   ["notify_priority_changes", "track_script {", "    check", "}"],
                   before='vrrp_script check {\n    script "/etc/keepalived/check.sh"\n    interval 1\n    weight -40\n}\n')
        fifo = self.host.file("/run/told.fifo")
        self.assertTrue(fifo.is_fifo())
        self.assertEqual(fifo.stat().st_mode & 0o777, 0o600)
        # What has not run yet has not succeeded, and a weight counts until it has.
        until(lambda: len(self.lines_of("told")) >= 3, 10, "three lines")
        self.host.file("/etc/keepalived/ok").unlink()
        until(lambda: len(self.lines_of("told")) >= 4, 10, "the priority moved")
        began = now()
        self.vigie.stop()
        figure(f"stopped after {(now() - began) / 1e6:.0f} ms")
        self.assertEqual(self.lines_of("told"),
                         ['INSTANCE "VI_1" BACKUP 160', 'INSTANCE "VI_1" BACKUP_PRIORITY 200', 'INSTANCE "VI_1" MASTER 200',
                          'INSTANCE "VI_1" MASTER_PRIORITY 160', 'INSTANCE "VI_1" STOP 160', "end"])
        self.assertFalse(fifo.exists())
        self.assertEqual([row["sentence"] for row in self.vigie.events("priority")],
                         ["the effective priority is 200 and was 160", "the effective priority is 160 and was 200"])

    def test_a_reload_leaves_a_reader_alone_and_tells_it_the_states_where_that_is_asked_for(self):
        fifo = ["notify_fifo /run/told.fifo", 'notify_fifo_script "/etc/keepalived/reader.sh"', "fifo_write_vrrp_states_on_reload"]
        self.start(fifo)
        until(lambda: len(self.lines_of("told")) >= 2, 10, "two lines")
        self.host.write("/etc/vigie/vigie.conf", self.configure(fifo, ["garp_master_refresh 60"]))
        self.vigie.cli("reload")
        until(lambda: len(self.lines_of("told")) >= 3, 10, "the state again")
        self.host.write("/etc/vigie/vigie.conf", self.configure(fifo).replace("virtual_router_id 7", "virtual_router_id 8"))
        self.vigie.cli("reload")
        until(lambda: 'INSTANCE "VI_1" FAULT 200' in self.lines_of("told"), 20, "the instance that was removed")
        self.assertEqual(self.lines_of("told")[:3],
                         ['INSTANCE "VI_1" BACKUP 200', 'INSTANCE "VI_1" MASTER 200', 'INSTANCE "VI_1" MASTER 200'])
        self.assertNotIn("end", self.lines_of("told"))

    def test_scripts_of_the_start_and_the_end_find_nothing_of_ours(self):
        self.start(['startup_script "/etc/keepalived/once.sh start"', 'shutdown_script "/etc/keepalived/once.sh end"'])
        self.assertEqual(self.lines_of("once"), ["start: 0 addresses, 0 keepers"])
        self.vigie.stop()
        self.assertEqual(self.lines_of("once"), ["start: 0 addresses, 0 keepers", "end: 0 addresses, 0 keepers"])
        self.assertEqual([(row["subject"], row["status"]) for row in self.vigie.events("notify")],
                         [("startup_script", 0), ("shutdown_script", 0)])

    def test_settings_of_the_kernel_are_as_before_when_it_ends_and_after_a_crash(self):
        promotes = "ipv4/conf/eth0/promote_secondaries"
        reports = "ipv4/igmp_link_local_mcast_reports"

        def values():
            return tuple(self.host.run("cat", f"/proc/sys/net/{key}").stdout.strip() for key in (promotes, reports))

        self.host.sysctl(promotes, 0)
        self.host.sysctl(reports, 1)
        self.start(["disable_local_igmp"], ["promote_secondaries"])
        until(lambda: values() == ("1", "0"), 5, values)
        self.vigie.kill()
        self.assertEqual(values(), ("1", "0"))
        self.start([], ["promote_secondaries"])
        until(lambda: values() == ("1", "1"), 5, values)
        self.vigie.stop()
        self.assertEqual(values(), ("0", "1"))

    def test_the_start_says_what_does_not_take_effect_yet_and_goes_on_without_it(self):
        self.start(["nftables guard"], ["no_accept", "use_vmac", "vrf red", "virtual_routes {", "    10.1.0.0/16 via 192.0.2.9", "}",
                                        "virtual_rules {", "    from 10.1.0.0/16 table 9", "}"],
                   before="static_ipaddress {\n    203.0.113.1/24 dev eth1\n}\nstatic_routes {\n    10.2.0.0/16 via 192.0.2.9\n}\n"
                          "static_rules {\n    to 10.2.0.0/16 table 9\n}\n")
        said = self.vigie.log_text()
        for code, keyword in (("C0300", "virtual_routes"), ("C0301", "virtual_rules"), ("C0302", "static_ipaddress"),
                              ("C0300", "static_routes"), ("C0301", "static_rules"), ("C0303", "use_vmac"), ("C0305", "vrf"),
                              ("C0306", "no_accept"), ("C0306", "nftables")):
            self.assertRegex(said, rf"warning\[{code}\][^\n]*\n[^\n]*\n(?:[^\n]*\n)?[^\n]*{keyword}")
        self.assertEqual(self.host.run("ip", "route", "show", "10.1.0.0/16").stdout, "")
        self.assertNotIn("203.0.113.1", self.host.run("ip", "addr").stdout)

    def test_the_engine_runs_where_and_as_it_was_told(self):
        self.start(["vrrp_cpu_affinity 0", "vrrp_rt_priority 33"])
        engine = self.vigie.role_pid("engine")
        self.assertEqual(os.sched_getaffinity(engine), {0})
        if os.sched_getscheduler(engine) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR:
            self.assertEqual(os.sched_getparam(engine).sched_priority, 33)
        else:
            self.assertIn("run with real-time priority", self.vigie.log_text())  # refused here, and said

    def test_addresses_elsewhere_are_announced_again_and_again_and_no_others(self):
        self.start([], ["garp_extra_if all 1", "garp_master_repeat 1", "garp_master_delay 0"],
                   [f"{ADDRESS}/24", f"{ELSEWHERE}/24 dev eth1"])
        began = now()
        until(lambda: len(self.seen.announcements(began, "r1", ELSEWHERE)) >= 3, 10, "three announcements elsewhere")
        self.assertEqual(self.seen.announcements(began + 500_000_000, "r1", ADDRESS), [])

    def test_an_address_with_no_track_stays_removed(self):
        self.start([], [], [f"{ADDRESS}/24", "192.0.2.253/24 no_track"])
        self.host.ip("addr", "del", "192.0.2.253/24", "dev", INTERFACE)
        time.sleep(2.5)  # twice as long as the kernel goes unlooked at
        self.assertNotIn("192.0.2.253", self.seen.addresses("r1"))
        self.assertIn(ADDRESS, self.seen.addresses("r1"))
        self.assertEqual(self.vigie.events("address-restored"), [])


if __name__ == "__main__":
    main()
