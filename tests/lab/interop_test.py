#!/usr/bin/python3
"""The interoperability matrix: vigie beside keepalived and beside FRR, every kind of advert they share, all of them at
once on one LAN, in both roles. `--page docs/interop.md` writes what was seen, beside what the RFCs lead to expect.

One virtual router is a cell: version, family, multicast or unicast, authentication, interval. One test is a row of the page: what
happens to all cells at the same time.

At 100 ms a machine that stands still for a quarter of a second makes a takeover of its own. One that the witness explains so is no
failure, and what was watched meanwhile is watched again; any other is a failure at once."""
import dataclasses
import ipaddress
import time

from vigielab.daemons import Frr
from vigielab.small import BASE, INTERFACE, Small, config
from vigielab.testing import LabTest, figure, main, now
from vigielab.wait import PATIENCE, until

BETTER, OTHER, EQUAL, OWNER = 200, 100, 150, 255
LOWERED = "/etc/keepalived/lowered"
# What a takeover may take beyond theory before it counts as one that did not work; the page shows what it took.
GENEROUS = 2.0
# How long a quiet state is watched: three intervals of the slowest.
LASTING = 3
# How often it is watched again, or two routers started again, because the machine stood still.
ATTEMPTS = 5


@dataclasses.dataclass(frozen=True)
class Cell:
    vrid: int
    version: int
    family: int
    unicast: bool
    auth: str
    interval: float

    @property
    def address(self):
        return f"192.0.2.{100 + self.vrid}" if self.family == 4 else f"2001:db8::{0x100 + self.vrid:x}"

    @property
    def within(self):
        return 3.5 * self.interval

    def skew(self, priority):
        return (256 - priority) / 256 * (1 if self.version == 2 else self.interval)

    def down(self, priority):
        return 3 * self.interval + self.skew(priority)

    @property
    def patience(self):
        """For how long the machine may stand still, of the time after which a backup of any priority believes its master dead, and
        an interval, without anybody missing more than the two adverts he may."""
        return 2 * self.interval, 5 * self.interval

    def __str__(self):
        return (f"v{self.version} IPv{self.family} {'unicast' if self.unicast else 'multicast'} {self.auth} "
                f"{'100 ms' if self.interval < 1 else '1 s'}")


def numbered(first, kinds):
    return [Cell(first + i, *kind) for i, kind in enumerate(kinds)]


WITH_KEEPALIVED = numbered(1, [(2, 4, unicast, auth, 1) for unicast in (False, True) for auth in ("none", "PASS", "AH")]
                           + [(3, family, unicast, "none", interval) for family in (4, 6)
                              for unicast in (False, True) for interval in (1, 0.1)])
WITH_FRR = numbered(1, [(2, 4, False, "none", 1)]
                    + [(3, family, False, "none", interval) for family in (4, 6) for interval in (1, 0.1)])

# The rows of the page, in the order in which a reader asks.
LIFE = ["dies", "returns", "stops", "starts"]
ROWS = ([f"vigie {event}" for event in LIFE] + [f"beside vigie, the other {event}" for event in ("stops", "starts")]
        + [f"peer {event}" for event in LIFE] + [f"beside peer, the other {event}" for event in ("stops", "starts")]
        + [f"{who} {event} its priority" for who in ("vigie", "peer") for event in ("lowers", "raises")]
        + ["vigie waits (nopreempt), then the peer stops", "peer waits (nopreempt), then vigie stops",
           "equal priorities, parted and met again", "vigie is the owner", "peer is the owner", "two owners"])
RESULTS = {}  # (peer, cell) -> {row: text}


def note(peer, cell, row, text):
    assert row in ROWS, row
    RESULTS.setdefault((peer, cell), {})[row] = text


def text_for(router, cells, priority, tracked="", lines=()):
    """The same words for vigie and keepalived."""
    index = 0 if router.name == "r1" else 1
    instances = []
    for cell in cells:
        more = list(lines)
        if cell.unicast:
            own, peer = ([BASE[f"r{n}"][0 if cell.family == 4 else 1].split("/")[0] for n in (1, 2)][::1 - 2 * index])
            more += [f"unicast_src_ip {own}", "unicast_peer {", f"    {peer}", "}"]
        if cell.auth != "none":
            more += ["authentication {", f"    auth_type {cell.auth}", "    auth_pass ceci", "}"]
        if tracked:
            more += ["track_file {", "    lowered weight 1", "}"]
        addresses = [f"{cell.address}/24"] if cell.family == 4 else [f"fe80::{cell.vrid:x}:1/64", f"{cell.address}/64"]
        instances.append(dict(name=f"VR{cell.vrid}", vrid=cell.vrid, priority=priority, version=cell.version,
                              interval=cell.interval, addresses=addresses, lines=more,
                              state="MASTER" if priority == OWNER else "BACKUP"))
    before = f'vrrp_track_file lowered {{\n    file "{LOWERED}"\n}}\n' if tracked else ""
    return config(router.name, instances, before)


