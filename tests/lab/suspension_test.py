#!/usr/bin/python3
"""A router that is suspended, all of it at once, and goes on later as if no time had passed: a virtual machine that is
paused, a laptop lid, a frozen control group; or its engine alone. Beside vigie and beside keepalived, at adverts each second and each
100 ms, as master and as backup. VIGIE_SUSPENDED=30 for longer ones."""
import os
import signal
import time

from vigielab.hang import Freezer, tell
from vigielab.outcome import OutcomeTest, until_found_hanging
from vigielab.testing import figure, main, now
from vigielab.wait import until

SHORT, LONG = (0.5, 2), (5, float(os.environ.get("VIGIE_SUSPENDED", "8")))


class Suspension(OutcomeTest):
    def setUp(self):
        self.freezer = Freezer()
        self.addCleanup(self.freezer.close)
        self.begin()

    def suspend(self, daemons, seconds, frozen=False):
        """Answers when they go on."""
        pids = [pid for daemon in daemons for pid in daemon.pids()]
        if frozen and self.freezer.group:
            self.freezer.freeze(*pids)
        else:
            tell(pids, signal.SIGSTOP)
        time.sleep(seconds)
        back = now()
        if frozen and self.freezer.group:
            self.freezer.thaw()
            for pid in pids:
                self.freezer.let_go(pid)
        else:
            tell(pids, signal.SIGCONT)
        return back

    # FAULT-21
    def test_leaves_one_master_when_it_is_over_and_no_backup_ever_speaks(self):
        if not self.freezer.group:
            figure("nobody is frozen: no control group may be made here")
        firsts, seconds = ([getattr(trio, which) for trio in self.trios] for which in ("vigie", "other_vigie"))
        self.returns = []  # (seconds, begin, end)
        for length in (*SHORT, *LONG):
            self.a_master_returns(firsts, length, frozen=length == SHORT[-1])
        for length in (*SHORT, LONG[-1]):
            self.backups_say_nothing(seconds, length, frozen=length == SHORT[0])
        self.unnoticed("engine suspended for 0.5 s", self.engine_stopped(0.5), until_found_hanging)
        self.tell_figures()
        self.clients_are_served_within_a_second()

    def a_master_returns(self, daemons, length, frozen):
        began = now()
        back = self.suspend(daemons, length, frozen)
        self.returns.append((length, began, back))
        self.settle(self.trios)
        for trio in self.trios:
            for cell in trio.reigned:
                self.one_master(cell, length, began, back)
            self.says_nothing_as_a_backup(trio.behind_keepalived, began)

    def one_master(self, cell, length, began, back):
        settled = back + int(1e9 * (cell.interval + self.witness.stood_still(back, back + int(1e9))))
        until(lambda: self.seen.claims(cell.vrid, settled), 20, f"adverts for {cell}")
        reigns = self.seen.reigns(cell.vrid, began)
        if length + cell.interval + self.witness.stood_still(began, back) < cell.down:
            self.assertEqual(reigns, [cell.master], f"{cell}, suspended for {length} s")
        elif length > cell.down:
            self.assertIn(cell.backup, reigns, f"{cell}: nobody replaced it in {length} s")
        self.assertIn(self.seen.reigns(cell.vrid, settled), ([cell.master], [cell.backup, cell.master]),
                      f"{cell}: two masters, more than an interval after its return from {length} s")

    def says_nothing_as_a_backup(self, cell, began):
        self.assertEqual(self.seen.adverts(since=began, host=cell.backup, vrid=cell.vrid), [], f"{cell}: a suspended backup spoke")
        self.assertEqual(self.seen.changes(began, cell.backup, cell.address), [], f"{cell}: a suspended backup took the address")

    def backups_say_nothing(self, daemons, length, frozen):
        began = now()
        self.suspend(daemons, length, frozen)
        time.sleep(1.2)
        self.settle(self.trios)
        for trio in self.trios:
            self.says_nothing_as_a_backup(trio.beside_vigie, began)

    def engine_stopped(self, length):
        """One that is silent for too long is replaced meanwhile."""
        def begin(trio):
            pid = until(lambda: trio.vigie.role_pid("engine"), 20, "an engine")
            tell([pid], signal.SIGSTOP)
            goes_on = time.monotonic() + length

            def over():
                time.sleep(max(0, goes_on - time.monotonic()))
                if trio.vigie.role_pid("engine") == pid:
                    tell([pid], signal.SIGCONT)
            return over
        return begin

    def clients_are_served_within_a_second(self):
        """Of the return of who was their gateway."""
        for cell, probe in self.probes.items():
            client = probe.stop()
            figure(f"{cell}: {client}")
            ends = [began for _, began, _ in self.returns[1:]] + [now()]
            for (length, _, back), end in zip(self.returns, ends):
                lost = [at for at in client.lost_at if back < at < end]
                if lost:
                    self.soon(f"{cell}, suspended for {length} s: the last packet lost after the return", back, max(lost), 1)


if __name__ == "__main__":
    main()
