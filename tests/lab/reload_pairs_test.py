#!/usr/bin/python3
"""Whatever ran before, after a reload the router is what it would be had it been started with the new file.

Configurations are drawn at random (vigielab/drawn.py). A handful of them at a time: each is started afresh once, and what
the kernel and the board are then is its picture. Then one daemon walks from one to another by reloads, and after each of them
all is as in the picture of where it has come to. At the end it is stopped, and nothing is left.

    tests/lab/reload_pairs_test.py                                     # dozens of pairs, as in scripts/test
    VIGIE_PAIRS=1000 VIGIE_WALKERS=4 VIGIE_SEED=7 tests/lab/reload_pairs_test.py --build build-asan

VIGIE_WALKERS of them walk beside each other, each in a namespace of its own."""

import collections
import json
import multiprocessing
import os
import random
import re
import time
import unittest

from vigielab import inside
from vigielab.drawn import Drawn
from vigielab.lone import Lone
from vigielab.testing import figure, main
from vigielab.wait import PATIENCE, until

PAIRS = int(os.environ.get("VIGIE_PAIRS", "36"))
WALKERS = int(os.environ.get("VIGIE_WALKERS", "2"))
SEED = int(os.environ.get("VIGIE_SEED", "20261122"))
# So many configurations are walked among, and so many steps are made from one to another before others are drawn.
CONFIGURATIONS = 6
STEPS = 18
FILE = "/etc/vigie/vigie.conf"
ROLES = ("vigied", "vigie-engine", "vigie-keeper", "vigie-runner", "vigie-recorder", "vigie-alerter", "vigie-subage")
# Of an instance on the board, what does not tell of the past.
LASTING = ("name", "state", "departing", "holds", "contest", "differs", "group", "faults", "interface", "link_usable", "vrid", "version",
           "family", "unicast", "auth", "priority", "effective_priority", "source", "addresses", "addresses_installed",
           "advert_interval_ms")


CUT = "----"
LOOK = {"addresses": "ip -j addr", "links": "ip -j link", "routes4": "ip -4 route show table all",
        "routes6": "ip -6 route show table all", "rules4": "ip -4 rule", "rules6": "ip -6 rule", "firewall": "nft list ruleset",
        "igmp": "cat /proc/net/igmp", "igmp6": "cat /proc/net/igmp6", "raw": "cat /proc/net/raw", "raw6": "cat /proc/net/raw6",
        "packet": "cat /proc/net/packet"}
OF_ADDRESS = ("local", "prefixlen", "address", "label", "broadcast", "scope", "deprecated", "noprefixroute", "tentative")
LIFETIMES = ("preferred_life_time", "valid_life_time")


def groups_of(igmp, igmp6):
    device = ""
    for line in igmp.splitlines()[1:]:
        if line.startswith("\t"):
            yield device, line.split()[0], line.split()[1]
        else:
            device = line.split()[1]
    for line in igmp6.splitlines():
        yield tuple(line.split()[1:4])


def settled_route(line):
    """Of the addresses of one network the kernel speaks from the one that was there first: an address that stays is older than
    one that a fresh start would put before it."""
    words = re.sub(r" expires \d+sec", " expires", " ".join(line.split()))
    return re.sub(r" src \S+", "", words) if "proto kernel" in words else words


def settled_lifetime(seconds):
    """What is left of a lease is another every second."""
    return seconds if seconds in (0, 0xffffffff) else "some time"


