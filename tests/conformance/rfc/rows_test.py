#!/usr/bin/python3
"""What the RFCs ask to be logged, rate-limited: one real router, and a neighbour that is configured otherwise.

A log line is a row of the history here. Rate-limited means: one for each peer and change, however many adverts say it.
"""
import pathlib
import socket
import struct
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "lab"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from lan_test import checksum, ipv4, packed
from vigielab.observer import Observer, open_in
from vigielab.small import ALONE, Small, config
from vigielab.testing import main
from vigielab.wait import holds_for, until

V3, V2, OWNED, FLAPPING = 51, 53, 56, 57
ADDRESS3, ADDRESS2, OWN_ADDRESS, FLAPPING_ADDRESS = "192.0.2.100", "192.0.2.102", "192.0.2.1", "192.0.2.104"
ADDRESS = {V3: ADDRESS3, V2: ADDRESS2, OWNED: OWN_ADDRESS, FLAPPING: FLAPPING_ADDRESS}
NEIGHBOUR = "192.0.2.10"  # greater than the router's


class Rows(unittest.TestCase):
    longMessage = True

    @classmethod
    def setUpClass(cls):
        cls.lab = lab = Small()
        cls.addClassCleanup(lab.close)
        cls.observer = Observer(lab.routers)
        cls.addClassCleanup(cls.observer.close)
        cls.router = lab.vigie(lab.r1, config("r1", [
            {"name": "V3", "vrid": V3, "priority": 100, "interval": ALONE, "addresses": [f"{ADDRESS3}/24"]},
            {"name": "V2", "vrid": V2, "priority": 100, "version": 2, "interval": 1, "addresses": [f"{ADDRESS2}/24"]},
            {"name": "OWNED", "vrid": OWNED, "priority": 255, "interval": ALONE, "addresses": [f"{OWN_ADDRESS}/24"]},
            {"name": "FLAPPING", "vrid": FLAPPING, "priority": 100, "interval": ALONE,
             "addresses": [f"{FLAPPING_ADDRESS}/24"]},
        ]))
        cls.router.start()
        cls.addClassCleanup(cls.router.kill)
        for vrid in ADDRESS:
            until(lambda v=vrid: cls.observer.adverts(host="r1", vrid=v), 30, f"r1 speaks for {vrid}")
        for name in ("V3", "V2", "OWNED", "FLAPPING"):
            until(lambda n=name: cls.router.state(n) == "MASTER", 30, f"a row that {name} is master")

        def make():
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            s.bind(("eth0", 0))
            return s
        cls.wire = open_in(lab.client, make)
        cls.addClassCleanup(cls.wire.close)

    def setUp(self):
        self.before = len(self.router.events())

    def advertise(self, vrid, priority, interval, times=1, source=NEIGHBOUR, addresses=None, version=3):
        body = b"".join(packed(a) for a in addresses or [ADDRESS[vrid]])
        head = struct.pack("!BBBB", version << 4 | 1, vrid, priority, len(body) // 4)
        timing = struct.pack("!BB", 0, int(interval)) if version == 2 else struct.pack("!H", round(interval * 100))
        body += bytes(8) if version == 2 else b""
        pseudo = b"" if version == 2 else packed(source) + packed("224.0.0.18") + struct.pack("!BBH", 0, 112, 8 + len(body))
        total = struct.pack("!H", checksum(pseudo + head + timing + bytes(2) + body))
        frame = bytes.fromhex("01005e00001202000000beef0800") + ipv4(source, "224.0.0.18", 112, head + timing + total + body, 255)
        for _ in range(times):
            self.wire.send(frame)
            time.sleep(0.02)

    def rows(self, kind, instance, subject=None):
        return [row for row in self.router.events()[self.before:]
                if row["kind"] == kind and row["instance"] == instance and subject in (None, row["subject"])]

    def one_row(self, kind, instance, subject):
        """The row about it, once it is there, and that it stays the only one."""
        until(lambda: self.rows(kind, instance, subject), 10, f"a row {kind} {subject} of {instance}")
        holds_for(lambda: len(self.rows(kind, instance, subject)) == 1, 0.6,
                  lambda: f"one row only: {[r['sentence'] for r in self.rows(kind, instance, subject)]}")
        return self.rows(kind, instance, subject)[0]

    # RFC9568-7.1-9a positive, RFC9568-7.1-9a negative: thirty adverts are one row.
    def test_a_differing_interval_is_one_row(self):
        self.advertise(V3, 50, 0.2, times=30, source="192.0.2.11")
        row = self.one_row("mismatch", "V3", "interval")
        self.assertEqual((row["peer"], row["status"], row["peer_priority"]), ("192.0.2.11", 1, 50))
        self.assertRegex(row["text"], "100.*200|0.1.*0.2")

    # RFC3768-7.1-11 positive, RFC3768-7.1-11 negative
    def test_a_differing_interval_of_version_2_is_one_row(self):
        self.advertise(V2, 50, 3, times=20, source="192.0.2.12", version=2)
        row = self.one_row("mismatch", "V2", "interval")
        self.assertEqual((row["peer"], row["status"]), ("192.0.2.12", 1))

    # RFC9568-7.1-9b positive, RFC9568-7.1-9b negative
    def test_a_differing_address_list_is_one_row(self):
        self.advertise(V3, 50, 0.1, times=30, source="192.0.2.13", addresses=[ADDRESS3, "192.0.2.199"])
        row = self.one_row("mismatch", "V3", "addresses")
        self.assertEqual((row["peer"], row["status"]), ("192.0.2.13", 1))
        self.assertIn("192.0.2.199", row["text"])

    # RFC3768-7.1-10 positive, RFC3768-7.1-10 negative
    def test_a_differing_address_list_of_version_2_is_one_row(self):
        self.advertise(V2, 50, 1, times=20, source="192.0.2.14", addresses=["192.0.2.199"], version=2)
        row = self.one_row("mismatch", "V2", "addresses")
        self.assertEqual((row["peer"], row["status"]), ("192.0.2.14", 1))

    # RFC9568-7.1-9a negative, RFC9568-7.1-9b negative, RFC3768-7.1-10 negative, RFC3768-7.1-11 negative
    # RFC9568-7.1-12a negative, RFC9568-8.3.2-2 negative
    def test_a_peer_that_is_configured_alike_is_no_row(self):
        self.advertise(V3, 50, 0.1, times=3, source="192.0.2.15")
        self.advertise(V2, 50, 1, times=3, source="192.0.2.15", version=2)
        self.advertise(OWNED, 100, 0.1, source="192.0.2.15")
        time.sleep(0.6)
        for instance in ("V3", "V2", "OWNED"):
            self.assertEqual([r["sentence"] for r in self.rows("mismatch", instance) if r["peer"] == "192.0.2.15"], [])

    # RFC9568-7.1-12a positive, RFC9568-8.3.2-2 positive
    def test_an_owner_that_hears_another_owner_writes_one_row(self):
        self.advertise(OWNED, 255, 0.1, times=20, source="192.0.2.16")
        row = self.one_row("mismatch", "OWNED", "priority")
        self.assertEqual((row["peer"], row["status"], row["peer_priority"]), ("192.0.2.16", 1, 255))

    # RFC9568-2.5-1 positive
    def test_a_master_that_flaps_writes_each_change_with_its_cause(self):
        for times in (1, 2, 3):
            self.advertise(FLAPPING, 200, 0.1)
            # The history is asked: a backup is one for a third of a second.
            until(lambda n=2 * times: len(self.rows("transition", "FLAPPING")) >= n, 10, "backup and master again")
        self.assertEqual([(r["from_state"], r["to_state"], r["cause"]) for r in self.rows("transition", "FLAPPING")],
                         [("MASTER", "BACKUP", "higher-priority-heard"), ("BACKUP", "MASTER", "silence")] * 3)

    # RFC9568-2.5-1 negative
    def test_a_master_that_nobody_disturbs_writes_nothing(self):
        self.before = len(self.router.events())
        time.sleep(1.5)
        self.assertEqual(self.rows("transition", "V3"), [])


if __name__ == "__main__":
    main()
