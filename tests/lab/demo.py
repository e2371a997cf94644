#!/usr/bin/python3
"""The story of two routers, told while it happens; run by scripts/demo."""
import argparse
import os
import sys
import textwrap
import time

from vigielab import inside
from vigielab.daemons import Monit, Snmpd, Snmptrapd
from vigielab.mission import INSTANCE, MAIL_HOST, MEMBERS_GATEWAY, VIRTUAL_ADDRESSES, VRID, Mission
from vigielab.observer import Observer
from vigielab.probe import Probe, Responder
from vigielab.wait import until

COLOURS = sys.stdout.isatty()
WIDTH = 110


def paint(text, code):
    return f"\033[{code}m{text}\033[0m" if COLOURS else text


class Narrator:
    def __init__(self):
        self._began = time.monotonic()

    def chapter(self, title):
        print(f"\n{paint(title, '1;36')}\n{paint('─' * len(title), '36')}", flush=True)

    def say(self, text):
        stamp = f"{time.monotonic() - self._began:6.1f} s  "
        lines = textwrap.wrap(text, WIDTH - len(stamp))
        print(paint(stamp, "2") + ("\n" + " " * len(stamp)).join(lines), flush=True)

    def figure(self, text):
        print(" " * 10 + paint("→ " + text, "1;32"), flush=True)

    def run(self, host, *command, limit=40):
        """Shows a command as typed on the host, and what it prints."""
        print(f"\n{paint(host.name + '#', '1')} {' '.join(command)}", flush=True)
        result = host.run(*command, check=False)
        lines = (result.stdout + result.stderr).rstrip().splitlines()
        for line in lines[:limit]:
            print("  " + line)
        if len(lines) > limit:
            print(f"  ... and {len(lines) - limit} lines more")
        if result.returncode != 0:
            print(f"  (exit status {result.returncode})")
        sys.stdout.flush()
        return result


