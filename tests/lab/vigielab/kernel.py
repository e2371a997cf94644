"""What of a host's kernel vigie answers for, in a form that two moments can be compared by: no index, no remaining time,
no address that the hardware makes up."""
import json
import re

_GROUPS = {"120000E0": "224.0.0.18", "ff020000000000000000000000000012": "ff02::12"}


def _is_made_up(address):
    """A link-local address of the kernel's own; those of virtual routers are short here."""
    return address.startswith("fe80::") and len(address) > len("fe80::ffff")


def addresses(host, interface):
    """Everything `ip` says of each address, with its lifetime as what it is: for ever, or leased."""
    found = {}
    for link in json.loads(host.output("ip", "-json", "-details", "addr", "show", "dev", interface)):
        for address in link["addr_info"]:
            if _is_made_up(address.get("local", "")):
                continue
            kind = dict(address)
            for which in ("valid_life_time", "preferred_life_time"):
                life = kind.pop(which)
                kind[which] = "for ever" if life == 0xFFFFFFFF else "none" if life == 0 else "leased"
            prefix = f"{kind.pop('local')}/{kind.pop('prefixlen')}"
            # The kernel numbers labels when an interface is renamed, also those of the host's own addresses.
            if prefix in host.addresses[interface]:
                kind.pop("label", None)
            found[prefix] = kind
    return found


def groups(host, interface):
    """The VRRP groups the interface is in, and for how many sockets."""
    found, inside = {}, False
    for line in host.output("cat", "/proc/net/igmp").splitlines()[1:]:
        words = line.split()
        if not line.startswith("\t"):
            inside = words[1] == interface
        elif inside and words[0] in _GROUPS:
            found[_GROUPS[words[0]]] = int(words[1])
    for line in host.output("cat", "/proc/net/igmp6").splitlines():
        words = line.split()
        if words[1] == interface and words[2] in _GROUPS:
            found[_GROUPS[words[2]]] = int(words[3])
    return found


def routes(host, interface):
    found = []
    for family in ("-4", "-6"):
        for route in json.loads(host.output("ip", "-json", family, "route", "show", "table", "all", "dev", interface) or "[]"):
            if _is_made_up(route["dst"]) or "cache" in route.get("flags", []):
                continue
            route.pop("expires", None)
            route.pop("flags", None)  # whether the cable is in
            found.append(json.dumps(route, sort_keys=True))
    return sorted(found)


def rules(host):
    return [host.output("ip", family, "rule") for family in ("-4", "-6")]


def sockets(host):
    """How many raw VRRP sockets there are, of each family."""
    return {name: len(re.findall(r"^ *\d+: [0-9A-F]+:0070 ", host.output("cat", f"/proc/net/{name}"), re.M))
            for name in ("raw", "raw6")}


def dump(host, interface, sysctls=()):
    state = {"addresses": addresses(host, interface), "groups": groups(host, interface), "routes": routes(host, interface),
             "rules": rules(host), "sockets": sockets(host)}
    for key in sysctls:
        state[key] = host.output("cat", f"/proc/sys/net/{key}").strip()
    return state


def difference(before, now):
    """What is other now, in lines for people."""
    def parts(state):
        return state if isinstance(state, dict) else {one: "there" for one in state} if isinstance(state, list) else {"": state}
    lines = []
    for what in before:
        was, is_now = parts(before[what]), parts(now[what])
        lines += [f"{what} {part}: {was.get(part)} -> {is_now.get(part)}"
                  for part in sorted({*was, *is_now}) if was.get(part) != is_now.get(part)]
    return lines
