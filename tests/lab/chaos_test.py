#!/usr/bin/python3
"""Anything may happen to two routers at any time; when it is over, everything is as if nothing had been.

One seed draws episodes: one to three acts, overlapping, on either router (tests/lab/chaos/acts.py). After each all is mended, and
the better router must be the only master again, hold all addresses, and board, history and flags must say so. At the end
the histories are compared with the wire, and both routers are stopped and must leave nothing behind.

By the hour: VIGIE_CHAOS_SECONDS=3600 VIGIE_SEED=7 tests/lab/chaos_test.py; with adverts each 100 ms: VIGIE_CHAOS_INTERVAL=0.1."""
import os
import random
import time

from chaos import judge
from chaos.acts import ACTS
from chaos.routers import ADDRESSES, VRIDS, Router
from vigielab.probe import Probe
from vigielab.small import Small
from vigielab.testing import LabTest, figure, main, now, void_when_the_machine_stands_still
from vigielab.wait import until

SEED = int(os.environ.get("VIGIE_SEED", "20261122"))
SECONDS = float(os.environ.get("VIGIE_CHAOS_SECONDS", "30"))
INTERVAL = float(os.environ.get("VIGIE_CHAOS_INTERVAL", "1"))
WITHIN = 1.5 * INTERVAL
# What an episode may take to be over: three intervals, the skew, the quiet start, and a busy machine.
SETTLED = 40


class Chaos(LabTest):
    other_is_vigie = True

    def setUp(self):
        self.small = self.open(Small())
        self.seen = self.small.seen = self.observe()
        self.respond(ADDRESSES["FOUR"][0])
        self.clean = {host.name: judge.kernel(host) for host in self.lab.routers}
        other = self.small.vigie if self.other_is_vigie else self.small.keepalived
        self.routers = [Router(self.small, self.small.r1, 200, self.small.vigie, True, INTERVAL),
                        Router(self.small, self.small.r2, 100, other, self.other_is_vigie, INTERVAL)]
        self.story = []
        for router in self.routers:
            self.addCleanup(router.freezer.close)
        self.run_pair(self.seen, VRIDS["FOUR"], *(router.daemon for router in self.routers))
        self.settle()
        self.since = now()
        self.held_at_first = {router.name: self.seen.addresses(router.name) for router in self.routers}

    def tell(self, what):
        self.story.append(f"{(now() - self.began) / 1e9:8.3f} {what}")

    def settle(self):
        taken_back = 0

        def settled():
            nonlocal taken_back
            # It may be refused while a daemon has only begun.
            if time.monotonic() - taken_back > 2:
                for router in self.routers:
                    router.take_back()
                taken_back = time.monotonic()
            self.amiss = judge.is_settled(self.routers, self.seen, WITHIN)
            return not self.amiss
        until(settled, SETTLED, lambda: "settled: " + "; ".join(self.amiss))

    def episode(self, draw):
        """What it costs the client in the end is a figure."""
        timeline = []
        for _ in range(draw.choice((1, 1, 2, 2, 3))):
            router = draw.choice(self.routers)
            fitting = [act for act in ACTS if (router.is_vigie or not act.vigie_only) and (self.other_is_vigie or not act.pair_only)]
            act = draw.choices(fitting, [act.weight for act in fitting])[0]
            begin, length = draw.uniform(0, 2), draw.uniform(0.1, max(0.1, act.longest))
            timeline.append((begin, length, router, act, draw.randrange(1 << 30)))
        due = [(begin, number, True) for number, (begin, *_) in enumerate(timeline)]
        endings, started = {}, time.monotonic()
        while due:
            at, number, begins = due.pop(due.index(min(due)))
            time.sleep(max(0, started + at - time.monotonic()))
            _, length, router, act, seed = timeline[number]
            if not begins:
                self.tell(f"{router.name}: {act.name}: over")
                endings.pop(number)()
                router.busy -= act.holds
                continue
            if act.holds & router.busy:
                continue
            router.busy |= act.holds
            self.tell(f"{router.name}: {act.name}")
            ending = act.begin(router, random.Random(seed))
            if ending:
                endings[number] = ending
                due.append((at + length, number, False))
            else:
                router.busy -= act.holds
        for router in self.routers:
            until(router.is_answered, 120, lambda r=router: f"answers of {r.name}: {[command.args for command in r.asked]}")

    # All is at adverts each second, and what is demanded at a moment allows for what the machine stood still then.
    @void_when_the_machine_stands_still(limit=0.5, within=2)
    def test_whatever_happens_leaves_one_master_and_a_true_history(self):
        draw, episodes, end, slowest = random.Random(SEED), 0, time.monotonic() + SECONDS, 0
        try:
            while time.monotonic() < end:
                self.episode(draw)
                since = now()
                self.settle()
                slowest = max(slowest, (now() - since) / 1e9)
                self.tell("settled")
                episodes += 1
            with Probe(self.small.client, ADDRESSES["FOUR"][0]) as probe:
                time.sleep(0.5)
                client = probe.stop()
            self.assertEqual(client.path, ["r1"])
            over = now()
            for router in self.routers:
                if router.is_vigie:
                    judge.check_history(self, router, over)
                    judge.check_holders(self, router, self.since, over)
            self.leave_nothing()
        except AssertionError as failure:
            raise AssertionError(f"seed {SEED}: {failure}\n" + "\n".join(self.story[-60:])) from failure
        acts = sum(not line.endswith(("settled", "over")) for line in self.story)
        figure(f"seed {SEED}: {episodes} episodes, {acts} acts, settled within {slowest:.1f} s each time")

    def leave_nothing(self):
        for router in self.routers:
            self.assertEqual(router.daemon.stop(), 0, router.name)
        for router in self.routers:
            self.assertEqual(router.host.processes(), [], f"processes of {router.name}")
            left = judge.kernel(router.host)
            if not router.is_vigie:
                continue  # what others leave is not ours to judge
            self.assertEqual(judge.files_left(router), [], router.name)
            for what, before in self.clean[router.name].items():
                self.assertEqual(left[what], before, f"{what} of {router.name}")


class BesideKeepalived(Chaos):
    other_is_vigie = False


if __name__ == "__main__":
    main()
