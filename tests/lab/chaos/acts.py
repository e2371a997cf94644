"""What may happen to a router. Each act begins, and answers how it ends; it says what it has hold of, so that no two acts
of one moment undo each other."""
import os
import platform
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import Callable

from vigielab.daemons import name_of
from vigielab.hang import CIRCLE, tell, turn_in_a_circle
from vigielab.small import INTERFACE
from vigielab.storms import flood_netlink, stopped_for_the_moment
from vigielab.testing import now
from vigielab.wait import until

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
ROLES = ["engine", "keeper", "runner", "recorder", "alerter", "subagent"]


def act(*holds, weight=2, longest=0.0, vigie_only=False, pair_only=False):
    def take(begin):
        ACTS.append(Act(begin.__name__.replace("_", " "), frozenset(holds), weight, longest, begin,
                        vigie_only or pair_only, pair_only))
        return begin
    return take


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


@act("link")
def cable_loose(router, draw):
    network = router.small.network
    for _ in range(draw.randrange(2, 6)):
        began = now()
        network.cut(router.host, INTERFACE)
        time.sleep(draw.uniform(0.01, 0.2))
        network.mend(router.host, INTERFACE)
        router.mute.append((began, now()))
        time.sleep(draw.uniform(0.01, 0.2))


@act("link", weight=1)
def interface_of_another_mac(router, draw):
    router.host.ip("link", "set", INTERFACE, "address", f"02:00:00:00:{draw.randrange(256):02x}:{draw.randrange(256):02x}")


@act("link", "addresses", weight=1, longest=3)
def interface_renamed(router, _):
    began = now()

    def rename(old, new):
        for words in (("set", old, "down"), ("set", old, "name", new), ("set", new, "up")):
            router.host.ip("link", *words)
    rename(INTERFACE, "other0")

    def mend():
        rename("other0", INTERFACE)
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


@act("addresses", weight=1, vigie_only=True)
def address_deleted_again_and_again(router, draw):
    address = draw.choice(ADDRESSES[draw.choice(sorted(ADDRESSES))])
    router.host.run("sh", "-c", f"for i in $(seq 40); do ip addr del {address}/{64 if ':' in address else 24} dev {INTERFACE} 2>/dev/null; "
                                "sleep 0.02; done", check=False)


# Such a router has no address to speak from.
@act("addresses", weight=1, longest=3, vigie_only=True)
def own_address_removed(router, draw):
    router.host.run("ip", "addr", "del", draw.choice(router.host.addresses[INTERFACE]), "dev", INTERFACE, check=False)
    return router.own_addresses_again


@act("addresses", longest=3, vigie_only=True)
def secondaries_promoted(router, _):
    key = f"ipv4/conf/{INTERFACE}/promote_secondaries"
    router.host.sysctl(key, 1)
    return lambda: router.host.sysctl(key, 0)


# Below 1280 there is no IPv6 on it: its addresses, settings and groups are gone.
@act("link", "addresses", vigie_only=True)
def mtu_changed(router, draw):
    began = now()
    for mtu in (*draw.sample((1400, 1280, 1000, 68), draw.randrange(1, 4)), 1500):
        router.host.ip("link", "set", INTERFACE, "mtu", str(mtu))
    router.own_addresses_again()
    router.mute.append((began, now()))


@act("daemon", "addresses", weight=1, vigie_only=True)
def more_changed_than_netlink_holds(router, draw):
    if router.daemon.role_pid("keeper"):
        with stopped_for_the_moment(router.daemon, "keeper"):
            flood_netlink(router.host)
            address_deleted(router, draw)


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


@act("daemon", weight=1, vigie_only=True)
def engine_turns_in_a_circle(router, _):
    pid = router.daemon.role_pid("engine")
    if pid and platform.machine() in CIRCLE:
        turn_in_a_circle(pid)


@act("daemon", weight=1, longest=4, vigie_only=True)
def engine_frozen(router, _):
    pid = router.daemon.role_pid("engine")
    if not pid or not router.freezer.group:
        return None
    router.freezer.freeze(pid)

    def mend():
        router.freezer.thaw()
        if router.daemon.role_pid("engine") == pid:
            router.freezer.let_go(pid)
    return mend


@act("daemon", longest=6)
def daemon_frozen(router, _):
    frozen = router.daemon.pids()
    tell(frozen, signal.SIGSTOP)
    return lambda: tell(frozen, signal.SIGCONT)


@act("daemon", weight=3, longest=3, vigie_only=True)
def supervisor_killed(router, _):
    os.kill(router.daemon.pid, signal.SIGKILL)

    def mend():
        until(lambda: not router.daemon.is_alive(), 10, "the supervisor is dead")
        router.daemon.start()
    return mend


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


def asked(router, *words):
    """Of a daemon that may not be able to do it, die over it, or be frozen: the answer comes when all is mended, at the latest."""
    router.asked.append(router.host.popen([router.daemon.build / "bin/vigie", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    return lambda: None


@act("permit", longest=5, vigie_only=True)
def permit_taken_away(router, _):
    router.host.file(PERMIT).unlink()
    return lambda: router.host.write(PERMIT, "")


@act("permit", weight=1, longest=5, vigie_only=True)
def routing_disabled(router, _):
    # The file is what counts; that nobody runs to note it is said with the exit status.
    router.daemon.cli("disable-routing", check=False)
    return lambda: router.daemon.cli("enable-routing", check=False)


# They are taken back when all is mended (Router.take_back).
@act("operator", weight=3, longest=4, vigie_only=True)
def switched_over(router, draw):
    return asked(router, "switchover", draw.choice(sorted(ADDRESSES)), *draw.choice(([], ["--force"])))


@act("operator", longest=4, vigie_only=True)
def in_maintenance(router, draw):
    return asked(router, "maintenance", "on", *draw.choice(([], ["--for", "2s"])))


@act("operator", weight=3, longest=2, vigie_only=True)
def upgraded(router, _):
    return asked(router, "upgrade")


# Others do not take lists that differ.
@act("file", "daemon", weight=3, pair_only=True)
def reloaded_with_an_address_more_or_less(router, _):
    router.has_spare = not router.has_spare
    router.host.write(router.daemon.config, router.text())
    done = router.daemon.cli("reload", check=False)
    if done.returncode != 0:
        # Whoever starts the engine anew meanwhile, an upgrade or the machine, leaves it what it had.
        assert "its successor has the one before" in done.stderr, f"not reloaded: {done.stdout}{done.stderr}"
        router.has_spare = not router.has_spare
        router.host.write(router.daemon.config, router.text())


@act("file", "daemon", weight=1, vigie_only=True)
def reloaded_with_a_broken_file(router, _):
    router.host.write(router.daemon.config, FLAGS + "vrrp_instance FOUR {\n    virtual_router_id 300\n")
    refused = router.daemon.cli("reload", check=False)
    router.host.write(router.daemon.config, router.text())
    assert refused.returncode != 0, f"a broken file was taken: {refused.stdout}{refused.stderr}"
