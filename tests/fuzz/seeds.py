#!/usr/bin/python3
"""Writes the seed corpora: a few well-formed inputs a target, so that a fuzzer starts behind the first checks.

  seeds.py DIR    makes a folder for each target (DIR/advert, DIR/auth, ...), and DIR/words.dict: what libFuzzer puts into
                  configurations, out of the keyword table
"""
import pathlib
import random
import re
import struct
import sys


def advert():
    v4 = bytes([192, 0, 2, 100])
    v6 = bytes.fromhex("fe80" + "00" * 12 + "0064") + bytes.fromhex("20010db8" + "00" * 11 + "01")
    # Router: kind, options, interval - 1, addresses; then the packet's surroundings.
    yield "v2", bytes([0, 0, 0, 1, 0, 0x21, 51, 100, 1, 0, 1, 0, 0]) + v4 + bytes(8)
    yield "v2_password", bytes([4, 0, 0, 1, 0, 0x21, 51, 100, 1, 1, 1, 0, 0]) + v4 + b"secret\0\0"
    yield "v2_none", bytes([0, 0, 0, 0, 0, 0x21, 51, 0, 0, 0, 1, 0, 0]) + bytes(8)
    yield "v3", bytes([1, 0, 0, 1, 0, 0x31, 51, 200, 1, 0, 100, 0, 0]) + v4
    yield "v3_pseudo", bytes([1, 0, 0, 1, 8, 0x31, 51, 200, 1, 0x0f, 0xff, 0, 0]) + v4
    yield "v3_two", bytes([1, 0, 0, 2, 0, 0x31, 51, 255, 2, 0, 1, 0, 0]) + v4 + v4
    yield "v3_ipv6", bytes([3, 0, 0, 1, 0, 0x31, 51, 200, 2, 0, 100, 0, 0]) + v6
    yield "bad_ttl", bytes([1, 0, 0, 1, 1, 0x31, 51, 200, 1, 0, 100, 0, 0]) + v4
    yield "v2_hmac", bytes([12, 0, 0, 1, 0, 0x21, 51, 100, 1, 0, 1, 0, 0]) + v4 + bytes(8)
    yield "v2_ah", bytes([8, 0, 0, 1, 0, 0x21, 51, 100, 1, 2, 1, 0, 0]) + v4 + bytes(8)
    yield "strict", bytes([0, 1, 0, 1, 0, 0x21, 51, 100, 1, 0, 2, 0, 0]) + v4 + bytes(8)
    yield "unicast", bytes([1, 8 | 16, 0, 1, 0, 0x31, 51, 200, 1, 0, 100, 0, 0]) + v4
    yield "unicast_stranger", bytes([1, 8 | 4, 0, 1, 1, 0x31, 51, 200, 1, 0, 100, 0, 0]) + v4
    message = bytes([0x31, 51, 200, 1, 0, 100, 0, 0]) + v4
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0xc0, 20 + len(message), 1, 0, 255, 112, 0, v4, bytes([224, 0, 0, 18]))
    yield "ip_packet", bytes([1, 0, 0, 1, 4]) + header + message


