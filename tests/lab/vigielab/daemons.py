"""The daemons the lab knows how to run: vigie and its neighbours, each the real one."""
import os
import pathlib
import re
import signal
import sqlite3
import subprocess

from . import wait


def _children():
    """pid -> pids of its children, for the whole lab."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as f:
                found.setdefault(int(f.read().rsplit(")", 1)[1].split()[1]), []).append(int(pid))
        except OSError:
            pass
    return found


def name_of(pid):
    """The process' comm: at most 15 characters."""
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


class Daemon:
    """One daemon on one host. Its output is in the host's log folder, and shown when a test fails."""

    name = ""

    def __init__(self, host):
        self.host, self._process = host, None

    def argv(self):
        raise NotImplementedError

    def prepare(self):
        pass

    def start(self):
        assert not self.is_alive(), f"{self.name} on {self.host.name} runs already"
        self.prepare()
        with open(self.host.log(self.name), "ab") as log:
            self._process = self.host.popen(self.argv(), stdout=log, stderr=log)
        return self

    def is_alive(self):
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self):
        return self._process.pid

    def pids(self):
        """The daemon and all its descendants, parents first."""
        if not self.is_alive():
            return []
        children, found = _children(), [self.pid]
        for pid in found:
            found += children.get(pid, [])
        return found

    def signal(self, number):
        self._process.send_signal(number)

    def stop(self, timeout=20):
        """Asks politely and waits for the end; answers the exit status."""
        if self._process is None:
            return None
        if self.is_alive():
            self._process.terminate()
        try:
            return self._process.wait(timeout * wait.PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} on {self.host.name} does not end within {timeout} s") from None

    def kill(self):
        """SIGKILL to all of its processes at once."""
        doomed = self.pids()
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in doomed:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
        if self._process is not None:
            self._process.wait()

    def log_text(self):
        log = self.host.log(self.name)
        return log.read_text(errors="replace") if log.exists() else ""


class Keepalived(Daemon):
    name = "keepalived"

    def __init__(self, host, config="/etc/keepalived/keepalived.conf"):
        super().__init__(host)
        self.config = config

    def prepare(self):
        for name in ("keepalived", "vrrp"):
            self.host.file(f"/run/{name}.pid").unlink(missing_ok=True)

    def argv(self):
        return ["/usr/sbin/keepalived", "-n", "-l", "-P", "-p", "/run/keepalived.pid", "-r", "/run/vrrp.pid",
                "-f", self.config]


