"""What every test file of the lab shares: entering the lab, and showing the logs when something fails."""
import argparse
import functools
import os
import signal
import sys
import time
import types
import unittest

from . import inside
from .daemons import Vigie
from .observer import Observer
from .probe import Responder
from .wait import holds_for, until
from .witness import Witness

_LOG_TAIL = 60
# The witness sees no stall of less than ten milliseconds, none sooner than it would have been woken, and whoever waited for
# its end has to get to work.
_HAZE = 20_000_000
# How often a test is begun again that the machine spoilt.
_ATTEMPTS = 5
# What a test can stand that says nothing else, as limit and within: at adverts of 100 ms somebody else is master after
# 360 ms of silence, and the machine is slow for a while when it runs again.
_ANY_TEST = (0.15, 0.5)


def now():
    return time.time_ns()


def figure(what):
    """A measured number: printed for people, asserted by nobody."""
    print(f"\n    figure: {what}", end="", file=sys.stderr, flush=True)


def void_when_the_machine_stands_still(limit, within):
    """For a test whose point are intervals so short that nobody can keep them on a machine which stands still for more than
    `limit` of `within` seconds. When it did and the test failed, the attempt is void and another one is made, with a lab of
    its own. Attempts that are all void are a failure, and so is at once the failure of one in which the machine ran."""
    def wrap(test):
        @functools.wraps(test)
        def attempts(self):
            for _ in range(_ATTEMPTS):
                try:
                    return test(self)
                except AssertionError as failure:
                    stood = self.witness.worst(self.began, now(), within)
                    if stood <= limit:
                        raise
                    figure(f"void: the machine stood still for {stood * 1000:.0f} of {within * 1000:.0f} ms, of which a test like "
                           f"this can stand {limit * 1000:.0f}; it failed with: {str(failure)[:200]}")
                self.doCleanups()
                self.setUp()
            self.fail(f"void {_ATTEMPTS} times: the machine does not run for long enough")
        attempts.states_its_limit = True
        return attempts
    return wrap


class LabTest(unittest.TestCase):
    """Closes what the test opened, last first, and prints the tails of all logs when it failed."""

    longMessage = True

    def run(self, result=None):
        test = getattr(type(self), self._testMethodName)
        if not hasattr(test, "states_its_limit"):
            setattr(self, self._testMethodName, types.MethodType(void_when_the_machine_stands_still(*_ANY_TEST)(test), self))
        self._result, self._troubles_before = result, len(result.failures) + len(result.errors)
        return super().run(result)

    def open(self, lab):
        """Keeps a lab until the test ends."""
        self.lab, self.witness, self.began = lab, Witness(), now()
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
        """The better router first, so that a slow start on a busy machine makes no other master in between. When this ends the
        other one, if it is vigie, has begun to listen and heard it."""
        self.run_daemon(better)
        until(lambda: observer.adverts(host=better.host.name, vrid=vrid), 30, f"{better.host.name} speaks for {vrid}")
        self.run_daemon(other)
        if isinstance(other, Vigie):
            until(other.transitions, 30, f"{other.host.name} has begun")
            since = now()
            until(lambda: observer.adverts(since=since, vrid=vrid), 30, f"an advert for {vrid}")

    def quiet(self, observer, vrid, master, within=1.5, addresses=(), last=0):
        """Waits until `master` alone speaks for vrid and alone holds the addresses, then sees that it lasts."""
        def holders():
            return {r.name for r in self.lab.routers if r.has_power and set(addresses) & observer.addresses(r.name)}

        def holds():
            return not addresses or holders() == {master}

        def is_so():
            return observer.speakers(vrid, within) == {master} and holds()

        def how_it_is():
            return (f"only {master} is master of {vrid}: speaking {sorted(observer.speakers(vrid, within))}, "
                    f"holding addresses {sorted(holders())}")

        until(is_so, 30, how_it_is)
        if addresses:
            until(lambda: set(addresses) <= observer.addresses(master), 5, f"{master} holds all of {addresses}")
        if last:
            # Not that it speaks in time, which is a question to the machine, but that nobody else does.
            since = now()
            holds_for(lambda: set(observer.reigns(vrid, since)) <= {master} and holds(), last, how_it_is)
            until(lambda: observer.adverts(since=since, host=master, vrid=vrid), 30, f"{master} speaks for {vrid}")

    def soon(self, what, begin, end, bound):
        """`end` came at most `bound` seconds after `begin`, not counting those in which the machine stood still."""
        took, stood = (end - begin) / 1e9, self.witness.stood_still(begin, end)
        still = f", {stood * 1000:.0f} of them the machine stood still" if stood else ""
        figure(f"{what}: {took * 1000:.1f} ms{still}")
        self.assertLessEqual(took, bound + stood, f"{what}: {took * 1000:.1f} ms, not {bound * 1000:.0f}{still}")

    def hardly_a_loss(self, what, client, handovers=1):
        """Of each: one packet lost at most, not counting those that were sent while the machine stood still."""
        lost = self.lost_while_it_ran(what, client)
        self.assertLessEqual(len(lost), handovers, f"{what}: packets lost while the machine ran")

    def lost_while_it_ran(self, what, client):
        """When the packets were sent that the client lost, without those that were sent while the machine stood still."""
        figure(f"{what}: {client}")
        if not client.lost_at:
            return []
        stalls = self.witness.stalls(client.lost_at[0] - _HAZE, client.lost_at[-1] + _HAZE)
        lost = [at for at in client.lost_at if not any(b - _HAZE <= at <= e + _HAZE for b, e in stalls)]
        figure(f"{what}: {client.lost - len(lost)} of them while the machine stood still, which it did for "
               f"{', '.join(f'{(e - b) / 1e6:.0f}' for b, e in stalls)} ms")
        return lost

    def _close(self):
        if len(self._result.failures) + len(self._result.errors) > self._troubles_before:
            self._show()
        if self._observer:
            self._observer.close()
        self.witness.close()
        self.lab.close()

    def _show(self):
        stalls = [(e - b) / 1e6 for b, e in self.witness.stalls(self.began, now())]
        print(f"\n--- the machine stood still {len(stalls)} times, for {sum(stalls):.0f} ms in all, "
              f"{max(stalls, default=0):.0f} ms at most", file=sys.stderr)
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
