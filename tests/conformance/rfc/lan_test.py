#!/usr/bin/python3
"""What the RFCs ask of a router towards its LAN, seen from the LAN: two real routers and a host that sends what it likes.

  client  192.0.2.10  ---eth0---  r1 (master)  ---eth1---  client 198.51.101.10
                      ---eth0---  r2 (backup)  ---eth1---

Both routers forward. Everything is asked of the same pair, started once; the last test takes the master away.
"""
import ipaddress
import json
import pathlib
import socket
import struct
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "lab"))

from vigielab.observer import Observer, open_in
from vigielab.small import Small, config
from vigielab.testing import main
from vigielab.wait import until

V4, V6, V2, CLOSED4, CLOSED6, OWNED = 51, 52, 53, 54, 55, 56
ADDRESS4, ADDRESS2, CLOSED_ADDRESS4, OWN_ADDRESS = "192.0.2.100", "192.0.2.102", "192.0.2.103", "192.0.2.61"
LINK_LOCAL6, ADDRESS6, CLOSED_LINK_LOCAL6, CLOSED_ADDRESS6 = "fe80::52", "2001:db8::100", "fe80::55", "2001:db8::103"
NOBODYS4, NOBODYS6 = "192.0.2.150", "2001:db8::150"
FAR4, FAR6 = "198.51.101.10", "2001:db8:1::10"

_BROADCAST = b"\xff" * 6
_ALL = 3


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packed(address):
    return ipaddress.ip_address(address).packed


def ipv4(source, destination, protocol, payload, ttl=64):
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 7, 0, ttl, protocol, 0) + packed(source) + packed(destination)
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def ipv6(source, destination, protocol, payload, hops=64):
    return struct.pack("!IHBB", 0x60000000, len(payload), protocol, hops) + packed(source) + packed(destination) + payload


def icmpv6(source, destination, kind, body):
    message = struct.pack("!BBH", kind, 0, 0) + body
    pseudo = packed(source) + packed(destination) + struct.pack("!IHBB", len(message), 0, 0, 58)
    return struct.pack("!BBH", kind, 0, checksum(pseudo + message)) + body


def udp(mark):
    return struct.pack("!HHHH", 5000, 5000, 8 + len(mark), 0) + mark


class Ear:
    """Everything that arrives on an interface; of a host, or of a switch port when there is none."""

    def __init__(self, interface, host=None):
        def make():
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL))
            s.bind((interface, _ALL))
            return s
        self.socket = open_in(host, make) if host else make()
        self.socket.setblocking(False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, destination_mac, source_mac, ethertype, payload):
        self.socket.send(destination_mac + source_mac + struct.pack("!H", ethertype) + payload)

    def heard(self, seconds=0.4):
        """Frames that came in until now and in the next moments. Moments are counted: a machine that stands still takes one of
        them, and whoever has something to say has the others."""
        frames = []
        for _ in range(round(seconds / 0.01)):
            time.sleep(0.01)
            while True:
                try:
                    frame, sender = self.socket.recvfrom(2048)
                except BlockingIOError:
                    break
                if sender[2] != socket.PACKET_OUTGOING:
                    frames.append(frame)
        return frames


