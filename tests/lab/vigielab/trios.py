"""Routers beside both kinds of peers at both intervals at once, as most of what they go through is waiting.

A trio is three routers that say their adverts at one interval: `first` runs vigie, `second` vigie, `third` keepalived. `first`
is master of a cell (a virtual router; with signed adverts) beside `second` and of one beside `third`, and backup of one whose master is `third`.
All trios are on one LAN with one client; what is done to a `first` meets all its cells."""
import dataclasses

from .daemons import Keepalived, Vigie
from .host import Host
from .lan import Network
from .mission import build_folder
from .small import INTERFACE, config

INTERVALS = (1, 0.1)
# keepalived has no such thing.
SIGNED = ["auth_hmac {", "    key 1 hex:" + "5a" * 32, "    active_key 1", "}"]
BETTER, OTHER = 200, 100
# The alerter and the subagent have work with this; that nobody takes it is no matter here.
EVERYBODY = """global_defs {
    notification_email { root@example.org }
    notification_email_from vigie@example.org
    smtp_server 192.0.2.10
}
agentx {
    socket /var/agentx/master
}
"""


@dataclasses.dataclass(frozen=True)
class Cell:
    name: str
    vrid: int
    interval: float
    master: str
    backup: str
    peer: str  # of `first`

    @property
    def address(self):
        return f"192.0.2.{100 + self.vrid}"

    @property
    def within(self):
        return 1.5 * self.interval

    @property
    def third_miss(self):
        """After so long a silence the backup has missed three adverts."""
        return 3 * self.interval

    @property
    def down(self):
        """After so long a one it is master."""
        return (3 + (256 - OTHER) / 256) * self.interval

    def __str__(self):
        return f"{self.interval * 1000:g} ms, {self.peer}"


class Trio:
    def __init__(self, number, interval, network, path):
        self.interval = interval
        self.first, self.second, self.third = (
            network.add_host(Host(f"{which}{number}", path)) for which in ("first", "second", "third"))
        for place, host in enumerate(self.routers, 1):
            network.plug(host, {INTERFACE: [f"192.0.2.{10 * number + place}/24"]})
        name, vrid = (self.first.name, self.second.name, self.third.name), 10 * number
        self.beside_vigie = Cell("BESIDE_VIGIE", vrid + 1, interval, name[0], name[1], "vigie")
        self.beside_keepalived = Cell("BESIDE_KEEPALIVED", vrid + 2, interval, name[0], name[2], "keepalived")
        self.behind_keepalived = Cell("BEHIND_KEEPALIVED", vrid + 3, interval, name[2], name[0], "keepalived")
        self.cells = [self.beside_vigie, self.beside_keepalived, self.behind_keepalived]
        self.reigned = self.cells[:2]  # by `first`

    @property
    def routers(self):
        return [self.first, self.second, self.third]

    def text(self, host, lines=()):
        return config(host.name, [
            dict(name=cell.name, vrid=cell.vrid, interval=cell.interval, addresses=[f"{cell.address}/24"],
                 priority=BETTER if cell.master == host.name else OTHER,
                 lines=[*lines, *(SIGNED if cell is self.beside_vigie else [])])
            for cell in self.cells if host.name in (cell.master, cell.backup)])

    def daemons(self, build):
        """One for each router; `first` runs every process that vigie has."""
        self.first.write("/etc/vigie/vigie.conf", EVERYBODY + self.text(self.first, ["smtp_alert", 'notify_stop "/bin/true"']))
        self.second.write("/etc/vigie/vigie.conf", self.text(self.second))
        self.third.write("/etc/keepalived/keepalived.conf", self.text(self.third))
        self.vigie = Vigie(self.first, build)
        self.other_vigie, self.keepalived = Vigie(self.second, build_folder()), Keepalived(self.third)
        return [self.vigie, self.other_vigie, self.keepalived]


class Trios:
    def __init__(self, intervals=INTERVALS):
        path = [build_folder() / "bin"]
        self.network = Network()
        self.client = self.network.add_host(Host("client", path))
        self.network.plug(self.client, {INTERFACE: ["192.0.2.200/24"]})
        self.trios = [Trio(number, interval, self.network, path) for number, interval in enumerate(intervals, 1)]
        self.routers = [router for trio in self.trios for router in trio.routers]
        self.cells = [cell for trio in self.trios for cell in trio.cells]

    def close(self):
        self.network.close()
