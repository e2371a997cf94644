#!/usr/bin/python3
"""smtp_alert: a mail per transition, later when the server is away, and once."""
from vigielab.small import Small, config
from vigielab.testing import LabTest, main
from vigielab.wait import holds_for, until

VRID, ADDRESS = 7, "192.0.2.254"
GLOBAL = """global_defs {
    notification_email { root@example.org noc@example.org }
    notification_email_from keepalived@example.org
    smtp_server smtp.example.org
}
"""


class Mail(LabTest):
    def start(self, server_is_there):
        self.small = self.open(Small())
        if server_is_there:
            self.small.smtp.start()
        self.seen = self.observe()
        self.vigie = self.run_daemon(self.small.vigie(self.small.r1, config("r1", [
            dict(name="V", vrid=VRID, priority=200, addresses=[f"{ADDRESS}/24"], lines=["smtp_alert"])],
            before=GLOBAL)))
        self.quiet(self.seen, VRID, "r1", 0.35, [ADDRESS])

    def mails(self, state):
        return self.small.smtp.mails(subject=state)

    def one_of_each(self):
        """One mail per transition in the history that is worth one, and no second one a while later."""
        for state in ("BACKUP", "MASTER"):
            until(lambda s=state: self.mails(s), 90, lambda s=state: f"a mail about {s}; {self.small.smtp.mails()}")
        holds_for(lambda: len(self.mails("BACKUP")) == 1 and len(self.mails("MASTER")) == 1, 2,
                  lambda: f"one mail each: {[mail.subject for mail in self.small.smtp.mails()]}")

    def test_says_which_router_which_instance_which_state_and_why(self):
        self.start(server_is_there=True)
        self.one_of_each()
        mail = self.mails("MASTER")[0]
        self.assertEqual(mail.sender, "keepalived@example.org")
        self.assertEqual(sorted(mail.recipients), ["noc@example.org", "root@example.org"])
        for word in ("r1", "V", "MASTER"):
            self.assertIn(word, mail.subject)
        row = [r for r in self.vigie.transitions("V") if r["to_state"] == "MASTER"][0]
        self.assertIn(row["sentence"], " ".join(mail.body.split()))
        self.assertIn("Message-ID", {name.replace("Id", "ID") for name in mail.headers})

    def test_arrives_later_and_once_when_the_server_was_away(self):
        self.start(server_is_there=False)
        until(lambda: self.vigie.state("V") == "MASTER", 10, "the transition is in the history")
        alerter = until(lambda: self.vigie.role_pid("alerter"), 10, "the alerter runs")
        # The outbox survives its process.
        import os
        import signal
        os.kill(alerter, signal.SIGKILL)
        until(lambda: self.vigie.role_pid("alerter") not in (None, alerter), 20, "a new alerter")
        self.assertEqual(self.small.smtp.mails(), [])
        self.small.smtp.start()
        self.one_of_each()
        self.assertEqual(self.seen.reigns(VRID), ["r1"])


if __name__ == "__main__":
    main()