class Matrix:
    """The tests both peers take, each with the cells it can."""
    peer = ""
    cells = []

    def setUp(self):
        self.small = self.open(Small())
        self.seen = self.observe()

    def vigie(self, router, priority, **more):
        return self.small.vigie(router, text_for(router, self.cells, priority, **more))

    def theirs(self, router, priority, **more):
        raise NotImplementedError

    def pair(self, first, second):
        """Both started, r1 first, and r1 the one master of every cell."""
        self.run_daemon(first)
        for cell in self.cells:
            until(lambda c=cell: self.seen.speakers(c.vrid, c.within), 30, f"r1 speaks for {cell}")
        self.run_daemon(second)
        for _ in range(ATTEMPTS):
            masters = self.masters()
            strays = [cell for cell, master in masters.items() if master != "r1"]
            if not strays:
                return first, second
            # Whom r1 does not preempt keeps what it got while the machine stood still.
            for cell in strays:
                self.explain(cell, "r1", self.began)
            figure(f"void: r2 got {', '.join(map(str, strays))} while the machine stood still; started again")
            second.stop()
            until(lambda: all(self.seen.speakers(c.vrid, c.within) == {"r1"} for c in self.cells), 40, "r1 is master alone")
            second.start()
        raise AssertionError(f"void {ATTEMPTS} times: the machine does not run for long enough")

    def explain(self, cell, master, since):
        """Every advert with which another host than `master` became master after `since` has its reason in the machine, which stood
        still. Answers how many there were."""
        found, speaker = 0, None
        for advert in self.seen.claims(cell.vrid, since):
            if advert.host == speaker:
                continue
            speaker = advert.host
            if speaker == master:
                continue
            limit, within = cell.patience
            stood = self.witness.stood_still(advert.time - int(within * 1e9), advert.time)
            self.assertGreater(stood, limit, f"{cell}: {speaker} became master beside {master} though the machine stood still for "
                                             f"{stood * 1000:.0f} ms only in the {within * 1000:.0f} before")
            found += 1
        return found

    def masters(self):
        """Who is master of each cell, once it is one router each and stays so."""
        def speakers():
            return {str(c): self.seen.speakers(c.vrid, c.within) for c in self.cells}
        found = {}
        for _ in range(ATTEMPTS):
            until(lambda: all(len(who) == 1 for who in speakers().values()), 40, lambda: f"one master each: {speakers()}")
            since = now()
            time.sleep(LASTING)
            for cell in self.cells:
                hosts = until(lambda c=cell: self.seen.reigns(c.vrid, since), 20, f"adverts of {cell}")
                if len(hosts) == 1:
                    found[cell] = hosts[0]
                elif cell not in found:
                    self.explain(cell, hosts[0], since)
                    figure(f"void: {cell} changed hands while the machine stood still: {hosts}")
            if len(found) == len(self.cells):
                return found
        raise AssertionError(f"void {ATTEMPTS} times: the machine does not run for long enough")

    def all_quiet(self, master):
        for cell in self.cells:
            until(lambda c=cell: self.seen.speakers(c.vrid, c.within) == {master}, 40,
                  lambda c=cell: f"{master} is master of {c}: {self.seen.speakers(c.vrid, c.within)}")
        for cell, lasting in self.masters().items():
            self.assertEqual(lasting, master, f"{cell}")

    def takeover(self, row, old, new, act, expected):
        """act() moves every cell from old to new. The gap is between the last claim of the old and the first of the new."""
        began = now()
        act()
        self.all_quiet(new)
        for cell in self.cells:
            first = min(a.time for a in self.seen.adverts(since=began, host=new, vrid=cell.vrid) if a.priority > 0)
            last = max((a.time for a in self.seen.adverts(host=old, vrid=cell.vrid) if a.time < first), default=first)
            gap, theory = (first - last) / 1e9, expected(cell)
            note(self.peer, cell, row, f"{gap * 1000:.0f} / {theory * 1000:.0f}")
            self.assertLess(gap, theory + GENEROUS * PATIENCE + self.witness.stood_still(last, first), f"{row}: {cell}")
            self.assertEqual(self.seen.reigns(cell.vrid, began)[-1], new)

    def given_back(self, row, old, new, act):
        """act() makes new take over from a living old: never two for longer than it takes to hear each other."""
        began = now()
        act()
        self.all_quiet(new)
        for cell in self.cells:
            spoken = [a.time for a in self.seen.adverts(since=began, host=new, vrid=cell.vrid) if a.priority > 0]
            silent = int(cell.within * 1e9)
            first = last = [b for a, b in zip([0, *spoken], spoken) if b - a > silent][-1]
            if first != spoken[0]:  # it had been master before
                self.explain(cell, new, spoken[0])
            for advert in self.seen.adverts(since=first, host=old, vrid=cell.vrid):
                if advert.time - last > silent:  # and the old one was again
                    self.explain(cell, new, first)
                    break
                last = advert.time
            overlap = (last - first) / 1e9
            note(self.peer, cell, row, f"{overlap * 1000:.0f} both")
            self.assertLess(overlap, cell.interval + GENEROUS * PATIENCE + self.witness.stood_still(first, last), f"{row}: {cell}")

    def undisturbed(self, row, master, act):
        began = now()
        act()
        self.all_quiet(master)
        for cell in self.cells:
            changes = self.explain(cell, master, began)
            if changes:
                figure(f"{row}, {cell}: {changes} changes of roles while the machine stood still")
            note(self.peer, cell, row, "stays")

    def power_cut(self, host, daemon):
        self.small.network.power_off(host)
        daemon.kill()

    def power_back(self, host, daemon):
        self.small.network.power_on(host)
        daemon.start()

    def life_of(self, who, better, other):
        """r1 runs the better router, r2 the other; `who` is what r1 runs."""
        r1 = self.small.r1
        self.takeover(f"{who} dies", "r1", "r2", lambda: self.power_cut(r1, better), lambda c: c.down(OTHER))
        self.given_back(f"{who} returns", "r2", "r1", lambda: self.power_back(r1, better))
        self.takeover(f"{who} stops", "r1", "r2", better.stop, lambda c: c.skew(OTHER))
        self.given_back(f"{who} starts", "r2", "r1", better.start)
        self.undisturbed(f"beside {who}, the other stops", "r1", other.stop)
        self.undisturbed(f"beside {who}, the other starts", "r1", other.start)

    # ------------------------------------------------------------------------------------------------ the tests

    def test_vigie_is_the_better_one(self):
        self.life_of("vigie", *self.pair(self.vigie(self.small.r1, BETTER), self.theirs(self.small.r2, OTHER)))

    def test_the_peer_is_the_better_one(self):
        self.life_of("peer", *self.pair(self.theirs(self.small.r1, BETTER), self.vigie(self.small.r2, OTHER)))

    def test_vigie_changes_its_priority(self):
        self.small.r1.write(LOWERED, "0\n")
        self.pair(self.vigie(self.small.r1, BETTER, tracked=True), self.theirs(self.small.r2, OTHER))
        self.given_back("vigie lowers its priority", "r1", "r2", lambda: self.small.r1.write(LOWERED, "-150\n"))
        self.given_back("vigie raises its priority", "r2", "r1", lambda: self.small.r1.write(LOWERED, "0\n"))

    def test_equal_priorities(self):
        self.pair(self.vigie(self.small.r1, EQUAL), self.theirs(self.small.r2, EQUAL))
        self.small.network.silence(self.small.r1, INTERFACE)
        for cell in self.cells:
            until(lambda c=cell: self.seen.speakers(c.vrid, c.within) == {"r1", "r2"}, 40, f"both speak for {cell}")
        self.small.network.silence(self.small.r1, INTERFACE, False)
        masters = self.masters()
        for cell in self.cells:
            source = {host: self.seen.adverts(host=host, vrid=cell.vrid)[-1].source for host in ("r1", "r2")}
            greater = max(source, key=lambda host: int(ipaddress.ip_address(source[host])))
            self.assertEqual(masters[cell], greater, f"{cell}: {source}")
            note(self.peer, cell, "equal priorities, parted and met again", "greater address")

    def test_vigie_owns_the_addresses(self):
        self.pair(self.vigie(self.small.r1, OWNER), self.theirs(self.small.r2, OTHER))
        for cell in self.cells:
            self.assertEqual(self.seen.adverts(host="r1", vrid=cell.vrid)[-1].priority, OWNER)
            note(self.peer, cell, "vigie is the owner", "one master")

    def without_preemption(self, row, first, second):
        """r1 runs the lower one and was there first; r2 runs the better one, which leaves it in peace."""
        lower, better = self.pair(first, second)
        self.takeover(row, "r1", "r2", lower.stop, lambda c: c.skew(BETTER))

    def test_vigie_does_not_preempt(self):
        self.without_preemption("vigie waits (nopreempt), then the peer stops", self.theirs(self.small.r1, OTHER),
                                self.vigie(self.small.r2, BETTER, lines=["nopreempt"]))


