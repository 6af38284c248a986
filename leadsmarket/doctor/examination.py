"""Runs every registered check, each in a thread with an end in time, so that nothing that hangs holds up the rest."""

import time
from importlib import import_module
from queue import Empty, Queue
from threading import Thread

from django.db import connections
from django.utils.module_loading import autodiscover_modules

from leadsmarket.lib.health import CHECKS, Finding, RegisteredCheck, State

OF_ALL_APPS = ("database", "queue", "jobs", "site", "files", "pdf")
LONGEST_DETAIL = 200

Findings = dict[str, list[Finding]]


def examine(*, online: bool = False) -> Findings:
    """Run all checks and return their findings by group, in the order of their registration.

    online: also ask the providers of payments and messages, by one cheap call each.
    """
    for name in OF_ALL_APPS:
        import_module(f"leadsmarket.doctor.{name}")
    autodiscover_modules("health")
    found = _Examination(online).run()
    return {group: found[group] for group in CHECKS}


class _Examination:
    def __init__(self, online: bool) -> None:
        self.online = online
        self.waiting = dict(CHECKS)
        self.ends: dict[str, float] = {}
        self.found: Findings = {}
        self.answers: Queue[tuple[str, list[Finding]]] = Queue()

    def run(self) -> Findings:
        self._start_what_can_start()
        while self.ends:
            first_end = min(self.ends.values())
            try:
                group, findings = self.answers.get(timeout=max(0, first_end - time.monotonic()))
            except Empty:
                group = min(self.ends, key=lambda name: self.ends[name])
                findings = [Finding(group, State.BROKEN, f"no answer within {CHECKS[group].seconds:g} s")]
            # One that answers after its end was given up already.
            if self.ends.pop(group, None) is not None:
                self.found[group] = findings
            self._start_what_can_start()
        return self.found

    def _start_what_can_start(self) -> None:
        for check in list(self.waiting.values()):
            if not all(group in self.found for group in check.after):
                continue
            del self.waiting[check.group]
            if missing := [group for group in check.after if _is_broken(self.found[group])]:
                self.found[check.group] = [Finding(check.group, State.UNKNOWN, f"not looked at: needs {missing[0]}")]
                # Another may have waited for this one.
                self._start_what_can_start()
                return
            self.ends[check.group] = time.monotonic() + check.seconds
            Thread(target=self._look, args=(check,), daemon=True).start()

    def _look(self, check: RegisteredCheck) -> None:
        try:
            findings = list(check.function(online=self.online))
        except Exception as error:
            findings = [Finding(check.group, State.BROKEN, first_line(error))]
        finally:
            connections.close_all()
        self.answers.put((check.group, findings))


def _is_broken(findings: list[Finding]) -> bool:
    return any(finding.state in (State.BROKEN, State.UNKNOWN) for finding in findings)


def first_line(error: Exception) -> str:
    """Return kind and first line of an error, for a terminal."""
    text = (str(error).strip().splitlines() or [""])[0]
    return f"{type(error).__name__}: {text}"[:LONGEST_DETAIL].removesuffix(": ")
