#!/usr/bin/python3
"""A router that is suspended, all of it at once, and goes on later as if no time had passed: a virtual machine that is
paused, a laptop lid, a frozen cgroup. VIGIE_SUSPENDED=30 for longer ones."""
import os
import signal
import time

from vigielab.probe import Probe
from vigielab.small import TOGETHER, Small, config
from vigielab.testing import LabTest, figure, main, now
from vigielab.wait import until

VRID, ADDRESS = 7, "192.0.2.254"
# A backup of priority 100 believes silence after three intervals and its skew.
SHORT, LONG = (0.5, 2), (5, float(os.environ.get("VIGIE_SUSPENDED", "8")))


class Suspension(LabTest):
    other_is_vigie = True

    def setUp(self):
        self.small = self.open(Small())
        self.seen = self.observe()
        self.respond(ADDRESS)
        other = self.small.vigie if self.other_is_vigie else self.small.keepalived
        self.r1, self.r2 = (
            make(router, config(router.name, [dict(name="V", vrid=VRID, priority=priority, addresses=[f"{ADDRESS}/24"])]))
            for router, priority, make in ((self.small.r1, 200, self.small.vigie), (self.small.r2, 100, other)))
        self.run_pair(self.seen, VRID, self.r1, self.r2)
        self.quiet(self.seen, VRID, "r1", addresses=[ADDRESS])

    def suspend(self, daemon, seconds):
        """Answers when it goes on."""
        frozen = daemon.pids()
        for number in (signal.SIGSTOP, signal.SIGCONT):
            for pid in frozen:
                os.kill(pid, number)
            if number == signal.SIGSTOP:
                time.sleep(seconds)
        return now()

    def test_a_suspended_master_that_nobody_has_replaced_goes_on(self):
        began = now()
        for seconds in SHORT:
            self.suspend(self.r1, seconds)
            time.sleep(1.5 * TOGETHER)
        stood = self.witness.longest(began, now())
        if stood < TOGETHER:  # or the machine made it longer than it was meant to be
            self.assertEqual(self.seen.reigns(VRID, began), ["r1"])
        self.quiet(self.seen, VRID, "r1", addresses=[ADDRESS])

    # FAULT-21
    def test_a_suspended_master_that_was_replaced_leaves_one_master_when_it_returns(self):
        for seconds in LONG:
            with self.subTest(seconds), Probe(self.small.client, ADDRESS) as probe:
                back = self.suspend(self.r1, seconds)
                self.assertEqual(self.seen.speakers(VRID, 1.5 * TOGETHER), {"r2"}, "nobody replaced it")
                self.quiet(self.seen, VRID, "r1", addresses=[ADDRESS], last=2 * TOGETHER)
                settled = back + int(1e9 * (TOGETHER + self.witness.stood_still(back, back + int(1e9))))
                after = self.seen.reigns(VRID, settled)
                self.assertIn(after, (["r1"], ["r2", "r1"]), "two masters, more than an interval after its return")
                client = probe.stop()
                lost = [at for at in client.lost_at if at > back]
                self.soon(f"suspended for {seconds} s: the last packet lost after the return", back,
                          max(lost, default=back), 1)
                figure(f"suspended for {seconds} s: {client}")

    # FAULT-21
    def test_a_suspended_backup_never_speaks(self):
        if not self.other_is_vigie:
            self.skipTest("the backup is not ours")
        began = now()
        for seconds in (*SHORT, *LONG):
            self.suspend(self.r2, seconds)
            time.sleep(0.5 * TOGETHER)
        time.sleep(4 * TOGETHER)
        self.assertEqual(self.seen.adverts(since=began, host="r2"), [])
        self.quiet(self.seen, VRID, "r1", addresses=[ADDRESS])
        until(lambda: self.r2.state("V") == "BACKUP", 10, "the history knows")
        self.assertEqual([row["to_state"] for row in self.r2.transitions("V")], ["BACKUP"])


class BesideKeepalived(Suspension):
    other_is_vigie = False


if __name__ == "__main__":
    main()
