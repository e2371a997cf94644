#!/usr/bin/python3
"""auth_hmac with an implementation that is not ours: vigielab/signature.py, written from docs/auth-hmac.md alone, signs what
vigie accepts and accepts what vigie signs. One wrong bit anywhere, and vigie refuses it."""
import itertools
import json
import pathlib
import re
import socket
import time
import unittest
from collections import Counter

from vigielab import signature
from vigielab.daemons import Vigie
from vigielab.host import Host
from vigielab.lan import Network
from vigielab.mission import build_folder
from vigielab.observer import open_in
from vigielab.signature import SIGNATURE, TRAILER
from vigielab.small import INTERFACE, config
from vigielab.testing import LabTest, figure, main
from vigielab.wait import PATIENCE, until

PAGE = pathlib.Path(__file__).parents[2] / "docs/auth-hmac.md"
KEYS = {1: bytes.fromhex("00112233445566778899aabbccddeeff" * 2), 200: b"forty bytes, written as they are, of a key"}
HMAC = ["auth_hmac {", *(f"    key {number} hex:{key.hex()}" for number, key in KEYS.items()), "    active_key 200", "}"]
GROUP = {4: "224.0.0.18", 6: "ff02::12"}
PEER, OTHER = {4: "192.0.2.99", 6: "fe80::99"}, {4: "192.0.2.98", 6: "fe80::98"}
ETH_P_ALL = 3


class VirtualRouter:
    def __init__(self, name, vrid, version, family, addresses):
        self.name, self.vrid, self.version, self.family, self.addresses = name, vrid, version, family, addresses

    def advert(self, number, priority=200, key=1, source=None):
        return signature.signed_advert(key, KEYS[key], number, self.version, self.vrid, priority, self.addresses,
                                       source or PEER[self.family], GROUP[self.family])


ALL = [VirtualRouter("V3", 61, 3, 4, ["192.0.2.161"]), VirtualRouter("V2", 62, 2, 4, ["192.0.2.162", "192.0.2.172"]),
       VirtualRouter("SIX", 63, 3, 6, ["fe80::163", "2001:db8::163"])]


class Page(unittest.TestCase):
    def test_its_example_is_what_it_says(self):
        text = PAGE.read_text(encoding="utf-8")
        key = bytes.fromhex(re.search(r"Key 1 is `([0-9a-f]+)`", text)[1])
        hexes = [bytes.fromhex(line) for line in re.findall(r"^    ([0-9a-f]{24,})\b", text.split("## An example")[1], re.M)]
        message, trailer, said, *signed, message6, trailer6, said6 = hexes
        self.assertEqual(signature.signature(key, message, trailer, "198.51.100.10"), said)
        self.assertEqual(signature.signature(key, message6, trailer6, "fe80::10"), said6)
        self.assertTrue(signature.has_right_checksum(message + trailer + said, "198.51.100.10", GROUP[4]))
        self.assertTrue(signature.has_right_checksum(message6 + trailer6 + said6, "fe80::10", "fe80::20"))
        self.assertEqual(signature.hmac.digest(key, b"".join(signed), "sha256")[:SIGNATURE], said)