def instance():
    def router(kind=0, steps=0, priority=100, *trackers, options=0):
        return bytes([kind, options, steps, priority, len(trackers), *trackers])
    up = bytes([1, 1])
    def hear(priority, host, when=0, centiseconds=99):
        return bytes([when, priority, host]) + struct.pack("!H", centiseconds) + bytes([0, 0])
    def hear2(priority, host, when=0):
        return bytes([when, priority, host, 0, 0, 0])
    wake = bytes([0x80 | 4])  # at the deadline, and the kernel says installed
    start = bytes([0, 0])
    yield "takeover", router() + start + up + hear2(200, 9) + wake * 4
    yield "yield", router() + start + up + wake * 2 + hear2(200, 9) + wake * 3
    yield "v3_learn", router(1, 99) + start + up + hear(200, 9, 0, 399) + wake * 3
    yield "departure", router() + start + up + wake + bytes([3, 64 + 1]) + hear2(90, 9, 0x40) + wake * 3
    yield "fault", router(0, 0, 100, 0) + start + up + bytes([2, 0, 1]) + wake * 2 + bytes([2, 0, 0]) + wake * 2 + bytes([2, 0, 1]) + wake
    yield "weights", router(0, 0, 150, 2 | 4 | 32, 2 | 16) + start + up + bytes([2, 0, 1]) + wake + bytes([2, 1, 0]) + wake
    yield "permit", router(4) + start + up + wake + bytes([3, 0]) + wake * 3 + bytes([3, 64]) + wake * 2
    yield "owner", router(0, 0, 255) + start + up + hear2(255, 200) + wake * 3
    yield "refused", router() + start + up + wake + bytes([5, 99]) + wake * 3
    yield "asleep", router(1, 99) + start + up + hear(200, 9) + bytes([0xc4, 2, 0]) + wake * 3
    yield "delay", router(8 | 1, 99, 150)[:2] + bytes([5]) + router(8 | 1, 99, 150)[2:] + start + up + hear(100, 9) + wake * 3
    yield "link", router() + start + up + wake + bytes([1, 0]) + wake + bytes([1, 1]) + wake * 2
    yield "adopt_master", router() + bytes([1, 2, 0, 0x50, 0, 0, 99, 100]) + up + wake * 2
    yield "adopt_backup", router(1, 99) + bytes([1, 1, 32, 0x50, 0, 0, 99, 200, 0, 99, 100]) + up + wake * 2
    yield "adopt_departing", router() + bytes([1, 2, 5, 0x50, 0, 0, 99, 100]) + up + wake * 2
    group = lambda standing: bytes([9, standing])
    yield "group", router(options=1) + start + up + wake + group(0) + wake + group(2) + wake * 2 + group(3) + wake + group(2) + wake * 2 + group(0)
    yield "group_owner", router(0, 0, 255, options=1) + start + up + group(0) + wake + group(3) + wake * 2
    yield "quiet", router(options=8) + bytes([0, 1]) + up + wake + bytes([8]) + wake * 2
    yield "delayed", router() + bytes([0, 90]) + up + wake * 3
    yield "late", router(options=16 | 64 | 32) + start + up + wake * 2 + bytes([0xc4, 2, 0]) + wake
    yield "bad_clock", router() + start + up + hear2(90, 9)[:-2] + bytes([7, 0]) + wake * 2
    yield "stop", router() + start + up + wake + bytes([7, 0]) + wake * 2


def feed():
    yield "empty_ledger", bytes([0, 0, 0])
    yield "full_ledger", bytes([0, 19, *range(19), 0])
    yield "behind", bytes([0, 12, *range(12), 1]) + struct.pack("!Q", 3)
    yield "ahead", bytes([0, 5, *range(5), 1]) + struct.pack("!Q", 2 ** 63)
    head = 24 + 8 + 40  # of the ledger's header
    yield "wild_head", bytes([0, 5, *range(5), 0]) + struct.pack("!HB", head, 7) + b"\xff" * 8
    yield "wild_capacity", bytes([0, 5, *range(5), 0]) + struct.pack("!HB", 16, 7) + b"\x01" + b"\0" * 7
    slot = 4096 + 512
    yield "wild_slot", bytes([0, 2, 1, 1, 0]) + struct.pack("!HB", slot + 8, 63) + bytes(range(64))
    yield "lowest_status", bytes([0, 1, 4, 0]) + struct.pack("!HB", slot + 52, 3) + struct.pack("=i", -2 ** 31)
    yield "board", bytes([1])
    yield "wild_rows", bytes([1]) + struct.pack("!HB", 16, 7) + b"\x02" + b"\0" * 7
    yield "odd_lock", bytes([1]) + struct.pack("!HB", 4096 + 1024, 0) + b"\x01"
    yield "wild_row", bytes([1]) + struct.pack("!HB", 4096 + 8, 63) + b"x" * 64
    groups = 4096 + 3 * 1024
    yield "wild_group", bytes([1]) + struct.pack("!HB", groups + 8, 63) + b"x" * 64
    yield "wild_peer", bytes([1]) + struct.pack("!HB", groups + 2 * 128, 63) + b"\x02" * 64
    yield "wild_regions", bytes([1]) + struct.pack("!HB", 648, 31) + b"\xff" * 32
    act = bytes([0, 1, 1, 0, 5, 1])  # a mark: VRID 2, key 1, signer 0, number 5 * 256 + 1
    yield "memory", bytes([2, 3, *act, 1, 0, 0, 2, 0, 0, 1]) + bytes(8) + act + bytes([0, 2]) + act + act
    yield "wild_memory", bytes([2, 2, *act, *act, 2, 1, 0, 0, 63]) + b"\xff" * 64 + bytes([1, 0, 64, 20]) + bytes([2, 4, 1, 0] * 5) + act
    entry = bytes([2, 4, 50, 1]) + bytes(4) + b"if0".ljust(16, b"\0") + bytes([192, 0, 2, 1]).ljust(16, b"\0") + bytes(24)
    yield "copy", bytes([3]) + entry + entry.replace(b"if0", b"if1")
    yield "wild_copy", bytes([3]) + entry + b"\xff" * 64


