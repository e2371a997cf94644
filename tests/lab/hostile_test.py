#!/usr/bin/python3
"""A neighbour that sends ten thousand and a hundred thousand bogus adverts a second.

Two routers with vigie and two with keepalived stand on one LAN, each pair with a virtual router of its own; every flood
claims both. Nobody of vigie's changes state, no advert of the master is missed by the backup, and what was dropped is
counted by reason and by sender. What both pairs spend on the same flood is printed side by side; asserted are counts.

VIGIE_HOSTILE_SECONDS (1.5) is how long each flood lasts. `--page FILE` writes the figures as a table."""
import datetime
import json
import os
import pathlib
import re
import time
from collections import Counter

from vigielab.daemons import Keepalived, Vigie
from vigielab.frames import advert, forged_trailer
from vigielab.host import Host
from vigielab.lan import Network
from vigielab.mission import build_folder
from vigielab.small import INTERFACE, config
from vigielab.testing import LabTest, figure, main, now
from vigielab.wait import until

SECONDS = float(os.environ.get("VIGIE_HOSTILE_SECONDS", "1.5"))
RATES = (10_000, 100_000)
# A flood lasts longer than a down interval.
INTERVAL, WITHIN = 0.25, 0.9
# RFC 9568 6.1, for priority 100.
SKEW = INTERVAL * 156 / 256
DOWN = 3 * INTERVAL + SKEW
# A master is late by so much, and its backup not yet sure: three adverts and the skew are more by more than an interval.
STANDS_STILL = 2 * INTERVAL
OURS, THEIRS, FOREIGN = 10, 20, 77
ADDRESS = {OURS: "192.0.2.110", THEIRS: "192.0.2.120", FOREIGN: "192.0.2.177"}
HMAC = ["auth_hmac {", "    key 1 0123456789abcdef0123456789abcdef", "    active_key 1", "}"]
SOURCES = [f"192.0.2.{n}" for n in range(200, 232)]
MASTER = "192.0.2.1"
# What a healthy router may write of whatever its LAN carries: engine/neighbours.hpp allows 20 differences a minute, and
# two masters begin and end once per three intervals.
ROWS_PER_FLOOD = 60
TABLE = []  # of figures: what, rate, then one column each


class Segment:
    """r1 and r2 run vigie, r3 and r4 keepalived; `stranger` is the neighbour nobody asked for."""

    def __init__(self):
        self.network = Network()
        self.hosts = {}
        for number, name in enumerate(("r1", "r2", "r3", "r4", "stranger"), 1):
            host = self.network.add_host(Host(name, [build_folder() / "bin", build_folder() / "tests"]))
            self.network.plug(host, {INTERFACE: [f"192.0.2.{number}/24"]})
            self.hosts[name] = host
        self.routers = [self.hosts[f"r{n}"] for n in (1, 2, 3, 4)]
        self.stranger = self.hosts["stranger"]

    def close(self):
        self.network.close()


def is_alive(pid):
    return os.path.exists(f"/proc/{pid}/stat")


def processor_seconds(pid):
    """User and kernel time of a process, to the nanosecond where the kernel keeps it so."""
    try:
        return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def processor_wait(pid):
    """How long a process was ready to run and did not."""
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def resident_kib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])


def received(host):
    """Packets that came up from the host's interface."""
    return json.loads(host.output("ip", "-s", "-json", "link", "show", INTERFACE))[0]["stats64"]["rx"]["packets"]


class Flood:
    """What one flood did to vigie's pair."""

    def __init__(self, sent, arrived, counted, turns, replaced, stood_still):
        self.sent, self.arrived, self.counted, self.turns, self.replaced = sent, arrived, counted, turns, replaced
        self.stood_still = stood_still  # the machine, in seconds