class Frr(Daemon):
    """zebra and vrrpd. FRR wants ready-made macvlans that carry the virtual MAC and the addresses."""
    name = "frr"

    def __init__(self, host, instances, lines=()):
        """instances: [(interface, vrid, priority, interval in ms, [addresses])], and a version other than 3 last.
        lines: more words for each, with {vrid} in them."""
        super().__init__(host)
        self.instances, self.lines = instances, lines
        self._zebra = None

    @staticmethod
    def device(vrid, six):
        return f"vrrp{6 if six else 4}-{vrid}"

    def prepare(self):
        lines, config = [], []
        existing = {interface for interface, _ in self.host.configured()}
        for interface, vrid, priority, interval, addresses, *version in self.instances:
            config += [f"interface {interface}", f" vrrp {vrid} version {version[0] if version else 3}", f" vrrp {vrid} priority {priority}",
                       f" vrrp {vrid} advertisement-interval {interval}"]
            for six in (False, True):
                mine = [a for a in addresses if (":" in a) == six]
                device = self.device(vrid, six)
                if mine and device not in existing:
                    lines += [f"link add {device} link {interface} address 00:00:5e:00:0{2 if six else 1}:{vrid:02x} "
                              "type macvlan mode bridge", f"link set {device} addrgenmode random"]
                    lines += [f"addr add {a}/{64 if six else 32} dev {device}" + (" nodad" if six else "")
                              for a in mine]
                    lines += [f"link set {device} up"]
                config += [f" vrrp {vrid} {'ipv6' if six else 'ip'} {a}" for a in mine]
            config += [f" {line.format(vrid=vrid)}" for line in self.lines]
            config += ["exit"]
        # Or the base interface answers ARP for what the macvlan holds.
        self.host.sysctl("ipv4/conf/all/arp_ignore", 1)
        self.host.sysctl("ipv4/conf/all/arp_announce", 2)
        if lines:
            # A master whose link-local address still waits for duplicates cannot bind to it, and announces nothing.
            for key in ("dad_transmits", "router_solicitation_delay"):
                self.host.sysctl(f"ipv6/conf/default/{key}", 0)
            self.host.ip_batch(lines)
        # The lab has one user, root, whom FRR wants in its group for configuration.
        groups = [line for line in self.host.read("/etc/group").splitlines() if not line.startswith("frrvty:")]
        self.host.write("/etc/group", "\n".join([*groups, "frrvty:x:0:root"]) + "\n")
        self.host.write("/etc/frr/vrrpd.conf", "\n".join(config) + "\n")
        self.host.write("/etc/frr/zebra.conf", "\n")
        with open(self.host.log("zebra"), "ab") as log:
            self._zebra = self.host.popen(self._argv("zebra"), stdout=log, stderr=log)
        wait.until(lambda: self.host.file("/run/frr/zserv.api").exists(), 20, "zebra's socket")

    def _argv(self, which):
        return [f"/usr/lib/frr/{which}", "-u", "root", "-g", "root", "-P", "0", "-f", f"/etc/frr/{which}.conf",
                "-i", f"/run/frr/{which}.pid", "--log", "stdout", "--log-level", "info"]

    def argv(self):
        return self._argv("vrrpd")

    def configure(self, *lines):
        """Each line is said to every virtual router, with its {vrid}, while vrrpd runs."""
        words = ["configure terminal"]
        for interface, vrid, *_ in self.instances:
            words += [f"interface {interface}", *(line.format(vrid=vrid) for line in lines), "exit"]
        self.host.run("/usr/bin/vtysh", "-d", "vrrpd", "-c", "\n".join(words))

    def _kill_zebra(self):
        if self._zebra is not None:
            self._zebra.kill()
            self._zebra.wait()
            self._zebra = None
            self.host.file("/run/frr/zserv.api").unlink(missing_ok=True)

    def stop(self, timeout=20):
        status = super().stop(timeout)
        self._kill_zebra()
        return status

    def kill(self):
        super().kill()
        self._kill_zebra()


class Vigie(Daemon):
    name = "vigied"
    run_dir, state_dir = "/run/vigie", "/var/lib/vigie"

    def __init__(self, host, build, config="/etc/vigie/vigie.conf"):
        super().__init__(host)
        self.build, self.config = pathlib.Path(build), config

    def argv(self):
        return [self.build / "bin/vigied", "-n", "-f", self.config, "--run-dir", self.run_dir,
                "--state-dir", self.state_dir]

    def role_pid(self, role):
        """The pid of vigie-<role>, or None while there is none."""
        for pid in self.pids():
            if name_of(pid) == f"vigie-{role}"[:15]:
                return pid
        return None

    def cli(self, *arguments, check=True):
        """Runs `vigie ...` on the host."""
        return self.host.run(self.build / "bin/vigie", *arguments, check=check)

    # -------------------------------------------------------------- history, read as any SQLite client would

    def events(self, kind=None, instance=None):
        """Rows of the history's `timeline`, in order, as dicts; [] while there is no database."""
        database = self.host.file(f"{self.state_dir}/history.db")
        if not database.exists():
            return []
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)
        connection.row_factory = sqlite3.Row
        try:
            rows = [dict(row) for row in connection.execute("SELECT * FROM timeline ORDER BY id")]
        except sqlite3.OperationalError as trouble:
            if "no such table" in str(trouble):
                return []
            raise
        finally:
            connection.close()
        return [row for row in rows if kind in (None, row["kind"]) and instance in (None, row["instance"])]

    def transitions(self, instance=None):
        return self.events("transition", instance)

    def state(self, instance):
        """Where the history has the instance: MASTER, BACKUP, ...; None before its first transition."""
        rows = self.transitions(instance)
        return rows[-1]["to_state"] if rows else None


