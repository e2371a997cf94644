"""What every test file of the lab shares: entering the lab, and showing the logs when something fails."""
import argparse
import os
import signal
import sys
import time
import unittest

from . import inside
from .observer import Observer
from .probe import Responder
from .wait import holds_for, until

_LOG_TAIL = 60


def now():
    return time.time_ns()


def figure(what):
    """A measured number: printed for people, asserted by nobody."""
    print(f"\n    figure: {what}", end="", file=sys.stderr, flush=True)


class LabTest(unittest.TestCase):
    """Closes what the test opened, last first, and prints the tails of all logs when it failed."""

    longMessage = True

    def run(self, result=None):
        self._result, self._troubles_before = result, len(result.failures) + len(result.errors)
        return super().run(result)

    def open(self, lab):
        """Keeps a lab until the test ends."""
        self.lab = lab
        self._observer = None
        self.addCleanup(self._close)
        return lab

    def observe(self):
        self._observer = Observer(self.lab.routers)
        return self._observer

    def respond(self, *addresses):
        for router in self.lab.routers:
            self.addCleanup(Responder(router, addresses).close)

    def run_daemon(self, daemon):
        """Starts it and makes sure it is gone when the test ends."""
        daemon.start()
        self.addCleanup(daemon.kill)
        return daemon

    def run_pair(self, observer, vrid, better, other):
        """The better router first, so that a slow start on a busy machine makes no other master in between."""
        self.run_daemon(better)
        until(lambda: observer.adverts(host=better.host.name, vrid=vrid), 30, f"{better.host.name} speaks for {vrid}")
        self.run_daemon(other)

    def quiet(self, observer, vrid, master, within=1.5, addresses=(), last=0):
        """Waits until `master` alone speaks for vrid and alone holds the addresses, then sees that it lasts."""
        def holders():
            return {r.name for r in self.lab.routers if r.has_power and set(addresses) & observer.addresses(r.name)}

        def is_so():
            return observer.speakers(vrid, within) == {master} and (not addresses or holders() == {master})

        def how_it_is():
            return (f"only {master} is master of {vrid}: speaking {sorted(observer.speakers(vrid, within))}, "
                    f"holding addresses {sorted(holders())}")

        until(is_so, 30, how_it_is)
        if addresses:
            until(lambda: set(addresses) <= observer.addresses(master), 5, f"{master} holds all of {addresses}")
        if last:
            holds_for(is_so, last, how_it_is)

    def _close(self):
        if len(self._result.failures) + len(self._result.errors) > self._troubles_before:
            self._show()
        if self._observer:
            self._observer.close()
        self.lab.close()

    def _show(self):
        for host in self.lab.network.hosts.values():
            for log in sorted((host.room / "log").glob("*.log")):
                lines = log.read_text(errors="replace").splitlines()[-_LOG_TAIL:]
                print(f"--- {host.name}: {log.stem}", *lines, sep="\n", file=sys.stderr, flush=True)


def main(page=None):
    """page(): the text `--page FILE` writes when all tests passed, for test files that make one."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--build", help="folder with bin/vigied and bin/vigie")
    parser.add_argument("--page", help="file to write what was seen to")
    options, rest = parser.parse_known_args()
    if options.build:
        os.environ["VIGIE_BUILD"] = options.build
    inside.enter()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    result = unittest.main(argv=[sys.argv[0], *rest], verbosity=2, exit=False).result
    if result.wasSuccessful() and options.page and page:
        with open(options.page, "w", encoding="utf-8") as out:
            out.write(page())
    sys.exit(0 if result.wasSuccessful() else 1)
