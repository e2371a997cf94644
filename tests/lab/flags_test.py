#!/usr/bin/python3
"""The permit flag that lets a router be master, and the state flag that says it is."""
import time

from vigielab.small import TOGETHER, Small, config
from vigielab.testing import LabTest, figure, main, now
from vigielab.wait import until

VRID, ADDRESS = 7, "192.0.2.254"
PERMIT, ACTIVE = "/etc/keepalived/MASTER", "/etc/keepalived/BACKUP_ACTIVE"


class Flags(LabTest):
    def setUp(self):
        self.small = self.open(Small())
        self.seen = self.observe()
        self.r1, self.r2 = (
            self.small.vigie(router, f"flags {{\n    {flag}\n}}\n" + config(router.name, [
                dict(name="V", vrid=VRID, priority=priority, addresses=[f"{ADDRESS}/24"])]))
            for router, priority, flag in ((self.small.r1, 200, f"permit_file {PERMIT}"),
                                           (self.small.r2, 100, f"active_file {ACTIVE}")))
        self.permit, self.active = self.small.r1.file(PERMIT), self.small.r2.file(ACTIVE)

    def start(self):
        self.permit.write_text("")
        self.run_pair(self.seen, VRID, self.r1, self.r2)
        self.master("r1")

    def master(self, name):
        self.quiet(self.seen, VRID, name, addresses=[ADDRESS])

    def test_without_the_permit_a_router_does_not_rise(self):
        self.run_daemon(self.r1)
        until(lambda: self.r1.state("V"), 10, "a row about it")
        time.sleep(2 * 3.25 * TOGETHER)  # twice what it would need
        self.assertEqual(self.seen.adverts(host="r1"), [])
        self.assertNotIn(ADDRESS, self.seen.addresses("r1"))
        self.assertEqual([row["to_state"] for row in self.r1.transitions("V")], ["BACKUP"], "held back is not a fault")
        self.permit.write_text("")
        self.master("r1")

    def test_the_permit_acts_at_once_in_both_directions(self):
        self.start()
        for how in ("removed", "moved away", "removed"):
            began = now()
            if how == "removed":
                self.permit.unlink()
            else:
                self.permit.rename(self.permit.with_suffix(".away"))
            leaving = until(lambda: self.seen.adverts(since=began, host="r1", priority=0), 5, "priority 0")[0]
            figure(f"permit {how}: priority 0 after {(leaving.time - began) / 1e6:.1f} ms")
            self.master("r2")
            began = now()
            self.permit.write_text("")
            rising = until(lambda: [a for a in self.seen.adverts(since=began, host="r1") if a.priority > 0], 5,
                           "r1 speaks")[0]
            figure(f"permit given: advert after {(rising.time - began) / 1e6:.1f} ms")
            self.master("r1")
        until(lambda: len(self.r1.events("permit")) >= 6, 10, "rows about the permit")
        self.assertEqual({row["subject"] for row in self.r1.events("permit")}, {PERMIT})
        self.assertEqual([row["cause"] for row in self.r1.transitions("V") if row["from_state"] == "MASTER"],
                         ["permit-removed"] * 3)

    def test_the_state_flag_is_there_exactly_while_master(self):
        self.start()
        self.assertFalse(self.active.exists())
        self.permit.unlink()
        self.master("r2")
        until(self.active.exists, 5, "BACKUP_ACTIVE")
        self.permit.write_text("")
        self.master("r1")
        until(lambda: not self.active.exists(), 5, "no BACKUP_ACTIVE")
        # An orderly stop leaves none behind either.
        self.r1.stop()
        self.master("r2")
        until(self.active.exists, 5, "BACKUP_ACTIVE")
        self.r2.stop()
        self.assertFalse(self.active.exists())

    def test_the_state_flag_is_right_again_after_every_process_was_killed(self):
        self.start()
        self.permit.unlink()
        self.master("r2")
        until(self.active.exists, 5, "BACKUP_ACTIVE")

        # Killed as master and started again while nobody else may be master: still master, and somebody took the file.
        self.r2.kill()
        self.active.unlink()
        self.r2.start()
        self.master("r2")
        until(self.active.exists, 5, "BACKUP_ACTIVE again")

        # Killed as master, power included; the other takes over; the stale file goes as soon as we are back.
        self.small.network.power_off(self.small.r2)
        cut = now()
        self.assertTrue(self.active.exists())
        self.permit.write_text("")
        until(lambda: self.seen.adverts(since=cut, host="r1", vrid=VRID), 10, "r1 takes over")
        self.small.network.power_on(self.small.r2)
        self.r2.start()
        until(lambda: not self.active.exists(), 5, "the stale BACKUP_ACTIVE is gone")
        self.master("r1")

    def test_commands_create_and_remove_the_permit_and_are_remembered(self):
        self.start()
        self.r1.cli("disable-routing")
        self.assertFalse(self.permit.exists())
        self.master("r2")
        self.r1.cli("enable-routing")
        self.assertTrue(self.permit.exists())
        self.master("r1")
        until(lambda: len(self.r1.events("command")) >= 2, 10, "rows about the commands")
        self.assertEqual([(row["subject"], row["uid"]) for row in self.r1.events("command")],
                         [("disable-routing", 0), ("enable-routing", 0)])


if __name__ == "__main__":
    main()