class Snmpd(Daemon):
    """The master agent: AgentX on /var/agentx/master, SNMPv2c community public, traps sent to `trap_sink`."""
    name = "snmpd"

    def __init__(self, host, trap_sink=None):
        super().__init__(host)
        self.trap_sink = trap_sink

    def prepare(self):
        lines = ["agentAddress udp:161", "rocommunity public", "master agentx", "agentXSocket /var/agentx/master",
                 f"sysName {self.host.name}", "[snmp] persistentDir /var/lib/snmp"]
        if self.trap_sink:
            lines.insert(0, f"trap2sink {self.trap_sink} public")
        self.host.write("/etc/snmp/snmpd.conf", "\n".join(lines) + "\n")

    def argv(self):
        return ["/usr/sbin/snmpd", "-f", "-Lo", "-C", "-c", "/etc/snmp/snmpd.conf",
                "-I", "-smux,mteTrigger,mteTriggerConf"]

    def walk(self, oid, from_host=None, address="127.0.0.1", check=True):
        """[(numeric oid, "TYPE: value")], or [] when there is nothing below it."""
        where = from_host or self.host
        result = where.run("snmpwalk", "-v2c", "-c", "public", "-On", "-t", "2", "-r", "3", address, oid,
                           check=check)
        return [tuple(line.split(" = ", 1)) for line in result.stdout.splitlines()
                if " = " in line and "No Such" not in line and "No more" not in line]


class Snmptrapd(Daemon):
    """Receives traps; each is one line of its log."""
    name = "snmptrapd"

    def prepare(self):
        self.host.write("/etc/snmp/snmptrapd.conf",
                        "disableAuthorization yes\nsnmpTrapdAddr udp:162\noutputOption n\n"
                        "[snmp] persistentDir /var/lib/snmp\nformat2 TRAP from %b: %v\\n\n")

    def argv(self):
        return ["/usr/sbin/snmptrapd", "-f", "-n", "-Lo", "-C", "-c", "/etc/snmp/snmptrapd.conf", "-On"]

    def start(self):
        super().start()
        wait.until(lambda: "NET-SNMP version" in self.log_text(), 10, "snmptrapd listening")
        return self

    def traps(self, containing=""):
        return [line for line in self.log_text().splitlines() if line.startswith("TRAP") and containing in line]


class Monit(Daemon):
    """A running monit with a cycle of one second; `snippets` is the text of its checks."""
    name = "monit"

    def __init__(self, host, snippets, mail_server, recipient="root@example.org", cycle=1):
        super().__init__(host)
        self.snippets, self.mail_server, self.recipient, self.cycle = snippets, mail_server, recipient, cycle

    def prepare(self):
        self.host.write("/etc/monit/monitrc",
                        f"set daemon {self.cycle}\nset log /var/log/monit.log\nset pidfile /run/monit.pid\n"
                        "set idfile /var/lib/monit/id\nset statefile /var/lib/monit/state\n"
                        f"set mailserver {self.mail_server}\n"
                        f"set mail-format {{ from: monit@{self.host.name}.example.org\n"
                        "  subject: [$HOST] $SERVICE: $EVENT }\n"
                        f"set alert {self.recipient} not on {{ instance, action }}\n"
                        "set httpd unixsocket /run/monit.sock\n  allow localhost\n  allow admin:monit\n"
                        "include /etc/monit/conf.d/*.conf\n", mode=0o600)
        self.host.write("/etc/monit/conf.d/vigie.conf", self.snippets, mode=0o600)

    def check(self):
        """monit -t: the exit status and what it says."""
        self.prepare()
        result = self.host.run("/usr/bin/monit", "-t", "-c", "/etc/monit/monitrc", check=False)
        return result.returncode, result.stdout + result.stderr

    def argv(self):
        return ["/usr/bin/monit", "-I", "-c", "/etc/monit/monitrc"]

    def summary(self):
        """service -> status, as `monit summary` prints it."""
        result = self.host.run("/usr/bin/monit", "-B", "-c", "/etc/monit/monitrc", "summary", check=False)
        found = {}
        for line in result.stdout.splitlines():
            columns = re.split(r"\s{2,}", line.strip())
            if len(columns) == 3 and columns[0] != "Service Name":
                found[columns[0]] = columns[1]
        return found