class Walker:
    def __init__(self, number, seed):
        self.lone, self.dice, self.log = Lone(f"walker{number}"), random.Random(seed), []
        self.router = self.lone.router

    # -------------------------------------------------------------- what is there

    def kernel(self):
        # All at once: a program for each would be most of the time this test takes.
        said = self.router.output("sh", "-c", f"; echo {CUT}; ".join(LOOK.values()))
        said, seen = dict(zip(LOOK, said.split(CUT + "\n"))), {}
        seen["addresses"] = sorted(
            tuple(str(part) for part in (link["ifname"], *(a.get(what) for what in OF_ADDRESS),
                                         *(settled_lifetime(a.get(what)) for what in LIFETIMES)))
            for link in json.loads(said["addresses"]) for a in link["addr_info"])
        seen["links"] = sorted((link["ifname"], sorted(link["flags"])) for link in json.loads(said["links"]))
        for what in ("routes4", "routes6"):
            seen[what] = sorted(settled_route(line) for line in said[what].splitlines())
        for what in ("rules4", "rules6", "firewall"):
            seen[what] = said[what].splitlines()
        seen["multicast"] = sorted(groups_of(said["igmp"], said["igmp6"]))
        # Who listens on what: a raw socket's address and protocol, a packet socket's protocol and interface.
        for what, place in (("raw", slice(1, 2)), ("raw6", slice(1, 2)), ("packet", slice(2, 5))):
            seen[what] = sorted(" ".join(line.split()[place]) for line in said[what].splitlines()[1:])
        return seen

    def picture(self, daemon):
        seen = self.kernel()
        # Of an engine that gets no processor for a moment it says with its status that nobody runs; the board is there.
        status = json.loads(daemon.cli("status", "--json", check=False).stdout)
        seen["board"] = {one["name"]: {what: one[what] for what in LASTING} for one in status["instances"]}
        seen["groups of the board"] = {one["name"]: (one["state"], one["members"]) for one in status["groups"]}
        seen["processes"] = sorted(name for name in map(self._name, daemon.pids()) if name in ROLES)
        for role in ("vigied", "vigie-engine", "vigie-keeper"):
            seen[f"descriptors of {role}"] = self._descriptors(daemon, role)
        return seen

    @staticmethod
    def _name(pid):
        try:
            with open(f"/proc/{pid}/comm", encoding="utf-8") as f:
                return f.read().strip()
        except OSError:
            return ""

    def _descriptors(self, daemon, role):
        """How many of each kind: what a reload keeps open that a start does not is a leak."""
        counts = collections.Counter()
        for pid in daemon.pids():
            if self._name(pid) != role:
                continue
            for fd in os.listdir(f"/proc/{pid}/fd"):
                try:
                    counts[re.sub(r"\[\d+\]|\d+| \(deleted\)", "", os.readlink(f"/proc/{pid}/fd/{fd}"))] += 1
                except OSError:
                    pass
        return dict(counts)

    # -------------------------------------------------------------- the walk

    def masters(self, daemon):
        done = daemon.cli("status", "--json", check=False)
        if done.returncode != 0:
            return False
        return {one["state"] for one in json.loads(done.stdout)["instances"]} == {"MASTER"}

    def traces(self, text):
        """What the checks that are tracked leave when they run."""
        checks = re.findall(r'^vrrp_script (\w+) \{\n\s+script "/usr/bin/touch (\S+)"', text, re.M)
        return [self.router.file(trace) for name, trace in checks if re.search(rf"^\s+{name}\b", text, re.M)]

    def settled(self, daemon, text):
        """Alone, everybody becomes master, and every check has run; then the picture stays as it is."""
        until(lambda: self.masters(daemon), 60, lambda: f"all are masters: {daemon.cli('status', check=False).stdout}")
        until(lambda: all(trace.exists() for trace in self.traces(text)), 60, "every check has run")
        seen = [None, self.picture(daemon)]

        def is_still():
            time.sleep(0.3)
            seen.append(self.picture(daemon))
            return seen[-1] == seen[-2] == seen[-3]
        until(is_still, 60, "nothing changes any more")
        return seen[-1]

    def usable(self):
        """The next configuration that can be used at all."""
        while True:
            text = Drawn(self.dice).config()
            self.router.write(FILE, text)
            if self.router.run("vigie", "check", FILE, check=False).returncode < 2:
                return text

    def start(self, text):
        """Answers the daemon and what it is once it has settled."""
        daemon = self.lone.vigie(text)
        for trace in self.traces(text):
            trace.unlink(missing_ok=True)
        daemon.start()
        try:
            until(lambda: daemon.cli("status", check=False).returncode == 0, 60, "it runs")
            return daemon, self.settled(daemon, text)
        except BaseException:
            daemon.kill()
            raise

    def stop(self, daemon, bare):
        status = daemon.stop(60)
        assert status == 0, f"it ended with {status}"
        # Of a build with sanitizers: a process that one of them ended is started again, and the picture may be the same.
        found = re.search(r"(ERROR: \w+Sanitizer|runtime error: )[^\n]*", daemon.log_text())
        assert not found, found[0]
        left = self.kernel()
        assert left == bare, f"something is left: {difference(bare, left)}"

    def fresh(self, text, bare):
        daemon, picture = self.start(text)
        try:
            self.stop(daemon, bare)
            return picture
        finally:
            daemon.kill()

    def reload(self, daemon, text, picture):
        self.router.write(FILE, text)
        done = daemon.cli("reload", check=False)
        assert done.returncode == 0, f"refused: {done.stdout}{done.stderr}"
        end, seen = time.monotonic() + 60 * PATIENCE, None
        # Twice in a row, because it may be so in passing.
        while time.monotonic() < end:
            seen = self.picture(daemon)
            if seen == picture:
                time.sleep(0.3)
                seen = self.picture(daemon)
                if seen == picture:
                    return
            time.sleep(0.05)
        raise AssertionError(f"other than after a fresh start: {difference(picture, seen)}")

    def walk(self, steps):
        """Answers how many pairs it has seen."""
        bare = self.kernel()
        texts = [self.usable() for _ in range(CONFIGURATIONS)]
        at = 0
        try:
            self.log = ["fresh starts"]
            pictures = []
            for at, text in enumerate(texts):
                pictures.append(self.fresh(text, bare))
            at = 0
            daemon, _ = self.start(texts[at])
            try:
                engine = daemon.role_pid("engine")
                for _ in range(steps):
                    to = self.dice.choice([other for other in range(CONFIGURATIONS) if other != at])
                    self.log.append(f"{at} -> {to}")
                    at = to
                    self.reload(daemon, texts[at], pictures[at])
                    assert daemon.role_pid("engine") == engine, "the engine is another one"
                stolen = [row["sentence"] for row in daemon.events("address-restored")]
                assert not stolen, f"nobody touched an address: {stolen}"
                self.stop(daemon, bare)
            finally:
                daemon.kill()
        except AssertionError as failure:
            came_from = int(self.log[-1].split()[0]) if "->" in self.log[-1] else at
            log = self.router.log("vigied")
            tail = log.read_text(errors="replace")[-4000:] if log.exists() else ""
            raise AssertionError(f"{failure}\nafter {self.log}:\n--- from\n{texts[came_from]}--- to\n{texts[at]}--- log\n{tail}") \
                from None
        return steps


