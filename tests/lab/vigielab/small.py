"""The smallest lab: routers r1 and r2 and a client on one LAN, addresses of both families."""
from .daemons import Keepalived, Vigie
from .host import Host
from .lan import Network
from .mission import build_folder
from .smtp import SmtpServer

INTERFACE = "eth0"
BASE = {"r1": ["192.0.2.1/24", "2001:db8::1/64"], "r2": ["192.0.2.2/24", "2001:db8::2/64"],
        "client": ["192.0.2.10/24", "2001:db8::10/64"]}
MAIL_ADDRESS = "192.0.2.10"
# Seconds between adverts: of routers that hear each other, or a machine that stands still for as long as virtual machines do
# now and then makes a takeover; and of one that is alone, where nobody can.
TOGETHER, ALONE = 1, 0.1


class Small:
    def __init__(self, interfaces=(INTERFACE,)):
        self.network = Network()
        self.r1, self.r2, self.client = (
            self.network.add_host(Host(name, [build_folder() / "bin"])) for name in ("r1", "r2", "client"))
        for host in (self.r1, self.r2, self.client):
            plugs = {INTERFACE: BASE[host.name]}
            for number, interface in enumerate(interfaces[1:], 1):
                plugs[interface] = [f"198.51.{100 + number}.{BASE[host.name][0].split('.')[3].split('/')[0]}/24"]
            self.network.plug(host, plugs)
        self.routers = [self.r1, self.r2]
        for router in self.routers:
            router.write("/etc/hosts", router.read("/etc/hosts") + f"{MAIL_ADDRESS} smtp.example.org\n")
        self.smtp = SmtpServer(self.client)

    def vigie(self, router, config):
        router.write("/etc/vigie/vigie.conf", config)
        return Vigie(router, build_folder())

    def keepalived(self, router, config):
        router.write("/etc/keepalived/keepalived.conf", config)
        return Keepalived(router)

    def close(self):
        self.smtp.stop()
        self.network.close()


def config(router_id, instances, before=""):
    """A keepalived.conf. instances: dicts with name, vrid, priority and lines; addresses as a list of strings."""
    out = [f"global_defs {{\n    router_id {router_id}\n    script_user root\n}}", before]
    for i in instances:
        i = {"interface": INTERFACE, "version": 3, "interval": TOGETHER, "state": "BACKUP", "lines": [], **i}
        out.append("\n".join(
            [f"vrrp_instance {i['name']} {{", f"    state {i['state']}", f"    interface {i['interface']}",
             f"    virtual_router_id {i['vrid']}", f"    version {i['version']}", f"    priority {i['priority']}",
             f"    advert_int {i['interval']:g}"]
            + [f"    {line}" for line in i["lines"]]
            + ["    virtual_ipaddress {"] + [f"        {address}" for address in i["addresses"]] + ["    }", "}"]))
    return "\n".join(out) + "\n"
