#!/usr/bin/python3
"""What an operator moves: a router that comes back, a switchover there and back, maintenance. The client at 1 kHz loses one packet at
most while the machine runs, and nobody lets go before the other one has spoken.

  VIGIE_LAB_SWITCHOVERS=100: so many each way (default: 3)
"""
import os
import signal
import time

from vigielab.probe import Probe
from vigielab.small import Small, config
from vigielab.testing import LabTest, figure, main, now
from vigielab.wait import until

ADDRESS, VRID, NAME = "192.0.2.254", 7, "V"
SWITCHOVERS = int(os.environ.get("VIGIE_LAB_SWITCHOVERS", "3"))


class Pair(LabTest):
    def pair(self, interval=1, peer="vigie", **other):
        """r1 is vigie and better; r2 is `peer`."""
        lab = self.open(Small())
        self.seen = self.observe()
        self.respond(ADDRESS)
        r1, r2 = (config(router.name, [dict(name=NAME, vrid=VRID, priority=priority, interval=interval,
                                            addresses=[f"{ADDRESS}/24"], **(other if router is lab.r2 else {}))])
                  for router, priority in ((lab.r1, 200), (lab.r2, 100)))
        self.r1 = lab.vigie(lab.r1, r1)
        self.r2 = lab.vigie(lab.r2, r2) if peer == "vigie" else lab.keepalived(lab.r2, r2)
        self.run_pair(self.seen, VRID, self.r1, self.r2)
        self.quiet(self.seen, VRID, "r1", addresses=[ADDRESS])
        return lab

    def check_order(self, old, new, began):
        """Each once: the new one comes to hold the address, and the old one lets go after the new one has spoken."""
        came = [c for c in self.seen.changes(since=began, host=new, address=ADDRESS) if c.came]
        spoke = [a for a in self.seen.adverts(since=began, host=new, vrid=VRID) if a.priority > 0]
        gone = [c for c in self.seen.changes(since=began, host=old, address=ADDRESS) if not c.came]
        self.assertEqual((len(came), len(gone)), (1, 1), f"{came} {gone}")
        self.assertGreater(gone[0].time, spoke[0].time, f"{old} let go before {new} spoke")
        return came[0].time, spoke[0].time, gone[0].time

    def check_return(self, began, reported):
        """As after any preemption, and nobody had announced the address before the first word."""
        came, spoke, gone = self.check_order("r2", "r1", began)
        # The kernel's notice has the time at which it was read, the advert that of the wire: which was first the simulator sees.
        figure(f"{reported}: installed, first advert {(spoke - came) / 1e6:.1f} ms later, let go {(gone - spoke) / 1e6:.1f} ms after that")
        told = self.seen.announcements(since=began, host="r1", address=ADDRESS)
        self.assertTrue(told and told[0].time >= spoke - 5_000_000, "announced before the first advert")


class Return(Pair):
    def comes_back(self, peer, reported):
        lab = self.pair(peer=peer)
        self.r1.cli("maintenance", "on")
        self.quiet(self.seen, VRID, "r2", addresses=[ADDRESS])
        keeper = self.r1.role_pid("keeper")
        with Probe(lab.client, ADDRESS) as probe:
            began = now()
            os.kill(keeper, signal.SIGSTOP)
            try:
                self.r1.cli("maintenance", "off")
                until(lambda: '"preparing": true' in self.r1.cli("status", "--json").stdout, 20, "r1 prepares")
                time.sleep(0.2)
                early = [a for a in self.seen.adverts(since=began, host="r1", vrid=VRID)]
                self.assertEqual(early, [], "r1 spoke while its keeper stood still")
            finally:
                os.kill(keeper, signal.SIGCONT)
            self.quiet(self.seen, VRID, "r1", addresses=[ADDRESS], last=1.2)
            client = probe.stop()
        self.check_return(began, reported)
        self.assertEqual(client.path, ["r2", "r1"])
        self.hardly_a_loss(reported, client)
        if peer == "vigie":
            self.assertEqual(self.r2.transitions()[-1]["cause"], "higher-priority-heard")

    def test_over_vigie_with_a_keeper_that_stands_still(self):
        self.comes_back("vigie", "return over vigie, keeper stopped for 200 ms")

    def test_over_keepalived_with_a_keeper_that_stands_still(self):
        self.comes_back("keepalived", "return over keepalived, keeper stopped for 200 ms")