class HostileNeighbour(LabTest):
    def start(self, lines=()):
        self.segment = self.open(Segment())
        self.seen = self.observe()
        self.vigies, self.others, self.unheard_by = [], [], {}  # the last by the engine's pid
        for router, priority in zip(self.segment.routers, (200, 100, 200, 100)):
            is_ours = router.name in ("r1", "r2")
            vrid = OURS if is_ours else THEIRS
            text = config(router.name, [dict(name="VR", vrid=vrid, priority=priority, interval=INTERVAL,
                                             addresses=[f"{ADDRESS[vrid]}/24"], lines=lines if is_ours else [])])
            path = router.write("/etc/vigie/vigie.conf" if is_ours else "/etc/keepalived/keepalived.conf", text)
            daemon = Vigie(router, build_folder(), path) if is_ours else Keepalived(router, path)
            self.run_daemon(daemon)
            (self.vigies if is_ours else self.others).append(daemon)
            until(lambda v=vrid: self.seen.speakers(v, WITHIN), 30, f"{router.name}'s pair has a master")
        self.quiet(self.seen, OURS, "r1", WITHIN, [ADDRESS[OURS]], last=1)
        until(lambda: self.seen.speakers(THEIRS, WITHIN) == {"r3"}, 20, "r3 is master of the other pair")

    # -------------------------------------------------------------- what vigie says

    def status(self, vigie):
        def said():
            # It ends with 1 while the engine is silent for longer than it should be.
            status = json.loads(vigie.cli("status", "--json", check=False).stdout)
            return None if status["engine"]["stale"] else status
        return until(said, 20, f"the engine of {vigie.host.name} shows itself")

    def peers(self, vigie):
        """address -> what is known of it."""
        instance, = json.loads(vigie.cli("peers", "--json").stdout)["instances"]
        return {peer["address"]: peer for peer in instance["peers"]}

    def transitions(self):
        return [len(vigie.transitions("VR")) for vigie in self.vigies]

    def unheard(self):
        """How many adverts of r1 were on the wire and not accepted by r2, since their beginnings: the difference of two
        such numbers is what was missed in between. Asked while r1 speaks once an interval, and answered when r2 has accepted
        what is said now: then all that was said before has been accepted, or never will."""
        asked = now()
        def heard():
            master = self.peers(self.vigies[1])[MASTER]
            newest = datetime.datetime.fromisoformat(master["last_accepted"].replace("Z", "+00:00")).timestamp() * 1e9
            return (newest, master["adverts"]) if newest > asked else None
        newest, accepted = until(heard, 20, "the backup hears the master")
        # It is told in milliseconds.
        return len([a for a in self.seen.adverts(host="r1", vrid=OURS) if a.time <= newest + 2_000_000]) - accepted

    def settled(self, vigie):
        """What the engine says of itself when it has read what the flood left in its queue."""
        def twice_the_same():
            first = self.status(vigie)["engine"]
            time.sleep(0.2)
            second = self.status(vigie)["engine"]
            # The other pair's adverts go on.
            drops = [{reason: n for reason, n in seen["drops"].items() if reason != "unknown-vrid"}
                     for seen in (first, second)]
            return second if second["turns"] > first["turns"] + 2 and drops[0] == drops[1] else None
        return until(twice_the_same, 20, f"{vigie.host.name} has read what waited")

    def no_room(self):
        """How many packets the backup's queue had no room for."""
        return self.status(self.vigies[1])["engine"]["drops"].get("queue-full", 0)

    # -------------------------------------------------------------- floods

    def send(self, rate, seconds, frames):
        """Answers how many frames left."""
        sent = self.segment.stranger.run("vigie-flood", INTERFACE, rate, seconds, timeout=seconds + 60,
                                         input="".join(frame.hex() + "\n" for frame in frames))
        return int(sent.stdout)

    def both(self, **wrong):
        """Frames that claim both pairs' virtual routers, from many senders."""
        return [advert(vrid, 150, [ADDRESS[vrid]], source, interval=INTERVAL, **wrong)
                for source in SOURCES for vrid in (OURS, THEIRS)]

    def claims(self, priority, sources=SOURCES, vrids=(OURS, THEIRS), **more):
        return [advert(vrid, priority, [ADDRESS[vrid]], source, **{"interval": INTERVAL, **more})
                for source in sources for vrid in vrids]

    def flood(self, what, rate, frames, attempts=5):
        """The flood, what is expected of every one, and its line in the table. A master that cannot be heard for a whole
        down interval is taken over from, and rightly so. When the machine let nobody run for so long, the flood says
        nothing of vigie and is made again; when it did not, a change is a failure at once."""
        engines = [vigie.role_pid("engine") for vigie in self.vigies]
        others = [pid for other in self.others for pid in other.pids()]
        vigies = [pid for vigie in self.vigies for pid in vigie.pids()]
        transitions, rows = self.transitions(), len(self.vigies[0].events())
        if self.unheard_by.get(engines[1]) is None:
            self.unheard_by[engines[1]] = self.unheard()
        before, arrived, began = self.status(self.vigies[0])["engine"], received(self.vigies[0].host), now()
        no_room = self.no_room()
        spent = {pid: processor_seconds(pid) for pid in {*vigies, *others}}
        size = {pid: resident_kib(pid) for pid in vigies}
        waited = {pid: processor_wait(pid) for pid in engines}
        sent = self.send(rate, SECONDS, frames() if callable(frames) else frames)
        spent = {pid: processor_seconds(pid) - spent[pid] for pid in spent if is_alive(pid)}
        # An engine that the machine keeps waiting is replaced, as any that shows no sign of life; without a transition.
        kept = [pid for pid in engines if is_alive(pid)]
        waited = max([processor_wait(pid) - waited[pid] for pid in kept], default=0)
        lasted = (now() - began) / 1e9
        arrived = received(self.vigies[0].host) - arrived
        after = self.settled(self.vigies[0])
        grown = sum(resident_kib(pid) - size[pid] for pid in vigies if is_alive(pid))
        counted = Counter(after["drops"])
        counted.subtract(before["drops"])
        counted = {reason: packets for reason, packets in counted.items() if packets}
        # Who began anew in between counts from the beginning.
        missed = 0
        if engines[1] in kept:
            unheard = self.unheard()
            missed = unheard - self.unheard_by[engines[1]]
            self.unheard_by[engines[1]] = unheard
        no_room = self.no_room() - no_room if engines[1] in kept else 0
        rows = len(self.vigies[0].events()) - rows
        share = lambda pids: 100 * max(spent.get(pid, 0) for pid in pids) / lasted
        columns = {"sent a second": f"{sent / SECONDS:,.0f}",
                   "engine, % of one processor": f"{share(engines):.1f}",
                   "keepalived, % of one processor": f"{share(others):.1f}",
                   "missed by the backup": missed,
                   "not taken by its queue": no_room,
                   "longest silence, ms": f"{1000 * self.seen.longest_silence(OURS, 'r1', began):.0f}",
                   "reigns": len(self.seen.reigns(OURS, began))}
        figure(f"{what}: " + "; ".join(f"{name} {value}" for name, value in columns.items())
               + f"; arrived {arrived:,}; counted {counted}; turns {(after['turns'] - before['turns']) / lasted:,.0f} a "
               f"second; rows {rows}; {grown} KiB more; an engine waited "
               f"{1000 * waited:.0f} ms for a processor; {len(engines) - len(kept)} replaced")
        stood = self.witness.worst(began, now(), DOWN)
        if stood > STANDS_STILL and attempts > 1 and (
                self.transitions() != transitions or self.seen.reigns(OURS, began) != ["r1"]):
            figure(f"void: the machine stood still for {1000 * stood:.0f} of {1000 * DOWN:.0f} ms")
            self.quiet(self.seen, OURS, "r1", WITHIN, [ADDRESS[OURS]], last=1)
            return self.flood(what, rate, frames, attempts - 1)
        TABLE.append({"flood": what, **columns})
        self.assertEqual(self.transitions(), transitions, f"{what}: nobody changed state; stood still {1000 * stood:.0f} ms")
        self.assertEqual(self.seen.reigns(OURS, began), ["r1"], what)
        self.assertLessEqual(rows, ROWS_PER_FLOOD, f"{what}: the history is not flooded")
        self.assertLessEqual(grown, 2048, f"{what}: memory stays what it was")
        # What there is no room for is counted, the master's adverts among it.
        self.assertLessEqual(missed, no_room, f"{what}: no advert was missed that reached the backup's queue")
        return Flood(sent, arrived, counted, (after["turns"] - before["turns"]) / lasted, len(engines) - len(kept),
                     self.witness.stood_still(began, now()))

    def assert_all_counted(self, flood, *reasons):
        """What arrived is counted, and once; besides the flood there are the pairs' own adverts and answers."""
        counted = sum(flood.counted.get(reason, 0) for reason in {*reasons, "queue-full"})
        own = 200 * (SECONDS + 2)
        # What claims our virtual router is counted to the packet; strays of which there were too many, in the kernel, where
        # their number is estimated when ours come as well, from when the engine looks. One that could not look estimates
        # worse: all that came may have been strays.
        strays = flood.counted.get("unknown-vrid", 0)
        estimated = strays / 3 if flood.stood_still < 0.1 else strays
        self.assertLessEqual(strays, flood.arrived + own, f"counted: {flood.counted} of {flood.arrived}")
        self.assertGreaterEqual(counted, min(flood.sent, flood.arrived) - own, f"counted: {flood.counted}")
        self.assertLessEqual(counted, flood.arrived + own + estimated, f"counted: {flood.counted} of {flood.arrived}")

    # FAULT-52: at 10,000 and 50,000 to 100,000 a second 0 of the adverts missed, 0 changes, engine 2.5-10.4 % of one processor
    # FAULT-53: at 77,000 a second the engine takes 0.3 % of one processor
    def test_bogus_adverts(self):
        self.start()
        floods = {"ttl": self.both(ttl=254), "checksum": self.both(spoil_checksum=True), "version": self.both(version=2),
                  "length": self.both(cut=3), "unknown-vrid": self.claims(255, vrids=[FOREIGN])}
        for reason, frames in floods.items():
            for rate in RATES:
                with self.subTest(reason=reason, rate=rate):
                    flood = self.flood(reason, rate, frames)
                    # What claims the other pair's virtual router is, to this one, of an unknown VRID.
                    self.assert_all_counted(flood, reason, "unknown-vrid")
                    self.assertGreater(flood.counted.get(reason, 0), 0, flood.counted)
                    is_read = reason not in ("ttl", "unknown-vrid")
                    if is_read and flood.arrived >= flood.sent and not flood.replaced:
                        # To the packet; a queue that is full counts what comes before it is asked whether it wants it.
                        self.assertLessEqual(flood.counted[reason], flood.sent / 2 + 2)
                        self.assertGreaterEqual(flood.counted[reason] + flood.counted.get("queue-full", 0),
                                                flood.sent / 2 - 2)
                    if reason in ("ttl", "unknown-vrid"):
                        # The kernel drops it: the engine wakes as often as on a quiet LAN.
                        self.assertLess(flood.turns, 200)
                    else:
                        senders = [peer for address, peer in self.peers(self.vigies[0]).items()
                                   if address in SOURCES and peer["drops"].get(reason, 0) > 0]
                        self.assertGreater(len(senders), 4, "counted by sender")
        lan, = json.loads(self.vigies[0].cli("scan", "--json").stdout)["lans"]
        self.assertEqual({foreign["vrid"] for foreign in lan["foreign"]}, {THEIRS, FOREIGN})
        self.assertIn(FOREIGN, [foreign["vrid"] for foreign in lan["foreign"] if foreign["adverts"] > 0])

    # FAULT-55: signed: 0 changes at 10,000 and 85,000 a second
    # FAULT-57: signed: 0 changes at 10,000 and 53,000 a second
    # FAULT-58: engine 4.0 % of one processor at 10,000 a second, 10.8 % at 85,000
    # FAULT-59: engine 13-16 % of one processor at 100,000 a second, 0 changes
    def test_forged_adverts_where_adverts_are_signed(self):
        self.start(HMAC)
        floods = {("auth-missing", "no signature, claims the addresses"): dict(priority=255),
                  ("auth-missing", "no signature, says goodbye"): dict(priority=0),
                  ("auth-failed", "wrong signature, claims the addresses"): dict(priority=255),
                  ("auth-failed", "wrong signature, says goodbye"): dict(priority=0)}
        for (reason, what), claim in floods.items():
            for rate in RATES:
                with self.subTest(what=what, rate=rate):
                    until(lambda: self.seen.speakers(THEIRS, WITHIN) == {"r3"}, 20, "the other pair is quiet again")
                    def frames():
                        # Of a clock like ours, whenever it is sent.
                        tail = dict(tail=forged_trailer(age=-SECONDS / 2)) if reason == "auth-failed" else {}
                        return self.claims(**claim, **tail)
                    flood = self.flood(what, rate, frames)
                    self.assert_all_counted(flood, reason, "rate-limited", "auth-stale", "unknown-vrid")
                    self.assertGreater(flood.counted.get(reason, 0), 0, flood.counted)

    def assert_budget_kept(self, began):
        """Besides its own adverts a master says two more per interval, whatever is said to it."""
        times = [a.time for a in self.seen.adverts(since=began, host="r1", vrid=OURS)]
        answered = (times[-1] - times[0]) / 1e9 / INTERVAL
        figure(f"r1 said {len(times)} adverts in {answered:.0f} intervals")
        self.assertLessEqual(len(times), 3 * answered + 3)

    # FAULT-54: 2-3 adverts an interval, own included; at most 21 rows
    def test_losing_adverts_by_the_thousand(self):
        """Rightly made and of lower priority: answered twice an interval, and noted in a few lines."""
        self.start()
        for rate in RATES:
            began = now()
            flood = self.flood("lower priority", rate, self.claims(50))
            self.assert_budget_kept(began)

    # FAULT-57: 0 changes at 10,000 and 52,000 a second; 2-3 adverts an interval
    def test_goodbyes_of_strangers(self):
        """Priority 0 from whoever is not the master: answered twice an interval, and nobody inherits."""
        self.start()
        for rate in RATES:
            began = now()
            flood = self.flood("priority 0", rate, self.claims(0))
            self.assert_budget_kept(began)

    def silence(self, vrid, since):
        """The longest time in which nobody of the pair said to be master of it."""
        times = [a.time for a in self.seen.adverts(since=since, vrid=vrid) if a.priority > 0]
        return max(b - a for a, b in zip([since, *times], [*times, now()])) / 1e9

    # FAULT-55: yields, and speaks 805-806 ms after the last claim (down interval 805 ms)
    def test_an_owner_nobody_knows(self):
        """Without a key the standard has everybody yield to priority 255. It is in the history at once, by name, and over
        one down interval after the forger's last word."""
        self.start()
        forger = SOURCES[0]
        began = now()
        self.send(1 / INTERVAL, 10 * INTERVAL, self.claims(255, [forger]))
        until(lambda: self.seen.speakers(OURS, WITHIN) == {"r1"}, 20, "r1 is master again")
        last = datetime.datetime.fromisoformat(
            self.peers(self.vigies[0])[forger]["last_heard"].replace("Z", "+00:00")).timestamp() * 1e9
        back = min(a.time for a in self.seen.adverts(since=last, vrid=OURS))
        figure(f"forged owner: r1 speaks {(back - last) / 1e6:.0f} ms after his last word (a down interval is "
               f"{1000 * (3 * INTERVAL + INTERVAL * 56 / 256):.0f})")
        self.assertEqual(self.seen.reigns(OURS, began)[-1], "r1")
        yielded = next(row for row in self.vigies[0].transitions("VR") if row["to_state"] == "BACKUP"
                       and row["from_state"] == "MASTER")
        self.assertIn(forger, json.dumps(yielded), "the row names him")

        # Two of them, who do not yield to each other, are two masters.
        self.send(4 / INTERVAL, 10 * INTERVAL, self.claims(255, SOURCES[:2]))
        contests = until(lambda: self.vigies[0].events("contest"), 10,
                         "two masters are in the history")
        figure(f"forged owners: {contests[0]['sentence']}")
        self.quiet(self.seen, OURS, "r1", WITHIN, [ADDRESS[OURS]])

    # FAULT-56: 2.52-2.53 s without an advert; bound 2.71 s
    def test_an_advert_that_says_it_is_enough_for_forty_seconds(self):
        """An interval of 40.95 s is learned as three of ours, so that one advert silences the pair for three times as long as
        a master that died."""
        self.start()
        began = now()
        self.send(10, 0.25, self.claims(255, SOURCES[:1], interval=40.95))  # one each
        until(lambda: self.seen.adverts(since=began + 500_000_000, vrid=OURS), 30, "somebody is master again")
        self.quiet(self.seen, OURS, "r1", WITHIN, [ADDRESS[OURS]])
        figure(f"one advert with an interval of 40.95 s: nobody of vigie's spoke for {1000 * self.silence(OURS, began):.0f} ms "
               f"(three down intervals are {3000 * DOWN:.0f})")


def page():
    columns = list(TABLE[0])
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    return "\n".join(lines + ["| " + " | ".join(str(line[c]) for c in columns) + " |" for line in TABLE]) + "\n"


if __name__ == "__main__":
    main(page)
