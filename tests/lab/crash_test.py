#!/usr/bin/python3
"""kill -9 of any process at any moment: nothing that happened is lost from the history, nothing is in it twice, and peers
see no transition because of it. That they miss no third advert, whatever dies: outcomes_test.py."""
import os
import random
import signal
import time

from vigielab.small import TOGETHER, Small, config
from vigielab.testing import LabTest, figure, main, now
from vigielab.wait import until

VRID, ADDRESS = 7, "192.0.2.254"
PERMIT, ACTIVE = "/etc/keepalived/MASTER", "/etc/keepalived/BACKUP_ACTIVE"
ALERTS = """global_defs {
    notification_email { root@example.org }
    notification_email_from vigie@example.org
    smtp_server 192.0.2.10
}
agentx {
    socket /var/agentx/master
}
"""


class CrashLab(LabTest):
    INTERVAL = TOGETHER

    def setUp(self):
        self.small = self.open(Small())
        self.seen = self.observe()
        self.permit = self.small.r1.file(PERMIT)
        self.permit.write_text("")
        permit, active = (f"flags {{\n    {flag}\n}}\n" for flag in (f"permit_file {PERMIT}", f"active_file {ACTIVE}"))
        self.r1, self.r2 = (
            self.small.vigie(router, extra + config(router.name, [
                dict(name="V", vrid=VRID, priority=priority, interval=self.INTERVAL,
                     addresses=[f"{ADDRESS}/24"], lines=["smtp_alert"])],
                before=ALERTS))
            for router, priority, extra in ((self.small.r1, 200, permit), (self.small.r2, 100, active)))
        self.run_pair(self.seen, VRID, self.r1, self.r2)
        self.master("r1")

    @property
    def within(self):
        return 1.5 * self.INTERVAL

    def master(self, name):
        self.quiet(self.seen, VRID, name, self.within, [ADDRESS])

    def kill(self, vigie, role):
        victim = until(lambda: vigie.role_pid(role), 20, f"{role} runs on {vigie.host.name}")
        os.kill(victim, signal.SIGKILL)
        return victim

    def respawned(self, vigie, role, victim):
        until(lambda: vigie.role_pid(role) not in (None, victim), 20, f"a new {role} on {vigie.host.name}")

    def check_history(self, vigie, expected_states):
        """Every record once, densely numbered, and the transitions are those that were seen."""
        def states():
            return [row["to_state"] for row in vigie.transitions("V")]
        until(lambda: states() == expected_states, 20,
              lambda: f"{vigie.host.name}: {len(expected_states)} transitions {expected_states}\nhistory: {states()}")
        numbers = [row["sequence"] for row in vigie.events() if row["sequence"] is not None]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        self.assertEqual(vigie.events("lost"), [])

    def toggle(self):
        """One planned departure of r1 and its return."""
        self.permit.unlink()
        until(lambda: self.seen.speakers(VRID, self.within) == {"r2"}, 20, "r2 is master")
        self.permit.write_text("")
        until(lambda: self.seen.speakers(VRID, self.within) == {"r1"}, 20, "r1 is master")

    def engines_killed(self, times):
        """Kills the master's engine so often; nobody outside may notice."""
        began = now()
        for _ in range(times):
            victim = self.kill(self.r1, "engine")
            self.respawned(self.r1, "engine", victim)
            time.sleep(0.1 + random.random() * 0.2)
        silence = self.seen.longest_silence(VRID, "r1", began)
        figure(f"longest silence of the master over {times} killed engines: {silence * 1000:.0f} ms "
               f"at {self.INTERVAL * 1000:.0f} ms adverts")
        until(lambda s=now(): len(self.seen.adverts(since=s, host="r1", vrid=VRID)) >= 4, 20, "r1 goes on speaking")
        self.assertEqual(self.seen.reigns(VRID), ["r1"])
        self.assertEqual(self.seen.changes(began, "r1", ADDRESS), [], "the address came or went")
        self.check_history(self.r1, ["BACKUP", "MASTER"])
        self.check_history(self.r2, ["BACKUP"])
        until(lambda: len(self.r1.events("engine-adopted")) >= times, 10, "a row about each new engine")
        self.assertEqual(len(self.r1.events("engine-adopted")), times)


class Crash(CrashLab):
    def transitions_killing(self, *roles):
        """r1 departs and returns once per role, which is killed on both routers in the midst of both transitions."""
        for role in roles:
            for act, master in ((self.permit.unlink, "r2"), (lambda: self.permit.write_text(""), "r1")):
                victims = [(vigie, until(lambda v=vigie: v.role_pid(role), 20, f"{role} runs on {vigie.host.name}"))
                           for vigie in (self.r1, self.r2)]
                act()
                for _, victim in victims:
                    time.sleep(random.random() * 0.05)
                    os.kill(victim, signal.SIGKILL)
                until(lambda m=master: self.seen.speakers(VRID, self.within) == {m}, 20, f"{master} is master")
                for vigie, victim in victims:
                    self.respawned(vigie, role, victim)
        self.assertEqual(self.seen.reigns(VRID), ["r1"] + ["r2", "r1"] * len(roles))
        self.check_history(self.r1, ["BACKUP", "MASTER"] + ["BACKUP", "MASTER"] * len(roles))
        self.check_history(self.r2, ["BACKUP"] + ["MASTER", "BACKUP"] * len(roles))

    def test_killing_the_recorder_loses_no_row_and_repeats_none(self):
        self.transitions_killing(*["recorder"] * 3)

    def test_killing_runner_alerter_and_subagent_disturbs_nothing(self):
        self.transitions_killing("runner", "alerter", "subagent")

    def test_killing_the_backups_engine_makes_no_second_master(self):
        for _ in range(5):
            victim = self.kill(self.r2, "engine")
            self.respawned(self.r2, "engine", victim)
            time.sleep(0.1 + random.random() * 0.2)
        self.assertEqual(self.seen.reigns(VRID), ["r1"])
        self.check_history(self.r2, ["BACKUP"])
        self.toggle()

    def test_killing_the_keeper_keeps_addresses_and_peers(self):
        began = now()
        for _ in range(4):
            victim = self.kill(self.r1, "keeper")
            self.respawned(self.r1, "keeper", victim)
            time.sleep(0.2 + random.random() * 0.2)
        self.assertEqual(self.seen.reigns(VRID), ["r1"])
        self.assertEqual(self.seen.changes(began, "r1", ADDRESS), [], "the address came or went")
        self.toggle()
        self.master("r1")

    def test_killing_everything_while_transitions_happen_loses_no_row(self):
        """All processes of r1 at once, at random moments; r1 is started again each time."""
        for _ in range(4):
            self.permit.unlink()
            time.sleep(random.random() * 0.15)
            self.r1.kill()
            self.permit.write_text("")
            self.r1.start()
            self.master("r1")
        ledgers = {}
        for row in until(lambda: self.r1.state("V") == "MASTER" and self.r1.events(), 20, "the history knows"):
            if row["sequence"] is not None:
                ledgers.setdefault(row["ledger"], []).append(row["sequence"])
        for numbers in ledgers.values():
            self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        rows = self.r1.transitions("V")
        for before, after in zip(rows, rows[1:]):
            self.assertEqual(before["to_state"], after["from_state"], "a transition is missing")


class CrashInALoop(CrashLab):
    """An engine that keeps dying is started again ever more slowly, but within a second."""

    def test_killing_the_masters_engine_again_and_again_is_seen_by_no_peer(self):
        self.engines_killed(times=7)


if __name__ == "__main__":
    main()
