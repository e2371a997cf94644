#!/usr/bin/python3
"""What an operator does: switchovers there and back, maintenance, a stop and the return after it. Beside vigie and beside
keepalived, at adverts each second and each 100 ms, with an IPv6 one beside vigie, all at once; FRR as the other side is in
frr_test.py. Each client, at 1 kHz, loses one packet at most while the machine runs, and nobody lets go before the other one
has spoken.

  VIGIE_LAB_SWITCHOVERS=100: so many switchovers each way (default: 2)
  VIGIE_LAB_STOPS=100: so many stops and returns (default: 1)
"""
import collections
import contextlib
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass

from vigielab.daemons import Snmpd
from vigielab.probe import Probe
from vigielab.small import INTERFACE, Small, config
from vigielab.testing import LabTest, figure, main, now
from vigielab.wait import holds_for, until

SWITCHOVERS = int(os.environ.get("VIGIE_LAB_SWITCHOVERS", "2"))
STOPS = int(os.environ.get("VIGIE_LAB_STOPS", "1"))
PERMIT, ACTIVE = "/etc/keepalived/MASTER", "/etc/keepalived/ACTIVE"
OPERATIONS = "1.3.6.1.2.1.68.1.3.1"  # vrrpOperEntry of RFC 2787, indexed by ifIndex and VRID
# All that is told of a state: SNMP, flags and mail.
NOTICED = f"""global_defs {{
    notification_email {{ root@example.org }}
    smtp_server smtp.example.org
}}
agentx {{
    socket /var/agentx/master
}}
flags {{
    permit_file {PERMIT}
    active_file {ACTIVE}
}}
"""


@dataclass(frozen=True)
class Cell:
    """A virtual router of r1, which is vigie and the better one, and of a peer on r2."""
    peer: str
    interval: float
    vrid: int
    family: int = 4

    @property
    def name(self):
        return f"{self.peer}-{self.interval * 1000:.0f}ms" + ("-v6" if self.family == 6 else "")

    @property
    def address(self):
        return f"2001:db8::{240 + self.vrid}" if self.family == 6 else f"192.0.2.{240 + self.vrid}"

    def instance(self, priority, lines):
        addresses = [f"fe80::{self.vrid}/64", f"{self.address}/64"] if self.family == 6 else [f"{self.address}/24"]
        return dict(name=self.name, vrid=self.vrid, priority=priority, interval=self.interval, addresses=addresses,
                    lines=[line % self.name if "%" in line else line for line in lines])


ONE, *_ = CELLS = [Cell("vigie", 1, 7), Cell("vigie", 0.1, 8), Cell("keepalived", 1, 9), Cell("keepalived", 0.1, 10),
                  Cell("vigie", 0.1, 11, 6)]


