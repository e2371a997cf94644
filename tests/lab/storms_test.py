#!/usr/bin/python3
"""Whatever is done to the kernel behind vigie's back: two seconds after it is over the kernel is as a fresh start leaves it.

The long form: VIGIE_STORMS=100 draws so many mixtures, from VIGIE_SEED on."""
import os
import random
import time

from vigielab import kernel
from vigielab.small import ALONE, BASE, INTERFACE, Small, config
from vigielab.storms import flood_netlink, stopped_for_the_moment
from vigielab.testing import LabTest, figure, main, now
from vigielab.wait import until

SEED = int(os.environ.get("VIGIE_SEED", "20261122"))
MIXTURES = int(os.environ.get("VIGIE_STORMS", "2"))
FOUR, SIX = "192.0.2.254", "2001:db8::254"
SYSCTL = f"ipv4/conf/{INTERFACE}/promote_secondaries"
# After the last act, in seconds. It may take longer to be looked at.
CALM = 2

# What others do. Each leaves the host as its network manager wants it.


def configure(lab):
    lab.host.ip_batch([f"addr replace {address} dev {INTERFACE}" + (" nodad" if ":" in address else "") for address in BASE["r1"]])


def flush(lab):
    # ip gives up when the addresses are back faster than it removes them.
    lab.host.run("ip", "addr", "flush", "dev", INTERFACE, "scope", "global", check=False)
    configure(lab)


def flush_each_family(lab):
    for family in ("-4", "-6"):
        lab.host.run("ip", family, "addr", "flush", "dev", INTERFACE, "scope", "global", check=False)
    configure(lab)


def remove_in_a_loop(lab):
    lab.host.run("sh", "-c", f"for i in 1 2 3 4 5; do ip addr del {FOUR}/24 dev {INTERFACE}; "
                             f"ip addr del {SIX}/64 dev {INTERFACE}; sleep 0.02; done", check=False)


def put_on_otherwise(lab):
    lab.host.run("sh", "-c", f"ip addr del {SIX}/64 dev {INTERFACE}; ip addr add {SIX}/128 dev {INTERFACE} nodad; "
                             f"ip addr del {SIX}/128 dev {INTERFACE}", check=False)


def flap(lab):
    lab.host.ip_batch([f"link set {INTERFACE} {'up' if number % 2 else 'down'}" for number in range(6)])
    configure(lab)


def cut_and_mend(lab):
    for _ in range(3):
        lab.small.network.cut(lab.host, INTERFACE)
        time.sleep(0.02)
        lab.small.network.mend(lab.host, INTERFACE)
        time.sleep(0.02)


def delete_and_make_again(lab):
    lab.host.ip("link", "delete", INTERFACE)
    lab.small.network.replug(lab.host, INTERFACE)


def rename(lab):
    for before, after in ((INTERFACE, "other0"), ("other0", INTERFACE)):
        lab.host.ip_batch([f"link set {before} down", f"link set {before} name {after}", f"link set {after} up"])
    configure(lab)


def change_the_mac(lab):
    lab.host.ip("link", "set", INTERFACE, "address", f"02:00:00:00:00:{lab.draw.randrange(256):02x}")


# Below 1280 the interface has no IPv6 any more: addresses, settings and groups are gone. IPv4 forgets none while it is there.
def change_the_mtu(lab):
    for mtu in (1400, 1000, 68, 1500):
        lab.host.ip("link", "set", INTERFACE, "mtu", str(mtu))
    configure(lab)


def forget_the_groups(lab):
    lab.host.ip("link", "set", INTERFACE, "mtu", "1000")
    lab.host.ip("link", "set", INTERFACE, "mtu", "1500")
    configure(lab)


def take_ipv6_away(lab):
    lab.host.sysctl(f"ipv6/conf/{INTERFACE}/disable_ipv6", 1)
    lab.host.sysctl(f"ipv6/conf/{INTERFACE}/disable_ipv6", 0)
    configure(lab)


def change_settings(lab):
    lab.host.sysctl(SYSCTL, 0)


# The host's own address comes behind the virtual one, which somebody removes; and both are gone.
def take_the_own_along(lab):
    own = BASE["r1"][0]
    with stopped_for_the_moment(lab.vigie, "keeper") as has_seen:
        lab.host.ip("addr", "del", own, "dev", INTERFACE)
        lab.host.ip("addr", "replace", f"{FOUR}/24", "dev", INTERFACE)
        lab.host.ip("addr", "add", own, "dev", INTERFACE)
        lab.host.sysctl(SYSCTL, 0)
        lab.host.ip("addr", "del", f"{FOUR}/24", "dev", INTERFACE)
        assert own not in kernel.addresses(lab.host, INTERFACE)
    if not has_seen:
        configure(lab)


# That its addresses are gone is at the end of what the keeper's queue has no room for.
def overrun(lab):
    with stopped_for_the_moment(lab.vigie, "keeper") as has_seen:
        flood_netlink(lab.host)
        lab.host.run("sh", "-c", f"ip addr del {FOUR}/24 dev {INTERFACE}; ip addr del {SIX}/64 dev {INTERFACE}", check=False)
    lab.has_overrun = bool(has_seen)