class WithKeepalived(Matrix, LabTest):
    peer = "keepalived"
    cells = WITH_KEEPALIVED

    def theirs(self, router, priority, **more):
        return self.small.keepalived(router, text_for(router, self.cells, priority, **more))

    def test_the_peer_changes_its_priority(self):
        self.small.r1.write(LOWERED, "0\n")
        self.pair(self.theirs(self.small.r1, BETTER, tracked=True), self.vigie(self.small.r2, OTHER))
        self.given_back("peer lowers its priority", "r1", "r2", lambda: self.small.r1.write(LOWERED, "-150\n"))
        self.given_back("peer raises its priority", "r2", "r1", lambda: self.small.r1.write(LOWERED, "0\n"))

    # Not beside FRR, which takes priorities up to 254 and is never an owner.
    def test_the_peer_owns_the_addresses(self):
        self.cells = [cell for cell in self.cells if cell.auth != "AH"]  # keepalived has no owner that sends AH
        self.pair(self.theirs(self.small.r1, OWNER), self.vigie(self.small.r2, OTHER))
        for cell in self.cells:
            self.assertEqual(self.seen.adverts(host="r1", vrid=cell.vrid)[-1].priority, OWNER)
            note(self.peer, cell, "peer is the owner", "one master")

    def test_two_owners(self):
        self.cells = [cell for cell in self.cells if cell.auth != "AH"]
        self.run_daemon(self.theirs(self.small.r2, OWNER))
        for cell in self.cells:
            until(lambda c=cell: self.seen.adverts(host="r2", vrid=c.vrid), 40, f"r2 speaks for {cell}")
        self.run_daemon(self.vigie(self.small.r1, OWNER))
        until(lambda: self.seen.adverts(host="r1"), 40, "r1 spoke")
        for cell, master in self.masters().items():
            note(self.peer, cell, "two owners", f"one master ({'vigie' if master == 'r1' else 'peer'})")

    def test_the_peer_does_not_preempt(self):
        self.without_preemption("peer waits (nopreempt), then vigie stops", self.vigie(self.small.r1, OTHER),
                                self.theirs(self.small.r2, BETTER, lines=["nopreempt"]))


