#!/usr/bin/python3
"""A real snmpd asks vigie's subagent, and a real snmptrapd hears of new masters."""
import os
import signal

from vigielab.daemons import Snmpd, Snmptrapd
from vigielab.small import BASE, INTERFACE, MAIL_ADDRESS, Small, config
from vigielab.testing import LabTest, figure, main, now
from vigielab.wait import until

MIB = "1.3.6.1.2.1.68"          # VRRP-MIB, RFC 2787
OPERATIONS = f".{MIB}.1.3.1"     # vrrpOperEntry, indexed by ifIndex and VRID
NEW_MASTER = f".{MIB}.0.1"       # vrrpTrapNewMaster
VRID, ADDRESS = 7, "192.0.2.254"


class Snmp(LabTest):
    def setUp(self):
        self.small = self.open(Small())
        self.seen = self.observe()
        self.traps = self.run_daemon(Snmptrapd(self.small.client))
        self.snmpd = self.run_daemon(Snmpd(self.small.r1, trap_sink=MAIL_ADDRESS))
        agentx = "agentx {\n    socket /var/agentx/master\n}\n"
        self.r1, self.r2 = (
            self.small.vigie(router, agentx + config(router.name, [
                dict(name="V", vrid=VRID, priority=priority, version=2, addresses=[f"{ADDRESS}/24"])]))
            for router, priority in ((self.small.r1, 200), (self.small.r2, 100)))
        self.run_pair(self.seen, VRID, self.r1, self.r2)
        self.quiet(self.seen, VRID, "r1", addresses=[ADDRESS])
        until(lambda: self.walk(), 20, "snmpd answers for the VRRP-MIB")

    def walk(self, check=False):
        return dict(self.snmpd.walk(MIB, self.small.client, BASE["r1"][0].split("/")[0], check=check))

    def get(self, column):
        """One column of the only row of the operations table."""
        index = int(self.small.r1.output("cat", f"/proc/net/dev_snmp6/{INTERFACE}").split()[1])
        return self.walk().get(f"{OPERATIONS}.{column}.{index}.{VRID}")

    def test_a_walk_tells_what_the_router_is(self):
        values = self.walk()
        self.assertEqual(values[f".{MIB}.1.1.0"], "INTEGER: 2", "vrrpNodeVersion")
        self.assertEqual(self.get(3), "INTEGER: 3", "vrrpOperState is master")
        self.assertEqual(self.get(4), "INTEGER: 1", "vrrpOperAdminState is up")
        self.assertEqual(self.get(5), "INTEGER: 200", "vrrpOperPriority")
        self.assertEqual(self.get(6), "INTEGER: 1", "vrrpOperIpAddrCount")
        self.assertEqual(self.get(7), "IpAddress: 192.0.2.1", "vrrpOperMasterIpAddr")
        # vrrpAssoIpAddrEntry is indexed by the address itself.
        self.assertTrue([name for name in values if name.startswith(f".{MIB}.1.4.") and name.endswith(ADDRESS)])
        # vrrpStatsBecomeMaster
        self.assertEqual([value for name, value in values.items() if name.startswith(f".{MIB}.2.4.1.1.")],
                         ["Counter32: 1"])
        # The tree is walked in order and without repetition.
        names = [tuple(map(int, name.strip(".").split("."))) for name, _ in self.snmpd.walk(MIB)]
        self.assertEqual(names, sorted(set(names)))

    def test_goes_on_after_snmpd_was_started_again(self):
        self.snmpd.stop()
        self.assertEqual(self.walk(), {})
        self.snmpd.start()
        until(lambda: self.get(3) == "INTEGER: 3", 30, "the new snmpd answers for the VRRP-MIB")
        self.assertEqual(self.seen.reigns(VRID), ["r1"])

    def test_a_hung_snmpd_does_not_disturb_adverts(self):
        began = now()
        os.kill(self.snmpd.pid, signal.SIGSTOP)
        try:
            until(lambda: len(self.seen.adverts(since=began, host="r1", vrid=VRID)) >= 5, 30, "r1 speaks while snmpd hangs")
        finally:
            os.kill(self.snmpd.pid, signal.SIGCONT)
        figure(f"longest silence while snmpd hung: {self.seen.longest_silence(VRID, 'r1', began):.3f} s")
        self.assertEqual(self.seen.reigns(VRID), ["r1"])
        until(lambda: self.get(3) == "INTEGER: 3", 20, "snmpd answers again")

    def test_a_new_master_is_a_trap(self):
        def mine():
            return [trap for trap in self.traps.traps(f"OID: {NEW_MASTER}") if "[192.0.2.1]" in trap]
        first = until(mine, 20, "a trap about the first time r1 became master")
        self.assertEqual(len(first), 1, "one transition, one trap")
        self.assertIn("IpAddress: 192.0.2.1", first[0])  # vrrpOperMasterIpAddr
        self.r1.stop()
        self.quiet(self.seen, VRID, "r2", addresses=[ADDRESS])
        self.r1.start()
        self.quiet(self.seen, VRID, "r1", addresses=[ADDRESS])
        until(lambda: len(mine()) == 2, 20, lambda: f"a second trap: {mine()}")


if __name__ == "__main__":
    main()
