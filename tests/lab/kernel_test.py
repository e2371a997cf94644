#!/usr/bin/python3
"""The kernel is compared with what is wanted, not assumed: whatever others do to it is put right."""
from vigielab.small import ALONE, BASE, INTERFACE, Small, config
from vigielab.testing import LabTest, figure, main, now
from vigielab.wait import until

VRID, FOUR, SIX = 7, "192.0.2.254", "2001:db8::254"
WITHIN = 0.35


class Kernel(LabTest):
    def setUp(self):
        self.small = self.open(Small())
        self.seen = self.observe()
        self.host = self.small.r1
        self.vigie = self.run_daemon(self.small.vigie(self.host, config("r1", [
            dict(name="FOUR", vrid=VRID, priority=200, interval=ALONE, addresses=[f"{FOUR}/24", "192.0.2.253/32 label eth0:x"]),
            dict(name="SIX", vrid=VRID + 1, priority=200, interval=ALONE, addresses=["fe80::1/64", f"{SIX}/64"])])))
        self.master()

    def master(self):
        self.quiet(self.seen, VRID, "r1", WITHIN, [FOUR])
        self.quiet(self.seen, VRID + 1, "r1", WITHIN, [SIX])

    # FAULT-36
    def test_addresses_are_usable_at_once_and_carry_what_the_configuration_says(self):
        addresses = self.host.configured()
        self.assertEqual(addresses[INTERFACE, "192.0.2.253/32"]["label"], "eth0:x")
        self.assertFalse(addresses[INTERFACE, f"{SIX}/64"].get("tentative"), "waits for duplicates")
        self.assertIn((INTERFACE, "fe80::1/64"), addresses)

    # FAULT-32
    def test_an_address_somebody_removed_is_put_back_and_remembered(self):
        for address, length in ((FOUR, 24), (SIX, 64)):
            with self.subTest(address):
                began = now()
                self.host.ip("addr", "del", f"{address}/{length}", "dev", INTERFACE)
                until(lambda: address in self.seen.addresses("r1")
                      and [c for c in self.seen.changes(began, "r1", address) if c.came], 5, f"{address} is back")
                gone, back = [c.time for c in self.seen.changes(began, "r1", address)][:2]
                figure(f"{address} back after {(back - gone) / 1e6:.1f} ms")
                until(lambda: [r for r in self.vigie.events("address-restored") if address in r["subject"]], 10,
                      "a row about it")
                until(lambda: self.seen.announcements(began, "r1", address), 5, "announced again")
        self.assertEqual(self.seen.reigns(VRID), ["r1"])
        until(lambda: self.vigie.state("FOUR") == "MASTER", 10, "a row about it")
        self.assertEqual([r["to_state"] for r in self.vigie.transitions("FOUR")], ["BACKUP", "MASTER"])
        self.assertEqual(self.seen.adverts(priority=0), [])

    def test_a_flush_of_the_interface_is_put_right(self):
        # As a network manager does that starts again: flush, then configure. ip gives up when the addresses are back faster
        # than it removes them, which is the point.
        self.host.run("ip", "addr", "flush", "dev", INTERFACE, "scope", "global", check=False)
        for address in BASE["r1"]:
            self.host.ip("addr", "replace", address, "dev", INTERFACE, *(["nodad"] if ":" in address else []))
        until(lambda: {FOUR, SIX, "192.0.2.253"} <= self.seen.addresses("r1"), 5, "all virtual addresses are back")
        self.master()

    def fault_and_back(self, break_it, mend_it, *causes):
        began = now()
        break_it()
        for name in ("FOUR", "SIX"):
            until(lambda n=name: self.vigie.state(n) == "FAULT", 10, lambda: f"fault: {self.vigie.transitions()}")
        self.assertIn(self.vigie.transitions("FOUR")[-1]["cause"], causes)
        until(lambda: not {FOUR, SIX} & self.seen.addresses("r1"), 5, "no virtual addresses in fault")
        mend_it()
        until(lambda: self.vigie.state("FOUR") == "MASTER" and self.vigie.state("SIX") == "MASTER", 20,
              lambda: f"master again: {self.vigie.transitions()}")
        self.assertEqual([r["to_state"] for r in self.vigie.transitions("FOUR") if r["wall_ns"] > began],
                         ["FAULT", "BACKUP", "MASTER"])
        # Not self.master(): a port that was made anew is not one the observer listens at.
        until(lambda: {FOUR, SIX} <= self.seen.addresses("r1"), 5, "virtual addresses")

    # FAULT-25
    def test_a_cut_cable_is_a_fault_until_it_is_mended(self):
        self.fault_and_back(lambda: self.small.network.cut(self.host, INTERFACE),
                            lambda: self.small.network.mend(self.host, INTERFACE), "link-down")
        self.master()

    # FAULT-25
    def test_an_interface_set_down_is_a_fault_until_it_is_up(self):
        def up():
            self.host.ip("link", "set", INTERFACE, "up")
            # As on any machine, the kernel forgot the interface's own IPv6 addresses.
            self.host.ip("addr", "replace", "2001:db8::1/64", "dev", INTERFACE, "nodad")
        self.fault_and_back(lambda: self.host.ip("link", "set", INTERFACE, "down"), up, "link-down")
        self.master()

    # FAULT-28
    def test_an_interface_deleted_and_made_again_is_used_again(self):
        # The kernel sets an interface down before it deletes it, and may be heard between the two.
        self.fault_and_back(lambda: self.host.ip("link", "delete", INTERFACE),
                            lambda: self.small.network.replug(self.host, INTERFACE), "link-down", "interface-gone")
        counter = self.host.output("ip", "-s", "-json", "link", "show", INTERFACE)
        until(lambda: counter != self.host.output("ip", "-s", "-json", "link", "show", INTERFACE), 10, "adverts leave")


if __name__ == "__main__":
    main()
