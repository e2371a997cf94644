"""A host: a network, mount and UTS namespace kept by one sleeping process, in which programs run as on a machine of its
own: own name, own /run and /var, and an /etc that is the machine's except for the parts a router's operator writes.

What a host has under /etc, /var and /run is plain files for the lab too: host.file("/etc/keepalived/MASTER").
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess

from . import inside

_ROOM = pathlib.Path("/run/lab")

# Parts of the machine a host shadows, and the subfolders that are the host's own; all else is as on the machine.
_OWN_ETC = ["keepalived", "vigie", "init.d", "monit", "snmp", "frr", "hostname", "hosts", "mailname",
            "resolv.conf", "group"]
_OWN_VAR = ["run", "lock", "log", "tmp", "agentx", "lib"]
_OWN_VAR_LIB = ["vigie", "snmp", "monit", "keepalived", "frr"]

# What `ip netns exec` would do, and more: runs as root of the new namespaces, then sleeps so that they stay.
_BOOT = """
set -e
cd {room}
mount --rbind /etc {room}/run/machine/etc
mount --rbind /var {room}/run/machine/var
mount --bind {room}/etc /etc
mount --bind {room}/var /var
hostname {name}
ip link set lo up
# No waiting for duplicate addresses while the networks are built; open_for_business() turns the check on again.
for key in all default; do echo 0 > /proc/sys/net/ipv6/conf/$key/accept_dad; done
mount --rbind {room}/run /run
echo ready
exec sleep infinity
"""


def _kill(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


class Host:
    def __init__(self, name, path_first=()):
        """path_first: folders searched for programs before the system's."""
        self.name = name
        self.room = _ROOM / name
        self.addresses = {}  # interface -> [prefix, ...], as an operator's network configuration has them
        self.ports = {}      # interface -> name of the switch port at the other end
        self.has_power = True
        self._helpers = {}   # pid -> the lab's own processes in here, which a power loss spares
        self._path = os.pathsep.join([*map(str, path_first), "/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                      "/usr/bin", "/sbin", "/bin"])
        self._furnish()
        script = _BOOT.format(room=self.room, name=name)
        self._sleeper = subprocess.Popen(["unshare", "--net", "--mount", "--uts", "sh", "-c", script],
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                         env=self._environment({inside.HOST_MARK: name}),
                                         preexec_fn=inside.die_with_parent)
        said = self._sleeper.stdout.readline().strip()
        if said != "ready":
            raise RuntimeError(f"{name} does not boot: {said} {self._sleeper.stdout.read()}")
        self.pid = self._sleeper.pid
        self._helpers[self.pid] = self._sleeper
        self._network = os.readlink(f"/proc/{self.pid}/ns/net")

    def _furnish(self):
        # The machine's own files are mounted on /run/machine, where the links lead.
        for folder in ("run/machine/etc", "run/machine/var", "etc", "var/lib", "log"):
            (self.room / folder).mkdir(parents=True)
        self._shadow("/etc", _OWN_ETC)
        self._shadow("/var", _OWN_VAR)
        self._shadow("/var/lib", _OWN_VAR_LIB)
        for folder in ("etc/keepalived", "etc/vigie", "etc/init.d", "etc/monit", "etc/snmp", "etc/frr", "var/log",
                       "var/tmp", "var/agentx", "var/lib/vigie", "var/lib/snmp", "var/lib/monit", "run/lock",
                       "run/frr"):
            (self.room / folder).mkdir(parents=True)
        (self.room / "var/tmp").chmod(0o1777)
        (self.room / "var/run").symlink_to("/run")
        (self.room / "var/lock").symlink_to("/run/lock")
        (self.room / "etc/hostname").write_text(self.name + "\n")
        shutil.copyfile("/etc/group", self.room / "etc/group")
        (self.room / "etc/resolv.conf").write_text("")  # no names but those in /etc/hosts
        (self.room / "etc/mailname").write_text(f"{self.name}.example.org\n")
        (self.room / "etc/hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {self.name}.example.org {self.name}\n")

    def _shadow(self, folder, own):
        for entry in os.listdir(folder):
            if entry in own:
                continue
            (self.room / folder[1:] / entry).symlink_to(f"/run/machine{folder}/{entry}")

    # -------------------------------------------------------------- files

    def file(self, path):
        """Where the lab finds what the host knows as `path`; under /etc, /var or /run."""
        path = str(path)
        if path.startswith("/var/run/"):
            path = path[4:]
        if not path.startswith(("/etc/", "/var/", "/run/")):
            raise ValueError(f"{path} is not one of the host's own files")
        return self.room / path[1:]

    def write(self, path, text, mode=0o644):
        target = self.file(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)
        return path

    def read(self, path):
        return self.file(path).read_text()

    def log(self, name):
        return self.room / "log" / f"{name}.log"

    # -------------------------------------------------------------- programs

    def _enter(self):
        return ["nsenter", "--target", str(self.pid), "--net", "--mount", "--uts", "--"]

    def _environment(self, extra=None):
        here = {"PATH": self._path, "HOME": "/root", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TERM": "dumb",
                "SHELL": "/bin/sh", "USER": "root", "LOGNAME": "root",
                "MIBS": ""}  # numeric names; the machine may not have the modules
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                here[name] = os.environ[name]
        return {**here, **(extra or {})}

    def popen(self, argv, environment=None, **how):
        """Starts a program in the host; its pid is the program's own."""
        how.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen([*self._enter(), *map(str, argv)], env=self._environment(environment),
                                preexec_fn=inside.die_with_parent, **how)

    def helper(self, argv, **how):
        """The same for a process of the lab, which is no part of the host and survives its power losses."""
        here = pathlib.Path(__file__).resolve().parent.parent
        process = self.popen(argv, environment={"PYTHONPATH": str(here), "PYTHONDONTWRITEBYTECODE": "1"}, **how)
        self._helpers[process.pid] = process
        return process

    def run(self, *argv, check=True, timeout=60, input=None):
        """Runs a command to its end; what it printed is in .stdout (errors in .stderr)."""
        with self.popen(argv, stdin=subprocess.PIPE if input is not None else subprocess.DEVNULL,
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                        errors="replace") as process:
            try:
                out, err = process.communicate(input, timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        result = subprocess.CompletedProcess(list(argv), process.returncode, out, err)
        if check and process.returncode != 0:
            raise AssertionError(f"{self.name}: {' '.join(map(str, argv))}: exit status {process.returncode}\n"
                                 f"{out}{err}")
        return result

    def output(self, *argv, **how):
        return self.run(*argv, **how).stdout

    def processes(self):
        """Pids of everything that runs in the host, except what the lab itself put there."""
        found = []
        for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
            try:
                if pid not in self._helpers and os.readlink(f"/proc/{pid}/ns/net") == self._network:
                    found.append(pid)
            except OSError:
                pass
        return found

    def freeze(self):
        """Every process stops where it is; none sees another one die. Answers their pids."""
        frozen = []
        while running := [pid for pid in self.processes() if pid not in frozen]:
            for pid in running:
                _kill(pid, signal.SIGSTOP)
            frozen += running
        return frozen

    def kill_everything(self):
        for pid in self.freeze():
            _kill(pid, signal.SIGKILL)

    # -------------------------------------------------------------- network

    def ip(self, *arguments):
        return self.output("ip", *arguments)

    def ip_batch(self, lines):
        self.run("ip", "-batch", "-", input="".join(f"{line}\n" for line in lines))

    def configured(self):
        """(interface, prefix) -> details of every address in the kernel, as `ip -json addr` has them."""
        found = {}
        for link in json.loads(self.output("ip", "-json", "addr")):
            for address in link.get("addr_info", []):
                if "local" in address:
                    found[link["ifname"], f"{address['local']}/{address['prefixlen']}"] = address
        return found

    def kernel(self):
        """All that a router may have changed in its kernel, as the tools of iproute2 and sysctl print it."""
        return {what: self.output(*words) for what, words in {
            "addresses": ["ip", "-o", "address", "show"], "routes": ["ip", "route", "show", "table", "all"],
            "rules": ["ip", "rule"], "links": ["ip", "-o", "link", "show"], "groups": ["ip", "maddress", "show"],
            "firewall": ["nft", "list", "ruleset"],
            "settings": ["sh", "-c", "sysctl -a 2>/dev/null | grep -E '^net\\.ipv[46]\\.conf' | sort"]}.items()}

    def sysctl(self, key, value):
        self.run("sh", "-c", f"echo {value} > /proc/sys/net/{key}")

    def drop_adverts(self, direction):
        """A firewall that eats VRRP, `in` or `out`; until let_adverts_pass()."""
        hook = {"in": "input", "out": "output"}[direction]
        self.run("nft", f"add table inet lab; add chain inet lab {hook} {{ type filter hook {hook} priority 0; }}; "
                        f"add rule inet lab {hook} meta l4proto 112 drop")

    def let_adverts_pass(self):
        self.run("nft", "delete table inet lab")

    def close(self):
        self.kill_everything()
        for process in self._helpers.values():
            if process.poll() is None:
                process.kill()
                process.wait()
        self._sleeper.stdout.close()
        shutil.rmtree(self.room)