class Lan(unittest.TestCase):
    longMessage = True

    @classmethod
    def setUpClass(cls):
        cls.lab = lab = Small(("eth0", "eth1"))
        cls.addClassCleanup(lab.close)
        for router in lab.routers:
            number = 1 if router is lab.r1 else 2
            router.sysctl("ipv4/ip_forward", 1)
            router.sysctl("ipv6/conf/all/forwarding", 1)
            for interface in ("all", "eth0"):
                router.sysctl(f"ipv4/conf/{interface}/send_redirects", 0)
                router.sysctl(f"ipv4/conf/{interface}/rp_filter", 0)
            # What a host would put into packets that nobody asked about: none of it belongs into an advert.
            router.sysctl("ipv4/ip_default_ttl", 17)
            router.sysctl("ipv6/conf/all/hop_limit", 18)
            router.sysctl("ipv6/conf/eth0/hop_limit", 18)
            # Of r1 this is what OWNED speaks of; of r2 it is one more address.
            router.ip("addr", "add", f"192.0.2.{60 + number}/24", "dev", "eth0")
            router.ip("addr", "add", f"2001:db8:1::{number}/64", "dev", "eth1", "nodad")
        lab.client.ip("addr", "add", f"{FAR6}/64", "dev", "eth1", "nodad")
        cls.observer = Observer(lab.routers)
        cls.addClassCleanup(cls.observer.close)
        cls.mac = {host.name: bytes.fromhex(json.loads(host.ip("-json", "link", "show", "eth0"))[0]["address"].replace(":", ""))
                   for host in (lab.r1, lab.r2, lab.client)}
        cls.daemons = {}
        for router, priority, owner in ((lab.r1, 200, 255), (lab.r2, 100, 100)):
            text = config(router.name, [
                {"name": "V4", "vrid": V4, "priority": priority, "addresses": [f"{ADDRESS4}/24"]},
                {"name": "V6", "vrid": V6, "priority": priority, "addresses": [f"{LINK_LOCAL6}/64", f"{ADDRESS6}/64"]},
                {"name": "V2", "vrid": V2, "priority": priority, "version": 2, "addresses": [f"{ADDRESS2}/24"]},
                {"name": "CLOSED4", "vrid": CLOSED4, "priority": priority, "lines": ["no_accept"],
                 "addresses": [f"{CLOSED_ADDRESS4}/24"]},
                {"name": "CLOSED6", "vrid": CLOSED6, "priority": priority, "lines": ["no_accept"],
                 "addresses": [f"{CLOSED_LINK_LOCAL6}/64", f"{CLOSED_ADDRESS6}/64"]},
                {"name": "OWNED", "vrid": OWNED, "priority": owner, "version": 2,
                 "addresses": [f"{OWN_ADDRESS}/24"]},
            ])
            daemon = lab.vigie(router, text)
            daemon.start()
            cls.daemons[router.name] = daemon
            cls.addClassCleanup(daemon.kill)
            if router is lab.r1:
                for vrid in (V4, V6, V2, CLOSED4, CLOSED6, OWNED):
                    until(lambda v=vrid: cls.observer.adverts(host="r1", vrid=v), 30, f"r1 speaks for {vrid}")
        wanted = {ADDRESS4, ADDRESS2, CLOSED_ADDRESS4, OWN_ADDRESS, LINK_LOCAL6, ADDRESS6, CLOSED_LINK_LOCAL6, CLOSED_ADDRESS6}
        until(lambda: wanted <= cls.observer.addresses("r1"), 30, "r1 holds everything")
        until(lambda: cls.daemons["r2"].state("OWNED") == "BACKUP", 30, "r2 is a backup")
        # Addresses of IPv6 are in use once nobody else claimed them.
        until(lambda: not any(details.get("tentative") for details in lab.r1.configured().values()), 10, "no tentative address")

    # -------------------------------------------------------------- asking

    def who_answers(self, address):
        """MACs that answer an ARP request, or a neighbour solicitation, for it; each with what it taught."""
        found = set()
        six = ":" in address
        with Ear("eth0", self.lab.client) as ear:
            if six:
                group = ipaddress.ip_address(packed("ff02::1:ff00:0")[:13] + packed(address)[13:]).compressed
                body = bytes(4) + packed(address) + b"\1\1" + self.mac["client"]
                ear.send(b"\x33\x33" + packed(group)[12:], self.mac["client"], 0x86DD,
                         ipv6("2001:db8::10", group, 58, icmpv6("2001:db8::10", group, 135, body), 255))
            else:
                ear.send(_BROADCAST, self.mac["client"], 0x0806,
                         struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + self.mac["client"] + packed("192.0.2.10") + bytes(6)
                         + packed(address))
            for frame in ear.heard():
                if not six and frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\2" and frame[28:32] == packed(address):
                    found.add((frame[6:12], frame[22:28]))
                if six and frame[12:14] == b"\x86\xdd" and frame[20] == 58 and frame[54] == 136 \
                        and frame[58] & 0x40 and frame[62:78] == packed(address):
                    self.router_flag = bool(frame[58] & 0x80)
                    found.add((frame[6:12], frame[80:86]))
        return found

    def who_accepts(self, address, mac):
        """MACs from which an echo reply came to a request that was sent to this MAC."""
        with Ear("eth0", self.lab.client) as ear:
            if ":" in address:
                echo = icmpv6("2001:db8::10", address, 128, b"vigi" + bytes(4))
                ear.send(mac, self.mac["client"], 0x86DD, ipv6("2001:db8::10", address, 58, echo))
                return {f[6:12] for f in ear.heard() if f[12:14] == b"\x86\xdd" and f[20] == 58 and f[54] == 129
                        and f[22:38] == packed(address)}
            body = b"vigi" + bytes(4)
            echo = struct.pack("!BBH", 8, 0, checksum(struct.pack("!BBH", 8, 0, 0) + body)) + body
            ear.send(mac, self.mac["client"], 0x0800, ipv4("192.0.2.10", address, 1, echo))
            return {f[6:12] for f in ear.heard() if f[12:14] == b"\x08\x00" and f[23] == 1 and f[34] == 0
                    and f[26:30] == packed(address)}

    def comes_through(self, packet, destination_mac):
        """Whether a packet sent on eth0 turns up on eth1."""
        with Ear("eth1", self.lab.client) as there, Ear("eth0", self.lab.client) as here:
            mark = b"passing %d" % time.monotonic_ns()
            here.send(destination_mac, self.mac["client"], *packet(mark))
            return any(mark in frame for frame in there.heard())

    def to4(self, destination, ttl=64):
        return lambda mark: (0x0800, ipv4("192.0.2.10", destination, 17, udp(mark), ttl))

    def to6(self, destination, hops=64):
        return lambda mark: (0x86DD, ipv6("2001:db8::10", destination, 17, udp(mark), hops))

    def is_sent_on_by_r1(self, destination):
        """Whether r1 sends a packet that is handed to it back to the LAN."""
        with Ear("r1.eth0") as port, Ear("eth0", self.lab.client) as here:
            mark = b"returning %d" % time.monotonic_ns()
            here.send(self.mac["r1"], self.mac["client"], *self.to4(destination)(mark))
            # Not in the error that says that nobody listens there.
            return any(mark in frame and frame[23] == 17 and frame[6:12] == self.mac["r1"] for frame in port.heard())

    def adverts(self, vrid):
        found = self.observer.adverts(host="r1", vrid=vrid)
        self.assertTrue(found)
        return found

    # -------------------------------------------------------------- adverts

    # RFC9568-5.1.1.3-1 positive, RFC3768-5.2.3-1 positive, RFC9568-5.1.2.3-1 positive, RFC9568-7.2-0 positive
    # RFC9568-7.2-4 positive, RFC3768-7.2-4 positive
    def test_adverts_go_to_the_group_with_255_hops(self):
        for vrid, version, group in ((V4, 3, "224.0.0.18"), (V2, 2, "224.0.0.18"), (OWNED, 2, "224.0.0.18"), (V6, 3, "ff02::12")):
            self.assertEqual({(a.version, a.destination, a.ttl) for a in self.adverts(vrid)}, {(version, group, 255)}, vrid)

    # RFC9568-5.1.1.3-1 negative, RFC3768-5.2.3-1 negative, RFC9568-5.1.2.3-1 negative: this host's packets have others.
    def test_adverts_do_not_have_the_hosts_own_time_to_live(self):
        with Ear("eth0", self.lab.client) as ear:
            self.lab.r1.run("ping", "-c1", "-W10", "192.0.2.10")
            self.lab.r1.run("ping", "-c1", "-W10", "2001:db8::10")
            frames = ear.heard()
        self.assertEqual({f[22] for f in frames if f[12:14] == b"\x08\x00" and f[23] == 1 and f[34] == 8}, {17})
        self.assertEqual({f[21] for f in frames if f[12:14] == b"\x86\xdd" and f[20] == 58 and f[54] == 128}, {18})
        for vrid in (V4, V2, V6):
            self.assertEqual({a.ttl for a in self.adverts(vrid)}, {255})

    # RFC9568-7.2-3a positive, RFC3768-7.2-3 positive, RFC9568-7.2-3b positive
    def test_adverts_come_from_the_primary_address_of_their_family(self):
        for vrid in (V4, V2, OWNED):
            self.assertEqual({a.source for a in self.adverts(vrid)}, {"192.0.2.1"}, vrid)
        primary = [prefix.split("/")[0] for (interface, prefix), _ in self.lab.r1.configured().items()
                   if interface == "eth0" and prefix.startswith("fe80") and not prefix.startswith(("fe80::52/", "fe80::55/"))]
        self.assertEqual({a.source for a in self.adverts(V6)}, set(primary))

    # RFC9568-7.2-3a negative, RFC3768-7.2-3 negative, RFC9568-7.2-3b negative, RFC9568-7.2-4 negative, RFC3768-7.2-4 negative
    # RFC9568-7.2-0 negative
    def test_no_advert_comes_from_another_address_or_goes_elsewhere(self):
        everything = self.observer.adverts(host="r1")
        held = self.observer.addresses("r1")
        self.assertLessEqual({ADDRESS4, ADDRESS2, LINK_LOCAL6, ADDRESS6, OWN_ADDRESS, "2001:db8::1"}, held)
        self.assertFalse({a.source for a in everything} & (held - {"192.0.2.1"} - {a.source for a in self.adverts(V6)}))
        self.assertEqual({a.destination for a in everything}, {"224.0.0.18", "ff02::12"})
        self.assertEqual({a.interface for a in everything}, {"eth0"})

    # RFC9568-5.2.9-2 negative: never an address of the other family, also where one router speaks both.
    def test_no_advert_lists_an_address_of_another_family_than_its_own(self):
        for advert in self.observer.adverts(host="r1"):
            for address in advert.addresses:
                self.assertEqual(":" in address, ":" in advert.source, advert)

    # RFC9568-5.2.9-1 positive, RFC9568-6.1-p5 positive
    def test_adverts_over_ipv6_list_the_link_local_address_first(self):
        self.assertEqual({a.addresses for a in self.adverts(V6)}, {(LINK_LOCAL6, ADDRESS6)})

    # RFC9568-7.2-2 differs, RFC3768-7.2-2 differs
    def test_adverts_leave_under_the_interfaces_own_mac(self):
        for vrid in (V4, V6, V2):
            self.assertEqual({bytes.fromhex(a.source_mac.replace(":", "")) for a in self.adverts(vrid)}, {self.mac["r1"]})

    # -------------------------------------------------------------- answering

    # RFC9568-6.4.3-1 positive, RFC3768-6.4.3-1 positive, RFC9568-6.4.2-1 positive, RFC3768-6.4.2-1 positive
    # RFC9568-6.4.3-0 positive, RFC9568-6.4.2-0 positive
    # RFC9568-8.1.2-6 differs, RFC9568-8.1.2-1 differs, RFC3768-8.2-4 differs, RFC3768-8.2-1 differs
    def test_the_master_alone_answers_arp_with_its_own_mac(self):
        for address in (ADDRESS4, ADDRESS2, CLOSED_ADDRESS4, OWN_ADDRESS):
            self.assertEqual(self.who_answers(address), {(self.mac["r1"], self.mac["r1"])}, address)

    # RFC9568-6.4.3-1 negative, RFC3768-6.4.3-1 negative, RFC9568-6.4.3-3 negative
    def test_nobody_answers_for_what_is_no_virtual_address(self):
        self.assertEqual(self.who_answers(NOBODYS4), set())
        self.assertEqual(self.who_answers(NOBODYS6), set())

    # RFC9568-6.4.3-3 positive, RFC9568-6.4.2-2 positive, RFC9568-8.2.2-8 differs, RFC9568-8.2.2-1 differs
    def test_the_master_alone_answers_neighbour_solicitations_as_a_router(self):
        for address in (LINK_LOCAL6, ADDRESS6):
            self.assertEqual(self.who_answers(address), {(self.mac["r1"], self.mac["r1"])}, address)
            self.assertTrue(self.router_flag)

    # RFC9568-8.1.3-1 differs, RFC3768-8.3-1 differs
    def test_a_master_that_answers_for_another_lan_gives_its_own_mac(self):
        r1 = self.lab.r1
        for key, usual, value in (("neigh/eth0/proxy_delay", 80, 0), ("conf/eth0/proxy_arp", 0, 1)):
            r1.sysctl(f"ipv4/{key}", value)
            self.addCleanup(r1.sysctl, f"ipv4/{key}", usual)
        self.assertEqual(self.who_answers(FAR4), {(self.mac["r1"], self.mac["r1"])})

    # RFC9568-8.2.2-2 differs, RFC9568-8.2.2-3 differs
    def test_the_masters_own_neighbour_solicitations_carry_its_own_mac(self):
        self.lab.r1.ip("-6", "neigh", "flush", "dev", "eth0")
        with Ear("eth0", self.lab.client) as ear:
            self.lab.r1.run("ping", "-c1", "-W10", "-I", ADDRESS6, "2001:db8::10")
            asked = [f for f in ear.heard() if f[12:14] == b"\x86\xdd" and f[20] == 58 and f[54] == 135 and f[22:38] == packed(ADDRESS6)]
        self.assertEqual({(f[6:12], f[78:80], f[80:86]) for f in asked}, {(self.mac["r1"], b"\1\1", self.mac["r1"])})

    # RFC9568-6.1-1 positive, RFC9568-6.4.3-4n positive
    def test_without_accept_mode_neighbour_solicitations_are_answered_all_the_same(self):
        for address in (CLOSED_LINK_LOCAL6, CLOSED_ADDRESS6):
            self.assertEqual(self.who_answers(address), {(self.mac["r1"], self.mac["r1"])}, address)

    # RFC9568-6.4.3-2 positive, RFC9568-6.4.2-7c positive, RFC9568-6.4.2-7c negative, RFC9568-6.4.3-2 negative
    def test_only_the_master_is_a_member_of_the_solicited_node_groups(self):
        def groups(router):
            return router.output("ip", "-6", "maddr", "show", "dev", "eth0")
        # ff02::1:ffXX:XXXX with the last three bytes of 2001:db8::100, fe80::52.
        for group in ("ff02::1:ff00:100", "ff02::1:ff00:52"):
            self.assertIn(group, groups(self.lab.r1))
            self.assertNotIn(group, groups(self.lab.r2))

    # -------------------------------------------------------------- accepting and forwarding

    # RFC9568-6.4.3-6 positive, RFC3768-6.4.3-4 positive, RFC9568-6.4.3-7 differs, RFC3768-6.4.3-3 differs
    def test_the_master_accepts_what_is_sent_to_its_addresses_also_without_accept_mode(self):
        for address in (ADDRESS4, ADDRESS2, OWN_ADDRESS, CLOSED_ADDRESS4, ADDRESS6, CLOSED_ADDRESS6):
            self.assertEqual(self.who_accepts(address, self.mac["r1"]), {self.mac["r1"]}, address)

    # RFC9568-6.4.2-5 positive, RFC3768-6.4.2-3 positive, RFC9568-6.4.3-6 negative, RFC3768-6.4.3-4 negative
    def test_the_backup_accepts_nothing_for_them(self):
        for address in (ADDRESS4, ADDRESS2, OWN_ADDRESS, ADDRESS6):
            # It is a router: it may send the request on to the master, and that one may answer.
            self.assertNotIn(self.mac["r2"], self.who_accepts(address, self.mac["r2"]), address)
        self.assertEqual(self.who_accepts("192.0.2.2", self.mac["r2"]), {self.mac["r2"]})
        self.assertEqual(self.who_accepts(NOBODYS4, self.mac["r1"]), set())

    # RFC9568-5.1.1.2-1 positive, RFC3768-5.2.2-1 positive, RFC9568-5.1.2.2-1 positive
    def test_nothing_that_is_sent_to_the_group_is_forwarded(self):
        for ttl in (64, 255):
            self.assertFalse(self.comes_through(self.to4("224.0.0.18", ttl), bytes.fromhex("01005e000012")))
            self.assertFalse(self.comes_through(self.to6("ff02::12", ttl), bytes.fromhex("333300000012")))

    # RFC9568-5.1.1.2-1 negative, RFC3768-5.2.2-1 negative, RFC9568-5.1.2.2-1 negative: what is forwarded is seen.
    # RFC9568-6.4.2-4 negative, RFC3768-6.4.2-2 negative
    def test_what_is_sent_to_either_router_is_forwarded(self):
        for router in ("r1", "r2"):
            self.assertTrue(self.comes_through(self.to4(FAR4), self.mac[router]), router)
            until(lambda r=router: self.comes_through(self.to6(FAR6), self.mac[r]), 5, f"{router} forwards")

    # RFC9568-6.4.2-4 positive, RFC3768-6.4.2-2 positive, RFC9568-6.4.3-5 differs, RFC3768-6.4.3-2 differs
    def test_nobody_forwards_what_is_sent_to_the_virtual_mac(self):
        for vrid in (V4, V2):
            self.assertFalse(self.comes_through(self.to4(FAR4), bytes.fromhex(f"00005e0001{vrid:02x}")))
        self.assertFalse(self.comes_through(self.to6(FAR6), bytes.fromhex(f"00005e0002{V6:02x}")))

    # RFC9568-8.3.1-1 positive, RFC3768-8.4-1 positive
    def test_the_master_does_not_forward_what_is_sent_to_its_addresses(self):
        for address in (ADDRESS4, ADDRESS2):
            self.assertFalse(self.is_sent_on_by_r1(address), address)

    # RFC9568-8.3.1-1 negative, RFC3768-8.4-1 negative: what it sends on is seen.
    def test_the_master_forwards_what_is_sent_to_others_on_the_lan(self):
        until(lambda: self.is_sent_on_by_r1("192.0.2.2"), 5, "r1 sends it on")

    # -------------------------------------------------------------- the other way round

    # RFC9568-6.4.2-0 negative, RFC9568-6.4.2-1 negative, RFC3768-6.4.2-1 negative, RFC9568-6.4.2-2 negative
    # RFC9568-6.4.2-5 negative, RFC3768-6.4.2-3 negative, RFC9568-6.4.3-0 negative
    # RFC9568-6.1-1 negative, RFC9568-6.4.3-4n negative
    # RFC9568-6.4.1-p3 differs, RFC9568-6.4.2-7b differs, RFC9568-6.4.1-p4 differs, RFC9568-6.4.2-7d differs
    # RFC9568-8.1.2-4 differs, RFC9568-8.2.2-6 differs, RFC3768-8.2-3 differs
    def test_who_was_a_backup_does_all_of_it_as_a_master_and_the_other_none(self):
        before = {a.address: a.mac for a in self.observer.announcements(host="r1")}
        for address in (ADDRESS4, ADDRESS2, OWN_ADDRESS, LINK_LOCAL6, ADDRESS6):
            self.assertEqual(before.get(address), self.mac["r1"].hex(":"), address)
        self.daemons["r1"].stop()
        self.addCleanup(self._start_again)
        until(lambda: {ADDRESS4, ADDRESS2, ADDRESS6, CLOSED_ADDRESS6} <= self.observer.addresses("r2"), 20, "r2 takes over")
        until(lambda: not any(d.get("tentative") for d in self.lab.r2.configured().values()), 10, "no tentative address")
        # The one who stopped owns OWN_ADDRESS, which stays on its interface.
        for address in (ADDRESS4, ADDRESS2, LINK_LOCAL6, ADDRESS6, CLOSED_ADDRESS6):
            self.assertEqual(self.who_answers(address), {(self.mac["r2"], self.mac["r2"])}, address)
        for address in (ADDRESS4, ADDRESS2, ADDRESS6):
            self.assertEqual(self.who_accepts(address, self.mac["r2"]), {self.mac["r2"]}, address)
            self.assertNotIn(self.mac["r1"], self.who_accepts(address, self.mac["r1"]), address)
        announced = {a.address: a.mac for a in self.observer.announcements(host="r2")}
        for address in (ADDRESS4, ADDRESS2, LINK_LOCAL6, ADDRESS6):
            self.assertEqual(announced.get(address), self.mac["r2"].hex(":"), address)

    def _start_again(self):
        self.daemons["r1"].start()
        until(lambda: ADDRESS6 in self.observer.addresses("r1") and ADDRESS4 in self.observer.addresses("r1"), 20, "r1 is back")
        until(lambda: ADDRESS6 not in self.observer.addresses("r2") and ADDRESS2 in self.observer.addresses("r1"), 20, "r2 let go")
        until(lambda: not any(d.get("tentative") for d in self.lab.r1.configured().values()), 10, "no tentative address")


if __name__ == "__main__":
    main()