def link():
    def message(kind, index, flags, name=b"eth0", family=0):
        attributes = struct.pack("=HH", 4 + len(name) + 1, 3) + name + b"\0"
        attributes += bytes(-len(attributes) % 4)
        body = struct.pack("=BBHiII", family, 0, 1, index, flags, 0) + attributes
        return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body
    up, gone = 0x10043, 0
    yield "up", message(16, 2, up)
    yield "gone", message(17, 2, gone)
    yield "several", message(16, 2, up) + message(16, 3, 0x1002, b"wan") + message(17, 4, 0, b"a" * 15)
    yield "bridge_port", message(17, 2, up, family=7)
    yield "other_kind", message(20, 2, 0) + message(16, 2, up)
    yield "cut", message(16, 2, up)[:-3]


MINIMAL = b"vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n priority 100\n virtual_ipaddress {\n  192.0.2.100/24\n }\n}\n"
SCRIPT = (b"vrrp_script web {\n script \"/bin/true\"\n interval 1\n weight -20\n}\nvrrp_instance VI_1 {\n state BACKUP\n interface eth0\n"
          b" virtual_router_id 51\n advert_int 1\n authentication {\n  auth_type PASS\n  auth_pass secret\n }\n track_script {\n  web\n }\n"
          b" virtual_ipaddress {\n  192.0.2.100/24 dev eth0\n }\n}\n")
