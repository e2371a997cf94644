"""Tests of what nobody outside may notice, at both intervals and beside both peers at once (trios.py)."""
import random
import time

from . import wait
from .daemons import Vigie
from .mission import build_folder
from .probe import Probe
from .testing import LabTest, figure, now
from .trios import INTERVALS, Trios

# How often an act is repeated that the machine spoilt.
_ATTEMPTS = 5
# What the witness does not see of a stall (testing.py).
_HAZE = 20_000_000


def until_found_hanging(interval):
    """And replaced: supervisor/heartbeat.hpp."""
    return min(1.8 * interval, 2 * interval - 0.05) + 0.05


class OutcomeTest(LabTest):
    # trio -> seconds that others had the processor which the process of an act was ready to use
    waited = {}

    def begin(self, intervals=INTERVALS, build=None):
        """All daemons run, everybody is what he should be, and a client asks 1,000 times a second for each address that the first
        of a trio has."""
        self.trios_lab = self.open(Trios(intervals))
        self.trios, self.client = self.trios_lab.trios, self.trios_lab.client
        self.seen = self.observe()
        self.respond(*(cell.address for cell in self.trios_lab.cells))
        daemons = [daemon for trio in self.trios for daemon in trio.daemons(build or build_folder())]
        for daemon in daemons:
            self.run_daemon(daemon)
        self.settle(self.trios)
        self.voids, self.silences = [], {}
        self.before = {daemon: daemon.transitions() for daemon in daemons if isinstance(daemon, Vigie)}
        self.probes = {}
        for trio in self.trios:
            for cell in trio.reigned:
                probe = self.probes[cell] = Probe(self.client, cell.address)
                self.addCleanup(probe.__exit__)

    def settle(self, trios):
        for trio in trios:
            for cell in trio.cells:
                def is_so(cell=cell):
                    holders = {r.name for r in trio.routers if cell.address in self.seen.addresses(r.name)}
                    return self.seen.speakers(cell.vrid, cell.within) == {cell.master} and holders == {cell.master}
                wait.until(is_so, 40, lambda c=cell: f"{c.master} alone is master of {c}: {self.seen.speakers(c.vrid, c.within)}")
            for cell in trio.cells:
                for daemon in (trio.vigie, trio.other_vigie):
                    state = {cell.master: "MASTER", cell.backup: "BACKUP"}.get(daemon.host.name)
                    wait.until(lambda c=cell, d=daemon: daemon.state(cell.name) == state, 20, f"{daemon.host.name} knows of {cell}")

    def silence(self, cell, since):
        """The longest time between two adverts of the cell's master, of those that ended after `since`: (begin, end) in ns."""
        times = sorted(a.time for a in self.seen.adverts(since=since - int(10 * cell.interval * 1e9), host=cell.master, vrid=cell.vrid))
        return max(((a, b) for a, b in zip(times, times[1:]) if b > since), key=lambda gap: gap[1] - gap[0])

    def unnoticed(self, what, act, takes=lambda interval: 0.05, together=True):
        """act(trio) for each, at some moment of an interval, of all together or of one after the other; what it answers is called
        when all have begun, and returns when it is over. Nobody speaks for up to takes(interval) seconds more than an interval. No
        peer changes its role or misses three adverts, and no address comes or goes."""
        for trios in [self.trios] if together else [[trio] for trio in self.trios]:
            self._unnoticed(what, act, takes, trios)

    def _unnoticed(self, what, act, takes, trios):
        for _ in range(_ATTEMPTS):
            self.waited = dict.fromkeys(trios, 0)
            time.sleep(random.random() * 0.3)
            began = now()
            for over in [act(trio) for trio in trios]:
                over()
            acted = now()
            for trio in trios:
                for cell in trio.cells:
                    wait.until(lambda c=cell: self.seen.adverts(since=acted, host=c.master, vrid=c.vrid), 20,
                               f"{cell.master} goes on speaking for {cell}")
            trios = [trio for trio in trios if not self._went_unnoticed(what, trio, began, takes(trio.interval))]
            if not trios:
                return
            self.settle(trios)
        self.fail(f"{what}: void {_ATTEMPTS} times: the machine does not run for long enough")

    def _went_unnoticed(self, what, trio, began, takes):
        amiss, silences = [], {}
        for cell in trio.cells:
            reigns = self.seen.reigns(cell.vrid, began)
            if reigns != [cell.master]:
                amiss.append(f"{cell}: adverts of {reigns}")
            if changes := self.seen.changes(began, address=cell.address):
                amiss.append(f"{cell}: the address came or went: {changes}")
            if cell in trio.reigned:
                begin, end = self.silence(cell, began)
                lasted = (end - begin) / 1e9
                if lasted > cell.third_miss + self.witness.stood_still(begin, end) + self.waited[trio] + _HAZE / 1e9:
                    amiss.append(f"{cell}: silent for {lasted * 1000:.0f} ms")
                silences[cell] = lasted
        if not amiss:
            for cell, lasted in silences.items():
                self.silences.setdefault(what, {}).setdefault(cell, []).append(lasted)
            return True
        limit, within = trio.cells[0].down - trio.interval - takes, trio.cells[0].down + trio.interval
        stood = self.witness.worst(began, now(), within) + self.waited[trio]
        if stood <= limit:
            self.fail(f"{what}: {'; '.join(amiss)}; the machine stood still for {stood * 1000:.0f} of {within * 1000:.0f} ms only")
        figure(f"void: the machine stood still for {stood * 1000:.0f} of {within * 1000:.0f} ms: {'; '.join(amiss)}"[:300])
        self.voids.append((trio, began, now()))
        return False

    def tell_figures(self):
        for what, cells in self.silences.items():
            figure(f"{what}, {max(map(len, cells.values()))} times: longest silence of the master " + ", ".join(
                f"{max(lasted) * 1000:.0f} ms ({cell})" for cell, lasted in cells.items()))

    def was_spoilt(self, trio):
        return any(one is trio for one, _, _ in self.voids)

    def no_packet_was_lost(self):
        """By any client, while the machine ran. Says all figures."""
        self.tell_figures()
        for trio in self.trios:
            excused = [(b, e) for one, b, e in self.voids if one is trio]
            for cell in trio.reigned:
                client = self.probes.pop(cell).stop()
                figure(f"{cell}: {client}")
                stalls = self.witness.stalls(client.lost_at[0] - _HAZE, client.lost_at[-1] + _HAZE) if client.lost_at else []
                lost = [at for at in client.lost_at if not any(b - _HAZE <= at <= e + _HAZE for b, e in stalls + excused)]
                self.assertEqual(lost, [], f"{cell}: packets lost while the machine ran")
                if not excused:
                    self.assertEqual(client.path, [cell.master])

    def the_history_is_whole(self):
        """Every record once and in order, and no transition but those with which it began."""
        for trio in self.trios:
            wait.until(lambda t=trio: t.vigie.events("engine-adopted") or t.vigie.events("child-died"), 10, "rows about it")
            rows = trio.vigie.events()
            ledgers = {}
            for row in rows:
                if row["sequence"] is not None:
                    ledgers.setdefault(row["ledger"], []).append(row["sequence"])
            for numbers in ledgers.values():
                self.assertEqual(numbers, list(range(1, len(numbers) + 1)), "every record once")
            self.assertEqual([row for row in rows if row["kind"] == "lost"], [])
            if self.was_spoilt(trio):
                continue
            for daemon in (trio.vigie, trio.other_vigie):
                self.assertEqual(daemon.transitions(), self.before[daemon], daemon.host.name)
