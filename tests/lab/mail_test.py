#!/usr/bin/python3
"""smtp_alert: a mail per transition and recipient, later when the server is away, and once."""
import os
import signal

from vigielab.small import ALONE, Small, config
from vigielab.testing import LabTest, main
from vigielab.wait import holds_for, until

VRID, ADDRESS = 7, "192.0.2.254"
RECIPIENTS = ["root@example.org", "noc@example.org"]
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
            dict(name="V", vrid=VRID, priority=200, interval=ALONE, addresses=[f"{ADDRESS}/24"], lines=["smtp_alert"])],
            before=GLOBAL)))
        self.quiet(self.seen, VRID, "r1", 0.35, [ADDRESS])

    def received(self):
        """(state, recipient) of every mail."""
        return sorted((state, recipient) for mail in self.small.smtp.mails() for recipient in mail.recipients
                      for state in ("BACKUP", "MASTER") if state in mail.subject)

    def one_of_each(self):
        """One mail per transition and recipient, and no second one a while later."""
        wanted = sorted((state, recipient) for state in ("BACKUP", "MASTER") for recipient in RECIPIENTS)
        until(lambda: len(self.received()) >= len(wanted), 90, lambda: f"mails {wanted}: {self.received()}")
        holds_for(lambda: self.received() == wanted, 2, lambda: f"mails {wanted}: {self.received()}")

    def test_says_which_router_which_instance_which_state_and_why(self):
        self.start(server_is_there=True)
        self.one_of_each()
        mail = self.small.smtp.mails(subject="MASTER")[0]
        self.assertEqual(mail.sender, "keepalived@example.org")
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
        os.kill(alerter, signal.SIGKILL)
        until(lambda: self.vigie.role_pid("alerter") not in (None, alerter), 20, "a new alerter")
        self.assertEqual(self.small.smtp.mails(), [])
        self.small.smtp.start()
        self.one_of_each()
        self.assertEqual(self.seen.reigns(VRID), ["r1"])


if __name__ == "__main__":
    main()