class Demo:
    def __init__(self):
        self.tell = Narrator()
        self.mission = Mission()
        self.gulp, self.odlyd = self.mission.routers
        self.seen = Observer(self.mission.routers)
        self.responders = [Responder(router, [MEMBERS_GATEWAY]) for router in self.mission.routers]
        self.daemons = []
        self.lost = []

    def start(self, daemon):
        daemon.start()
        self.daemons.append(daemon)
        return daemon

    def master_is(self, name):
        return (self.seen.speakers(VRID, 1.5) == {name}
                and set(VIRTUAL_ADDRESSES) <= self.seen.addresses(name)
                and all(not set(VIRTUAL_ADDRESSES) & self.seen.addresses(router.name)
                        for router in self.mission.routers if router.name != name and router.has_power))

    def watch(self, chapter, name, act):
        """Does something while a client asks the gateway a thousand times a second, until `name` is the only master."""
        with Probe(self.mission.member, MEMBERS_GATEWAY) as probe:
            time.sleep(0.3)
            began = time.monotonic()
            act()
            until(lambda: self.master_is(name), 60, f"{name} is the only master")
            took = time.monotonic() - began
            time.sleep(0.5)
            client = probe.stop()
        self.lost.append((chapter, client))
        self.tell.say(f"{name} is the only master and has all {len(VIRTUAL_ADDRESSES)} addresses, settled after "
                      f"{took:.1f} s.")
        self.tell.figure(f"the client lost {client.lost} of {client.sent} packets "
                         f"(longest gap {client.longest_gap_ms:.0f} ms); {', then '.join(client.path)} answered")

    def start_up(self):
        tell = self.tell
        tell.chapter("Start-up")
        tell.say("gulp (priority 150) and odlyd (priority 100) share virtual router 50 on the members' network, with their "
                 "keepalived.conf as it stands. gulp may be master while /etc/keepalived/MASTER exists; odlyd creates "
                 "/etc/keepalived/BACKUP_ACTIVE while it is master.")
        self.mission.smtp.start()
        self.traps = self.start(Snmptrapd(self.mission.adm))
        self.snmpd = {router.name: self.start(Snmpd(router, trap_sink=MAIL_HOST)) for router in self.mission.routers}
        self.vigie = {router.name: self.start(self.mission.vigie(router)) for router in self.mission.routers}
        until(lambda: self.master_is("gulp"), 60, "gulp is the only master")
        tell.say(f"gulp is the only master and has all {len(VIRTUAL_ADDRESSES)} addresses. Routing (a stand-in for "
                 "/etc/init.d/quagga) was started there by the configuration's own notify_master.")
        self.monit = {router.name: self.start(Monit(router, self.vigie[router.name].cli("monit").stdout, MAIL_HOST))
                      for router in self.mission.routers}
        until(lambda: all(monit.summary() for monit in self.monit.values()), 30, "monit runs")
        tell.run(self.gulp, "vigie", "status")

    def planned(self):
        tell = self.tell
        tell.chapter("A planned departure: vigie disable-routing on gulp")
        tell.say("gulp says that it leaves (priority 0) and goes on answering until it hears odlyd.")
        self.watch("disable-routing on gulp", "odlyd", lambda: tell.run(self.gulp, "vigie", "disable-routing"))
        tell.run(self.odlyd, "ls", "-l", "/etc/keepalived/BACKUP_ACTIVE")
        tell.say("A little later the check script of gulp's configuration notices too: every 5 s, fall 2.")
        until(lambda: self.vigie["gulp"].state(INSTANCE) == "FAULT", 30, "the check script has failed on gulp")
        tell.run(self.gulp, "vigie", "why", INSTANCE)

        tell.chapter("Coming back: vigie enable-routing on gulp")
        tell.say("The permit is back at once, but the check script must succeed twice (rise 2), which takes it up to ten "
                 "seconds; until then gulp stays away. odlyd goes on answering until it hears gulp.")
        self.watch("enable-routing on gulp", "gulp", lambda: tell.run(self.gulp, "vigie", "enable-routing"))

    def power(self):
        tell = self.tell
        tell.chapter("gulp loses its power")
        tell.say("Every process of gulp is killed and its cables go dark. odlyd believes it after three intervals of "
                 "silence and its skew: 3.61 s with one-second adverts.")

        def lose():
            self.mission.network.power_off(self.gulp)
            self.daemons = [daemon for daemon in self.daemons if daemon.host is not self.gulp]
        self.watch("power loss of gulp", "odlyd", lose)

        tell.chapter("gulp returns")

        def boot():
            self.mission.network.power_on(self.gulp)
            for daemon in (self.snmpd["gulp"], self.vigie["gulp"], self.monit["gulp"]):
                self.start(daemon)
        self.watch("return of gulp", "gulp", boot)

    def aftermath(self):
        tell = self.tell
        tell.chapter("What the routers say about it")
        tell.run(self.gulp, "vigie", "status")
        tell.run(self.odlyd, "vigie", "history")
        tell.run(self.odlyd, "vigie", "why", INSTANCE)
        tell.run(self.gulp, "vigie", "why", INSTANCE)

        tell.chapter("What the network management station sees")
        until(lambda: self.snmpd["gulp"].walk("1.3.6.1.2.1.68"), 20, "the subagent answers on gulp")
        tell.run(self.mission.adm, "snmpwalk", "-v2c", "-c", "public", "-On", "10.231.136.11", "1.3.6.1.2.1.68", limit=14)
        until(lambda: len(self.traps.traps("1.3.6.1.2.1.68.0.1")) >= 5, 20, "a trap per new master")
        tell.say(f"{len(self.traps.traps('1.3.6.1.2.1.68.0.1'))} vrrpTrapNewMaster were received; the last one:")
        for line in textwrap.wrap(self.traps.traps("1.3.6.1.2.1.68.0.1")[-1].replace("\t", "  "), WIDTH - 12):
            print(" " * 12 + line)

        tell.chapter("The mails")
        time.sleep(1)
        for mail in self.mission.smtp.mails():
            print(f"  {mail.sender:32} {mail.subject}")
        by_vigie = [mail for mail in self.mission.smtp.mails() if "MASTER" in mail.subject]
        if by_vigie:
            print("\n" + textwrap.indent(by_vigie[-1].body.strip(), "      "))

        tell.chapter("What monit sees")
        for monit in self.monit.values():
            tell.run(monit.host, "monit", "-B", "-c", "/etc/monit/monitrc", "summary")

        tell.chapter("Packets lost by the client, at one thousand a second")
        for chapter, client in self.lost:
            print(f"  {chapter:28} {client.lost:6}   longest gap {client.longest_gap_ms:7.1f} ms")
        sys.stdout.flush()

    def stay(self):
        self.tell.chapter("Staying")
        print(textwrap.dedent("""\
            Everything runs. From another terminal:

              scripts/demo enter gulp                            a shell on gulp; likewise odlyd, member, outside, adm
              scripts/demo enter gulp vigie status
              scripts/demo enter gulp vigie disable-routing
              scripts/demo enter odlyd vigie history
              scripts/demo enter odlyd tcpdump -ni crans vrrp    if tcpdump is installed
              scripts/demo enter member ping 198.51.100.254

            Ctrl-C ends it all."""), flush=True)
        while True:
            time.sleep(3600)

    def close(self):
        for responder in self.responders:
            responder.close()
        for daemon in reversed(self.daemons):
            daemon.kill()
        self.seen.close()
        self.mission.close()


def main():
    if sys.argv[1:2] == ["enter"]:
        if len(sys.argv) < 3:
            sys.exit("usage: scripts/demo enter HOST [COMMAND...]")
        inside.visit(sys.argv[2], sys.argv[3:])
    parser = argparse.ArgumentParser(prog="scripts/demo")
    parser.add_argument("--stay", action="store_true", help="leave everything running at the end, until Ctrl-C")
    parser.add_argument("--build", help="folder with bin/vigied and bin/vigie (default: build)")
    options = parser.parse_args()
    if options.build:
        os.environ["VIGIE_BUILD"] = options.build
    inside.enter()
    demo = Demo()
    try:
        demo.start_up()
        demo.planned()
        demo.power()
        demo.aftermath()
        if options.stay:
            demo.stay()
        demo.tell.say("The end; everything that was started is gone.")
    except KeyboardInterrupt:
        print("\nEnding.")
    finally:
        demo.close()


if __name__ == "__main__":
    main()
