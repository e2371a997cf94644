"""The networks between the hosts: one bridge per LAN in the lab's own namespace, which is "the switch"; one veth per
host and LAN. A host's interface has the name its configuration uses; its switch port is <host>.<interface>.
"""
import fcntl
import json
import socket
import struct
import subprocess

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1


def _ip_batch(lines):
    done = subprocess.run(["ip", "-batch", "-"], input="".join(f"{line}\n" for line in lines), text=True,
                          capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"ip: {done.stderr}")


class Network:
    """Hosts and the LANs they are plugged into."""

    def __init__(self):
        self.hosts = {}
        self._lans = set()

    def add_host(self, host):
        self.hosts[host.name] = host
        return host

    def plug(self, host, interfaces):
        """interfaces: name -> list of prefixes. Interfaces of the same name are on the same LAN."""
        switch, inside, settled = [], [], []
        for name, prefixes in interfaces.items():
            if name not in self._lans:
                self._lans.add(name)
                switch += [f"link add lan-{name} type bridge mcast_snooping 0 forward_delay 0",
                           f"link set lan-{name} addrgenmode none up"]
            port = f"{host.name}.{name}"
            if len(port) > 15:
                raise ValueError(f"{port} is too long for an interface name")
            switch += [f"link add {port} type veth peer name {name} netns {host.pid}",
                       f"link set {port} addrgenmode none", f"link set {port} master lan-{name} up"]
            inside.append(f"link set {name} up")
            settled += [f"addr add {prefix} dev {name}" + (" nodad" if ":" in prefix else "") for prefix in prefixes]
            host.addresses[name] = list(prefixes)
            host.ports[name] = port
        _ip_batch(switch)
        host.ip_batch(inside + settled)
        host.sysctl("ipv6/conf/all/accept_dad", 1)  # link-locals are there; from now on as on any machine

    def replug(self, host, name):
        """The interface was deleted; makes it again, as a card that comes back."""
        port = host.ports[name]
        _ip_batch([f"link add {port} type veth peer name {name} netns {host.pid}",
                   f"link set {port} addrgenmode none", f"link set {port} master lan-{name} up"])
        host.ip_batch([f"link set {name} up"]
                      + [f"addr add {prefix} dev {name}" + (" nodad" if ":" in prefix else "")
                         for prefix in host.addresses[name]])

    # A link set up or down by ioctl costs microseconds, so that all ports of a host fall at the same moment.
    def set_port(self, port, up):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            request = struct.pack("16sh14x", port.encode(), 0)
            flags = struct.unpack_from("16xH", fcntl.ioctl(s, _SIOCGIFFLAGS, request))[0]
            flags = flags | _IFF_UP if up else flags & ~_IFF_UP
            fcntl.ioctl(s, _SIOCSIFFLAGS, struct.pack("16sH14x", port.encode(), flags))

    def cut(self, host, name):
        """Pulls a cable out of the switch: the host sees its carrier go."""
        self.set_port(host.ports[name], False)

    def mend(self, host, name):
        self.set_port(host.ports[name], True)

    def silence(self, host, name, silent=True):
        """The switch stops forwarding for the port but keeps the carrier: nobody can see why it is quiet."""
        subprocess.run(["bridge", "link", "set", "dev", host.ports[name], "state", "0" if silent else "3"],
                       check=True)

    def power_off(self, host):
        """Nothing of the host speaks any more, and its ports go dark."""
        host.has_power = False
        host.freeze()  # so that nothing in it lives to see its links fall
        for port in host.ports.values():
            self.set_port(port, False)
        host.kill_everything()

    def power_on(self, host):
        """As after a boot: /run is empty, addresses are the configured ones; disks are as they were."""
        host.has_power = True
        for link in json.loads(host.output("ip", "-json", "link")):
            if link["ifname"] in host.ports:
                host.ip("addr", "flush", "dev", link["ifname"], "scope", "global")
            elif link["ifname"] != "lo" and link["operstate"] != "DOWN":
                host.ip("link", "delete", link["ifname"])
        host.run("sh", "-c", "find /run -mindepth 1 -maxdepth 1 ! -name machine -exec rm -rf {} + && "
                             "mkdir /run/lock /run/frr")
        host.ip_batch([f"addr add {prefix} dev {name}" + (" nodad" if ":" in prefix else "")
                       for name, prefixes in host.addresses.items() for prefix in prefixes])
        for port in host.ports.values():
            self.set_port(port, True)

    def close(self):
        # A namespace's own end takes the kernel a while; the next lab wants the names of the ports at once.
        there = {link["ifname"] for link in json.loads(subprocess.check_output(["ip", "-json", "link"]))}
        ports = {port for host in self.hosts.values() for port in host.ports.values()}
        _ip_batch([f"link delete {name}" for name in sorted(there & (ports | {f"lan-{name}" for name in self._lans}))])
        for host in self.hosts.values():
            host.close()