class Wire(LabTest):
    """One router with vigie; its peer is this program."""

    def setUp(self):
        self.network = Network()
        self.router, self.stranger = (self.network.add_host(Host(name, [build_folder() / "bin"])) for name in ("r1", "peer"))
        self.routers = [self.router]
        self.open(self)
        for number, host in enumerate((self.router, self.stranger), 1):
            self.network.plug(host, {INTERFACE: [f"192.0.2.{number}/24", f"2001:db8::{number}/64"]})
        self.wire = open_in(self.stranger, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)))
        self.wire.bind((INTERFACE, ETH_P_ALL))
        self.wire.settimeout(0.5)
        self.greatest = 0
        self.router.write("/etc/vigie/vigie.conf", config("r1", [
            dict(name=one.name, vrid=one.vrid, version=one.version, priority=100, addresses=one.addresses, lines=HMAC)
            for one in ALL]))
        self.vigie = self.run_daemon(Vigie(self.router, build_folder()))
        until(lambda: all(self.vigie.state(one.name) == "BACKUP" for one in ALL), 20, "all begin as backups")

    def close(self):
        self.wire.close()
        self.network.close()

    def number(self):
        """Greater than all before."""
        self.greatest = max(self.greatest + 1, signature.number(time.time_ns()))
        return self.greatest

    def send(self, packet, family, source=None):
        self.wire.send(signature.in_ip(packet, source or PEER[family], GROUP[family], bytes.fromhex("020000000099")))

    def heard(self, one, address):
        """What vigie knows of a sender."""
        for instance in json.loads(self.vigie.cli("peers", "--json").stdout)["instances"]:
            if instance["name"] == one.name:
                for peer in instance["peers"]:
                    if peer["address"] == address:
                        return peer
        return None

    def is_accepted(self, one, times):
        """So many adverts of the peer have been."""
        peer = self.heard(one, PEER[one.family])
        return peer is not None and peer["adverts"] >= times

    def wrong(self, one):
        """(packet, source, reason) of what is wrong by one bit and in nothing but its signature. None: one of several."""
        message = len(one.advert(0)) - TRAILER
        reasons = {2: "auth-failed",  # priority
                   **{byte: "auth-failed" for byte in range(8, message)},
                   message: "auth-malformed", message + 1: "auth-key", message + 2: "auth-malformed",
                   message + 3: "auth-malformed",
                   **{byte: None for byte in range(message + 4, message + TRAILER - SIGNATURE)},
                   **{byte: "auth-failed" for byte in range(message + TRAILER - SIGNATURE, message + TRAILER)}}
        for byte, reason in reasons.items():
            for bit in range(8) if byte >= message else [byte % 8]:
                packet = bytearray(one.advert(self.number()))
                packet[byte] ^= 1 << bit
                yield signature.with_checksum(bytes(packet), PEER[one.family], GROUP[one.family]), PEER[one.family], reason
        # Signed by the peer, sent by another.
        moved = one.advert(self.number())
        yield signature.with_checksum(moved, OTHER[one.family], GROUP[one.family]), OTHER[one.family], "auth-failed"

    @staticmethod
    def portions(all_of_them, size=64):
        """Fewer at a time than a socket has room for."""
        all_of_them = iter(all_of_them)
        while some := list(itertools.islice(all_of_them, size)):
            yield some

    def hear(self):
        """(packet, source, destination) of an advert on the wire, or None."""
        try:
            return signature.out_of_ip(self.wire.recv(2048))
        except TimeoutError:
            return None

    def test_is_what_the_page_says(self):
        began = signature.number(time.time_ns()) >> 32
        # A router that was told of nobody is told of one it has to obey.
        for one in ALL:
            self.send(one.advert(self.number(), key=200), one.family)
            self.send(one.advert(self.number(), key=1), one.family)
        for one in ALL:
            until(lambda: self.is_accepted(one, 2), 20, f"{one.name}: what was signed from the page is accepted, by either key")

        for one in ALL:
            sent, accepted = Counter(), 2
            for packets in self.portions(self.wrong(one)):
                for packet, source, reason in packets:
                    self.send(packet, one.family, source)
                    sent[source, reason] += 1
                # What is right comes last: when it has been taken, all before it has been judged.
                self.send(one.advert(self.number()), one.family)
                accepted += 1
                until(lambda: self.is_accepted(one, accepted), 20, f"{one.name}: the peer is still heard")
            peer = self.heard(one, PEER[one.family])
            dropped = Counter({reason: count for reason, count in peer["drops"].items() if count})
            figure(f"{one.name}: {sent.total()} wrong by one bit, dropped: {dict(dropped)}")
            self.assertEqual(peer["adverts"], accepted, f"{one.name}: no wrong one was accepted")
            self.assertEqual(self.heard(one, OTHER[one.family])["drops"]["auth-failed"], 1, one.name)
            del sent[OTHER[one.family], "auth-failed"]
            self.assertEqual(dropped.total(), sent.total(), f"{one.name}: all are counted: {dropped}")
            del sent[PEER[one.family], None]
            for (_, reason), count in sent.items():
                self.assertGreaterEqual(dropped[reason], count, f"{one.name}: {reason} in {dropped}")
            self.assertEqual(len(self.vigie.transitions(one.name)), 1, f"{one.name} is backup as before")

        # The other way round: the peer leaves, and judges what vigie says then.
        for one in ALL:
            self.send(one.advert(self.number(), priority=0), one.family)
        missing = {one.vrid: one for one in ALL}
        end = time.monotonic() + 20 * PATIENCE
        while missing and time.monotonic() < end:
            heard = self.hear()
            if heard is None or heard[0][1] not in missing:
                continue
            packet, source, destination = heard
            one = missing.pop(packet[1])
            self.assertEqual(packet[:3], bytes([one.version << 4 | 1, one.vrid, 100]), one.name)
            self.assertEqual(packet[-TRAILER:-TRAILER + 4], bytes([1, 200, 0, 0]), one.name)
            self.assertTrue(signature.has_right_checksum(packet, source, destination), one.name)
            self.assertTrue(signature.is_signed(KEYS[200], packet, source), one.name)
            self.assertFalse(signature.is_signed(KEYS[1], packet, source), one.name)
            # Signed in the second in which it was said, as far as the machine lets anybody know.
            said, after = (n >> 32 for n in (signature.number_in(packet), signature.number(time.time_ns())))
            self.assertTrue(began <= said <= after, f"{one.name}: its number is the time of day")
        self.assertEqual(list(missing), [], "nothing was heard of these")
        for one in ALL:
            until(lambda: self.vigie.state(one.name) == "MASTER", 10, f"{one.name} is master")
            self.assertEqual([row["cause"] for row in self.vigie.transitions(one.name)][-1], "priority-zero-heard")


if __name__ == "__main__":
    main()
