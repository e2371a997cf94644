#!/usr/bin/python3
"""A neighbour that sends ten thousand and a hundred thousand bogus adverts a second.

Two routers with vigie and two with keepalived stand on one LAN, each pair with a virtual router of its own; every flood
claims both. Nobody may change state, no advert may be missed, what was dropped is counted by reason and sender. The
processor time of both daemons in the same flood is printed side by side.

VIGIE_HOSTILE_SECONDS (3) is how long each flood lasts."""
import json
import os
import pathlib
import time

from vigielab.daemons import Keepalived, Vigie
from vigielab.frames import advert, forged_trailer
from vigielab.host import Host
from vigielab.lan import Network
from vigielab.mission import build_folder
from vigielab.small import INTERFACE, config
from vigielab.testing import LabTest, figure, main, now
from vigielab.wait import until

SECONDS = float(os.environ.get("VIGIE_HOSTILE_SECONDS", "3"))
RATES = (10_000, 100_000)
INTERVAL, WITHIN = 0.1, 0.35
OURS, THEIRS, FOREIGN = 10, 20, 77
ADDRESS = {OURS: "192.0.2.110", THEIRS: "192.0.2.120", FOREIGN: "192.0.2.177"}
KEY = "0123456789abcdef0123456789abcdef"
HMAC = ["auth_hmac {", f"    key 1 {KEY}", "    active_key 1", "}"]
SOURCES = [f"192.0.2.{n}" for n in range(200, 232)]


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


def processor_seconds(pids):
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


class HostileNeighbour(LabTest):
    def start(self, lines=()):
        self.segment = self.open(Segment())
        self.seen = self.observe()
        self.vigies, self.others = [], []
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

    def rows(self):
        return [len(vigie.transitions("VR")) for vigie in self.vigies]

    def dropped(self, vigie):
        """reason -> packets, as `vigie status` counts them."""
        status = json.loads(vigie.cli("status", "--json").stdout)
        return status["drops"]

    def flood(self, what, rate, frames):
        rows, began = self.rows(), now()
        before = self.dropped(self.vigies[0])
        engines = [vigie.role_pid("engine") for vigie in self.vigies]
        peers = [pid for other in self.others for pid in other.pids()]
        spent = [processor_seconds(engines), processor_seconds(peers)]
        sent = self.segment.stranger.run("vigie-flood", INTERFACE, rate, SECONDS, timeout=SECONDS + 60,
                                         input="".join(frame.hex() + "\n" for frame in frames))
        spent = [processor_seconds(engines) - spent[0], processor_seconds(peers) - spent[1]]
        flooded = (now() - began) / 1e9
        time.sleep(4 * INTERVAL)  # what the flood did may take a down interval to show
        after = self.dropped(self.vigies[0])
        counted = {reason: after[reason] - before.get(reason, 0) for reason in after
                   if after[reason] != before.get(reason, 0)}
        figure(f"{what}, {int(sent.stdout) / flooded:,.0f} a second: processor vigie's engines "
               f"{100 * spent[0] / flooded:.1f} %, keepalived {100 * spent[1] / flooded:.1f} % of one; longest silence of "
               f"vigie {1000 * self.seen.longest_silence(OURS, 'r1', began):.0f} ms; reigns vigie "
               f"{len(self.seen.reigns(OURS, began))}, keepalived {len(self.seen.reigns(THEIRS, began))}; counted {counted}")
        self.assertEqual(self.rows(), rows, f"{what}: nobody changed state")
        self.assertEqual(self.seen.reigns(OURS, began), ["r1"], what)
        return int(sent.stdout), counted

    def both(self, **wrong):
        """Frames that claim both pairs' virtual routers, from many senders."""
        return [advert(vrid, 150, [ADDRESS[vrid]], source, interval=INTERVAL, **wrong)
                for source in SOURCES for vrid in (OURS, THEIRS)]

    def ours(self, priority, **more):
        return [advert(OURS, priority, [ADDRESS[OURS]], source, interval=INTERVAL, **more) for source in SOURCES]

    def test_bogus_adverts(self):
        self.start()
        floods = {"ttl": self.both(ttl=254), "checksum": self.both(spoil_checksum=True), "version": self.both(version=2),
                  "length": self.both(cut=3),
                  "unknown-vrid": [advert(FOREIGN, 255, [ADDRESS[FOREIGN]], s, interval=INTERVAL) for s in SOURCES]}
        for reason, frames in floods.items():
            for rate in RATES:
                with self.subTest(reason=reason, rate=rate):
                    _, counted = self.flood(reason, rate, frames)
                    self.assertGreater(counted.get(reason, 0), 0, f"counted by reason: {counted}")
        peers = json.loads(self.vigies[0].cli("peers", "--json").stdout)
        self.assertIn("checksum", json.dumps(peers), "and by sender")
        self.assertIn(str(FOREIGN), self.vigies[0].cli("scan").stdout)

    def test_forged_adverts_where_adverts_are_signed(self):
        self.start(HMAC)
        floods = {("auth-missing", "no signature, claims the addresses"): self.ours(255),
                  ("auth-missing", "no signature, says goodbye"): self.ours(0),
                  ("auth-failed", "wrong signature, claims the addresses"): self.ours(255, tail=forged_trailer()),
                  ("auth-failed", "wrong signature, says goodbye"): self.ours(0, tail=forged_trailer())}
        for (reason, what), frames in floods.items():
            for rate in RATES:
                with self.subTest(what=what, rate=rate):
                    _, counted = self.flood(what, rate, frames)
                    wrong = counted.get(reason, 0) + counted.get("rate-limited", 0)
                    self.assertGreater(wrong, 0, f"counted by reason: {counted}")

    def test_losing_adverts_by_the_thousand(self):
        """Rightly made and of lower priority: answered twice an interval, and noted in a few lines."""
        self.start()
        began = now()
        self.flood("lower priority", RATES[0], self.ours(50))
        answers = len(self.seen.adverts(since=began, host="r1", vrid=OURS))
        self.assertLess(answers, 4 * (SECONDS + 4 * INTERVAL) / INTERVAL)
        self.assertLess(len(self.vigies[0].events()), 200)


if __name__ == "__main__":
    main()