class WithFrr(Matrix, LabTest):
    peer = "FRR"
    cells = WITH_FRR

    def theirs(self, router, priority, **more):
        return Frr(router, [(INTERFACE, c.vrid, priority, int(c.interval * 1000), [c.address], c.version)
                            for c in self.cells], **more)

    def test_the_peer_changes_its_priority(self):
        theirs, _ = self.pair(self.theirs(self.small.r1, BETTER), self.vigie(self.small.r2, OTHER))
        self.given_back("peer lowers its priority", "r1", "r2",
                        lambda: theirs.configure(f"vrrp {{vrid}} priority {OTHER // 2}"))
        self.given_back("peer raises its priority", "r2", "r1",
                        lambda: theirs.configure(f"vrrp {{vrid}} priority {BETTER}"))

    def test_the_peer_does_not_preempt(self):
        self.without_preemption("peer waits (nopreempt), then vigie stops", self.vigie(self.small.r1, OTHER),
                                self.theirs(self.small.r2, BETTER, lines=["no vrrp {vrid} preempt"]))


def page():
    lines = ["# Interoperability", "",
             "Written by `tests/lab/interop_test.py --page docs/interop.md`: vigie beside keepalived 2.2.7 and FRR 8.4 (Debian 12), each",
             "kind of advert a virtual router of its own, all at once on one LAN. Places with `a / b`: milliseconds from the last advert of",
             "the old master to the first of the new, and what the RFCs lead to expect (three intervals and the skew, or the skew alone).",
             "`n both`: for so many milliseconds adverts of both were on the wire. In every quiet state exactly one router spoke, or the",
             "machine was seen to stand still; the test fails otherwise. An empty place: the peer cannot.", ""]
    for peer in ("keepalived", "FRR"):
        cells = [cell for p, cell in RESULTS if p == peer]
        if not cells:
            continue
        lines += [f"## {peer}", "", "| what happens | " + " | ".join(map(str, cells)) + " |", "|---" * (len(cells) + 1) + "|"]
        for row in ROWS:
            lines.append(f"| {row} | " + " | ".join(RESULTS[peer, cell].get(row, "") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    main(page)
