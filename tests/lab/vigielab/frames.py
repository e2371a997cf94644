"""Adverts as Ethernet frames, right ones and wrong ones, for whoever plays the hostile neighbour."""
import ipaddress
import os
import struct
import time

_MULTICAST_MAC = {4: "01005e000012", 6: "333300000012"}
GROUP = {4: "224.0.0.18", 6: "ff02::12"}


def _sum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def advert(vrid, priority, addresses, source, *, version=3, ttl=255, interval=1.0, count=None, spoil_checksum=False,
           cut=0, tail=b"", destination=None, mac="02000000bad1"):
    """One frame. `spoil_checksum`, `cut` (bytes missing at the end), `count`, `ttl` and `version` make it a wrong one;
    `tail` is put behind the message."""
    family = ipaddress.ip_address(source).version
    destination = destination or GROUP[family]
    src, dst = ipaddress.ip_address(source).packed, ipaddress.ip_address(destination).packed
    body = b"".join(ipaddress.ip_address(a).packed for a in addresses)
    head = struct.pack("!BBBB", version << 4 | 1, vrid, priority, len(addresses) if count is None else count)
    if version == 2:
        timing, body = struct.pack("!BB", 0, int(interval)), body + bytes(8)
    else:
        timing = struct.pack("!H", round(interval * 100))
    message = head + timing + b"\0\0" + body
    pseudo = b"" if version == 2 else (src + dst + struct.pack("!BBH" if family == 4 else "!IHH",
                                                               *((0, 112, len(message)) if family == 4
                                                                 else (len(message), 0, 112))))
    checksum = _sum(pseudo + message) ^ (0x5555 if spoil_checksum else 0)
    message = head + timing + struct.pack("!H", checksum) + body + tail
    message = message[:len(message) - cut]
    if family == 4:
        header = struct.pack("!BBHHHBBH", 0x45, 0xC0, 20 + len(message), 1, 0, ttl, 112, 0) + src + dst
        header = header[:10] + struct.pack("!H", _sum(header)) + header[12:]
        ethertype = b"\x08\x00"
    else:
        header = struct.pack("!IHBB", 0x6C000000, len(message), 112, ttl) + src + dst
        ethertype = b"\x86\xdd"
    return bytes.fromhex(_MULTICAST_MAC[family]) + bytes.fromhex(mac) + ethertype + header + message


def forged_trailer(key=1, age=0.0):
    """What a signed advert ends with, by somebody who does not have the key; `age` seconds ago by its own clock."""
    at = time.time() - age
    return struct.pack("!BBHIHH", 1, key, 0, int(at), int(at % 1 * 65536), 0) + os.urandom(16)
