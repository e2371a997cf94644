"""The network vigie was written for: the routers gulp (primary) and odlyd (backup) with their configurations as they
stand, a member's machine, a machine outside, and the administration's machine that takes mail and traps.

                 outside                member                    adm (mail, traps)
                    |                     |                         |
    ens ------------+----+------crans ----+---+------- crans.2 -----+---+---   crans.3  crans.21  crans.22
                    |    |                |   |                     |   |      |  |     |  |      |  |
                  gulp odlyd            gulp odlyd                gulp odlyd  gulp,odlyd ...
"""
import os
import pathlib

from .daemons import Keepalived, Vigie
from .host import Host
from .lan import Network
from .smtp import SmtpServer

HERE = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = HERE / "mission"

INSTANCE, VRID = "VI_ROUTEUR", 50
PERMIT, ACTIVE = "/etc/keepalived/MASTER", "/etc/keepalived/BACKUP_ACTIVE"
# interface -> (virtual address, prefix length, broadcast)
VIRTUAL = {
    "ens": ("192.0.2.47", 24, "192.0.2.255"),
    "crans": ("198.51.100.254", 24, "198.51.100.255"),
    "crans.2": ("10.231.136.254", 24, "10.231.136.255"),
    "crans.3": ("203.0.113.254", 24, "203.0.113.255"),
    "crans.21": ("10.2.9.254", 24, "10.2.9.255"),
    "crans.22": ("10.53.0.254", 16, "10.53.255.255"),
}
VIRTUAL_ADDRESSES = [address for address, _, _ in VIRTUAL.values()]
MEMBERS_GATEWAY = VIRTUAL["crans"][0]
MAIL_HOST = "10.231.136.25"

CHECKSTATUS = """#!/bin/sh
# Well when the operator wants this router to route.
test -e /etc/keepalived/MASTER
"""
QUAGGA = """#!/bin/sh
# Stands in for the routing daemon: remembers what it was told.
echo "$(date +%s.%N) $1" >> /var/log/quagga.log
case "$1" in
  start) : > /run/quagga.running ;;
  stop) rm -f /run/quagga.running ;;
esac
"""
VIGIE_CONF = """# The keepalived.conf this router has always had, and what vigie adds to it.
include /etc/keepalived/keepalived.conf

flags {
    %(flag)s
}
agentx {
    socket /var/agentx/master
}
history {
    database /var/lib/vigie/history.db
}
"""


def build_folder():
    """Where the binaries under test are."""
    return pathlib.Path(os.environ.get("VIGIE_BUILD") or HERE.parent.parent / "build").resolve()


def router_addresses(number):
    """A router's own addresses: the virtual ones' networks, host part `number`."""
    return {interface: [".".join(address.split(".")[:3] + [str(number)]) + f"/{length}"]
            for interface, (address, length, _) in VIRTUAL.items()}


class Mission:
    def __init__(self):
        path = [build_folder() / "bin"]
        self.network = Network()
        self.gulp, self.odlyd, self.member, self.outside, self.adm = (
            self.network.add_host(Host(name, path)) for name in ("gulp", "odlyd", "member", "outside", "adm"))
        self.routers = [self.gulp, self.odlyd]
        self.network.plug(self.gulp, router_addresses(11))
        self.network.plug(self.odlyd, router_addresses(12))
        self.network.plug(self.member, {"crans": ["198.51.100.20/24"]})
        self.network.plug(self.outside, {"ens": ["192.0.2.20/24"]})
        self.network.plug(self.adm, {"crans.2": [f"{MAIL_HOST}/24"]})
        for router in self.routers:
            self.furnish(router)
        self.smtp = SmtpServer(self.adm)

    def furnish(self, router):
        config = (FIXTURES / f"{router.name}.conf").read_text()
        router.write("/etc/keepalived/keepalived.conf", config)
        router.write("/etc/hosts", router.read("/etc/hosts") + f"{MAIL_HOST} smtp.adm.example.org\n")
        router.write("/etc/init.d/quagga", QUAGGA, mode=0o755)
        if router.name == "gulp":
            router.write("/etc/keepalived/checkstatus.sh", CHECKSTATUS, mode=0o755)
            router.write(PERMIT, "")
            flag = f"permit_file {PERMIT}"
        else:
            flag = f"active_file {ACTIVE}"
        router.write("/etc/vigie/vigie.conf", VIGIE_CONF % {"flag": flag})

    def vigie(self, router):
        return Vigie(router, build_folder())

    def keepalived(self, router):
        return Keepalived(router)

    @staticmethod
    def quagga(router):
        """What the routing daemon was told, in order: ["start", "stop", ...]."""
        log = router.file("/var/log/quagga.log")
        return [line.split()[1] for line in log.read_text().splitlines()] if log.exists() else []

    def holders(self, address=MEMBERS_GATEWAY):
        return [r.name for r in self.routers if any(p.split("/")[0] == address for _, p in r.configured())]

    def close(self):
        self.smtp.stop()
        self.network.close()
