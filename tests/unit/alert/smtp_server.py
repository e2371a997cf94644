"""A mail server that answers as it is told and writes down what it took.

usage: smtp_server.py PORT JOURNAL [--rcpt CODES] [--data CODES] [--login] [--hang]

JOURNAL gets one JSON object per accepted mail. CODES: replies in the order they are asked for ("451,250"); the last one
is repeated. --login wants a password and knows none. --hang takes a mail's text and never answers.
"""
import argparse
import asyncio
import json
import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, SMTP

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("journal")
parser.add_argument("--rcpt", default="250")
parser.add_argument("--data", default="250")
parser.add_argument("--login", action="store_true")
parser.add_argument("--hang", action="store_true")
options = parser.parse_args()


def replies(codes):
    wanted = [int(code) for code in codes.split(",")]
    while True:
        code = wanted.pop(0) if len(wanted) > 1 else wanted[0]
        yield code, f"{code} {'Ok' if code < 400 else 'as told'}"


class Handler:
    def __init__(self):
        self.rcpt = replies(options.rcpt)
        self.data = replies(options.data)

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        code, reply = next(self.rcpt)
        if code < 400:
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server, session, envelope):
        code, reply = next(self.data)
        if options.hang:
            await asyncio.sleep(3600)
        if code < 400:
            mail = {
                "helo": session.host_name,
                "peer": session.peer[1],
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "content": envelope.content.decode("utf-8", "surrogateescape"),
            }
            with open(options.journal, "a", encoding="utf-8") as journal:
                journal.write(json.dumps(mail) + "\n")
        return reply


def refuse(server, session, envelope, mechanism, data):
    return AuthResult(success=False, handled=False)


# Without one it asks the resolver for its own, with each connection.
NAME = "mail.example.org"


class Server(Controller):
    def factory(self):
        if not options.login:
            return SMTP(self.handler, hostname=NAME)
        return SMTP(self.handler, hostname=NAME, authenticator=refuse, auth_required=True, auth_require_tls=False)


controller = Server(Handler(), hostname="127.0.0.1", port=options.port, ready_timeout=60)
controller.start()
print("ready", flush=True)
while True:
    time.sleep(3600)
