#!/usr/bin/python3
"""vigie beside keepalived on one LAN, in both roles, three virtual routers at once: version 2, version 3 over IPv4 and
version 3 over IPv6, with the same configuration text on both sides."""

from vigielab.probe import Probe
from vigielab.small import Small, config
from vigielab.testing import LabTest, figure, main, now
from vigielab.wait import holds_for, until

V2, V3, V6 = 2, 3, 6
ADDRESS = {V2: "192.0.2.102", V3: "192.0.2.103", V6: "2001:db8::106"}


def configuration(router, priority):
    return config(router.name, [
        dict(name="TWO", vrid=V2, priority=priority, version=2, addresses=[f"{ADDRESS[V2]}/24"],
             lines=["authentication {", "    auth_type PASS", "    auth_pass ceci", "}"]),
        dict(name="THREE", vrid=V3, priority=priority, addresses=[f"{ADDRESS[V3]}/24"]),
        dict(name="SIX", vrid=V6, priority=priority, addresses=["fe80::106/64", f"{ADDRESS[V6]}/64"])])


class BesideKeepalived(LabTest):
    def start(self, first, second):
        self.small = self.open(Small())
        self.seen = self.observe()
        self.respond(*ADDRESS.values())
        r1, r2 = self.small.routers
        self.first = getattr(self.small, first)(r1, configuration(r1, 200))
        self.second = getattr(self.small, second)(r2, configuration(r2, 100))
        self.run_pair(self.seen, V2, self.first, self.second)
        self.all_quiet("r1")

    def all_quiet(self, master):
        for vrid, address in ADDRESS.items():
            self.quiet(self.seen, vrid, master, addresses=[address])
        # And it stays so: no fighting between two who understand each other.
        since = now()
        holds_for(lambda: all(set(self.seen.reigns(vrid, since)) <= {master} for vrid in ADDRESS), 2.5,
                  lambda: f"{master} alone speaks: { {vrid: self.seen.reigns(vrid, since) for vrid in ADDRESS} }")

    def planned_stop_and_return(self):
        """Of the better router, watched by a client of each virtual router."""
        began = now()
        self.assertEqual(self.first.stop(), 0)
        self.all_quiet("r2")
        self.first.start()
        self.all_quiet("r1")
        for vrid in ADDRESS:
            self.assertEqual(self.seen.reigns(vrid, began)[-2:], ["r2", "r1"])
            self.assertTrue(self.seen.adverts(since=began, host="r1", vrid=vrid, priority=0))
            self.assertTrue(self.seen.announcements(began, "r1", ADDRESS[vrid]))
            self.assertTrue(self.seen.announcements(began, "r2", ADDRESS[vrid]))

    def power_loss(self):
        probes = {vrid: Probe(self.small.client, address) for vrid, address in ADDRESS.items()}
        self.small.network.power_off(self.small.r1)
        self.all_quiet("r2")
        for vrid, probe in probes.items():
            client = probe.stop()
            figure(f"power loss, vrid {vrid}: {client}")
            self.assertEqual(client.path, ["r1", "r2"])

    def test_as_master_over_keepalived(self):
        self.start("vigie", "keepalived")
        self.planned_stop_and_return()
        self.power_loss()

    def test_as_backup_of_keepalived(self):
        self.start("keepalived", "vigie")
        self.planned_stop_and_return()
        self.power_loss()
        for name in ("TWO", "THREE", "SIX"):
            rows = until(lambda n=name: [r for r in self.second.transitions(n) if r["cause"] == "silence"], 10,
                         f"a row about the silence of {name}'s master")
            self.assertEqual(rows[-1]["peer_priority"], 200)

    def test_says_what_keepalived_says(self):
        """Adverts of both for the same configuration differ in nothing but who sends them and how."""
        self.start("vigie", "keepalived")
        vigie = {vrid: self.seen.adverts(host="r1", vrid=vrid)[-1] for vrid in ADDRESS}
        self.first.stop()
        self.all_quiet("r2")
        for vrid, mine in vigie.items():
            theirs = self.seen.adverts(host="r2", vrid=vrid)[-1]
            self.assertEqual((mine.version, mine.interval, mine.destination, mine.ttl, mine.addresses),
                             (theirs.version, theirs.interval, theirs.destination, theirs.ttl, theirs.addresses))


if __name__ == "__main__":
    main()
