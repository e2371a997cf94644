#!/usr/bin/python3
"""Tracked files and processes, init_fail, and the scripts of sync groups: from what happens on the host to the advert."""
import os
import signal

from vigielab.small import ALONE, Small, config
from vigielab.testing import LabTest, figure, main, now
from vigielab.wait import holds_for, until

VRID, ADDRESS, OTHER_VRID, OTHER_ADDRESS = 7, "192.0.2.254", 8, "192.0.2.253"
NOTIFY = '#!/bin/sh\necho "$*" >> /var/log/notified\n'
MARKER = "/etc/keepalived/weight"


class Tracking(LabTest):
    def setUp(self):
        self.small = self.open(Small())
        self.seen = self.observe()
        self.host = self.small.r1
        self.host.write("/etc/keepalived/notify.sh", NOTIFY, mode=0o755)

    def start(self, lines, before="", instances=()):
        self.vigie = self.run_daemon(self.small.vigie(self.host, config("r1", [
            dict(name="VI_1", vrid=VRID, priority=100, interval=ALONE, addresses=[f"{ADDRESS}/24"], lines=lines),
            *instances], before=before)))

    def priority(self, wanted):
        until(lambda: self.seen.adverts(host="r1", vrid=VRID)[-1:] and
              self.seen.adverts(host="r1", vrid=VRID)[-1].priority == wanted, 10, f"an advert with {wanted}")

    def run_on_host(self, name, *argv):
        """A program under a name of its own."""
        self.host.run("cp", "/bin/sleep", f"/etc/keepalived/{name}")
        process = self.host.popen([f"/etc/keepalived/{name}", "600", *argv])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_the_number_in_a_file_moves_the_priority(self):
        self.start(["track_file {", "    weight_file weight 2", "}"],
                   f"track_file weight_file {{\n    file {MARKER}\n    init_file 5\n}}\n")
        self.priority(110)  # 100 + 2 x 5
        began = now()
        self.host.write(MARKER, "20\n")
        self.priority(140)
        figure(f"file written: advert with the new priority after {(self.seen.adverts(since=began, priority=140)[0].time - began) / 1e6:.0f} ms")
        self.host.write("/etc/keepalived/beside", "0x10\n")
        self.host.file("/etc/keepalived/beside").rename(self.host.file(MARKER))
        self.priority(132)
        self.host.file(MARKER).unlink()
        self.priority(100)

    def test_a_replaced_runner_makes_no_file_anew(self):
        self.start(["track_file {", "    weight_file", "}"],
                   f"track_file weight_file {{\n    file {MARKER}\n    init_file 5 overwrite\n}}\n")
        self.priority(105)
        self.host.write(MARKER, "30\n")
        self.priority(130)
        former = self.vigie.role_pid("runner")
        os.kill(former, signal.SIGKILL)
        until(lambda: self.vigie.role_pid("runner") not in (None, former), 10, "another runner")
        holds_for(lambda: self.seen.adverts(host="r1", vrid=VRID)[-1].priority == 130, 1.5, "the priority stays")
        self.assertEqual(self.host.read(MARKER), "30\n")

    def test_a_process_that_ends_is_a_fault_and_one_that_begins_ends_it(self):
        name = "vgtracked"
        process = self.run_on_host(name)
        self.start(["track_process {", "    it", "}"], f"vrrp_track_process it {{\n    process {name}\n    terminate_delay 0.5\n}}\n")
        self.quiet(self.seen, VRID, "r1", 0.35, [ADDRESS])
        process.kill()
        until(lambda: self.vigie.state("VI_1") == "FAULT", 10, "a fault")
        self.assertEqual(self.vigie.transitions("VI_1")[-1]["cause"], "tracked-process")
        self.run_on_host(name)
        self.quiet(self.seen, VRID, "r1", 0.35, [ADDRESS])

    def test_init_fail_counts_until_the_first_success_and_not_again(self):
        self.host.write("/etc/keepalived/check.sh", "#!/bin/sh\ntest -e /etc/keepalived/ok\n", mode=0o755)
        self.start(["track_script {", "    check", "}"],
                   'vrrp_script check {\n    script "/etc/keepalived/check.sh"\n    interval 1\n    rise 3\n    init_fail\n}\n')
        until(lambda: self.vigie.state("VI_1") == "FAULT", 10, "a fault from the beginning")
        self.host.write("/etc/keepalived/ok", "")
        self.quiet(self.seen, VRID, "r1", 0.35, [ADDRESS])
        until(lambda: self.vigie.state("VI_1") == "MASTER", 10, "a row about it")
        rows = self.vigie.transitions("VI_1")
        former = self.vigie.role_pid("runner")
        os.kill(former, signal.SIGKILL)
        until(lambda: self.vigie.role_pid("runner") not in (None, former), 10, "another runner")
        killed = now()
        holds_for(lambda: not self.seen.adverts(since=killed, priority=0), 2, "master through another runner")
        until(lambda: self.seen.adverts(since=killed, host="r1", vrid=VRID), 10, "and goes on speaking")
        self.assertEqual(self.vigie.transitions("VI_1"), rows)

    def test_a_group_runs_its_own_scripts(self):
        group = ("vrrp_sync_group G1 {\n    group {\n        VI_1\n        VI_2\n    }\n"
                 '    notify_master "/etc/keepalived/notify.sh master"\n    notify_stop "/etc/keepalived/notify.sh stop"\n'
                 "    notify /etc/keepalived/notify.sh\n}\n")
        self.start([], group, [dict(name="VI_2", vrid=OTHER_VRID, priority=100, interval=ALONE, addresses=[f"{OTHER_ADDRESS}/24"])])
        self.quiet(self.seen, VRID, "r1", 0.35, [ADDRESS, OTHER_ADDRESS])
        until(lambda: self.host.file("/var/log/notified").exists() and "GROUP G1 MASTER 0" in self.notified(), 10, "it is told")
        self.assertEqual(self.notified()[-2:], ["master", "GROUP G1 MASTER 0"])
        self.vigie.stop()
        until(lambda: self.notified()[-2:] == ["stop", "GROUP G1 STOP 0"], 10, lambda: f"the stop is told: {self.notified()}")

    def notified(self):
        return self.host.read("/var/log/notified").splitlines()


if __name__ == "__main__":
    main()
