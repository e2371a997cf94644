#!/usr/bin/python3
"""packaging/after-upgrade: what a package's script does with each answer of `vigie upgrade`."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "packaging/after-upgrade"


class AfterUpgrade(unittest.TestCase):
    def run_it(self, active, status):
        with tempfile.TemporaryDirectory() as folder:
            done = pathlib.Path(folder) / "done"
            done.write_text("")
            for name, text in (("systemctl", f'case $* in *is-active*) exit {0 if active else 3};; esac'),
                               ("vigie", f"exit {status}")):
                program = pathlib.Path(folder) / name
                program.write_text(f'#!/bin/sh\n[ "$2" = is-active ] || echo {name} "$@" >> {done}\n{text}\n')
                program.chmod(0o755)
            ended = subprocess.run([SCRIPT], env={"PATH": f"{folder}:/usr/bin:/bin"}, capture_output=True, text=True)
            return ended.returncode, done.read_text().splitlines(), ended.stderr

    def test_upgrades_what_runs_and_starts_nothing_else(self):
        self.assertEqual(self.run_it(True, 0), (0, ["vigie upgrade --force"], ""))

    def test_leaves_alone_what_does_not_run(self):
        self.assertEqual(self.run_it(False, 0), (0, [], ""))

    def test_does_not_restart_into_a_version_that_does_not_work(self):
        status, done, said = self.run_it(True, 1)
        self.assertEqual((status, done), (0, ["vigie upgrade --force"]))
        self.assertIn("goes on with the version before", said)

    def test_restarts_a_daemon_that_knows_no_upgrade(self):
        status, done, _ = self.run_it(True, 4)
        self.assertEqual((status, done), (0, ["vigie upgrade --force", "systemctl try-restart vigied.service"]))


if __name__ == "__main__":
    sys.exit(unittest.main())
