"""Configurations drawn at random: of every kind that an operator may write, and each one that a router alone becomes master
with. Small ones, because what is asked of them is how they become each other."""

# With prefixes of their own: the first address of such a network in the kernel is the one the others depend on.
_FOUR = [f"192.0.2.{last}" for last in range(100, 106)] + [f"203.0.113.{last}" for last in range(1, 5)]
_SIX = [f"2001:db8::{last}" for last in range(100, 104)] + [f"2001:db8:7::{last}" for last in range(1, 3)]
_OTHER = {"eth0": "eth1", "eth1": "eth0"}
_SOURCE = {("eth0", 4): "192.0.2.1", ("eth0", 6): "2001:db8::1", ("eth1", 4): "198.51.100.1", ("eth1", 6): "2001:db8:1::1"}
_PEER = {("eth0", 4): "192.0.2.2", ("eth0", 6): "2001:db8::2", ("eth1", 4): "198.51.100.2", ("eth1", 6): "2001:db8:1::2"}
_KEY = "0123456789abcdef0123456789abcdef"


def block(head, lines):
    return [head + " {", *("    " + line for line in lines), "}"]


class Drawn:
    """One configuration after the other; `dice` is a random.Random."""

    def __init__(self, dice):
        self.dice = dice

    def chance(self, share):
        return self.dice.random() < share

    def config(self):
        dice, lines = self.dice, []
        lines += block("global_defs", self._global_defs())
        self.scripts = [name for name in ("look", "taste") if self.chance(0.3)]
        for name in self.scripts:
            lines += block(f"vrrp_script {name}", [f'script "/usr/bin/touch /run/{name}.{dice.randint(1, 3)}"', "interval 1", "timeout 30",
                                                   f"weight {dice.choice((0, 2, -5))}"])
        self.files = [name for name in ("number",) if self.chance(0.2)]
        for name in self.files:
            lines += block(f"track_file {name}", ["file /run/number", f"weight {dice.choice((1, 2))}",
                                                  f"init_file {dice.randint(0, 1)}"])
        self.processes = [name for name in ("sleeper",) if self.chance(0.2)]
        for name in self.processes:
            lines += block(f"vrrp_track_process {name}", ["process sleep", f"weight {dice.choice((0, 3))}"])
        self.pools = {4: dice.sample(_FOUR, len(_FOUR)), 6: dice.sample(_SIX, len(_SIX))}
        names, taken = [], set()
        for _ in range(dice.randint(1, 5)):
            drawn = self._instance(taken)
            if drawn:
                names.append(drawn[0])
                lines += drawn[1]
        if len(names) > 1 and self.chance(0.35):
            members = dice.sample(names, dice.randint(2, len(names)))
            group = block("group", members)
            if self.scripts and self.chance(0.3):
                group += block("track_script", [self.scripts[0]])
            lines += block(f"vrrp_sync_group {dice.choice('GH')}", group)
        if self.chance(0.15):
            lines += block("flags " + " ".join(names[:1]), ["active_file /run/active"])
        if self.chance(0.15):
            lines += block("static_routes", ["198.18.0.0/15 via 192.0.2.9 dev eth0"])
        return "\n".join(lines) + "\n"

    def _global_defs(self):
        dice, lines = self.dice, ["router_id r1", "script_user root"]
        if self.chance(0.2):
            lines.append(f"vrrp_garp_master_refresh {dice.randint(1, 3)}")
        if self.chance(0.2):
            lines.append(f"vrrp_garp_interval {dice.choice((0.001, 0.01))}")
        if self.chance(0.1):
            lines.append("vrrp_mcast_group4 224.0.0.77")
        if self.chance(0.1):
            lines.append("vrrp_mcast_group6 ff02::77")
        if self.chance(0.1):
            lines.append("v3_checksum_as_v2")
        return lines

    def _instance(self, taken):
        dice = self.dice
        family = dice.choice((4, 4, 6))
        interface = dice.choice(("eth0", "eth0", "eth1"))
        vrid = dice.randint(50, 54)
        if (interface, family, vrid) in taken or not self.pools[family]:
            return None
        taken.add((interface, family, vrid))
        # A name that may be another one next time, so that some are renamed.
        name = f"{dice.choice(('VI', 'OTHER'))}_{interface}_{family}_{vrid}"
        version = 2 if family == 4 and self.chance(0.25) else 3
        # In version 2 an interval is a second at least, and nobody who owns its addresses waits for three of them.
        priority = 255 if version == 2 and self.chance(0.8) or self.chance(0.1) else dice.randint(1, 254)
        interval = 1 if version == 2 else dice.choice((0.05, 0.1, 0.2))
        lines = [f"interface {interface}", f"virtual_router_id {vrid}", f"version {version}", f"priority {priority}",
                 f"advert_int {interval:g}"]
        lines += self._speaking(interface, family, version)
        lines += self._watching(interface)
        lines += self._announcing()
        lines += self._modes(priority)
        lines += self._addresses(interface, family)
        return name, block(f"vrrp_instance {name}", lines)

    def _speaking(self, interface, family, version):
        """Where adverts go and come from, and how they are proven."""
        dice, lines, kind = self.dice, [], self.dice.random()
        source, peer = _SOURCE[interface, family], _PEER[interface, family]
        if kind < 0.3:
            if self.chance(0.5):
                lines.append(f"unicast_src_ip {source}")
            lines += block("unicast_peer", [peer] + ([f"{peer[:-1]}3"] if self.chance(0.5) else []))
            lines += [f"unicast_ttl {dice.choice((1, 64))}"] if self.chance(0.3) else []
        elif kind < 0.5:
            lines.append(f"mcast_dst_ip {'224.0.0.99' if family == 4 else 'ff02::99'}")
        elif kind < 0.6:
            lines.append(f"mcast_src_ip {source}" if family == 4 else f"mcast_dst_ip ff02::{dice.randint(50, 60)}")
        proof = dice.random()
        if version == 2 and proof < 0.3:
            lines += block("authentication", ["auth_type PASS", f"auth_pass {dice.choice(('one', 'other'))}"])
        elif version == 2 and proof < 0.6:
            lines += block("authentication", ["auth_type AH", f"auth_pass {dice.choice(('one', 'other'))}"])
        elif proof < 0.75 and proof >= 0.6:
            mode = dice.choice(("enforce", "permissive", "receive-only"))
            lines += block("auth_hmac", [f"key {dice.randint(1, 2)} {_KEY}", "key 9 " + _KEY[::-1], "active_key 9",
                                         f"mode {mode}"])
        return lines

    def _watching(self, interface):
        lines = []
        if self.scripts and self.chance(0.4):
            lines += block("track_script", [self.dice.choice(self.scripts) + self.dice.choice(("", " weight 3"))])
        if self.files and self.chance(0.4):
            lines += block("track_file", [self.files[0]])
        if self.processes and self.chance(0.4):
            lines += block("track_process", [self.processes[0]])
        if self.chance(0.3):
            lines += block("track_interface", [self.dice.choice((interface, _OTHER[interface] + " weight -3"))])
        return lines

    def _announcing(self):
        lines = []
        if self.chance(0.2):
            lines.append(f"garp_master_repeat {self.dice.randint(1, 3)}")
        if self.chance(0.2):
            lines.append(f"garp_master_delay {self.dice.randint(0, 2)}")
        if self.chance(0.1):
            lines.append("garp_master_refresh 1")
        return lines

    def _modes(self, priority):
        dice, lines = self.dice, []
        for share, line in ((0.1, "no_accept"), (0.1, "down_timer_adverts 2"), (0.1, "lower_prio_no_advert"),
                            (0.1, "higher_prio_send_advert"), (0.1, "skip_check_adv_addr"), (0.05, "check_unicast_src"),
                            (0.05, "timer_expired_backup 90"), (0.05, "use_vmac"), (0.05, "kernel_rx_buf_size 100000")):
            if self.chance(share):
                lines.append(line)
        if priority != 255 and self.chance(0.2):
            lines.append(dice.choice(("nopreempt", "preempt_delay 2")))
        if self.chance(0.1):
            lines += block("virtual_rules", ["from 192.0.2.0/24 table 100"])
        return lines

    def _addresses(self, interface, family):
        dice, pool, lines = self.dice, self.pools[family], []
        mine = [pool.pop() for _ in range(min(len(pool), dice.randint(1, 3)))]
        for address in mine:
            length = dice.choice((24, 32)) if family == 4 else dice.choice((64, 128))
            words = [f"{address}/{length}"]
            if self.chance(0.1):
                words.append(f"dev {_OTHER[interface]}")
            if family == 4 and len(words) == 1 and self.chance(0.1):
                words.append(f"label {interface}:{dice.randint(1, 9)}")
            # The kernel wants one scope for all addresses of a network.
            if length == 32 and self.chance(0.1):
                words.append("scope link")
            if family == 4 and length == 24 and self.chance(0.1):
                words.append("brd +")
            if family == 6 and self.chance(0.1):
                words.append("preferred_lft 0")
            lines.append(" ".join(words))
        addresses = block("virtual_ipaddress", lines)
        other = self.pools[10 - family]
        if other and self.chance(0.15):
            more = other.pop()
            addresses += block("virtual_ipaddress_excluded", [f"{more}/{32 if ':' not in more else 128}"])
        if self.chance(0.1):
            to = "198.18.0.0/24" if family == 4 else "2001:db8:99::/64"
            addresses += block("virtual_routes", [f"{to} dev {interface}"])
        return addresses