GRAMMAR = {
    "include": "include /etc/1\n\x01global_defs {\n router_id r\n}\n",
    "definition": "$A=eth0\n$B=${A}.1\nvrrp_instance V {\n interface $B\n virtual_router_id 1\n priority $P\n}\n$P=9\n",
    "lines": "$V= \\\nvrrp_instance V${N} { \\\n # one\n interface eth${N} \\\n virtual_router_id ${N} \\\n @here priority 9 \\\n @^here priority 8 \\\n}\n"
             "$N=1\n$V\n$N=2\n$V\n",
    "lines_cut": "$V= \\\n a \\\n\n b\n$V\nx $V y\n$W=a \\\n$V\n$W\n",
    "loop": "$A=$B\n$B=x $A\nrouter_id $A\n$C= \\\n a \\\n $C\n$C\n",
    "bomb": "$A=${B}${B}${B}${B}\n$B=${C}${C}${C}${C}\n$C=${D}${D}${D}${D}\n$D=xxxxxxxxxxxxxxxx\n${A}${A}${A}${A}\n",
    "bomb_lines": "$A= \\\n$B \\\n$B \\\n$B\n$B= \\\n$C \\\n$C \\\n$C\n$C= \\\n$D \\\n$D \\\n$D\n$D=\n$A\n",
    "bomb_rounds": "~SEQ(a, 99999) ~SEQ(b, 99999) ~SEQ(c, 99999) @no x\n",
    "condition": "@here $I=1\n@^here $I=2\n@here\n@ x\n@^ y\n@here @^there router_id $I\n$W=@here\n$W z\n@no $L= \\\n a \\\n b\nc\n",
    "builtin": "x ${_PWD} $_INSTANCE ${_HASH}a${_BANG} ${_RANDOM} ${_RANDOM 1 6} ${_RANDOM 9 1} ${_ENV HOME} ${_ENV X} ${_NO}\n$_PWD=/\n${_PWD}\n",
    "seq": "~SEQ(i, 3) a$i\n~SEQ(i,6,-2,1) b${i}\n~SEQx (i, 0x8, 0xb) c$i\n~SEQ(i,2) ~SEQ(j,$i) d${i}${j}\n~SEQ(i, -2) e\n~SEQ(i,1,2,3,4) f\n~SEQ(i,3\n~SEQ(,3) g\n~SEQ(i,1,0,3) h\n",
    "lst": "~LST(v, a, b) x${v}\n~LST({a, b}, {1,2}, {3}) y${a}${b}\n~LST(v, {1}, {2,3}) z\n~LST(v,$A,${A}) q\n~LST(v) r\n~LST({v w}, 1) s\n",
    "instances": "$V= \\\nvrrp_instance V${N} { \\\n interface e0 \\\n virtual_router_id $N \\\n virtual_ipaddress { \\\n 192.0.2.${N} \\\n } \\\n}\n~SEQ(N, 1, 20) $V\n",
    "secret": "$P=swordfish\n~LST(i, 1, 2) vrrp_instance V$i {\n interface e\n virtual_router_id 1\n authentication {\n auth_type PASS\n auth_pass ${P}longer\n }\n}\n}\n",
    "quotes": "a \"b # c\" d\\#e \\! \"f\\\"g\" 'h i' j\"k\"l \"\" \\\nvrrp_script s {\n script \"/bin/x \\\"{ #\\\" 'y z' \\x41\\061\\cA\" nobody\n}\n",
    "braces": "a{b{c}d}e\n} {\n{x}\n${y} {\nz $ } $${ \n\"}\" '}'\n}\n",
    "includes": "global_defs { include_check +match -wildcard_match }\ninclude /etc/1\nincluder 2\nincludem none\nincludew n*\nincludeb {1,none,{2,x}}\nincludea *\n@here include 1\n"
                "$I=include\n$I ${_PWD}/1\n\x01a { \nb\n\x01$X= \\\n}\n",
    "variables": "~LST({a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,A,B,C,D,E,F,G},1,2) x\n~LST({a,b,c,d}, {1}, 2, {}, {1,2,3,4}) $a$b${c}${d}\n",
    "pieces": "a{b}c{}{d{e}f}g{@here h{i}@^here j} k{~SEQ(n, 2) l$n} m{$D=n} o {include /etc/1} $D\n\x01p{q}r\n",
    "unclosed": "script \"${A ${B ${C \\\" { x ${D\n$A=\"\nx $A y\n",
    "bytes": "\xef\xbb\xbfa\rb\tc\vd\r\r\n\x00\n" + "x" * 1100 + "\n$L=" + "y" * 900 + "\n$L $L\n",
}


def config():
    yield "minimal", b"\0" + MINIMAL
    yield "script", b"\0" + SCRIPT
    yield "compiled", b"\1" + bytes(64)
    for name, text in texts():
        yield name, b"\0" + text


def lexer():
    for name, text in texts():
        yield name, b"\0" + text
        yield name + "_escapes", b"\1" + text
    for text in (b"~SEQ(i, 1, 2, 10) x$i", b"~SEQx(i,8,0xf) x", b"~LST({a, b}, {1, 2}, {3}) $a${b}", b"@here @^there $A=b ${c d} e",
                 b"script \"/bin/x \\\"a b\\\" 'c d' \\x41\\101\" user group", b"include /etc/{a,b,{c,d}}/*.conf", b"a{b{c}}\"d { e\"",
                 b"auth_pass secret", b"key 7 file:/etc/key", b"$DB_PASS=x", b"a\\#b\\!c"):
        yield "line_" + text[:12].hex(), b"\2" + text
        yield "line_escapes_" + text[:12].hex(), b"\3" + text


