"""A router alone: one host whose interfaces lead nowhere. Several stand beside each other and know nothing of each other, so
they may have the same addresses."""
from .daemons import Vigie
from .host import Host
from .mission import build_folder

INTERFACES = {"eth0": ["192.0.2.1/24", "2001:db8::1/64"], "eth1": ["198.51.100.1/24", "2001:db8:1::1/64"]}


class Lone:
    def __init__(self, name):
        self.router = Host(name, [build_folder() / "bin"])
        lines = []
        for number, (interface, prefixes) in enumerate(INTERFACES.items()):
            lines += [f"link add {interface} address 02:00:00:00:00:0{number} type veth peer name nowhere{number}",
                      f"link set nowhere{number} addrgenmode none up", f"link set {interface} up"]
            lines += [f"addr add {prefix} dev {interface}" + (" nodad" if ":" in prefix else "") for prefix in prefixes]
        self.router.ip_batch(lines)

    def vigie(self, config):
        self.router.write("/etc/vigie/vigie.conf", config)
        return Vigie(self.router, build_folder())

    def close(self):
        self.router.close()
