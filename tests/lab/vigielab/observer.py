"""What an outsider sees: every advert and announcement as the switch received it, stamped by the kernel, and every
address as it comes to and goes from the routers' interfaces.
"""
import ctypes
import os
import select
import socket
import struct
import threading
import time
from dataclasses import dataclass

from .inside import libc

_CLONE_NEWNET = 0x40000000
_SO_ATTACH_FILTER, _SO_RCVBUFFORCE, _SO_TIMESTAMPNS = 26, 33, 35
_ETH_P_ALL, _PACKET_OUTGOING = 3, 4
_AH, _AH_BYTES = 51, 24
_RTM_NEWADDR, _RTM_DELADDR = 20, 21
_RTMGRP_IPV4_IFADDR, _RTMGRP_IPV6_IFADDR = 0x10, 0x100


@dataclass(frozen=True)
class Advert:
    time: int        # ns, CLOCK_REALTIME
    host: str        # whose switch port it came in by
    interface: str
    version: int
    vrid: int
    priority: int
    interval: float  # seconds
    source: str
    destination: str
    ttl: int
    addresses: tuple
    source_mac: str


@dataclass(frozen=True)
class Announcement:
    """A gratuitous ARP or an unsolicited neighbour advertisement."""
    time: int
    host: str
    interface: str
    address: str
    mac: str         # the one it teaches
    kind: str        # "request", "reply" or "advertisement"


@dataclass(frozen=True)
class AddressChange:
    time: int        # of our reading it, not of the change
    host: str
    address: str
    came: bool


@dataclass
class _Source:
    socket: socket.socket
    host: str
    interface: str = ""  # empty: netlink


def _instructions(*ins):
    return b"".join(struct.pack("HBBI", *i) for i in ins)


# What comes in by the port: ARP; IPv4 carrying VRRP, bare or behind an authentication header; IPv6 carrying VRRP or
# ICMPv6. Not the client's thousand packets a second, and not what the switch sends out.
_FILTER = _instructions(
    (0x30, 0, 0, 0xFFFFF004),  # the kind of packet
    (0x15, 11, 0, _PACKET_OUTGOING),
    (0x28, 0, 0, 12),        # ethertype
    (0x15, 8, 0, 0x0806),    # ARP: keep
    (0x15, 0, 3, 0x0800),    # IPv4:
    (0x30, 0, 0, 23),        # protocol
    (0x15, 5, 0, 112),       # VRRP: keep
    (0x15, 4, 5, _AH),       # AH: keep
    (0x15, 0, 4, 0x86DD),    # IPv6:
    (0x30, 0, 0, 20),        # next header
    (0x15, 1, 0, 112),       # VRRP: keep
    (0x15, 0, 1, 58),        # ICMPv6: keep
    (0x06, 0, 0, 0x40000),
    (0x06, 0, 0, 0))


def _mac(data):
    return data.hex(":")


