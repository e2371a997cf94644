"""A router of the chaos run: its machine, its daemon, and what is wrong with both right now."""
import json

from vigielab.hang import Freezer
from vigielab.small import INTERFACE, config
from vigielab.trios import EVERYBODY

VRIDS = {"FOUR": 7, "SIX": 8}
ADDRESSES = {"FOUR": ["192.0.2.254", "192.0.2.253"], "SIX": ["fe80::7:1", "2001:db8::254"]}
SPARE = "192.0.2.252"
PERMIT, ACTIVE = "/etc/keepalived/MASTER", "/etc/keepalived/ACTIVE"
FLAGS = f"flags {{\n    permit_file {PERMIT}\n    active_file {ACTIVE}\n}}\n"


class Router:
    def __init__(self, small, host, priority, make, is_vigie, interval):
        """make(host, text): the daemon that reads this text."""
        self.small, self.host, self.priority, self.is_vigie = small, host, priority, is_vigie
        self.interval = interval  # in seconds
        self.has_spare = False  # one address more, by a reload
        self.busy = set()       # what some fault has hold of: nothing else may touch it meanwhile
        self.mute = []          # (begin, end) in ns: nothing it says can be seen
        self.dark = []          # times in ns: it lost power, with all that was not on its disk
        self.asked = []         # commands that have not been seen to end
        self.daemon = make(host, self.text())
        self.freezer = Freezer()
        self.host.write(PERMIT, "")

    @property
    def name(self):
        return self.host.name

    def text(self):
        length = {"FOUR": 24, "SIX": 64}
        instances = [dict(name=name, vrid=vrid, priority=self.priority, interval=self.interval,
                          addresses=[f"{a}/{length[name]}" for a in ADDRESSES[name]
                                     + ([SPARE] if self.has_spare and name == "FOUR" else [])],
                          lines=["smtp_alert"] if self.is_vigie else [])
                     for name, vrid in VRIDS.items()]
        return (FLAGS + EVERYBODY if self.is_vigie else "") + config(self.name, instances)

    def addresses(self):
        """All that it holds as master, by its file."""
        return {a for addresses in ADDRESSES.values() for a in addresses} | ({SPARE} if self.has_spare else set())

    def board(self):
        """instance -> what `vigie status --json` has of it; nothing while nobody can say."""
        said = self.daemon.cli("status", "--json", check=False).stdout
        return {one["name"]: one for one in json.loads(said)["instances"]} if said else {}

    def is_answered(self):
        """Whether everybody who asked something of the daemon has an answer, or knows that there is none."""
        self.asked = [command for command in self.asked if command.poll() is None]
        return not self.asked

    def take_back(self):
        """What an operator does who wants everything as it was: no maintenance, and mastership where it was given away."""
        if not self.is_vigie:
            return
        if self.host.file("/var/lib/vigie/maintenance").exists():
            self.daemon.cli("maintenance", "off", check=False)
        for name, one in self.board().items():
            if one["gave_way"] and one["state"] == "BACKUP":
                self.daemon.cli("switchover", name, check=False)

    def own_addresses_again(self):
        """As any network manager does after it took them away."""
        for prefix in self.host.addresses[INTERFACE]:
            self.host.ip("addr", "replace", prefix, "dev", INTERFACE, *(["nodad"] if ":" in prefix else []))