class Switchover(Pair):
    def move(self, client, on, old, new, reported):
        with Probe(client, ADDRESS) as probe:
            began = now()
            on.cli("switchover", NAME)
            # Until it has answered as well.
            self.quiet(self.seen, VRID, new, addresses=[ADDRESS], last=0.5)
            seen = probe.stop()
        self.check_order(old, new, began)
        self.assertEqual(seen.path, [old, new])
        self.hardly_a_loss(reported, seen)
        return seen.lost, began

    def test_there_and_back_many_times(self):
        lab = self.pair(interval=0.1)
        lost = {"there": 0, "back": 0}
        for turn in range(SWITCHOVERS):
            lost["there"] += self.move(lab.client, self.r1, "r1", "r2", f"{turn}: r1 gives")[0]
            # It would be the better one.
            self.quiet(self.seen, VRID, "r2", addresses=[ADDRESS], last=0.6)
            self.assertIn("gave way", self.r1.cli("status").stdout)
            # By turns: the one that gave way takes it back, or the other one gives.
            if turn % 2 == 0:
                loss, began = self.move(lab.client, self.r1, "r2", "r1", f"{turn}: r1 takes it back")
                self.check_return(began, f"{turn}")
            else:
                loss, _ = self.move(lab.client, self.r2, "r2", "r1", f"{turn}: r2 gives")
            lost["back"] += loss
        figure(f"{SWITCHOVERS} switchovers each way: {lost['there']} packets lost there, {lost['back']} back")
        asked = [e for e in self.r1.transitions(NAME) if e["cause"] == "operator"]
        self.assertGreaterEqual(len(asked), SWITCHOVERS)
        self.assertTrue(all(e["uid"] == 0 for e in asked), asked)

    def test_to_keepalived_and_back(self):
        lab = self.pair(interval=1, peer="keepalived")
        with Probe(lab.client, ADDRESS) as probe:
            began = now()
            self.r1.cli("switchover", NAME)
            self.quiet(self.seen, VRID, "r2", addresses=[ADDRESS], last=4)
            seen = probe.stop()
        self.check_order("r1", "r2", began)
        self.hardly_a_loss("to keepalived", seen)
        self.assertEqual(self.r1.state(NAME), "BACKUP")
        _, began = self.move(lab.client, self.r1, "r2", "r1", "back from keepalived")
        self.check_return(began, "back from keepalived")

    def test_that_nobody_answers_changes_nothing(self):
        lab = self.pair()
        # A backup that is not better says where to run it.
        refused = self.r2.cli("switchover", NAME, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("192.0.2.1 is master with 200; run vigie switchover there", refused.stderr)
        self.r2.kill()
        before = len(self.r1.transitions(NAME))
        with Probe(lab.client, ADDRESS) as probe:
            began = now()
            asked = self.r1.cli("switchover", NAME, check=False)
            self.quiet(self.seen, VRID, "r1", addresses=[ADDRESS], last=1.2)
            client = probe.stop()
        self.assertEqual(asked.returncode, 3)
        self.assertIn("nobody has taken over", asked.stderr)
        self.assertTrue(self.seen.adverts(since=began, host="r1", vrid=VRID, priority=0))
        self.assertEqual(len(self.r1.transitions(NAME)), before)
        self.hardly_a_loss("a switchover that nobody answers", client)


class Maintenance(Pair):
    def held(self):
        return "held back (maintenance)" in self.r1.cli("status").stdout

    def test_survives_a_restart_and_ends_by_itself(self):
        lab = self.pair()
        self.assertIn("there was none", self.r1.cli("maintenance", "off").stdout)
        self.assertEqual(self.r1.cli("maintenance", "on", "--for", "soon", check=False).returncode, 2)
        self.assertEqual(self.r1.cli("maintenance", "perhaps", check=False).returncode, 2)
        self.assertFalse(self.held())
        with Probe(lab.client, ADDRESS) as probe:
            began = now()
            said = self.r1.cli("maintenance", "on", "--for", "30m").stdout
            self.quiet(self.seen, VRID, "r2", addresses=[ADDRESS], last=4)
            client = probe.stop()
        self.assertIn("until ", said)
        self.check_order("r1", "r2", began)
        self.hardly_a_loss("maintenance on", client)
        self.assertTrue(self.held())
        self.assertNotIn("FAULT", self.r1.cli("status").stdout)
        last = self.r1.transitions(NAME)[-1]
        self.assertEqual((last["to_state"], last["cause"], last["uid"]), ("BACKUP", "operator", 0))
        commands = [e for e in self.r1.events("command") if e["subject"] == "maintenance on"]
        self.assertEqual(len(commands), 1)

        # The engine dies, then all of it as when the power goes.
        os.kill(self.r1.role_pid("engine"), signal.SIGKILL)
        until(lambda: self.r1.role_pid("engine"), 20, "another engine")
        until(self.held, 20, "the next engine knows")
        self.assertEqual(self.r1.stop(), 0)
        self.assertEqual(self.r1.cli("maintenance", "status", check=False).returncode, 3)
        self.r1.start()
        until(lambda: self.r1.cli("status", check=False).returncode == 0 and self.held(), 20, "it is held again")
        self.quiet(self.seen, VRID, "r2", addresses=[ADDRESS], last=4)

        # Ends while it runs.
        self.r1.cli("maintenance", "on", "--for", "2s")
        self.quiet(self.seen, VRID, "r1", addresses=[ADDRESS])
        self.assertEqual(self.r1.cli("maintenance", "status").stdout, "maintenance is off\n")
        self.assertFalse(lab.r1.file("/var/lib/vigie/maintenance").exists())

        # Ends while nothing runs.
        self.r1.cli("maintenance", "on", "--for", "1s")
        self.assertEqual(self.r1.stop(), 0)
        time.sleep(1.2)
        self.r1.start()
        self.quiet(self.seen, VRID, "r1", addresses=[ADDRESS])


if __name__ == "__main__":
    main()
