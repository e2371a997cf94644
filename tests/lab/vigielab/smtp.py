"""A mail server that keeps every message it accepts as a file; a process of its own, to be stopped and started."""
import asyncio
import email
import email.policy
import json
import pathlib
import signal
import sys
import time
from dataclasses import dataclass

from . import inside


@dataclass
class Mail:
    sender: str
    recipients: list
    subject: str
    body: str
    helo: str
    headers: dict


class SmtpServer:
    def __init__(self, host, port=25):
        self.host, self._port, self._process = host, port, None
        self._folder = host.file("/var/lib/received")
        self._folder.mkdir(exist_ok=True)

    def start(self):
        self._process = self.host.helper([inside.PYTHON, "-m", "vigielab.smtp", "/var/lib/received", str(self._port)],
                                         stdout=-1)
        if self._process.stdout.readline().strip() != b"ready":
            raise RuntimeError("the mail server does not start")
        return self

    def stop(self):
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait()
            self._process.stdout.close()
            self._process = None

    def mails(self, **wanted):
        """Everything accepted so far, in order; mails(subject="MASTER") keeps those whose subject contains it."""
        found = []
        for path in sorted(self._folder.glob("*.json")):
            stored = json.loads(path.read_text())
            message = email.message_from_string(stored["data"], policy=email.policy.default)
            mail = Mail(stored["from"], stored["to"], str(message["Subject"] or ""),
                        message.get_content() if not message.is_multipart() else stored["data"], stored["helo"],
                        dict(message.items()))
            if all(text in getattr(mail, name) for name, text in wanted.items()):
                found.append(mail)
        return found


def _serve(folder, port):
    from aiosmtpd.smtp import SMTP

    class Keep:
        count = len(list(folder.glob("*.json")))

        async def handle_DATA(self, server, session, envelope):
            Keep.count += 1
            stored = {"helo": session.host_name, "from": envelope.mail_from, "to": envelope.rcpt_tos,
                      "time": time.time(), "data": envelope.content.decode("utf-8", "replace")}
            draft = folder / f"{Keep.count:04}.draft"
            draft.write_text(json.dumps(stored))
            draft.rename(draft.with_suffix(".json"))  # a reader sees whole mails only
            return "250 kept"

    async def run():
        loop, end = asyncio.get_running_loop(), asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, end.set)
        server = await loop.create_server(lambda: SMTP(Keep(), hostname="smtp.adm.example.org", loop=loop), None, port)
        print("ready", flush=True)
        await end.wait()
        server.close()

    asyncio.run(run())


if __name__ == "__main__":
    _serve(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
