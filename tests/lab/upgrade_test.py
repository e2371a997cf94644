#!/usr/bin/python3
"""vigie upgrade under traffic: every process is replaced, and nobody outside notices; a new version that does not work is
gone back from; and what a stop leaves: nothing.

The long run: VIGIE_UPGRADES=100 before ctest -R lab.upgrade, or this file with --build, and InARow."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from vigielab.daemons import Vigie, name_of
from vigielab.mission import build_folder
from vigielab.outcome import OutcomeTest
from vigielab.probe import Probe
from vigielab.small import Small, config
from vigielab.testing import LabTest, figure, main, now
from vigielab.wait import until

UPGRADES = int(os.environ.get("VIGIE_UPGRADES", "3"))
VRID, ADDRESS = 7, "192.0.2.254"
PROGRAMS = ["bin/vigied", "bin/vigie"] + [f"libexec/vigie/vigie-{role}" for role in (
    "config", "engine", "keeper", "recorder", "runner", "alerter", "subagent")]
SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "packaging/after-upgrade"
TRIAL = "--try-to-take-over"  # supervisor/take_over.hpp
ROLES = ["keeper", "engine", "recorder", "runner"]


class Installed:
    """A vigie in a place of its own, where it can be replaced under those that run, as a package manager does."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="upgrade-", dir=build_folder() / "tests"))
        for program in PROGRAMS:
            kept = self.folder / "package" / program
            kept.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["strip", "--strip-debug", "-o", kept, build_folder() / program], check=True)
            self.put(program)

    def put(self, program):
        self._put(program, lambda fresh: shutil.copyfile(self.folder / "package" / program, fresh))

    def put_script(self, program, text):
        self._put(program, lambda fresh: fresh.write_text("#!/bin/sh\n" + text))

    def _put(self, program, make):
        place = self.folder / program
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = place.with_name(place.name + ".new")
        make(fresh)
        fresh.chmod(0o755)
        fresh.rename(place)

    def put_all(self):
        for program in PROGRAMS:
            self.put(program)

    def remove(self):
        shutil.rmtree(self.folder)


