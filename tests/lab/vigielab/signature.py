"""Adverts that are signed, and signatures that are checked, by docs/auth-hmac.md alone: what another implementation would do.
"""
import hashlib
import hmac
import ipaddress
import struct

TRAILER, SIGNATURE = 28, 16
_VRRP = 112


def _sum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def pseudo_header(source, destination, length):
    source, destination = ipaddress.ip_address(source).packed, ipaddress.ip_address(destination).packed
    form = "!BBH" if len(source) == 4 else "!IHH"
    return source + destination + struct.pack(form, *((0, _VRRP, length) if len(source) == 4 else (length, 0, _VRRP)))


def has_right_checksum(packet, source, destination):
    """Of a message and its trailer."""
    message = packet[:-TRAILER]
    if ipaddress.ip_address(source).version == 6:
        return _sum(pseudo_header(source, destination, len(packet)) + packet) == 0xFFFF
    with_header = message[0] >> 4 == 3 and _sum(pseudo_header(source, destination, len(message)) + message) == 0xFFFF
    return with_header or _sum(message) == 0xFFFF


def with_checksum(packet, source, destination):
    """The same with the right one."""
    packet = packet[:6] + b"\0\0" + packet[8:]
    if ipaddress.ip_address(source).version == 6:
        covered = pseudo_header(source, destination, len(packet)) + packet
    else:
        covered = packet[:-TRAILER]
    return packet[:6] + struct.pack("!H", ~_sum(covered) & 0xFFFF) + packet[8:]


def signature(key, message, trailer, source):
    """Of a message and the first twelve bytes of its trailer."""
    address = ipaddress.ip_address(source)
    before = struct.pack("!BBBB", address.version, message[0] >> 4, message[1], 0) + address.packed.ljust(16, b"\0")
    signed = before + message[:6] + b"\0\0" + message[8:] + trailer + bytes(SIGNATURE)
    return hmac.new(key, signed, hashlib.sha256).digest()[:SIGNATURE]


def is_signed(key, packet, source):
    return hmac.compare_digest(packet[-SIGNATURE:], signature(key, packet[:-TRAILER], packet[-TRAILER:-SIGNATURE], source))


def number(nanoseconds):
    """Of a time of day."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return (seconds & 0xFFFFFFFF) << 32 | (rest << 16) // 1_000_000_000 << 16


def number_in(packet):
    return int.from_bytes(packet[-TRAILER + 4:-SIGNATURE], "big")


def signed_advert(key_id, key, number, version, vrid, priority, addresses, source, destination, interval=1):
    """A message and its trailer."""
    timing = struct.pack("!BB", 0, interval) if version == 2 else struct.pack("!H", interval * 100)
    message = (struct.pack("!BBBB", version << 4 | 1, vrid, priority, len(addresses)) + timing + b"\0\0"
               + b"".join(ipaddress.ip_address(a).packed for a in addresses) + bytes(8 if version == 2 else 0))
    trailer = struct.pack("!BBHQ", 1, key_id, 0, number)
    return with_checksum(message + trailer + signature(key, message, trailer, source), source, destination)


def in_ip(packet, source, destination, mac):
    """An Ethernet frame of it."""
    source, destination = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    if source.version == 4:
        header = struct.pack("!BBHHHBBH", 0x45, 0xC0, 20 + len(packet), 0, 0, 255, _VRRP, 0)
        header += source.packed + destination.packed
        header = header[:10] + struct.pack("!H", ~_sum(header) & 0xFFFF) + header[12:]
        ethernet = bytes.fromhex("01005e") + destination.packed[1:], b"\x08\x00"
    else:
        header = struct.pack("!IHBB", 0x6C000000, len(packet), _VRRP, 255) + source.packed + destination.packed
        ethernet = bytes.fromhex("3333") + destination.packed[12:], b"\x86\xdd"
    return ethernet[0] + mac + ethernet[1] + header + packet


def out_of_ip(frame):
    """(packet, source, destination) of a frame that carries VRRP, or None."""
    if frame[12:14] == b"\x08\x00" and frame[23] == _VRRP:
        begin, end = 14 + 4 * (frame[14] & 15), 14 + struct.unpack_from("!H", frame, 16)[0]
        source, destination = frame[26:30], frame[30:34]
    elif frame[12:14] == b"\x86\xdd" and frame[20] == _VRRP:
        begin, end = 54, 54 + struct.unpack_from("!H", frame, 18)[0]
        source, destination = frame[22:38], frame[38:54]
    else:
        return None
    return frame[begin:end], str(ipaddress.ip_address(source)), str(ipaddress.ip_address(destination))