def open_in(host, make):
    """make() run in the host's network namespace; sockets made there stay there."""
    result = []

    def work():
        fd = os.open(f"/proc/{host.pid}/ns/net", os.O_RDONLY)
        try:
            if libc.setns(fd, _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            result.append(make())
        finally:
            os.close(fd)

    # A namespace belongs to a thread: this one enters, makes the socket and ends.
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return result[0]


class Observer:
    def __init__(self, routers):
        self._lock = threading.Lock()
        self._adverts, self._announcements, self._changes = [], [], []
        self._addresses = {router.name: set() for router in routers}
        self._sources = {}
        self._stop_reader, self._stop_writer = os.pipe()
        for router in routers:
            for interface, port in router.ports.items():
                s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
                program = ctypes.create_string_buffer(_FILTER)
                s.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER,
                             struct.pack("HP", len(_FILTER) // 8, ctypes.addressof(program)))
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
                s.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
                s.bind((port, _ETH_P_ALL))
                s.setblocking(False)
                self._sources[s.fileno()] = _Source(s, router.name, interface)
            s = open_in(router, lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            s.bind((0, _RTMGRP_IPV4_IFADDR | _RTMGRP_IPV6_IFADDR))
            s.setblocking(False)
            self._sources[s.fileno()] = _Source(s, router.name)
            for (_, prefix) in router.configured():
                self._addresses[router.name].add(prefix.split("/")[0])
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def close(self):
        os.write(self._stop_writer, b"!")
        self._thread.join()
        for source in self._sources.values():
            source.socket.close()
        os.close(self._stop_reader)
        os.close(self._stop_writer)

    def listen_again(self, host):
        """The host's interfaces were made anew, and so were the switch ports."""
        for source in self._sources.values():
            if source.host == host.name and source.interface:
                source.socket.bind((host.ports[source.interface], _ETH_P_ALL))

    # -------------------------------------------------------------- questions

    def adverts(self, since=0, host=None, vrid=None, version=None, priority=None):
        with self._lock:
            return [a for a in self._adverts if a.time >= since and host in (None, a.host) and vrid in (None, a.vrid)
                    and version in (None, a.version) and priority in (None, a.priority)]

    def announcements(self, since=0, host=None, address=None):
        with self._lock:
            return [a for a in self._announcements
                    if a.time >= since and host in (None, a.host) and address in (None, a.address)]

    def changes(self, since=0, host=None, address=None):
        with self._lock:
            return [c for c in self._changes
                    if c.time >= since and host in (None, c.host) and address in (None, c.address)]

    def addresses(self, host):
        """What the host's interfaces hold now, without prefix lengths."""
        with self._lock:
            return set(self._addresses[host])

    def speakers(self, vrid, within):
        """Who said "I am master of vrid" with a priority above 0 in the last so many seconds and not 0 since."""
        last = {}
        for advert in self.adverts(since=time.time_ns() - int(within * 1e9), vrid=vrid):
            last[advert.host] = advert.priority
        return {host for host, priority in last.items() if priority > 0}

    def claims(self, vrid, since=0, version=None):
        """The adverts of who is master, in order. Not the last word of who yields: once, by whoever was master before, while
        nobody had to miss the better one."""
        found, before, said = [], None, False
        for advert in sorted(self.adverts(vrid=vrid, version=version), key=lambda a: a.time):
            if advert.priority == 0:
                continue
            latest = found[-1] if found else advert
            if advert.host != latest.host:
                if (advert.host == before and not said and advert.priority < latest.priority
                        and advert.time - latest.time < 3 * advert.interval * 1e9):
                    said = True
                    continue
                before, said = latest.host, False
            found.append(advert)
        return [advert for advert in found if advert.time >= since]

    def reigns(self, vrid, since=0, version=None):
        """Who spoke as master, in order: ["gulp", "odlyd", "gulp"] when odlyd took over once and gave back."""
        found = []
        for advert in self.claims(vrid, since, version):
            if found[-1:] != [advert.host]:
                found.append(advert.host)
        return found

    def longest_silence(self, vrid, host, since):
        """The longest time between two adverts of a host, and from the last one to now, in seconds."""
        end = time.time_ns()  # going through many adverts takes a while
        times = [a.time for a in self.adverts(since=since, host=host, vrid=vrid)] + [end]
        return max(b - a for a, b in zip([since, *times], times)) / 1e9

    # -------------------------------------------------------------- work

    def _watch(self):
        poll = select.poll()
        poll.register(self._stop_reader, select.POLLIN)
        for fd in self._sources:
            poll.register(fd, select.POLLIN)
        while True:
            for fd, _ in poll.poll():
                if fd == self._stop_reader:
                    return
                self._drain(self._sources[fd])

    def _drain(self, source):
        while True:
            try:
                data, control, _, sender = source.socket.recvmsg(1 << 16, 64)
            except BlockingIOError:
                return
            except OSError:
                return  # the port is down; or more address changes than fit, which no scenario makes
            with self._lock:
                if not source.interface:
                    self._netlink(source.host, data)
                elif sender[2] != _PACKET_OUTGOING:
                    seconds, nanoseconds = struct.unpack("qq", control[0][2][:16])
                    self._frame(seconds * 1_000_000_000 + nanoseconds, source, data)

    def _frame(self, now, source, frame):
        ethertype, mac = frame[12:14], _mac(frame[6:12])
        if ethertype == b"\x08\x06":
            sender, target = frame[28:32], frame[38:42]
            if sender == target:
                kind = "request" if frame[21] == 1 else "reply"
                self._announcements.append(Announcement(now, source.host, source.interface,
                                                        socket.inet_ntoa(sender), _mac(frame[22:28]), kind))
        elif ethertype == b"\x08\x00":
            header = (frame[14] & 15) * 4
            size = struct.unpack_from("!H", frame, 16)[0]
            if frame[23] == _AH:
                header += _AH_BYTES
            self._advert(now, source, mac, frame[14 + header:14 + size], socket.inet_ntoa(frame[26:30]),
                         socket.inet_ntoa(frame[30:34]), frame[22], 4)
        elif frame[20] == 112:
            size = struct.unpack_from("!H", frame, 18)[0]
            self._advert(now, source, mac, frame[54:54 + size], socket.inet_ntop(socket.AF_INET6, frame[22:38]),
                         socket.inet_ntop(socket.AF_INET6, frame[38:54]), frame[21], 16)
        elif frame[54] == 136 and not frame[58] & 0x40:  # a neighbour advertisement nobody asked for
            address = socket.inet_ntop(socket.AF_INET6, frame[62:78])
            taught = _mac(frame[80:86]) if len(frame) >= 86 and frame[78] == 2 else ""
            self._announcements.append(Announcement(now, source.host, source.interface, address, taught,
                                                    "advertisement"))

    def _advert(self, now, source, mac, packet, sender, destination, ttl, width):
        version, count = packet[0] >> 4, packet[3]
        interval = packet[5] if version == 2 else (struct.unpack_from("!H", packet, 4)[0] & 0xFFF) / 100
        family = socket.AF_INET if width == 4 else socket.AF_INET6
        addresses = tuple(socket.inet_ntop(family, packet[8 + i * width:8 + (i + 1) * width]) for i in range(count))
        self._adverts.append(Advert(now, source.host, source.interface, version, packet[1], packet[2], interval,
                                    sender, destination, ttl, addresses, mac))

    def _netlink(self, host, data):
        while len(data) >= 16:
            length, kind = struct.unpack_from("=IH", data)
            if kind in (_RTM_NEWADDR, _RTM_DELADDR):
                family, attributes, offset = data[16], {}, 24
                while offset + 4 <= length:
                    size, number = struct.unpack_from("=HH", data, offset)
                    attributes[number] = data[offset + 4:offset + size]
                    offset += max(4, (size + 3) & ~3)
                raw = attributes.get(2) or attributes.get(1)  # IFA_LOCAL, IFA_ADDRESS
                address, came = socket.inet_ntop(family, raw), kind == _RTM_NEWADDR
                # Refreshed lifetimes and ended duplicate checks are told as new addresses too; only news counts.
                known = address in self._addresses[host]
                if came != known:
                    (self._addresses[host].add if came else self._addresses[host].discard)(address)
                    self._changes.append(AddressChange(time.time_ns(), host, address, came))
            data = data[(length + 3) & ~3:]
