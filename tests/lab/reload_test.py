#!/usr/bin/python3
"""A new configuration under traffic: who is not touched by it goes on as if nothing had been.

The long runs: VIGIE_RELOADS=200, VIGIE_PAIRS=2000 (with VIGIE_SEED to begin elsewhere) before ctest -R lab.reload, or this file
with --build."""

import json
import os
import pathlib
import random
import signal
import time

from vigielab.small import Small, config
from vigielab.testing import LabTest, figure, main, now
from vigielab.wait import until

RELOADS = int(os.environ.get("VIGIE_RELOADS", "20"))
# Mutilated files sent to a master; and where the drawing begins.
MUTANTS = int(os.environ.get("VIGIE_MUTANTS", "400"))
SEED = int(os.environ.get("VIGIE_SEED", "20261122"))
VIRTUAL = ["192.0.2.100", "192.0.2.101"]
FILE = "/etc/vigie/vigie.conf"


def instances(priority, interval=1, extra=(), first=("192.0.2.100/24",), second=("192.0.2.101/24",), script=None):
    lines = ["track_script { look }"] if script else []
    return [{"name": "VI_1", "vrid": 50, "priority": priority, "interval": interval, "addresses": list(first),
             "lines": lines},
            {"name": "VI_2", "vrid": 51, "priority": priority, "interval": interval, "addresses": list(second)},
            *extra]


def unrelated(priority=150):
    return {"name": "VI_3", "vrid": 52, "priority": priority, "interval": 1, "addresses": ["192.0.2.102/24"]}


def check(command):
    return f'vrrp_script look {{\n    script "{command}"\n    interval 1\n    weight -20\n}}'