class Upgrading(LabTest):
    INTERVAL = 1

    def begin(self, peer="vigie"):
        self.small = self.open(Small())
        until(lambda: "tentative" not in self.small.r1.kernel()["addresses"], 20, "the kernel is sure of its addresses")
        self.before = self.small.r1.kernel()
        self.seen = self.observe()
        self.respond(ADDRESS)
        self.installed = Installed()
        self.addCleanup(self.installed.remove)
        self.said = self.small.r1.file("/etc/keepalived/said")
        notify = self.small.r1.file("/etc/keepalived/notify.sh")
        self.small.r1.write("/etc/keepalived/notify.sh", '#!/bin/sh\nsleep 0.3\necho "$1" >> /etc/keepalived/said\n')
        notify.chmod(0o755)

        def text(router, priority, lines=()):
            return config(router.name, [dict(name="V", vrid=VRID, priority=priority, interval=self.INTERVAL,
                                             addresses=[f"{ADDRESS}/24"], lines=list(lines))])

        lines = [f'notify_{state} "/etc/keepalived/notify.sh {state}"' for state in ("master", "backup", "fault", "stop")]
        self.small.r1.write("/etc/vigie/vigie.conf", text(self.small.r1, 200, lines))
        self.r1 = Vigie(self.small.r1, self.installed.folder)
        other = text(self.small.r2, 100)
        self.r2 = self.small.vigie(self.small.r2, other) if peer == "vigie" else self.small.keepalived(self.small.r2, other)
        self.run_pair(self.seen, VRID, self.r1, self.r2)
        self.quiet(self.seen, VRID, "r1", 1.5 * self.INTERVAL, [ADDRESS])
        until(lambda: self.said.exists() and self.said.read_text() == "backup\nmaster\n", 20, "the notify scripts ran")
        self.since = now()

    def pids(self, daemon):
        return {role: until(lambda r=role: daemon.role_pid(r), 20, f"{role} runs") for role in ROLES
                if role != "runner" or daemon is self.r1}

    def inodes(self):
        return {name: self.small.r1.file(f"/run/vigie/{name}").stat().st_ino for name in ("board", "ledger", "control")}

    def counters(self):
        instance = json.loads(self.r1.cli("status", "--json").stdout)["instances"][0]
        return {name: instance[name] for name in (
            "became_master", "released_master", "adverts_sent", "adverts_received", "zero_sent", "zero_received",
            "announcements_sent", "faults", "contests")}

    def upgrade(self, daemon):
        """Everybody is another process, and vigied is not."""
        before, pid = self.pids(daemon), daemon.pid
        done = daemon.cli("upgrade", check=False)
        self.assertEqual(done.returncode, 0, f"{done.stdout}{done.stderr}{daemon.log_text()[-2000:]}")
        after = self.pids(daemon)
        for role, successor in after.items():
            self.assertNotEqual(before[role], successor, role)
        self.assertEqual(daemon.pid, pid)
        self.assertTrue(daemon.is_alive())

    def nobody_noticed(self, client, reported):
        silence = self.seen.longest_silence(VRID, "r1", self.since)
        figure(f"{reported}: {client}; longest silence of the master {silence * 1000:.0f} ms at adverts of "
               f"{self.INTERVAL * 1000:.0f} ms")
        self.assertEqual(set(self.seen.reigns(VRID, self.since)), {"r1"})
        self.assertEqual(self.seen.changes(since=self.since, address=ADDRESS), [], "the address came or went")
        self.assertEqual(self.seen.adverts(since=self.since, host="r1", vrid=VRID, priority=0), [])
        self.assertEqual(client.path, ["r1"])
        self.assertEqual(client.lost, 0)
        self.assertEqual([row["to_state"] for row in self.r1.transitions("V")], ["BACKUP", "MASTER"])
        numbers = [row["sequence"] for row in self.r1.events() if row["sequence"] is not None]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)), "every record once")
        self.assertEqual(self.r1.events("lost"), [])
        self.assertEqual(self.said.read_text(), "backup\nmaster\n", "a notify script ran for nothing")

    def not_less(self, before, after):
        for name, number in before.items():
            self.assertGreaterEqual(after[name], number, name)
        return after


class Failing(Upgrading):
    def test_to_a_version_that_does_not_work_leaves_the_one_before(self):
        self.begin()
        engine, counters = self.r1.role_pid("engine"), self.counters()
        with Probe(self.small.client, ADDRESS) as probe:
            for program, text, said, stays in (
                    ("bin/vigied", "exit 1\n", "cannot start: exit status 1", True),
                    ("bin/vigied", "exec sleep 60\n", "does not answer", True),
                    ("libexec/vigie/vigie-engine", "exit 1\n", "the new engine ended with exit status 1", True),
                    ("libexec/vigie/vigie-keeper", "kill -SEGV $$\n", "the new keeper ended with signal 11", True),
                    ("libexec/vigie/vigie-engine", "exec sleep 60\n", "the new engine was not ready", True)):
                self.installed.put_all()
                self.installed.put_script(program, text)
                done = self.r1.cli("upgrade", check=False)
                self.assertEqual(done.returncode, 1, f"{done.stdout}{done.stderr}")
                self.assertIn(said, done.stderr)
                self.assertEqual(self.r1.role_pid("engine") == engine, stays, self.r1.log_text()[-2000:])
            self.installed.put_all()
            self.upgrade(self.r1)
            counters = self.not_less(counters, self.counters())
            client = probe.stop()
        self.nobody_noticed(client, "five upgrades that fail, and one")


