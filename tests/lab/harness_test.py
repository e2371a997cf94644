#!/usr/bin/python3
"""The lab itself, tried with two keepalived on the mission's network: what it measures must agree with what is known."""
import time

from vigielab.mission import MEMBERS_GATEWAY, VRID, Mission
from vigielab.probe import Probe
from vigielab.testing import LabTest, figure, main
from vigielab.wait import until


class Harness(LabTest):
    def test_measures_a_keepalived_pair_as_the_protocol_predicts(self):
        lab = self.open(Mission())
        lab.smtp.start()
        observer = self.observe()
        self.respond(MEMBERS_GATEWAY)
        gulp = lab.keepalived(lab.gulp)
        self.run_pair(observer, VRID, gulp, lab.keepalived(lab.odlyd))
        until(lambda: observer.speakers(VRID, 1.5) == {"gulp"}, 30, "gulp is the only master")
        until(lambda: lab.holders() == ["gulp"], 10, "only gulp has the gateway's address")

        with Probe(lab.member, MEMBERS_GATEWAY) as probe:
            gulp.stop()
            until(lambda: observer.speakers(VRID, 1.5) == {"odlyd"}, 30, "odlyd takes over")
            time.sleep(0.3)
            seen = probe.stop()
        figure(f"keepalived, planned stop: {seen}")
        self.assertEqual(seen.path, ["gulp", "odlyd"])
        # Priority 0 makes odlyd wait its skew only: (256 - 100) / 256 s = 609 ms.
        self.assertGreater(seen.lost, 550)

        gulp.start()
        until(lambda: observer.speakers(VRID, 1.5) == {"gulp"}, 30, "gulp preempts")
        until(lambda: lab.holders() == ["gulp"], 10, "only gulp has the gateway's address")
        with Probe(lab.member, MEMBERS_GATEWAY) as probe:
            lab.network.power_off(lab.gulp)
            until(lambda: observer.speakers(VRID, 1.5) == {"odlyd"}, 30, "odlyd takes over")
            time.sleep(0.3)
            seen = probe.stop()
        figure(f"keepalived, power loss: {seen}")
        # Between 2 and 3 intervals after the loss plus the skew.
        self.assertGreater(seen.lost, 2500)
        self.assertTrue(observer.announcements(host="odlyd", address=MEMBERS_GATEWAY))
        self.assertTrue(lab.smtp.mails(subject="MASTER"))

        lab.network.power_on(lab.gulp)
        self.assertNotIn(MEMBERS_GATEWAY, observer.addresses("gulp"))


if __name__ == "__main__":
    main()
