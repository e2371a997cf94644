#!/usr/bin/python3
"""Nothing outlives its owner: everything of a router is killed, or stands still, and nobody starts it again. Its addresses
are gone by themselves, after the peer has taken over and not before. (docs/decisions/0013-leases.md)"""
import os
import signal
import time

from vigielab.probe import Probe
from vigielab.small import TOGETHER, Small, config
from vigielab.testing import LabTest, figure, main, now, void_when_the_machine_stands_still
from vigielab.wait import until

VRID, FOUR, SIX = 7, "192.0.2.254", "2001:db8::254"
LEASE = 7  # seconds, of which five are left at least; the kernel looks every second, and may be two late

# A peer whose own machine stood still listens once more before it takes over, which may be later than any lease.
in_time = void_when_the_machine_stands_still(limit=0.2, within=5)


class Leases(LabTest):
    def begin(self, peer, interval):
        self.small = self.open(Small())
        self.seen = self.observe()
        self.respond(FOUR, SIX)

        def text(router, priority):
            return config(router.name, [
                dict(name="FOUR", vrid=VRID, priority=priority, interval=interval, addresses=[f"{FOUR}/24"]),
                dict(name="SIX", vrid=VRID + 1, priority=priority, interval=interval,
                     addresses=["fe80::254/64", f"{SIX}/64"])])
        self.r1 = self.small.vigie(self.small.r1, text(self.small.r1, 200))
        self.r2 = getattr(self.small, peer)(self.small.r2, text(self.small.r2, 100))
        self.run_pair(self.seen, VRID, self.r1, self.r2)
        for vrid, address in ((VRID, FOUR), (VRID + 1, SIX)):
            self.quiet(self.seen, vrid, "r1", 1.5 * interval, [address])

    def succeeded(self, began, what):
        """r1 lets go of its addresses by itself, after r2 has spoken for them."""
        for vrid, address in ((VRID, FOUR), (VRID + 1, SIX)):
            until(lambda a=address: a not in self.seen.addresses("r1"), LEASE + 20, f"{address} is gone from r1")
            took_over = self.seen.adverts(since=began, host="r2", vrid=vrid)
            gone = [change for change in self.seen.changes(began, "r1", address) if not change.came]
            self.assertTrue(took_over, "gone before anybody took over")
            self.assertEqual(len(gone), 1)
            self.assertLess(took_over[0].time, gone[0].time, "gone before anybody took over")
            figure(f"{what}, {address}: the peer spoke after {(took_over[0].time - began) / 1e9:.2f} s, gone "
                   f"{(gone[0].time - began) / 1e9:.2f} s after")

    def all_killed(self, peer):
        self.begin(peer, 1)
        with Probe(self.small.client, FOUR) as probe:
            began = now()
            self.r1.kill()
            self.succeeded(began, f"all killed beside {peer}")
            figure(f"its client: {probe.stop()}")
        self.assertNotIn(f"{FOUR}/24", self.small.r1.output("ip", "address"))
        for own in ("192.0.2.1/24", "2001:db8::1/64"):
            self.assertIn(own, self.small.r1.output("ip", "address"))
        self.assertIn("2001:db8::/64", self.small.r1.output("ip", "-6", "route"), "the host's own network")

    # FAULT-3: at 1 s: the peer spoke after 3.49 s, gone after 6.12 s, the client lost 0 of 6,142 packets
    @in_time
    def test_everything_killed_beside_vigie(self):
        self.all_killed("vigie")

    # FAULT-3: at 1 s: the peer spoke after 3.55 s, gone after 6.98 s, the client lost 0 of 6,990 packets
    @in_time
    def test_everything_killed_beside_keepalived(self):
        self.all_killed("keepalived")

    # FAULT-6: all stopped at 1 s: the peer spoke after 3.60 s, gone after 6.38 s
    @in_time
    def test_a_router_that_stands_still_is_rid_of_its_addresses_and_finds_a_master(self):
        self.begin("vigie", 1)
        began = now()
        pids = self.r1.pids()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        self.succeeded(began, "all stopped")
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        # The better one takes back what is its own, as the protocol has it.
        for vrid, address in ((VRID, FOUR), (VRID + 1, SIX)):
            self.quiet(self.seen, vrid, "r1", 1.5, [address])
        rows = self.r1.transitions("FOUR")
        for before, after in zip(rows, rows[1:]):
            self.assertEqual(before["to_state"], after["from_state"], "a transition is missing")

    def test_killed_and_started_again_within_the_lease_costs_nobody_anything(self):
        self.begin("vigie", 1)
        with Probe(self.small.client, FOUR) as probe:
            began = now()
            self.r1.kill()
            self.r1.start()
            until(lambda: len(self.seen.adverts(since=began, host="r1", vrid=VRID)) >= 8, 30, "r1 goes on speaking")
            figure(f"killed and started again: {probe.stop()}")
        self.assertEqual(self.seen.changes(began, "r1", FOUR), [], "the address came or went")
        self.assertEqual(self.seen.changes(began, "r1", SIX), [], "the address came or went")

    # FAULT-5: stopped for 10 s: replaced after 1.46 s, no address came or went
    def test_a_keeper_that_is_stopped_is_replaced_before_anything_it_leased_runs_out(self):
        self.begin("vigie", TOGETHER)
        stopped = self.r1.role_pid("keeper")
        began = now()
        os.kill(stopped, signal.SIGSTOP)
        until(lambda: self.r1.role_pid("keeper") not in (None, stopped), 10, "another keeper")
        figure(f"a stopped keeper was replaced after {(now() - began) / 1e9:.2f} s")
        time.sleep(max(0, 10 - (now() - began) / 1e9))
        for vrid, address in ((VRID, FOUR), (VRID + 1, SIX)):
            self.assertEqual(self.seen.changes(began, "r1", address), [], "the address came or went")
            self.assertEqual(self.seen.reigns(vrid), ["r1"])


if __name__ == "__main__":
    main()