class Operated(LabTest):
    def begin(self, cells=CELLS, lines=(), before="", first=lambda lab: None):
        """first(lab): what is there before r1 starts."""
        lab = self.open(Small())
        until(lambda: "tentative" not in lab.r1.ip("-o", "address", "show"), 20, "the kernel is sure of its addresses")
        self.cells, self.kernel_before = cells, lab.r1.kernel()
        self.seen = self.observe()
        self.respond(*(cell.address for cell in cells))
        self.r1 = lab.vigie(lab.r1, config("r1", [cell.instance(200, lines) for cell in cells], before))
        self.r2 = {}
        for peer, make in (("vigie", lab.vigie), ("keepalived", lab.keepalived)):
            if theirs := [cell.instance(100, []) for cell in cells if cell.peer == peer]:
                self.r2[peer] = make(lab.r2, config("r2", theirs))
        first(lab)
        self.run_daemon(self.r1)
        until(lambda: all(self.seen.adverts(host="r1", vrid=cell.vrid) for cell in cells), 30, "r1 speaks")
        for daemon in self.r2.values():
            self.run_daemon(daemon)
        if "vigie" in self.r2:
            until(lambda: all(self.r2["vigie"].state(cell.name) for cell in cells if cell.peer == "vigie"), 30, "r2 has begun")
        since = now()
        until(lambda: all(self.seen.adverts(since=since, vrid=cell.vrid) for cell in cells), 30, "and hears r1")
        self.settled("r1")
        return lab

    def settled(self, host, last=0):
        """`host` alone speaks and holds the addresses, and it lasts."""
        for cell in self.cells:
            self.quiet(self.seen, cell.vrid, host, 1.5 * cell.interval, [cell.address])
        since = now()

        def lasts():
            return all(set(self.seen.reigns(cell.vrid, since)) <= {host} and cell.address in self.seen.addresses(host)
                       for cell in self.cells)
        holds_for(lasts, last, f"{host} stays master")

    @contextlib.contextmanager
    def asked(self):
        """A client for each address; what they saw is in the dict when this ends."""
        with contextlib.ExitStack() as stack:
            probes = {cell: stack.enter_context(Probe(self.lab.client, cell.address)) for cell in self.cells}
            found = {}
            yield found
            found.update({cell: probe.stop() for cell, probe in probes.items()})

    def moved(self, old, new, began, clients, reported, is_return=False):
        """Each once: the new one comes to hold the address, and the old one lets go after the new one has spoken. Answers the
        packets that were lost while the machine ran, by cell."""
        lost = {}
        for cell in self.cells:
            what = f"{reported}, {cell.name}"
            came = [c for c in self.seen.changes(since=began, host=new, address=cell.address) if c.came]
            spoke = [a for a in self.seen.adverts(since=began, host=new, vrid=cell.vrid) if a.priority > 0]
            gone = [c for c in self.seen.changes(since=began, host=old, address=cell.address) if not c.came]
            self.assertEqual((len(came), len(gone)), (1, 1), f"{what}: {came} {gone}")
            self.assertGreater(gone[0].time, spoke[0].time, f"{what}: {old} let go before {new} spoke")
            if is_return:
                # The kernel's notice has the time at which it was read, the advert that of the wire: which was first the simulator sees.
                told = self.seen.announcements(since=began, host=new, address=cell.address)
                figure(f"{what}: installed, first advert {(spoke[0].time - came[0].time) / 1e6:.1f} ms later, announced "
                       f"{(told[0].time - spoke[0].time) / 1e6:.1f} and let go {(gone[0].time - spoke[0].time) / 1e6:.1f} ms after that")
                stood = self.witness.stood_still(told[0].time, spoke[0].time) if told[0].time < spoke[0].time else 0
                self.assertLess((spoke[0].time - told[0].time) / 1e9 - stood, 0.005, f"{what}: announced before it was to rise")
            self.assertEqual(clients[cell].path, [old, new], what)
            lost[cell] = self.lost_while_it_ran(what, clients[cell])
        return lost

    def repeatedly(self, times, act):
        """act(turn), so many times. One that fails while the machine stands still for longer than any test can stand is void and
        another one is made in its place, so that many in a row need not be begun again."""
        voids = 0
        for turn in range(times):
            began = now()
            while True:
                try:
                    act(turn)
                    break
                except AssertionError as failure:
                    stood = self.witness.worst(began, now(), 0.5)
                    voids += 1
                    if stood <= 0.15 or voids > max(1, times // 5):
                        raise
                    figure(f"{turn}: void: the machine stood still for {stood * 1000:.0f} of 500 ms: {str(failure)[:120]}")
                until(self.is_back, 60, "r1 is master of all again")
                began = now()
        figure(f"{times} times, and {voids} void")

    def is_back(self):
        """Moves everything back to r1, whatever state it was left in."""
        if not self.r1.is_alive():
            self.r1.start()
        for cell in self.cells:
            if self.r1.state(cell.name) != "MASTER":
                self.r1.cli("switchover", cell.name, check=False)
        return all(self.seen.speakers(cell.vrid, 1.5 * cell.interval) == {"r1"} for cell in self.cells)

    def hardly_lost(self, lost, reported):
        for cell, times in lost.items():
            self.assertLessEqual(len(times), 1, f"{reported}, {cell.name}: packets lost while the machine ran")


class Switchover(Operated):
    def move(self, on, old, new, reported, is_return=False, last=0.5):
        """on(cell): the daemon that is told."""
        with self.asked() as clients:
            began = now()
            for cell in self.cells:
                on(cell).cli("switchover", cell.name)
            self.settled(new, last)
        return self.moved(old, new, began, clients, reported, is_return)

    def test_there_and_back_many_times(self):
        self.begin()
        lost = {"there": collections.defaultdict(list), "back": collections.defaultdict(list)}

        def count(way, found):
            for cell, times in found.items():
                lost[way][cell] += times

        def turn_about(turn):
            # It would be the better one, which shows after its down interval.
            count("there", self.move(lambda _: self.r1, "r1", "r2", f"{turn}: r1 gives", last=0.5 if turn else 4))
            self.assertEqual(self.r1.cli("status").stdout.count("gave way"), len(self.cells))
            if turn % 2 == 0:
                count("back", self.move(lambda _: self.r1, "r2", "r1", f"{turn}: r1 takes it back", is_return=True))
            else:
                # The other one gives; a keepalived cannot be asked.
                count("back", self.move(lambda cell: self.r1 if cell.peer == "keepalived" else self.r2["vigie"], "r2", "r1",
                                        f"{turn}: r2 gives, or r1 takes"))
        self.repeatedly(SWITCHOVERS, turn_about)
        for way, found in lost.items():
            figure(f"{SWITCHOVERS} switchovers {way}: lost while the machine ran: " +
                   ", ".join(f"{len(times)} ({cell.name})" for cell, times in found.items()))
            self.hardly_lost(found, f"{SWITCHOVERS} switchovers {way}")
        for cell in self.cells:
            asked = [e for e in self.r1.transitions(cell.name) if e["cause"] == "operator"]
            self.assertGreaterEqual(len(asked), SWITCHOVERS)
            self.assertEqual({e["uid"] for e in asked}, {0})

    def test_that_nobody_answers_changes_nothing_unless_it_is_forced(self):
        self.begin(cells=[Cell("vigie", 0.1, 8)])
        cell, r2 = self.cells[0], self.r2["vigie"]
        # A backup that is not better says where to run it.
        refused = r2.cli("switchover", cell.name, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("192.0.2.1 is master with 200; run vigie switchover there", refused.stderr)
        r2.kill()
        before = len(self.r1.transitions(cell.name))
        with self.asked() as clients:
            began = now()
            asked = self.r1.cli("switchover", cell.name, check=False)
            self.settled("r1", 1)
        self.assertEqual(asked.returncode, 3)
        self.assertIn("nobody has taken over", asked.stderr)
        self.assertTrue(self.seen.adverts(since=began, host="r1", vrid=cell.vrid, priority=0))
        self.assertEqual(len(self.r1.transitions(cell.name)), before)
        self.hardly_lost({cell: self.lost_while_it_ran("a switchover that nobody answers", clients[cell])}, "nobody answers")
        began = now()
        self.assertEqual(self.r1.cli("switchover", "--force", cell.name).returncode, 0)
        self.settled("r1")
        changes = [c.came for c in self.seen.changes(since=began, host="r1", address=cell.address)]
        self.assertEqual(changes, [False, True], "it left, and came when nobody else did")
        self.assertEqual([(e["to_state"], e["cause"]) for e in self.r1.transitions(cell.name)[before:]],
                         [("BACKUP", "operator"), ("MASTER", "silence")])


class Return(Operated):
    def test_waits_for_a_keeper_that_stands_still(self):
        self.begin()
        for cell in self.cells:
            self.r1.cli("switchover", cell.name)
        self.settled("r2")
        keeper = self.r1.role_pid("keeper")
        with self.asked() as clients:
            began = now()
            # Not for so long that it is replaced.
            os.kill(keeper, signal.SIGSTOP)
            try:
                orders = [self.lab.r1.popen([self.r1.build / "bin/vigie", "switchover", cell.name], stdout=subprocess.DEVNULL)
                          for cell in self.cells]
                until(lambda: self.r1.cli("status", "--json").stdout.count('"preparing": true') == len(self.cells), 1, "r1 prepares")
                time.sleep(0.2)
                self.assertEqual(self.seen.adverts(since=began, host="r1"), [], "r1 spoke while its keeper stood still")
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(keeper, signal.SIGCONT)
                statuses = [order.wait() for order in orders]
            self.assertEqual(self.r1.role_pid("keeper"), keeper, "it is the same one")
            self.assertEqual(statuses, [0] * len(self.cells))
            self.settled("r1", 1)
        reported = "return with a keeper stopped for 200 ms"
        self.hardly_lost(self.moved("r2", "r1", began, clients, reported, is_return=True), reported)
        for cell in self.cells:
            if cell.peer == "vigie":
                self.assertEqual(self.r2["vigie"].transitions(cell.name)[-1]["cause"], "higher-priority-heard")


class Stop(Operated):
    # What the manual says, and a notify script takes.
    BOUND = 39

    def test_and_the_return_after_it(self):
        script = '#!/bin/sh\nsleep 0.3\necho "$1" >> /etc/keepalived/said\n'
        lab = self.begin(lines=['notify_stop "/etc/keepalived/notify.sh %s"'],
                         first=lambda lab: lab.r1.write("/etc/keepalived/notify.sh", script, mode=0o755))
        said = lab.r1.file("/etc/keepalived/said")
        lost = {"stop": collections.defaultdict(list), "return": collections.defaultdict(list)}
        took = []

        def stop_and_start(turn):
            said.unlink(missing_ok=True)
            with self.asked() as clients:
                began = now()
                self.assertEqual(self.r1.stop(self.BOUND), 0)
                took.append((now() - began) / 1e9)
                # Before anything else may come to an end.
                self.assertEqual(sorted(said.read_text().split()), sorted(cell.name for cell in self.cells), "told of its stop")
                self.assertEqual(lab.r1.processes(), [], "processes are left")
                self.assertEqual(lab.r1.kernel(), self.kernel_before)
                self.settled("r2")
            for cell, times in self.moved("r1", "r2", began, clients, f"{turn}: stop").items():
                lost["stop"][cell] += times
            with self.asked() as clients:
                began = now()
                self.r1.start()
                self.settled("r1", 0.5)
            for cell, times in self.moved("r2", "r1", began, clients, f"{turn}: return", is_return=True).items():
                lost["return"][cell] += times
        self.repeatedly(STOPS, stop_and_start)
        figure(f"{STOPS} stops: {max(took):.2f} s at most, notify scripts of 0.3 s included")
        for way, found in lost.items():
            figure(f"{STOPS} times {way}: lost while the machine ran: " +
                   ", ".join(f"{len(times)} ({cell.name})" for cell, times in found.items()))
            self.hardly_lost(found, f"{STOPS} times {way}")


class Maintenance(Operated):
    def held(self):
        return "held back (maintenance)" in self.r1.cli("status", check=False).stdout

    def test_survives_deaths_and_a_reboot_and_ends_by_itself(self):
        lab = self.begin(cells=[ONE])
        self.assertIn("there was none", self.r1.cli("maintenance", "off").stdout)
        self.assertEqual(self.r1.cli("maintenance", "on", "--for", "soon", check=False).returncode, 2)
        self.assertEqual(self.r1.cli("maintenance", "perhaps", check=False).returncode, 2)
        self.assertFalse(self.held())
        with self.asked() as clients:
            began = now()
            said = self.r1.cli("maintenance", "on", "--for", "30m").stdout
            self.settled("r2", 4)
        self.assertIn("until ", said)
        self.hardly_lost(self.moved("r1", "r2", began, clients, "maintenance on"), "maintenance on")
        self.assertTrue(self.held())
        last = self.r1.transitions(ONE.name)[-1]
        self.assertEqual((last["to_state"], last["cause"], last["uid"]), ("BACKUP", "operator", 0))
        commands = [e for e in self.r1.events("command") if e["subject"] == "maintenance on"]
        self.assertEqual([e["uid"] for e in commands], [0])

        # The engine dies, then the machine.
        os.kill(self.r1.role_pid("engine"), signal.SIGKILL)
        until(lambda: self.r1.role_pid("engine"), 20, "another engine")
        until(self.held, 20, "the next engine knows")
        lab.network.power_off(lab.r1)
        lab.network.power_on(lab.r1)
        self.assertEqual(self.r1.cli("maintenance", "status", check=False).returncode, 3)
        began = now()
        self.r1.start()
        until(self.held, 20, "it is held again")
        self.settled("r2", 4)
        self.assertEqual(self.seen.adverts(since=began, host="r1"), [])

        # Ends while it runs.
        self.r1.cli("maintenance", "on", "--for", "2s")
        self.settled("r1")
        self.assertEqual(self.r1.cli("maintenance", "status").stdout, "maintenance is off\n")
        self.assertFalse(lab.r1.file("/var/lib/vigie/maintenance").exists())

        # Ends while nothing runs.
        self.r1.cli("maintenance", "on", "--for", "1s")
        self.assertEqual(self.r1.stop(), 0)
        time.sleep(1.2)
        self.r1.start()
        self.settled("r1")

    def look(self, cell, state, number):
        """Status, SNMP and state flag are those of a router that is master or backup, and well."""
        until(lambda: self.active.exists() == (state == "MASTER"), 20, f"the state flag of {state}")
        found = {}

        def agree():
            index = self.lab.r1.output("cat", f"/proc/net/dev_snmp6/{INTERFACE}").split()[1]
            found.update(self.snmpd.walk(OPERATIONS, check=False))
            return [found.get(f".{OPERATIONS}.{column}.{index}.{cell.vrid}") for column in (3, 4)] == [f"INTEGER: {number}", "INTEGER: 1"]
        until(agree, 30, lambda: f"vrrpOperState of {state}, administratively up: {found}")
        status = self.r1.cli("status").stdout
        self.assertIn(state, status)
        self.assertNotIn("FAULT", status)

    def test_is_no_fault_anywhere_and_the_permit_does_the_same(self):
        cell = Cell("keepalived", 0.1, 10)

        def first(lab):
            lab.smtp.start()
            lab.r1.write(PERMIT, "")
            self.active = lab.r1.file(ACTIVE)
            self.snmpd = self.run_daemon(Snmpd(lab.r1))
        lab = self.begin([cell], ["smtp_alert"], NOTICED, first)
        for held, end in ((("maintenance", "on"), ("maintenance", "off")), (("disable-routing",), ("enable-routing",))):
            self.r1.cli(*held)
            self.settled("r2")
            self.look(cell, "BACKUP", 2)
            self.r1.cli(*end)
            self.settled("r1")
            self.look(cell, "MASTER", 3)
        self.assertEqual([e["cause"] for e in self.r1.transitions(cell.name) if e["from_state"] == "MASTER"],
                         ["operator", "permit-removed"])
        states = [e["to_state"] for e in self.r1.transitions(cell.name)]
        self.assertNotIn("FAULT", states)
        until(lambda: len(lab.smtp.mails()) >= len(states), 60, "a mail of each transition")
        for mail in lab.smtp.mails():
            self.assertIsNone(re.search(r"\bfault\b", f"{mail.subject} {mail.body}", re.IGNORECASE), mail.body)
        told = [(e["subject"], e["uid"]) for e in self.r1.events("command")]
        self.assertEqual(told, [(subject, 0) for subject in ("maintenance on", "maintenance off", "disable-routing", "enable-routing")])


if __name__ == "__main__":
    main()