class InARow(OutcomeTest):
    def test_of_masters_and_of_backups_is_seen_by_nobody(self):
        installed = Installed()
        self.addCleanup(installed.remove)
        self.begin(build=installed.folder)
        inodes, counters = self.inodes(), self.counters()
        for _ in range(UPGRADES):
            installed.put_all()
            for what in ("vigie", "other_vigie"):
                self.unnoticed("upgrade of the " + {"vigie": "master", "other_vigie": "backup"}[what],
                               lambda trio, w=what: self.upgrade(getattr(trio, w)))
            self.assertEqual(self.inodes(), inodes)
            before, counters = counters, self.counters()
            for place, number in before.items():
                self.assertGreaterEqual(counters[place], number, place)
        self.no_packet_was_lost()
        for trio in self.trios:
            self.it_is_told_of_each_and_nothing_else(trio)
        self.nothing_heard_twice_had_a_consequence()
        self.the_history_is_whole()

    def daemons(self):
        return [daemon for trio in self.trios for daemon in (trio.vigie, trio.other_vigie)]

    def inodes(self):
        return {(daemon.host.name, name): daemon.host.file(f"/run/vigie/{name}").stat().st_ino
                for daemon in self.daemons() for name in ("board", "ledger", "control")}

    @staticmethod
    def instances(daemon):
        return json.loads(daemon.cli("status", "--json").stdout)["instances"]

    def counters(self):
        return {(daemon.host.name, instance["name"], name): instance[name]
                for daemon in self.daemons() for instance in self.instances(daemon) for name in (
                    "became_master", "released_master", "adverts_sent", "adverts_received", "zero_sent", "zero_received",
                    "announcements_sent", "faults", "contests")}

    def upgrade(self, daemon):
        """Everybody is another process, and vigied is not."""
        before, pid = {name_of(one): one for one in daemon.pids()}, daemon.pid
        asked = daemon.host.popen([daemon.build / "bin/vigie", "upgrade"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

        def over():
            with asked:
                said, _ = asked.communicate(timeout=60)
            self.assertEqual(asked.returncode, 0, f"{said}{daemon.log_text()[-2000:]}")
            after = {name_of(one): one for one in daemon.pids()}
            self.assertEqual(set(before), set(after))
            self.assertEqual([name for name in before if before[name] == after[name]], ["vigied"])
            self.assertEqual(daemon.pid, pid)
            self.upgraded[daemon] = self.upgraded.get(daemon, 0) + 1
        return over

    def setUp(self):
        self.upgraded = {}

    def it_is_told_of_each_and_nothing_else(self, trio):
        for daemon in (trio.vigie, trio.other_vigie):
            times, of = self.upgraded[daemon], [cell for cell in trio.cells if daemon.host.name in (cell.master, cell.backup)]
            until(lambda: len(daemon.events("command")) >= times, 10, "a row about each upgrade")
            for row in daemon.events("command"):
                self.assertIn("every process is replaced", json.dumps(row))
            if self.was_spoilt(trio):
                continue
            self.assertEqual(len(daemon.events("engine-adopted")), times * len(of))
            self.assertEqual(daemon.events("child-died"), [], "to be replaced is not to die")
            self.assertEqual(daemon.events("notify"), [], "a notify script ran for nothing")

    def nothing_heard_twice_had_a_consequence(self):
        """The keeper's successor opens sockets of its own while those of the one before are still read: an advert may come to the
        engine by both. A signed one is a repetition then, and dropped."""
        for daemon in self.daemons():
            for instance in self.instances(daemon):
                drops = {reason: number for reason, number in instance["drops"].items() if number}
                figure(f"{daemon.host.name}, {instance['name']}: dropped {drops or 'nothing'}")
                self.assertLessEqual(set(drops), {"replayed"})
            for kind in ("contest", "mismatch", "stray", "clock"):
                self.assertEqual(daemon.events(kind), [], daemon.host.name)


class Packaged(Upgrading):
    """packaging/after-upgrade, where systemctl only remembers what it was told."""
    ASKED, ACTIVE = "/etc/keepalived/asked", "/etc/keepalived/active"

    def after_upgrade(self):
        """What the script said, and what it asked of systemctl."""
        asked = self.small.r1.file(self.ASKED)
        asked.write_text("")
        done = self.small.r1.run("sh", "-c", f"PATH=/etc/keepalived:$PATH exec sh {SCRIPT}", check=False)
        self.assertEqual(done.returncode, 0, f"{done.stdout}{done.stderr}")
        return done.stdout + done.stderr, asked.read_text().splitlines()

    def test_a_packages_script_upgrades_what_runs_and_never_interrupts_it(self):
        self.begin()
        self.small.r1.write("/etc/keepalived/systemctl", f'#!/bin/sh\necho "$*" >> {self.ASKED}\n! test "$2" = is-active || test -e {self.ACTIVE}\n',
                            mode=0o755)
        active = ["--quiet is-active vigied.service"]
        running = self.pids(self.r1)
        with Probe(self.small.client, ADDRESS) as probe:
            self.assertEqual(self.after_upgrade(), ("", active), "of a service that is not active")
            self.assertEqual(self.pids(self.r1), running)

            self.small.r1.write(self.ACTIVE, "")
            said, asked = self.after_upgrade()
            self.assertIn("every process is replaced", said)
            self.assertEqual(asked, active)
            replaced = self.pids(self.r1)
            self.assertFalse(set(running.values()) & set(replaced.values()), f"{running} {replaced}")

            self.installed.put_script("bin/vigied", "exit 1\n")
            said, asked = self.after_upgrade()
            self.assertIn("vigied.service goes on with the version before", said)
            self.assertEqual(asked, active)
            self.assertEqual(self.pids(self.r1), replaced)
            until(lambda s=now(): self.seen.adverts(since=s, host="r1", vrid=VRID), 20, "r1 goes on speaking")
            client = probe.stop()
        self.nobody_noticed(client, "after-upgrade, three times")

        # A version that does not read what runs departs make before break, and starts anew in the same process.
        self.installed.put_script("bin/vigied", f'test "$1" != {TRIAL} || {{ echo 9.9.9; echo "the board is of another version"; exit 3; }}\n'
                                                f'exec {self.installed.folder}/package/bin/vigied "$@"\n')
        with Probe(self.small.client, ADDRESS) as probe:
            began, pid = now(), self.r1.pid
            said, asked = self.after_upgrade()
            self.assertIn("the board is of another version", said)
            self.assertEqual(asked, active)
            until(lambda: self.seen.adverts(since=began, host="r2", vrid=VRID), 20, "r2 is asked to take over")
            until(lambda: self.r1.role_pid("engine"), 20, "r1 starts anew")
            self.quiet(self.seen, VRID, "r1", addresses=[ADDRESS])
            client = probe.stop()
        self.assertEqual(self.r1.pid, pid)
        self.assertTrue(self.seen.adverts(since=began, host="r1", vrid=VRID, priority=0), "r1 did not say that it leaves")
        self.assertEqual(client.path, ["r1", "r2", "r1"])
        self.hardly_a_loss("a version that starts anew, there and back", client, 2)

        self.r1.kill()
        said, asked = self.after_upgrade()
        self.assertEqual(asked, [*active, "try-restart vigied.service"], said)


class Stopping(Upgrading):
    # Departure (three intervals and 2 s at most), notify scripts (12 s), readers of the ledger (8 s), keeper and engine (5 s
    # each), and a second for each that had to be killed.
    BOUND = 3 + 2 + 12 + 8 + 5 + 5 + 4

    def test_after_upgrades_leaves_nothing_and_waits_for_the_stop_notification(self):
        self.begin()
        for _ in range(2):
            self.upgrade(self.r1)
        with Probe(self.small.client, ADDRESS) as probe:
            began = now()
            self.assertEqual(self.r1.stop(self.BOUND), 0)
            took = (now() - began) / 1e9
            self.quiet(self.seen, VRID, "r2", addresses=[ADDRESS])
            client = probe.stop()
        figure(f"a stop with a notify script of 0.3 s: {took:.1f} s")
        self.hardly_a_loss("a stop after upgrades", client)
        self.assertEqual(self.said.read_text(), "backup\nmaster\nstop\n", "vigied ended before its notify script")
        self.assertEqual(self.small.r1.processes(), [], "processes are left")
        for what, found in self.small.r1.kernel().items():
            self.assertEqual(found, self.before[what], what)
        for name in ("control", "vigied.pid"):
            self.assertFalse(self.small.r1.file(f"/run/vigie/{name}").exists(), name)


if __name__ == "__main__":
    main()
