"""What may happen to a router. Each act begins, and answers how it ends; it says what it has hold of, so that no two acts
of one moment undo each other."""
import os
import signal
from dataclasses import dataclass
from typing import Callable

from vigielab.daemons import name_of
from vigielab.small import INTERFACE
from vigielab.testing import now

from .routers import ADDRESSES, FLAGS, PERMIT


@dataclass(frozen=True)
class Act:
    name: str
    holds: frozenset      # of a router: "link", "filter", "addresses", "daemon", "file", "permit"
    weight: int
    longest: float        # seconds; 0: over at once
    begin: Callable       # (router, draw) -> how it ends, or None
    vigie_only: bool = False
    pair_only: bool = False  # only where both are vigie


ACTS = []
ROLES = ["engine", "keeper", "runner", "recorder"]


def act(*holds, weight=2, longest=0.0, vigie_only=False, pair_only=False):
    def take(begin):
        ACTS.append(Act(begin.__name__.replace("_", " "), frozenset(holds), weight, longest, begin,
                        vigie_only or pair_only, pair_only))
        return begin
    return take


def tell(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


# -------------------------------------------------------------- the network


@act("link", longest=6)
def cable_cut(router, _):
    network, began = router.small.network, now()
    network.cut(router.host, INTERFACE)

    def mend():
        network.mend(router.host, INTERFACE)
        router.mute.append((began, now()))
    return mend


@act("link", longest=6)
def switch_forwards_nothing(router, _):
    router.small.network.silence(router.host, INTERFACE)
    return lambda: router.small.network.silence(router.host, INTERFACE, False)


@act("link", longest=4)
def interface_down(router, _):
    began = now()
    router.host.ip("link", "set", INTERFACE, "down")

    def mend():
        router.host.ip("link", "set", INTERFACE, "up")
        router.own_addresses_again()
        router.mute.append((began, now()))
    return mend


@act("link", "addresses", weight=1, longest=3)
def interface_deleted_and_made_again(router, _):
    began = now()
    router.host.ip("link", "delete", INTERFACE)

    def mend():
        router.small.network.replug(router.host, INTERFACE)
        router.small.seen.listen_again(router.host)
        router.mute.append((began, now()))
    return mend


@act("filter", longest=6)
def hears_no_adverts(router, _):
    router.host.drop_adverts("in")
    return router.host.let_adverts_pass


@act("filter", longest=6)
def its_adverts_are_dropped(router, _):
    began = now()
    router.host.drop_adverts("out")

    def mend():
        router.host.let_adverts_pass()
        router.mute.append((began, now()))
    return mend


# -------------------------------------------------------------- the kernel's addresses


@act("addresses", vigie_only=True)
def addresses_flushed(router, _):
    # Gives up when they are back faster than it removes them.
    router.host.run("ip", "addr", "flush", "dev", INTERFACE, "scope", "global", check=False)
    router.own_addresses_again()


@act("addresses", vigie_only=True)
def address_deleted(router, draw):
    address = draw.choice(ADDRESSES[draw.choice(sorted(ADDRESSES))])
    router.host.run("ip", "addr", "del", f"{address}/{64 if ':' in address else 24}", "dev", INTERFACE, check=False)


# -------------------------------------------------------------- processes


@act("daemon", weight=5, vigie_only=True)
def process_killed(router, draw):
    tell(filter(None, [router.daemon.role_pid(draw.choice(ROLES))]), signal.SIGKILL)


@act("daemon", weight=3, longest=4, vigie_only=True)
def process_stopped(router, draw):
    role = draw.choice(ROLES)
    pid = router.daemon.role_pid(role)
    tell(filter(None, [pid]), signal.SIGSTOP)
    # It may have been replaced meanwhile.
    return lambda: pid and name_of(pid).startswith("vigie-") and tell([pid], signal.SIGCONT)


@act("daemon", longest=6)
def daemon_frozen(router, _):
    frozen = router.daemon.pids()
    tell(frozen, signal.SIGSTOP)
    return lambda: tell(frozen, signal.SIGCONT)


@act("daemon", longest=5)
def everything_killed(router, _):
    router.daemon.kill()
    return router.daemon.start


@act("daemon", longest=3)
def daemon_stopped(router, _):
    router.daemon.stop()
    return router.daemon.start


@act("daemon", "link", "addresses", "filter", "file", "permit", weight=1, longest=5)
def power_lost(router, _):
    router.dark.append(now())
    router.small.network.power_off(router.host)

    def mend():
        router.small.network.power_on(router.host)
        router.mute.append((router.dark[-1], now()))
        router.daemon.start()
    return mend


# -------------------------------------------------------------- the operator


@act("permit", longest=5, vigie_only=True)
def permit_taken_away(router, _):
    router.host.file(PERMIT).unlink()
    return lambda: router.host.write(PERMIT, "")


# Others do not take lists that differ.
@act("file", "daemon", weight=3, pair_only=True)
def reloaded_with_an_address_more_or_less(router, _):
    router.has_spare = not router.has_spare
    router.host.write(router.daemon.config, router.text())
    router.daemon.cli("reload")


@act("file", "daemon", weight=1, vigie_only=True)
def reloaded_with_a_broken_file(router, _):
    router.host.write(router.daemon.config, FLAGS + "vrrp_instance FOUR {\n    virtual_router_id 300\n")
    refused = router.daemon.cli("reload", check=False)
    router.host.write(router.daemon.config, router.text())
    assert refused.returncode != 0, f"a broken file was taken: {refused.stdout}{refused.stderr}"
