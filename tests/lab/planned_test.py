#!/usr/bin/python3
"""Planned departures: the client loses at most one packet at 1 kHz while the machine runs, because the old holder of the
addresses goes on answering until its successor speaks."""

from vigielab.mission import MEMBERS_GATEWAY, VIRTUAL_ADDRESSES, VRID, Mission
from vigielab.probe import Probe
from vigielab.small import Small, config
from vigielab.testing import LabTest, figure, main, now
from vigielab.wait import until


class PlannedDeparture(LabTest):
    """What every departure must look like, whatever its reason."""

    def check_departure(self, seen, vrid, address, client, old, new, began, reported):
        zero = seen.adverts(since=began, host=old, vrid=vrid, priority=0)
        self.assertTrue(zero, f"{old} did not say that it leaves")
        first = [a for a in seen.adverts(since=began, host=new, vrid=vrid) if a.priority > 0][0]
        gone = [c for c in seen.changes(since=began, host=old, address=address) if not c.came]
        self.assertEqual(len(gone), 1, f"{old} let {address} go {len(gone)} times")
        figure(f"{reported}: successor's advert {(first.time - zero[0].time) / 1e6:.0f} ms after priority 0, "
               f"address let go {(gone[0].time - first.time) / 1e6:.1f} ms after that")
        self.assertGreater(gone[0].time, first.time, f"{old} let go before {new} spoke")
        self.assertEqual(client.path, [old, new])
        self.hardly_a_loss(reported, client)
        self.assertEqual(seen.reigns(vrid, began), [old, new][-len(seen.reigns(vrid, began)):])


class OfTheMissionPair(PlannedDeparture):
    def setUp(self):
        self.mission = self.open(Mission())
        self.seen = self.observe()
        self.respond(MEMBERS_GATEWAY)
        self.gulp, self.odlyd = (self.mission.vigie(router) for router in self.mission.routers)
        self.run_pair(self.seen, VRID, self.gulp, self.odlyd)
        self.quiet(self.seen, VRID, "gulp", addresses=VIRTUAL_ADDRESSES)

    def leave(self, how, reported):
        with Probe(self.mission.member, MEMBERS_GATEWAY) as probe:
            began = now()
            how()
            self.quiet(self.seen, VRID, "odlyd", addresses=VIRTUAL_ADDRESSES, last=1.2)
            client = probe.stop()
        self.check_departure(self.seen, VRID, MEMBERS_GATEWAY, client, "gulp", "odlyd", began, reported)

    def test_stopping_the_daemon(self):
        self.leave(lambda: self.assertEqual(self.gulp.stop(), 0), "SIGTERM")
        self.assertEqual(self.mission.gulp.processes(), [], "processes are left")

    def test_taking_the_permit_away_and_giving_it_back(self):
        self.leave(lambda: self.gulp.cli("disable-routing"), "disable-routing")
        with Probe(self.mission.member, MEMBERS_GATEWAY) as probe:
            back = now()
            self.gulp.cli("enable-routing")
            self.quiet(self.seen, VRID, "gulp", addresses=VIRTUAL_ADDRESSES, last=1.2)
            client = probe.stop()
        self.assertEqual(client.path, ["odlyd", "gulp"])
        spoke = [a for a in self.seen.adverts(since=back, host="gulp") if a.priority > 0][0].time
        self.hardly_a_loss("enable-routing", client)
        gone = [c for c in self.seen.changes(since=back, host="odlyd", address=MEMBERS_GATEWAY) if not c.came]
        self.assertEqual(len(gone), 1, f"odlyd let {MEMBERS_GATEWAY} go {len(gone)} times")
        self.assertGreater(gone[0].time, spoke, "odlyd let go before gulp spoke")


class OnAFailedCheck(PlannedDeparture):
    def test_a_check_script_that_fails(self):
        lab = self.open(Small())
        seen = self.observe()
        address = "192.0.2.254"
        self.respond(address)
        lab.r1.write("/etc/keepalived/ok", "")
        check = 'vrrp_script check {\n    script "/usr/bin/test -e /etc/keepalived/ok"\n    interval 1\n}\n'
        self.run_pair(seen, 7, *(
            lab.vigie(router, config(
                router.name, [dict(name="V", vrid=7, priority=priority, lines=lines,
                                   addresses=[f"{address}/24"])], before=check if lines else ""))
            for router, priority, lines in ((lab.r1, 200, ["track_script {", "    check", "}"]), (lab.r2, 100, []))))
        self.quiet(seen, 7, "r1", addresses=[address])
        with Probe(lab.client, address) as probe:
            began = now()
            lab.r1.file("/etc/keepalived/ok").unlink()
            self.quiet(seen, 7, "r2", addresses=[address], last=1.2)
            client = probe.stop()
        self.check_departure(seen, 7, address, client, "r1", "r2", began, "failed check")


if __name__ == "__main__":
    main()