def difference(expected, found):
    return {what: {"expected": expected.get(what), "found": found.get(what)}
            for what in sorted({*expected, *found}) if expected.get(what) != found.get(what)}


def work(number, pairs, seed, said):
    inside.die_with_parent()
    walker = Walker(number, seed)
    done = 0
    try:
        while done < pairs:
            done += walker.walk(min(STEPS, pairs - done))
            said.send(("so far", done))
        said.send(("done", done))
    except BaseException as failure:  # whatever it is, it is told
        said.send(("failed", f"walker {number}, seed {seed}, after {done} pairs: {type(failure).__name__}: {failure}"))
    finally:
        walker.lone.close()
        said.close()


class OfRandomConfigurations(unittest.TestCase):
    def test_a_reload_ends_where_a_fresh_start_would(self):
        walkers, began = [], time.monotonic()
        for number in range(WALKERS):
            share = PAIRS // WALKERS + (1 if number < PAIRS % WALKERS else 0)
            here, there = multiprocessing.Pipe(False)
            process = multiprocessing.Process(target=work, args=(number, share, SEED + 1000 * number, there))
            process.start()
            there.close()
            walkers.append((process, here))
        done, failures = 0, []
        for process, here in walkers:
            told = ("failed", "it ended without a word")
            try:
                while told[0] != "done":
                    told = here.recv()
                    if told[0] == "failed":
                        break
                    if told[0] == "so far" and PAIRS > 100:
                        figure(f"walker {process.name} has seen {told[1]}")
            except EOFError:
                pass
            process.join()
            if told[0] == "done":
                done += told[1]
            else:
                failures.append(told[1])
        if failures:
            self.fail("\n\n".join(failures))
        figure(f"{done} pairs of seed {SEED} in {time.monotonic() - began:.0f} s: after every reload the same as after a fresh start")


if __name__ == "__main__":
    main()