class Reloading(LabTest):
    def reload(self, daemon, text, status=0):
        daemon.host.write(FILE, text)
        done = daemon.cli("reload", check=False)
        self.assertEqual(done.returncode, status, f"{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def spoke_again(self):
        since = now()
        for vrid in (50, 51):
            until(lambda v=vrid: self.seen.adverts(since=since, host="r1", vrid=v), 30, f"r1 speaks for {vrid}")

    def instances_of(self, daemon):
        return {one["name"]: one for one in json.loads(daemon.cli("status", "--json").stdout)["instances"]}


class OfAPair(Reloading):
    def setUp(self):
        self.small = self.open(Small())
        self.seen = self.observe()
        self.better = self.small.vigie(self.small.r1, config("r1", instances(200)))
        self.other = self.small.vigie(self.small.r2, config("r2", instances(100)))
        self.run_pair(self.seen, 50, self.better, self.other)
        for vrid, address in ((50, VIRTUAL[0]), (51, VIRTUAL[1])):
            self.quiet(self.seen, vrid, "r1", within=2.5, addresses=[address])
        self.engine, self.since = self.better.role_pid("engine"), now()
        self.before = {name: len(self.better.transitions(name)) for name in ("VI_1", "VI_2")}

    def untouched(self, *addresses):
        """Neither instance has changed hands or state, and these addresses have never left r1."""
        self.assertEqual(self.better.role_pid("engine"), self.engine, "the engine is another one")
        for vrid in (50, 51):
            self.assertEqual(set(self.seen.reigns(vrid, self.since)), {"r1"})
        for name, count in self.before.items():
            self.assertEqual(len(self.better.transitions(name)), count, self.better.transitions(name))
        for address in addresses:
            self.assertEqual(self.seen.changes(since=self.since, address=address), [])

    def test_leaves_alone_whom_it_does_not_concern(self):
        said = self.reload(self.better, config("r1", instances(200)))
        self.assertIn("nothing has changed", said)
        self.spoke_again()
        self.untouched(*VIRTUAL)

        self.reload(self.better, config("r1", instances(200, extra=[unrelated()])))
        until(lambda: self.seen.adverts(since=self.since, host="r1", vrid=52), 30, "the new instance speaks")
        until(lambda: "192.0.2.102" in self.seen.addresses("r1"), 30, "it holds its address")
        self.spoke_again()
        self.untouched(*VIRTUAL)

        self.reload(self.better, config("r1", instances(200)))
        until(lambda: "192.0.2.102" not in self.seen.addresses("r1"), 30, "its address has left with it")
        self.assertTrue(self.seen.adverts(since=self.since, host="r1", vrid=52, priority=0), "it did not say that it leaves")
        self.spoke_again()
        self.untouched(*VIRTUAL)
        self.assertEqual(set(self.instances_of(self.better)), {"VI_1", "VI_2"})
        rows = self.better.events("reload")
        self.assertEqual(len(rows), 3, rows)

    def test_changes_addresses_in_place_and_moves_them_without_a_gap(self):
        more = ["192.0.2.100/24", "192.0.2.110/24"]
        for daemon, priority in ((self.other, 100), (self.better, 200)):
            self.reload(daemon, config(daemon.host.name, instances(priority, first=more)))
        until(lambda: "192.0.2.110" in self.seen.addresses("r1"), 30, "the added address is there")
        self.spoke_again()
        self.untouched(*VIRTUAL)

        moved = now()
        for daemon, priority in ((self.other, 100), (self.better, 200)):
            self.reload(daemon, config(daemon.host.name, instances(
                priority, second=["192.0.2.101/24", "192.0.2.110/24"])))
        self.spoke_again()
        self.untouched(*VIRTUAL)
        self.assertEqual(self.seen.changes(since=moved, address="192.0.2.110"), [], "it left on its way")

        for daemon, priority in ((self.other, 100), (self.better, 200)):
            self.reload(daemon, config(daemon.host.name, instances(priority)))
        until(lambda: "192.0.2.110" not in self.seen.addresses("r1"), 30, "the removed address is gone")
        self.spoke_again()
        self.untouched(*VIRTUAL)

    def test_takes_a_changed_script_and_priority_in_place(self):
        self.reload(self.better, config("r1", instances(200, script=True), before=check("/bin/true")))
        until(lambda: self.better.events("script"), 30, "the check has a verdict")
        self.reload(self.better, config("r1", instances(200, script=True), before=check("/bin/false")))
        until(lambda: [a for a in self.seen.adverts(since=self.since, host="r1", vrid=50) if a.priority == 180], 30,
              "the failing check counts")
        self.reload(self.better, config("r1", instances(150)))
        until(lambda: [a for a in self.seen.adverts(since=self.since, host="r1", vrid=51) if a.priority == 150], 30,
              "the new priority is said")
        self.spoke_again()
        self.untouched(*VIRTUAL)

    def test_refuses_a_file_with_errors_and_goes_on(self):
        said = self.reload(self.better, config("r1", instances(200)).replace("priority 200", "priority many"), status=2)
        self.assertIn("error[", said)
        self.assertIn("what runs goes on", said)
        self.spoke_again()
        self.untouched(*VIRTUAL)
        until(lambda: self.better.events("reload"), 30, "a row says so")
        # A signal asks for the same, and has nobody to answer to.
        self.small.r1.write(FILE, config("r1", instances(200, extra=[unrelated()])))
        self.better.signal(1)
        until(lambda: self.seen.adverts(since=self.since, host="r1", vrid=52), 30, "the new instance speaks")
        self.spoke_again()
        self.untouched(*VIRTUAL)

    def is_as_written(self, fails, held, names):
        """The board says what the file says, the check has its new verdict, and the kernel has these addresses and no others."""
        board = self.instances_of(self.better)
        return (set(board) == names and all(one["state"] == "MASTER" for one in board.values())
                and board["VI_1"]["effective_priority"] == (180 if fails else 200)
                and {a for a in self.seen.addresses("r1") if a.startswith("192.0.2.1") and a != "192.0.2.1"} == held)

    # An owner is there at once: of a new instance that has to listen first nothing could be said so soon.
    def test_ends_where_it_should_when_the_keeper_or_the_runner_is_killed_on_the_way(self):
        # Its system calls are filtered, and what a reload takes is among those that it may make.
        self.assertIn("Seccomp:\t2\n", pathlib.Path(f"/proc/{self.engine}/status").read_text())
        owner = {**unrelated(255), "addresses": ["192.0.2.102/24"]}
        self.reload(self.better, config("r1", instances(200, script=True), before=check("/bin/true")))
        killed = {"keeper": 0, "runner": 0}
        for role in killed:
            for number, moment in enumerate((0, 0.002, 0.004, 0.007, 0.02)):
                until(lambda: self.better.role_pid(role), 30, f"the {role} is there")
                pid, rows = self.better.role_pid(role), len(self.better.events("reload"))
                fails, more = number % 2 == 0, f"192.0.2.{111 + number}"
                extra = [owner] if role == "runner" or number > 1 else []
                self.small.r1.write(FILE, config(
                    "r1", instances(200, extra=extra, second=["192.0.2.101/24", f"{more}/24"], script=True),
                    before=check("/bin/false" if fails else "/bin/true")))
                self.better.signal(signal.SIGHUP)
                time.sleep(moment)
                os.kill(pid, signal.SIGKILL)
                killed[role] += len(self.better.events("reload")) == rows
                until(lambda: len(self.better.events("reload")) > rows, 30, "the row of the reload")
                self.assertIn("was reloaded", self.better.events("reload")[-1]["sentence"])
                held = {*VIRTUAL, more, *(["192.0.2.102"] if extra else [])}
                names = {"VI_1", "VI_2", *(["VI_3"] if extra else [])}
                until(lambda: self.is_as_written(fails, held, names), 30,
                      lambda: f"{role} {number}: {self.better.cli('status').stdout} {self.seen.addresses('r1')}, not {held}")
                self.assertNotEqual(self.better.role_pid(role), pid)
        figure("killed before the reload had its row, of five: " + ", ".join(f"{role} {count}" for role, count in killed.items()))
        self.spoke_again()
        self.untouched(*VIRTUAL)

    def mutilate(self, draw, text):
        """Some of its bytes are others, in other places, there twice or not at all; or some of its lines are."""
        out = bytearray(text)
        for _ in range(draw.randint(1, 4)):
            at, length = draw.randrange(len(out)), draw.randint(1, 30)
            kind = draw.randrange(5)
            if kind == 0:
                out[at:at + length] = bytes(draw.choices(b"{}#!$@~ \n\"\\x\x00\x7f\xff09", k=draw.randint(0, 6)))
            elif kind == 1:
                out[at] = draw.randrange(256)
            elif kind == 2:
                out[at:at] = out[draw.randrange(len(out)):][:length]
            else:
                lines = bytes(out).split(b"\n")
                one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
                if kind == 3:
                    lines[one], lines[other] = lines[other], lines[one]
                else:
                    lines[one:one + 1] = [] if draw.random() < 0.5 else [lines[one], lines[other]]
                out = bytearray(b"\n".join(lines)) or bytearray(b"\n")
        return bytes(out)

    def says_the_same_to_its_peers(self):
        """Of a file that can be used: whether it leaves to the two instances that are watched what they contend with."""
        plan = json.loads(self.better.cli("plan", "--json", FILE).stdout)
        found = {one["name"]: one for one in plan["instances"] if one["fate"] != "added"}
        for name in ("VI_1", "VI_2"):
            one = found.get(name) or next((o for o in found.values() if o["former_name"] == name), None)
            if one is None or one["fate"] == "removed" or one["may_move_mastership"]:
                return False
            if {"the other routers need the same", "other routers are spoken to"} & {c["meaning"] for c in one["changes"]}:
                return False
        return not {part["kind"] for part in plan["parts"]} & {"vrrp_sync_group", "flags"}

    # Files that mean another election, because their numbers are others, are good files and not sent. All others are, those that
    # can be used and those that cannot: whatever comes of them, nobody else reigns for a moment and no master says that it leaves.
    def test_never_moves_a_master_by_a_mutilated_file(self):
        draw = random.Random(SEED)
        good = config("r1", instances(200, extra=[unrelated()])).encode()
        path = self.small.r1.file(FILE)
        path.write_bytes(good)
        self.assertEqual(self.better.cli("reload").returncode, 0)
        counts = {"refused": 0, "taken": 0, "another election": 0}
        for attempt in range(MUTANTS):
            path.write_bytes(self.mutilate(draw, good))
            is_usable = self.better.cli("check", FILE, check=False).returncode < 2
            if is_usable and not self.says_the_same_to_its_peers():
                counts["another election"] += 1
                continue
            done = self.better.cli("reload", check=False)
            self.assertEqual(done.returncode == 0, is_usable, f"attempt {attempt}: {done.stdout}{done.stderr}")
            counts["taken" if is_usable else "refused"] += 1
            if is_usable:
                path.write_bytes(good)
                self.assertEqual(self.better.cli("reload").returncode, 0)
        path.write_bytes(good)
        self.assertEqual(self.better.cli("reload").returncode, 0)
        figure(f"of {MUTANTS} mutilated files " + ", ".join(f"{count} {what}" for what, count in counts.items()))
        self.assertGreater(counts["refused"], MUTANTS // 10)
        self.assertGreater(counts["taken"], MUTANTS // 25)
        self.spoke_again()
        self.untouched()  # of addresses a file that can be used may have another list
        for vrid in (50, 51):
            self.assertEqual(self.seen.adverts(since=self.since, host="r1", vrid=vrid, priority=0), [])
            self.assertEqual({a.priority for a in self.seen.adverts(since=self.since, host="r1", vrid=vrid)}, {200})


class InARow(Reloading):
    """Many reloads, at 10 ms and at 1 s, with keepalived beside it on another LAN address: the longest time between two
    adverts of an instance that no reload is about."""

    def run_reloads(self, interval):
        self.small = self.open(Small())
        seen = self.observe()
        ours = self.small.vigie(self.small.r1, config("r1", instances(200, interval)))
        theirs = self.small.keepalived(self.small.r2, config("r2", self.of_keepalived(interval)))
        self.run_daemon(ours)
        self.run_daemon(theirs)
        until(lambda: seen.speakers(50, 3) == {"r1"} and seen.speakers(60, 3) == {"r2"}, 30, "both are masters")
        until(lambda: ours.state("VI_1") == "MASTER", 30, "the history knows")
        count = len(ours.transitions("VI_1"))
        engine, since = ours.role_pid("engine"), now()
        for number in range(RELOADS):
            kind = number % 4
            extra = [unrelated()] if kind == 1 else []
            second = ["192.0.2.101/24"] + (["192.0.2.111/24"] if kind == 2 else [])
            script = kind == 3
            self.reload(ours, config("r1", instances(200, interval, extra, second=second),
                                     before=check(f"/bin/true {number}") if script else ""))
            self.small.r2.write("/etc/keepalived/keepalived.conf", config("r2", self.of_keepalived(interval, number)))
            theirs.signal(1)
            mark = now()
            until(lambda: len(seen.adverts(since=mark, host="r1", vrid=50)) >= 2, 30, "r1 goes on")
        self.assertEqual(ours.role_pid("engine"), engine)
        self.assertEqual(len(ours.transitions("VI_1")), count)
        self.assertEqual(set(seen.reigns(50, since)), {"r1"})
        self.longest_gaps(seen, f"{RELOADS} reloads at {interval * 1000:g} ms", since)
        self.assertEqual([a for a in seen.adverts(since=since, host="r1", vrid=50, priority=0)], [])
        if interval < 0.1:
            # What the machine does to adverts that nobody reloads beside.
            took, since = now() - since, now()
            time.sleep(took / 1e9)
            self.longest_gaps(seen, "the same time without a reload", since)

    def longest_gaps(self, seen, when, since):
        for name, host, vrid in (("vigie", "r1", 50), ("keepalived", "r2", 60)):
            figure(f"{when}: longest advert gap of {name} {seen.longest_silence(vrid, host, since) * 1000:.1f} ms")

    @staticmethod
    def of_keepalived(interval, number=0):
        found = [{"name": "K_1", "vrid": 60, "priority": 200, "interval": interval, "addresses": ["192.0.2.120/24"]}]
        if number % 2:
            found.append({"name": "K_2", "vrid": 61, "priority": 150, "interval": 1, "addresses": ["192.0.2.121/24"]})
        return found

    def test_at_ten_milliseconds(self):
        self.run_reloads(0.01)

    def test_at_one_second(self):
        self.run_reloads(1)


if __name__ == "__main__":
    main()
