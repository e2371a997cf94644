"""What is done to the kernel behind a daemon's back, that takes more than a line of `ip`."""
import contextlib
import os
import signal
import socket
import struct

from .observer import open_in
from .testing import figure
from .wait import until

_NEWADDR, _DELADDR = 20, 21
_REQUEST, _CREATE = 1, 0x400


def _address_message(kind, flags, index, address, length):
    body = struct.pack("=BBBBI", socket.AF_INET, length, 0, 0, index)
    for attribute in (1, 2):  # IFA_ADDRESS, IFA_LOCAL
        body += struct.pack("=HH4s", 8, attribute, socket.inet_aton(address))
    return struct.pack("=IHHII", 16 + len(body), kind, flags, 0, 0) + body


def flood_netlink(host):
    """40,000 changes of an address nobody cares for: more than the queue of whoever listens and does not read has room for."""
    def make():
        made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        made.bind((0, 0))
        return made, socket.if_nametoindex("lo")
    netlink, lo = open_in(host, make)
    with netlink:
        netlink.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        both = (_address_message(_NEWADDR, _REQUEST | _CREATE, lo, "127.9.9.9", 32)
                + _address_message(_DELADDR, _REQUEST, lo, "127.9.9.9", 32))
        for _ in range(100):
            netlink.send(both * 200)


@contextlib.contextmanager
def stopped_for_the_moment(vigie, role):
    """What is done within is over when the process sees it. Yields a list, which is not empty afterwards when it did: on a machine
    that stands still meanwhile the supervisor takes it for hung and replaces it."""
    pid, has_seen = until(lambda: vigie.role_pid(role), 20, f"a {role}"), []
    os.kill(pid, signal.SIGSTOP)
    try:
        yield has_seen
    finally:
        try:
            os.kill(pid, signal.SIGCONT)
            has_seen.append(True)
        except ProcessLookupError:
            figure(f"the {role} was replaced before it could see what was done")
