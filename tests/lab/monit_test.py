#!/usr/bin/python3
"""The checks that `vigie monit` writes, in a running monit that sends its alerts by mail."""
from vigielab.daemons import Monit
from vigielab.mission import ACTIVE, MAIL_HOST, PERMIT, VIRTUAL_ADDRESSES, VRID, Mission
from vigielab.testing import LabTest, main
from vigielab.wait import until


class MonitWatches(LabTest):
    def setUp(self):
        self.mission = self.open(Mission())
        self.mission.smtp.start()
        self.seen = self.observe()
        self.gulp = self.run_daemon(self.mission.vigie(self.mission.gulp))
        self.odlyd = self.run_daemon(self.mission.vigie(self.mission.odlyd))
        self.quiet(self.seen, VRID, "gulp", addresses=VIRTUAL_ADDRESSES)

    def monit(self, vigie):
        monit = Monit(vigie.host, vigie.cli("monit").stdout, MAIL_HOST)
        status, said = monit.check()
        self.assertEqual(status, 0, said)
        return monit

    def alerts(self, host, event):
        return [mail for mail in self.mission.smtp.mails(sender=f"monit@{host.name}") if event in mail.subject]

    def test_hears_of_a_permit_taken_away_and_of_the_backup_being_active(self):
        first, second = self.monit(self.gulp), self.monit(self.odlyd)
        self.assertIn(PERMIT, first.snippets)
        self.assertIn(ACTIVE, second.snippets)
        self.assertIn("/run/vigie/vigied.pid", first.snippets)
        self.run_daemon(first)
        self.run_daemon(second)
        for monit in (first, second):
            until(lambda m=monit: set(m.summary().values()) == {"OK"}, 30,
                  lambda m=monit: f"all is well on {m.host.name}: {m.summary()}")
        self.assertEqual(self.alerts(self.mission.gulp, "Does not exist"), [])

        self.gulp.cli("disable-routing")
        self.quiet(self.seen, VRID, "odlyd", addresses=VIRTUAL_ADDRESSES)
        until(lambda: self.alerts(self.mission.gulp, "Does not exist"), 30, "an alert that MASTER is absent")
        until(lambda: self.alerts(self.mission.odlyd, "Does exist"), 30, "an alert that BACKUP_ACTIVE is there")

        self.gulp.cli("enable-routing")
        self.quiet(self.seen, VRID, "gulp", addresses=VIRTUAL_ADDRESSES)
        until(lambda: self.alerts(self.mission.gulp, "Exists"), 30, "the end of the alert on gulp")
        until(lambda: self.alerts(self.mission.odlyd, "Exists not"), 30, "the end of the alert on odlyd")


if __name__ == "__main__":
    main()