STORMS = [flush, flush_each_family, remove_in_a_loop, put_on_otherwise, flap, cut_and_mend, delete_and_make_again, rename,
          change_the_mac, change_the_mtu, forget_the_groups, take_ipv6_away, change_settings, take_the_own_along, overrun]


class Storms(LabTest):
    def setUp(self):
        self.small = self.open(Small())
        self.host, self.draw, self.has_overrun = self.small.r1, random.Random(SEED), False
        # How long a host looks for duplicates of its own addresses is not what this is about.
        self.host.sysctl("ipv6/conf/all/accept_dad", 0)
        self.vigie = self.run_daemon(self.small.vigie(self.host, config("r1", [
            dict(name="FOUR", vrid=7, priority=200, interval=ALONE, lines=["promote_secondaries"],
                 addresses=[f"{FOUR}/24", "192.0.2.253/32 label eth0:x", "198.51.100.254/24"]),
            dict(name="SIX", vrid=8, priority=200, interval=ALONE, addresses=["fe80::1/64", f"{SIX}/64", "2001:db8:1::1/64"])])))
        self.fresh = self.settled()

    def dump(self):
        return kernel.dump(self.host, INTERFACE, [SYSCTL])

    def is_master(self):
        return [self.vigie.state(name) for name in ("FOUR", "SIX")] == ["MASTER", "MASTER"]

    def settled(self):
        """As a fresh start leaves it: master of both, and nothing moves any more."""
        until(self.is_master, 20, lambda: f"master of both: {self.vigie.transitions()}")
        last = [None]

        def is_still():
            before, last[0] = last[0], self.dump()
            return before == last[0] and {f"{FOUR}/24", f"{SIX}/64"} <= set(last[0]["addresses"])
        until(is_still, 10, lambda: f"the kernel is still: {last[0]}")
        return last[0]

    def is_as_fresh(self, what):
        calm = now()
        try:
            until(lambda: self.dump() == self.fresh, CALM + 5, "as fresh")
        except AssertionError:
            self.fail(f"{what}, seed {SEED}: not as after a fresh start:\n" + "\n".join(kernel.difference(self.fresh, self.dump()))
                      + "".join(f"\n{row['instance']}: {row['sentence']}" for row in self.vigie.transitions()[-4:]))
        self.soon(f"{what}: as after a fresh start", calm, now(), CALM)

    # FAULT-33
    def test_after_each_storm_the_kernel_is_as_after_a_fresh_start(self):
        for storm in STORMS:
            storm(self)
            self.is_as_fresh(storm.__name__.replace("_", " "))
        if self.has_overrun:
            self.assertIn("more changed in the kernel than netlink could tell", self.vigie.log_text())
        self.assertEqual(self.vigie.events("address-fought"), [])
        self.starts_the_same()

    def test_after_storms_that_run_into_each_other_the_kernel_is_as_after_a_fresh_start(self):
        for number in range(MIXTURES):
            self.draw = random.Random(SEED + number)
            acts = self.draw.sample(STORMS, 5)
            names = f"{SEED + number}: " + ", ".join(act.__name__ for act in acts)
            for act in acts:
                act(self)
                time.sleep(self.draw.choice((0, 0, 0.05, 0.3)))
            self.is_as_fresh(names)
        self.starts_the_same()

    def starts_the_same(self):
        """The namespace as the storms left it gives a fresh daemon what the old one has."""
        self.assertEqual(self.vigie.stop(), 0)
        self.vigie.start()
        self.assertEqual(kernel.difference(self.settled(), self.fresh), [])

    # FAULT-32
    def test_a_router_that_nobody_can_stand_in_for_endures_a_fight_once_a_second(self):
        began = now()
        keeper = self.vigie.role_pid("keeper")
        before = processor_time(keeper)
        self.host.run("sh", "-c", f"for i in $(seq 120); do ip addr del {FOUR}/24 dev {INTERFACE} 2>/dev/null; sleep 0.02; done",
                      timeout=60)
        lasted = (now() - began) / 1e9
        rows = until(lambda: self.vigie.events("address-fought"), 10, "it is raised")
        self.assertEqual([row["status"] for row in rows], [1])
        self.is_as_fresh(f"somebody who removed it for {lasted:.1f} s")
        removals = self.vigie.events("address-restored")
        self.assertLessEqual(len(removals), 4)
        self.assertEqual(sum(row["status"] for row in removals), 20)
        self.assertEqual(self.vigie.state("FOUR"), "MASTER")
        self.assertEqual([r["to_state"] for r in self.vigie.transitions("FOUR")], ["BACKUP", "MASTER"])
        self.assertIn("again and again", self.vigie.cli("status").stdout)
        figure(f"a lonely router fought over for {lasted:.1f} s: {len(removals) + 1} rows, keeper {processor_time(keeper) - before:.2f} s of "
               "processor")


def processor_time(pid):
    with open(f"/proc/{pid}/stat") as file:
        words = file.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
