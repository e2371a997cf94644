#!/usr/bin/python3
"""vigie beside FRR's vrrpd, version 3, both families at once, in both roles, and switched over to it and back.

  VIGIE_LAB_SWITCHOVERS=100: so many switchovers each way (default: 1)"""
import collections
import os

from vigielab.daemons import Frr
from vigielab.probe import Probe
from vigielab.small import ALONE, INTERFACE, TOGETHER, Small, config
from vigielab.testing import LabTest, figure, main, now
from vigielab.wait import holds_for

SWITCHOVERS = int(os.environ.get("VIGIE_LAB_SWITCHOVERS", "1"))
V4, V6 = 4, 6
ADDRESS = {V4: "192.0.2.104", V6: "2001:db8::106"}


class BesideFrr(LabTest):
    def setUp(self):
        self.small = self.open(Small())
        self.seen = self.observe()
        self.respond(*ADDRESS.values())

    def vigie(self, router, priority):
        return self.small.vigie(router, config(router.name, [
            dict(name="FOUR", vrid=V4, priority=priority, addresses=[f"{ADDRESS[V4]}/24"]),
            dict(name="SIX", vrid=V6, priority=priority, addresses=[f"{ADDRESS[V6]}/64"])]))

    @staticmethod
    def frr(router, priority):
        return Frr(router, [(INTERFACE, vrid, priority, TOGETHER * 1000, [address])
                            for vrid, address in ADDRESS.items()])

    def all_quiet(self, master):
        for vrid in ADDRESS:
            self.quiet(self.seen, vrid, master)
        since = now()
        holds_for(lambda: all(set(self.seen.reigns(vrid, since)) <= {master} for vrid in ADDRESS), 1.5,
                  f"{master} alone speaks")

    def takeover(self, old, new, how, reported):
        probes = {vrid: Probe(self.small.client, address) for vrid, address in ADDRESS.items()}
        began = now()
        how()
        self.all_quiet(new)
        for vrid, probe in probes.items():
            client = probe.stop()
            figure(f"{reported}, vrid {vrid}: {client}")
            self.assertEqual(self.seen.reigns(vrid, began)[-1:], [new])
            spoke = min(a.time for a in self.seen.adverts(since=began, host=new, vrid=vrid) if a.priority > 0)
            if self.seen.announcements(spoke, new, ADDRESS[vrid]):
                self.assertEqual((client.path[0], client.path[-1]), (old, new))
            else:
                # It spoke, so it was given way; that a client finds it is its own business.
                self.assertEqual(self.frr_is_on, new, f"{new} took over {ADDRESS[vrid]} and did not announce it")
                figure(f"FRR announced nothing for vrid {vrid}")

    def test_as_master_over_frr(self):
        self.frr_is_on = "r2"
        mine = self.run_daemon(self.vigie(self.small.r1, 200))
        self.run_daemon(self.frr(self.small.r2, 100))
        self.all_quiet("r1")
        self.takeover("r1", "r2", mine.stop, "vigie stops")
        self.takeover("r2", "r1", mine.start, "vigie preempts")
        self.takeover("r1", "r2", lambda: self.small.network.power_off(self.small.r1), "vigie's power fails")

    def test_as_backup_of_frr(self):
        self.frr_is_on = "r1"
        theirs = self.run_daemon(self.frr(self.small.r1, 200))
        self.run_daemon(self.vigie(self.small.r2, 100))
        self.all_quiet("r1")
        self.takeover("r1", "r2", lambda: self.small.network.power_off(self.small.r1), "FRR's power fails")
        theirs.stop()
        self.small.network.power_on(self.small.r1)
        self.takeover("r2", "r1", theirs.start, "FRR preempts")


class SwitchedOver(LabTest):
    """By vrid: seconds between adverts, and the address."""
    ALL = {4: (TOGETHER, "192.0.2.104"), 6: (TOGETHER, "2001:db8::106"), 5: (ALONE, "192.0.2.105"), 7: (ALONE, "2001:db8::107")}

    def settled(self, host):
        for vrid, (interval, _) in self.ALL.items():
            self.quiet(self.seen, vrid, host, 1.5 * interval, last=0.3)

    def move(self, old, new, lost, reported):
        probes = {vrid: Probe(self.small.client, address) for vrid, (_, address) in self.ALL.items()}
        began = now()
        for vrid in self.ALL:
            self.mine.cli("switchover", f"R{vrid}")
        self.settled(new)
        for vrid, probe in probes.items():
            client = probe.stop()
            self.assertEqual(self.seen.reigns(vrid, began)[-1:], [new])
            self.assertEqual(client.path[0], old)
            lost[vrid] += self.lost_while_it_ran(f"{reported}, vrid {vrid}", client)

    def test_there_and_back(self):
        self.small = self.open(Small())
        self.seen = self.observe()
        self.respond(*(address for _, address in self.ALL.values()))
        self.mine = self.run_daemon(self.small.vigie(self.small.r1, config("r1", [
            dict(name=f"R{vrid}", vrid=vrid, priority=200, interval=interval,
                 addresses=[f"{address}/{64 if ':' in address else 24}"]) for vrid, (interval, address) in self.ALL.items()])))
        self.run_daemon(Frr(self.small.r2, [(INTERFACE, vrid, 100, int(interval * 1000), [address])
                                            for vrid, (interval, address) in self.ALL.items()]))
        self.settled("r1")
        lost = {way: collections.defaultdict(list) for way in ("there", "back")}
        for turn in range(SWITCHOVERS):
            self.move("r1", "r2", lost["there"], f"{turn}: to FRR")
            self.move("r2", "r1", lost["back"], f"{turn}: back")
        for way, found in lost.items():
            figure(f"{SWITCHOVERS} switchovers {way}: lost while the machine ran: " +
                   ", ".join(f"{len(times)} (vrid {vrid})" for vrid, times in found.items()))
            for vrid, times in found.items():
                self.assertLessEqual(len(times), 1, f"{way}, vrid {vrid}: packets lost while the machine ran")


if __name__ == "__main__":
    main()
