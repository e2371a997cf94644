"""What must hold whatever happened, seen from outside: the wire, the kernel, the history, the flags."""
from .routers import ACTIVE, ADDRESSES, VRIDS

# A row is stamped when its turn begins, an advert when the switch has it.
_NEAR = 100_000_000
# What was written to the disk before the power went, at least.
_UNWRITTEN = 2_000_000_000
_KEPT = {"/run/vigie": {"board", "config", "findings", "heartbeat", "ledger", "memory", "runner.fifos", "runner.life", "runner.place",
                        "subagent/place"},
         "/var/lib/vigie": {"memory", *(f"{name}.db{part}" for name in ("history", "outbox") for part in ("", "-shm", "-wal"))}}
# So long before its holder speaks or after his last word a kernel may have an address: what is stopped, frozen or dead, or
# prepares, is so for less.
_SPEECHLESS = 8_000_000_000


def check_history(test, router, until):
    """Every record once and in order, and the history's reigns are those of the wire."""
    daemon = router.daemon
    rows = daemon.events()
    test.assertEqual([row for row in rows if row["kind"] == "lost"], [])
    ledgers = {}
    for row in rows:
        if row["sequence"] is not None:
            ledgers.setdefault(row["ledger"], []).append(row["sequence"])
    for ledger, numbers in ledgers.items():
        test.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))), f"{router.name}, ledger {ledger}")
    for name, vrid in VRIDS.items():
        mine = daemon.transitions(name)
        for before, after in zip(mine, mine[1:]):
            # A daemon that was stopped in order begins anew.
            if before["ledger"] == after["ledger"] and (before["to_state"], after["from_state"]) != ("STOP", "INIT"):
                test.assertEqual(before["to_state"], after["from_state"],
                                 f"{router.name}, {name}: a transition is missing before {after}")
        check_reigns(test, router, name, vrid, mine, until)


def check_reigns(test, router, name, vrid, rows, until):
    reigns = [(row["wall_ns"], after["wall_ns"]) for row, after in zip(rows, [*rows[1:], {"wall_ns": until}])
              if row["to_state"] == "MASTER"]

    def slack(at):
        return _NEAR + int(test.witness.stood_still(at - 10 * _NEAR, min(at + 10 * _NEAR, until)) * 1e9)

    said = [a.time for a in test.seen.adverts(host=router.name, vrid=vrid) if a.priority > 0 and a.time < until]
    for at in said:
        if any(dark - _UNWRITTEN < at <= dark for dark in router.dark):
            continue
        near = slack(at)
        test.assertTrue(any(begin - near <= at <= end + near for begin, end in reigns),
                        f"{router.name} spoke for {name} at {at} while it was no master: {reigns}")
    for begin, end in reigns:
        near = slack(begin)
        if any(b - near <= end and begin <= e + near for b, e in router.mute):
            continue
        test.assertTrue(any(begin - near <= at <= end + near for at in said),
                        f"{router.name} was master of {name} from {begin} to {end} and said nothing")


def check_holders(test, router, began, until):
    """No address without a master: whenever the kernel had one, its router spoke not long ago or was about to."""
    for name, addresses in ADDRESSES.items():
        said = [a.time for a in test.seen.adverts(host=router.name, vrid=VRIDS[name]) if a.priority > 0]
        for address in addresses:
            since = began if address in test.held_at_first[router.name] else None
            spans = []
            for change in test.seen.changes(began, router.name, address):
                if change.came:
                    since = change.time
                elif since is not None:
                    spans.append((since, change.time))
                    since = None
            if since is not None:
                spans.append((since, until))
            for begin, end in spans:
                heard = [begin - _SPEECHLESS] + [at for at in said if begin - _SPEECHLESS <= at <= end + _SPEECHLESS] + [end + _SPEECHLESS]
                for last, following in zip(heard, heard[1:]):
                    if following - last <= 2 * _SPEECHLESS or any(b < following and last < e for b, e in router.mute):
                        continue
                    stood = int(test.witness.stood_still(last, min(following, until)) * 1e9)
                    test.assertLessEqual(following - last, 2 * _SPEECHLESS + stood,
                                         f"{router.name} held {address} from {begin} to {end} and did not speak from {last} to {following}")


def is_settled(routers, seen, within):
    """Nothing when the better router alone speaks and holds everything, and all that says so agrees; else what is amiss."""
    better, other = routers
    amiss = []
    for name, vrid in VRIDS.items():
        speakers = seen.speakers(vrid, within)
        if speakers != {better.name}:
            amiss.append(f"speaking for {name}: {sorted(speakers)}")
    everything = set().union(*ADDRESSES.values()) | better.addresses() | other.addresses()
    held = {r.name: {prefix.split("/")[0] for _, prefix in r.host.configured()} & everything for r in routers}
    if held[better.name] != better.addresses():
        amiss.append(f"{better.name} holds {sorted(held[better.name])} of {sorted(better.addresses())}")
    if held[other.name] and other.is_vigie:
        amiss.append(f"{other.name} holds {sorted(held[other.name])}")
    for router, state in ((better, "MASTER"), (other, "BACKUP")):
        if not router.is_vigie:
            continue
        states = {name: one["state"] for name, one in router.board().items()}
        if states != dict.fromkeys(VRIDS, state):
            amiss.append(f"the board of {router.name} says {states}")
        for name in VRIDS:
            if router.daemon.state(name) != state:
                amiss.append(f"the history of {router.name} has {name} {router.daemon.state(name)}")
        if router.host.file(ACTIVE).exists() != (state == "MASTER"):
            amiss.append(f"{ACTIVE} on {router.name} {'exists' if state == 'BACKUP' else 'is missing'}")
    return amiss


def files_left(router):
    """By a daemon that was stopped, besides what outlives it by design: nothing half written, no socket, no flag."""
    found = [ACTIVE] if router.host.file(ACTIVE).exists() else []
    for folder, kept in _KEPT.items():
        place = router.host.file(folder)
        found += [f"{folder}/{path.relative_to(place)}" for path in place.rglob("*")
                  if not path.is_dir() and str(path.relative_to(place)) not in kept]
    return found


def kernel(host):
    """What vigie must leave as it found it, in words."""
    rules = host.output("ip", "rule") + host.output("ip", "-6", "rule")
    settings = host.output("sh", "-c", "grep -sr . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf | sort")
    virtual = {address for addresses in ADDRESSES.values() for address in addresses}
    # The link-local address of an interface goes by its MAC, and one that is made anew has another.
    addresses = sorted(place for place, one in host.configured().items()
                       if one["scope"] != "link" or one["local"] in virtual)
    return {"addresses": addresses, "rules": rules,
            "firewall": host.output("nft", "list", "ruleset"), "settings": settings}
