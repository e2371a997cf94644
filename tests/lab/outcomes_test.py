#!/usr/bin/python3
"""Whatever dies or hangs, nobody outside notices: no transition, no lost packet, no third advert missed, beside vigie and
beside keepalived, at adverts each second and each 100 ms. VIGIE_OUTCOMES=20 for as many rounds."""
import os
import pathlib
import platform
import signal
import time
from collections import Counter

from vigielab.hang import CIRCLE, Freezer, turn_in_a_circle
from vigielab.outcome import OutcomeTest, until_found_hanging
from vigielab.testing import figure, main
from vigielab.wait import until

ROUNDS = int(os.environ.get("VIGIE_OUTCOMES", "1"))
HELPERS = ["runner", "recorder", "alerter", "subagent"]
# Of vigied.service.
RESTART_AFTER = 0.1
STARTING = 0.1



def waited(pid):
    """For a processor, in seconds, so far."""
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


class Processes(OutcomeTest):
    def test_whatever_dies_or_hangs_is_replaced_and_seen_by_nobody(self):
        freezer = Freezer()
        self.addCleanup(freezer.close)
        self.begin()
        self.ended = {trio: [] for trio in self.trios}
        for _ in range(ROUNDS):
            for number in (signal.SIGKILL, signal.SIGSEGV):
                self.replaced(f"engine ended by {number.name}", ["engine"], lambda pid, n=number: os.kill(pid, n))
            self.replaced("keeper killed", ["keeper"], lambda pid: os.kill(pid, signal.SIGKILL))
            self.replaced(", ".join(HELPERS) + " killed", HELPERS, lambda pid: os.kill(pid, signal.SIGKILL))
            self.replaced("engine stopped", ["engine"], lambda pid: os.kill(pid, signal.SIGSTOP), until_found_hanging)
            if platform.machine() in CIRCLE:
                # Two such engines are two processors, which may be all there are.
                self.replaced("engine turns in a circle", ["engine"], turn_in_a_circle, until_found_hanging, together=False)
            else:
                figure(f"no engine turns in a circle: how is not known for {platform.machine()}")
            if freezer.group:
                self.replaced("engine frozen with its control group", ["engine"], freezer.freeze, until_found_hanging)
            else:
                figure("no engine is frozen: no control group may be made here")
            self.started_again("supervisor killed", lambda vigie: os.kill(vigie.pid, signal.SIGKILL))
            self.started_again("everything killed", lambda vigie: vigie.kill())
        self.no_packet_was_lost()
        for trio in self.trios:
            self.its_deaths_are_told(trio)
        self.the_history_is_whole()

    def replaced(self, what, roles, act, *takes, **how):
        """act(pid) to each of the processes, which makes sooner or later an end of it."""
        def begin(trio):
            victims = {role: until(lambda r=role: trio.vigie.role_pid(r), 20, f"{role} runs on {trio.first.name}") for role in roles}
            before = {pid: waited(pid) for pid in victims.values()}
            for pid in victims.values():
                act(pid)
            self.ended[trio] += roles

            def is_replaced(role, pid):
                try:
                    self.waited[trio] = max(self.waited[trio], waited(pid) - before[pid])
                except OSError:
                    return trio.vigie.role_pid(role) not in (None, pid)

            def over():
                for role, pid in victims.items():
                    until(lambda r=role, p=pid: is_replaced(r, p), 20, f"a new {role} on {trio.first.name}")
            return over
        self.unnoticed(what, begin, *takes, **how)

    def started_again(self, what, kill):
        def begin(trio):
            kill(trio.vigie)
            until(lambda: not trio.vigie.is_alive(), 5, "the supervisor is dead")
            killed = time.monotonic()
            self.ended[trio].append("vigied")

            def over():
                time.sleep(max(0, killed + RESTART_AFTER - time.monotonic()))
                trio.vigie.start()
                until(lambda: trio.vigie.role_pid("engine"), 20, f"an engine on {trio.first.name}")
            return over
        self.unnoticed(f"{what}, the service started again after {RESTART_AFTER * 1000:.0f} ms", begin,
                       lambda _: RESTART_AFTER + STARTING)

    def its_deaths_are_told(self, trio):
        """Each once, with the role, and each engine's adoption, for every virtual router; while the machine stood still others may
        have been taken to hang."""
        roles = [role for role in self.ended[trio] if role != "vigied"]
        adopted = sum(role in ("engine", "vigied") for role in self.ended[trio])

        def told():
            return sorted(row["subject"] for row in trio.vigie.events("child-died"))
        if self.was_spoilt(trio):
            return until(lambda: not Counter(roles) - Counter(told()), 10, lambda: f"rows about the ends of {roles}, not {told()}")
        until(lambda: told() == sorted(roles), 10, lambda: f"rows about the ends of {sorted(roles)}, not {told()}")
        for cell in trio.cells:
            self.assertEqual(len(trio.vigie.events("engine-adopted", cell.name)), adopted, f"{cell}")


if __name__ == "__main__":
    main()
