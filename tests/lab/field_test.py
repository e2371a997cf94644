#!/usr/bin/python3
"""What routers meet in the field: many virtual routers on one link, IPv6 without IPv4, one link-local address on two links, a
MAC that changes under the addresses."""
from vigielab.small import ALONE, INTERFACE, Small, config
from vigielab.testing import LabTest, figure, main, now
from vigielab.wait import until

VRID, FOUR, SIX = 7, "192.0.2.254", "2001:db8::254"
WITHIN = 0.35


class Field(LabTest):
    def start(self, instances, interfaces=(INTERFACE,)):
        self.small = self.open(Small(interfaces))
        self.seen = self.observe()
        self.host = self.small.r1
        self.vigie = self.run_daemon(self.small.vigie(self.host, config("r1", instances)))

    def test_a_hundred_virtual_routers_all_follow_their_link(self):
        names = [f"V{n}" for n in range(1, 101)]
        self.start([dict(name=name, vrid=n, priority=100, interval=0.5, addresses=[f"198.18.0.{n}/32"])
                    for n, name in enumerate(names, 1)])

        def are(state):
            rows = {row["instance"]: row["to_state"] for row in self.vigie.transitions()}
            return [name for name in names if rows.get(name) == state] == names
        until(lambda: are("MASTER"), 30, "all are master")
        for _ in range(2):
            began = now()
            self.small.network.cut(self.host, INTERFACE)
            until(lambda: are("FAULT"), 10, "all are at fault")
            gone = (now() - began) / 1e6
            until(lambda: not [a for a in self.seen.addresses("r1") if a.startswith("198.18.")], 5, "no address is left")
            mended = now()
            self.small.network.mend(self.host, INTERFACE)
            until(lambda: are("MASTER"), 20, "all are master again")
            figure(f"a hundred virtual routers: all at fault after {gone:.0f} ms, all master "
                   f"{(now() - mended) / 1e9:.2f} s after the link was back")
        until(lambda: len([a for a in self.seen.addresses("r1") if a.startswith("198.18.")]) == 100, 5, "all addresses")

    def test_a_router_of_ipv6_needs_no_address_of_ipv4(self):
        self.start([dict(name="SIX", vrid=VRID, priority=100, interval=ALONE, addresses=["fe80::1/64", f"{SIX}/64"])])
        self.quiet(self.seen, VRID, "r1", WITHIN, [SIX])
        until(lambda: self.vigie.state("SIX") == "MASTER", 10, "a row about it")
        began, rows = now(), self.vigie.transitions("SIX")
        self.host.ip("addr", "flush", "dev", INTERFACE, "to", "192.0.2.0/24")
        self.quiet(self.seen, VRID, "r1", WITHIN, [SIX], last=1.5)
        self.assertEqual(self.vigie.transitions("SIX"), rows)
        figure(f"the last IPv4 address went: longest silence {1000 * self.seen.longest_silence(VRID, 'r1', began):.0f} ms")

    def test_one_link_local_address_is_held_on_two_interfaces(self):
        other = "eth1"
        self.start([dict(name=name, vrid=VRID, priority=100, interval=ALONE, interface=name, addresses=["fe80::1/64"])
                    for name in (INTERFACE, other)], (INTERFACE, other))
        for interface in (INTERFACE, other):
            until(lambda i=interface: (i, "fe80::1/64") in self.host.configured(), 10, f"fe80::1 on {interface}")
        for name in (INTERFACE, other):
            until(lambda n=name: self.vigie.state(n) == "MASTER", 10, f"a row about {name}")

    def test_announcements_teach_the_mac_that_the_interface_has_now(self):
        self.start([dict(name="FOUR", vrid=VRID, priority=100, interval=ALONE, addresses=[f"{FOUR}/24"])])
        self.quiet(self.seen, VRID, "r1", WITHIN, [FOUR])
        self.small.client.run("ping", "-c1", "-W2", "-q", FOUR)
        began, mac = now(), "02:00:00:00:00:42"
        self.host.ip("link", "set", INTERFACE, "address", mac)
        told = until(lambda: [a for a in self.seen.announcements(began, "r1", FOUR) if a.mac == mac], 10, "announced anew")
        figure(f"the MAC changed: announced {(told[0].time - began) / 1e6:.0f} ms later")
        self.assertEqual({a.mac for a in self.seen.announcements(told[0].time, "r1")}, {mac})
        self.small.client.run("ping", "-c1", "-W2", "-q", FOUR)


if __name__ == "__main__":
    main()
