"""A mail server that runs here: it speaks SMTP, keeps what it takes, and can refuse, delay or hang up as told."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


@dataclass
class FakeSmtp:
    """What arrived, and how to answer. answers: for each step (`connect`, `MAIL`, `RCPT`, `DATA`, `end`: after the message),
    replies to give one after the other before 250 again: a line such as `450 Later`, `hang up`, or seconds of silence.
    """

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    answers: dict[str, list[str | float]] = field(default_factory=dict)
    sessions: int = 0

    def answer(self, step: str, *replies: str | float) -> None:
        """Answer the next times that `step` comes."""
        self.answers.setdefault(step, []).extend(replies)


class HangUp(Exception):
    """The connection ends without a word."""


class Session(socketserver.StreamRequestHandler):
    """One connection."""

    timeout = 20

    def handle(self) -> None:
        fake: FakeSmtp = self.server.fake  # type: ignore[attr-defined]
        fake.sessions += 1
        with suppress(HangUp, OSError):
            if self._reply("connect", "220 fake.test ESMTP"):
                return
            for line in iter(self.rfile.readline, b""):
                if self._command(fake, line.decode("ascii").strip()):
                    return

    def _command(self, fake: FakeSmtp, line: str) -> bool:
        """Answer one line; True when the connection is over."""
        verb = line[:4].upper()
        if verb == "QUIT":
            self._say("221 Bye")
            return True
        if verb in ("EHLO", "HELO", "RSET", "NOOP"):
            self._say("250 fake.test")
        elif verb == "MAIL":
            self._reply("MAIL", "250 OK")
        elif verb == "RCPT":
            if not self._reply("RCPT", "250 OK"):
                fake.recipients.append(line.partition("<")[2].partition(">")[0])
        elif verb == "DATA":
            if not self._reply("DATA", "354 Go on"):
                content = self._content()
                if not self._reply("end", "250 Taken"):
                    fake.taken.append(message_from_bytes(content, policy=policy.default))
        else:
            self._say("502 Not here")
        return False

    def _content(self) -> bytes:
        lines = []
        for line in iter(self.rfile.readline, b".\r\n"):
            if not line:
                raise HangUp
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def _reply(self, step: str, usual: str) -> bool:
        """Answer as told, else as usual; True where it was a refusal."""
        told = self.server.fake.answers.get(step)  # type: ignore[attr-defined]
        answer = told.pop(0) if told else usual
        if answer == "hang up":
            raise HangUp
        if isinstance(answer, float):
            time.sleep(answer)
            answer = usual
        self._say(answer)
        return answer[0] in "45"

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode("ascii") + b"\r\n")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def fake_smtp(settings: Any) -> Iterator[FakeSmtp]:
    """Run a mail server and let Django send to it."""
    fake = FakeSmtp()
    with Server(("127.0.0.1", 0), Session) as server:
        server.fake = fake  # type: ignore[attr-defined]
        fake.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = fake.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_TIMEOUT = 2
        try:
            yield fake
        finally:
            server.shutdown()
