"""A client that asks a virtual address 1,000 times a second who answers, and what it noticed.

Probe and responder are processes of their own: nothing the test does delays them. The responder of a router names its
router, so a reply tells who held the address. Replies are stamped by the kernel.
"""
import json
import os
import select
import signal
import socket
import struct
import sys
import time
from dataclasses import dataclass, field

from . import inside, wait

_PORT = 7777
_PERIOD_NS = 1_000_000
_IP_TRANSPARENT, _IPV6_TRANSPARENT, _SO_TIMESTAMPNS = 19, 75, 35


def _family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Responder:
    """Answers for the given addresses on a router, whenever the router has them."""

    def __init__(self, host, addresses):
        self._process = host.helper([inside.PYTHON, "-m", "vigielab.probe", "respond", host.name, *addresses],
                                    stdout=-1)
        self._process.stdout.readline()

    def close(self):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


@dataclass
class Seen:
    """What a client saw between start and stop of a probe."""
    sent: int                 # from the first one answered
    lost: int
    longest_gap_ms: float     # between two answers
    path: list = field(default_factory=list)       # who answered, in the order of the questions: ["gulp", "odlyd"]
    lost_at: list = field(default_factory=list)    # CLOCK_REALTIME ns of the lost ones

    def __str__(self):
        return (f"{self.lost} of {self.sent} probes lost, longest gap {self.longest_gap_ms:.1f} ms, "
                f"answered by {' > '.join(self.path)}")


class Probe:
    """with Probe(client, "198.51.100.254") as probe: ...; seen = probe.stop()

    Starts once somebody answers, so the address must have a holder."""

    def __init__(self, client, address, timeout=20):
        self._out, theirs = os.pipe()
        self._process = client.helper([inside.PYTHON, "-m", "vigielab.probe", "ask", address], stdout=theirs)
        os.close(theirs)
        ready, _, _ = select.select([self._out], [], [], timeout * wait.PATIENCE)
        if not ready or not os.read(self._out, 1):
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"nobody answers for {address}")

    def stop(self):
        self._process.send_signal(signal.SIGTERM)
        text = b""
        while chunk := os.read(self._out, 1 << 16):
            text += chunk
        os.close(self._out)
        self._process.wait()
        self._process = None
        return Seen(**json.loads(text))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            os.close(self._out)


def _respond(name, addresses):
    sockets = []
    for address in addresses:
        s = socket.socket(_family(address), socket.SOCK_DGRAM)
        # Bound before, during and after the router has the address; what has arrived is answered although the address went before
        # this process had its turn.
        if ":" in address:
            s.setsockopt(socket.IPPROTO_IPV6, _IPV6_TRANSPARENT, 1)
        else:
            s.setsockopt(socket.IPPROTO_IP, _IP_TRANSPARENT, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)  # of a machine that stands still for a while
        s.bind((address, _PORT))
        s.setblocking(False)
        sockets.append(s)
    print("ready", flush=True)
    while True:
        for s in select.select(sockets, [], [])[0]:
            try:
                data, who = s.recvfrom(64)
                s.sendto(data + name.encode(), who)
            except OSError:
                pass  # the address or the route went away under it; the client counts


def _ask(address):
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    s = socket.socket(_family(address), socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    s.setblocking(False)
    poll = select.poll()
    poll.register(s, select.POLLIN)
    sent_at, replies, announced = [], [], False

    def receive():
        while True:
            try:
                data, control, _, _ = s.recvmsg(128, 64)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error of an earlier probe: that one is lost, and will be counted so
            seconds, nanoseconds = struct.unpack("qq", control[0][2][:16])
            replies.append((seconds * 1_000_000_000 + nanoseconds, struct.unpack("q", data[:8])[0], data[8:].decode()))

    due = time.monotonic_ns()
    while not stop:
        receive()
        if replies and not announced:
            os.write(1, b"!")
            announced = True
        now = time.monotonic_ns()
        # One probe per due millisecond, also when we were late: a busy machine must not hide a loss.
        while due <= now:
            sent_at.append(time.time_ns())
            try:
                s.sendto(struct.pack("q", len(sent_at) - 1), (address, _PORT))
            except OSError:
                pass
            due += _PERIOD_NS
        poll.poll(max(0, due - time.monotonic_ns()) / 1_000_000)
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        poll.poll(50)
        receive()

    replies.sort()
    answered = {number for _, number, _ in replies}
    first = min(answered, default=len(sent_at))
    lost = [number for number in range(first, len(sent_at)) if number not in answered]
    path = []
    # In the order of the questions: one that waited for a processor may be answered after the next router's first.
    for _, name in sorted((number, name) for _, number, name in replies):
        if not path or path[-1] != name:
            path.append(name)
    gaps = [b[0] - a[0] for a, b in zip(replies, replies[1:])]
    report = {"sent": len(sent_at) - first, "lost": len(lost), "longest_gap_ms": max(gaps, default=0) / 1e6,
              "path": path, "lost_at": [sent_at[number] for number in lost]}
    data = json.dumps(report).encode()
    while data:
        data = data[os.write(1, data):]


if __name__ == "__main__":
    if sys.argv[1] == "respond":
        _respond(sys.argv[2], sys.argv[3:])
    else:
        _ask(sys.argv[2])
