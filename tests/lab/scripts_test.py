#!/usr/bin/python3
"""Check scripts and notify scripts: when they count, in which order they run, and what they are told."""
from vigielab.small import ALONE, INTERFACE, Small, config
from vigielab.testing import LabTest, main
from vigielab.wait import until

VRID, ADDRESS = 7, "192.0.2.254"
CHECK = """#!/bin/sh
if [ -e /etc/keepalived/ok ]; then verdict=0; else verdict=1; fi
echo "$(date +%s%N) $verdict" >> /var/log/checks
echo "the weather is $verdict"
exit $verdict
"""
# One verdict for each run, and when there are no more: one failure, two successes, and so on.
PLANNED = """#!/bin/sh
read -r verdict < /etc/keepalived/plan || { printf 'this\n0\n0\n' > /etc/keepalived/plan; verdict=1; }
sed -i 1d /etc/keepalived/plan
echo "$(date +%s%N) $verdict" >> /var/log/checks
echo "the weather is $verdict"
exit $verdict
"""
# Slow on purpose: were the next script started before this one ended, the lines would be mixed.
NOTIFY = """#!/bin/sh
echo "begin $*" >> /var/log/notified
sleep 0.2
echo "end $*" >> /var/log/notified
"""


class Scripts(LabTest):
    def setUp(self):
        self.small = self.open(Small())
        self.seen = self.observe()
        self.host = self.small.r1
        self.host.write("/etc/keepalived/ok", "")
        self.host.write("/etc/keepalived/check.sh", CHECK, mode=0o755)
        self.host.write("/etc/keepalived/notify.sh", NOTIFY, mode=0o755)

    def start(self, lines, before=""):
        self.vigie = self.run_daemon(self.small.vigie(self.host, config("r1", [
            dict(name="VI_1", vrid=VRID, priority=200, interval=ALONE, addresses=[f"{ADDRESS}/24"], lines=lines)], before=before)))
        self.quiet(self.seen, VRID, "r1", 0.35, [ADDRESS])

    def checks(self):
        return [tuple(map(int, line.split())) for line in self.host.read("/var/log/checks").splitlines()]

    def row(self, count, **wanted):
        """Waits for the count-th transition with these values."""
        def found():
            rows = [r for r in self.vigie.transitions("VI_1") if all(r[k] == v for k, v in wanted.items())]
            return rows[count - 1] if len(rows) >= count else None
        return until(found, 30, lambda: f"transition {wanted}: {self.vigie.transitions('VI_1')}")

    def test_fall_and_rise_count_runs_in_a_row(self):
        # Well for long enough to be master; then one failure that does not count, two that do, two successes that do not, and
        # three that do. After these nothing that counts ever comes again, so what was too late would not be at all.
        plan = [0, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0]
        self.host.write("/etc/keepalived/check.sh", PLANNED, mode=0o755)
        self.host.write("/etc/keepalived/plan", "".join(f"{verdict}\n" for verdict in plan))
        self.start(["track_script {", "    check", "}"], 'vrrp_script check {\n    script "/etc/keepalived/check.sh"\n'
                   "    interval 1\n    fall 2\n    rise 3\n}\n")
        fell = self.row(1, from_state="MASTER", to_state="FAULT")
        self.assertEqual(fell["cause"], "script-failed")
        self.assertIn("check", fell["sentence"])
        rose = self.row(1, from_state="FAULT", to_state="BACKUP")
        self.row(2, from_state="BACKUP", to_state="MASTER")
        runs = self.checks()
        self.assertEqual([verdict for _, verdict in runs[:len(plan)]], plan)
        self.assertGreater(fell["wall_ns"], runs[6][0], "down after the second failure in a row, not before")
        self.assertGreater(rose["wall_ns"], runs[12][0], "up after the third success in a row, not before")
        self.quiet(self.seen, VRID, "r1", 0.35, [ADDRESS])
        failed, _ = until(lambda: self.vigie.events("script")[-2:], 10, "rows about the check")
        self.assertIn("the weather is 1", failed["text"])
        until(lambda: len(self.checks()) >= len(plan) + 4, 20, "more runs")
        self.assertEqual([row["to_state"] for row in self.vigie.transitions("VI_1")],
                         ["BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER"])

    def test_failures_below_fall_change_nothing(self):
        self.host.write("/etc/keepalived/check.sh", PLANNED, mode=0o755)
        self.host.write("/etc/keepalived/plan", "0\n0\n1\n0\n1\n1\n0\n")
        self.start(["track_script {", "    check", "}"], 'vrrp_script check {\n    script "/etc/keepalived/check.sh"\n'
                   "    interval 1\n    fall 3\n    rise 1\n}\n")
        until(lambda: [verdict for _, verdict in self.checks()[:9]] == [0, 0, 1, 0, 1, 1, 0, 1, 0], 30, "nine runs")
        self.assertEqual([row["to_state"] for row in self.vigie.transitions("VI_1")], ["BACKUP", "MASTER"])
        self.assertEqual(self.seen.adverts(host="r1", priority=0), [])

    def test_a_hanging_check_is_killed_and_has_failed(self):
        self.host.write("/etc/keepalived/check.sh", "#!/bin/sh\ntest -e /etc/keepalived/ok && exit 0\n"
                        "sleep 1000 & echo $! >> /var/log/hanging\nwait\n", mode=0o755)
        self.start(["track_script {", "    check", "}"], 'vrrp_script check {\n    script "/etc/keepalived/check.sh"\n'
                   "    interval 1\n    timeout 1\n    fall 1\n    rise 1\n}\n")
        self.host.file("/etc/keepalived/ok").unlink()
        self.assertEqual(self.row(1, to_state="FAULT")["cause"], "script-timed-out")
        self.host.write("/etc/keepalived/ok", "")
        self.quiet(self.seen, VRID, "r1", 0.35, [ADDRESS])
        started = set(map(int, self.host.read("/var/log/hanging").split()))
        until(lambda: not started & set(self.host.processes()), 10, "nothing outlives the check that started it")

    def test_a_check_that_cannot_be_run_has_failed(self):
        self.start([])
        self.vigie.stop()
        self.vigie = self.run_daemon(self.small.vigie(self.host, config("r1", [
            dict(name="VI_1", vrid=VRID, priority=200, interval=ALONE, addresses=[f"{ADDRESS}/24"],
                 lines=["track_script {", "    check", "}"])],
            before='vrrp_script check {\n    script "/etc/keepalived/absent.sh"\n    interval 1\n}\n')))
        until(lambda: self.vigie.state("VI_1") == "FAULT", 10,
              lambda: f"an absent check is a fault: {self.vigie.transitions()}")

    def test_notify_scripts_run_in_order_and_are_told_what_keepalived_tells_them(self):
        script = "/etc/keepalived/notify.sh"
        self.start([f'notify_master "{script} master"', f'notify_backup "{script} backup"',
                    f'notify_fault "{script} fault"', f'notify_stop "{script} stop"', f'notify "{script}"'])
        told = ["backup", "INSTANCE VI_1 BACKUP 200", "master", "INSTANCE VI_1 MASTER 200"]
        self.small.network.cut(self.host, INTERFACE)
        self.row(1, to_state="FAULT")
        told += ["fault", "INSTANCE VI_1 FAULT 200"]
        self.small.network.mend(self.host, INTERFACE)
        self.quiet(self.seen, VRID, "r1", 0.35, [ADDRESS])
        told += ["backup", "INSTANCE VI_1 BACKUP 200", "master", "INSTANCE VI_1 MASTER 200"]
        wanted = [line for one in told for line in (f"begin {one}", f"end {one}")]
        until(lambda: len(self.host.read("/var/log/notified").splitlines()) >= len(wanted), 20,
              lambda: f"all notify scripts ran: {self.host.read('/var/log/notified')}")
        self.vigie.stop()
        wanted += [line for one in ("stop", "INSTANCE VI_1 STOP 200") for line in (f"begin {one}", f"end {one}")]
        self.assertEqual(self.host.read("/var/log/notified").splitlines(), wanted)


if __name__ == "__main__":
    main()