def preprocessor():
    yield from texts()
    yield "minimal", MINIMAL
    yield "script", SCRIPT


def parser():
    # Its inputs choose from the keyword table by number; some of any numbers reach every block.
    dice = random.Random(1)
    for i in range(200):
        yield f"any_{i}", bytes(dice.randrange(256) for _ in range(dice.randrange(8, 160)))


def texts():
    for name, text in GRAMMAR.items():
        yield name, text.encode("latin-1")
    # Block by block, so that most of them are short.
    for path in sorted((pathlib.Path(__file__).parent.parent / "conformance/config").glob("**/*.conf")):
        blocks = re.split(rb"\n(?=[a-z@$~])", path.read_bytes())
        for i, block in enumerate(blocks):
            if 0 < len(block) <= 200:
                yield f"{path.stem}_{i}", block + b"\n"


def dictionary():
    root = pathlib.Path(__file__).parent.parent.parent
    table = (root / "engine/config/keywords.cpp").read_text()
    words = set(re.findall(r'\{\.name = "([^"]+)"', table))
    for choices in re.findall(r'\.choices = "([^"]+)"', table):
        words.update(choices.split("|"))
    words.update(["~SEQ(", "~SEQx(", "~LST(", "include ", "$A=", "$A", "${A}", "${_PWD}", "${_RANDOM 1 9}", "${_ENV HOME}", "@here ", "@^here ", "{",
                  "}", "{ ", " }", "192.0.2.1", "192.0.2.0/24", "fe80::1", "2001:db8::1/64", "file:/etc/1", "/bin/true", "/etc/1", "/etc/*",
                  "255", "256", "65536", "4294967296", "9223372036854775808", "0.01"])
    for word in sorted(words):
        yield word.encode()
        if word[0].isalpha():
            yield b"\n" + word.encode() + b" "
    yield from (b"\n", b"\\\n", b"\\#", b'"', b"\x01", b" \\\n", b"\xef\xbb\xbf")


def auth():
    # Router: kind. Packets: deed, clock; what the deed asks for.
    for kind in range(64):
        yield f"said_{kind}", bytes([kind, 1, 0, 1, 0])
    yield "ahead_and_back", bytes([4, 1, 0, 1, 60, 1, 60, 1, 0, 1, 0])
    yield "behind", bytes([4, 1, 0, 1, 0xc4, 1, 0xc4, 0, 0, 1, 0])
    yield "again", bytes([4, 1, 0, 0, 0, 0, 0, 1, 0])
    yield "unsigned", bytes([32 | 4, 1 | 4, 0, 12, 1, 0])
    yield "changed", bytes([4, 1, 0, 1 | 8 | 64, 0, 2, 0xff, 1, 0])
    yield "ours", bytes([4, 1 | 16, 0])
    image4 = bytes.fromhex("3133c80100644402c0000264010100006800000080000000" + "1b84bc4e8e43892dc6d98448f8ee2265")
    yield "image", bytes([4, 1 | 2, 0, len(image4)]) + image4
    header = bytes.fromhex("45c0004000010000ff3318b6c0000203e000001270040000c000020300000001e9d33f4970c19608673871fc"
                           "213364010201b665c00002640000000000000000")
    yield "header", bytes([1, 1 | 2, 0, len(header)]) + header


def main():
    top = pathlib.Path(sys.argv[1])
    for target in (advert, auth, instance, feed, link, lexer, preprocessor, parser, config):
        folder = top / target.__name__
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in target():
            (folder / name).write_bytes(data)
    with (top / "words.dict").open("w") as file:
        for word in dictionary():
            file.write('"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n')


if __name__ == "__main__":
    main()
