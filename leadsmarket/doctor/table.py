"""Findings as a table for people, or as JSON for monitoring."""

import json

from leadsmarket.doctor.examination import Findings
from leadsmarket.lib.health import State

SYMBOLS = {State.OK: "✓", State.OFF: "–", State.HINT: "!", State.BROKEN: "✗", State.UNKNOWN: "?"}


def count_broken(findings: Findings) -> int:
    """Return how many things are broken."""
    return sum(finding.state == State.BROKEN for group in findings.values() for finding in group)


def as_table(findings: Findings, *, symbols: bool) -> str:
    """Return a line per finding: state, what, what was seen; what to do stands below. symbols: false for ASCII terminals."""
    every = [finding for group in findings.values() for finding in group]
    width = max(len(finding.what) for finding in every)
    lines = []
    for finding in every:
        state = f"{SYMBOLS[finding.state]} {finding.state:<7}" if symbols else f"{finding.state:<7}"
        lines.append(f"{state}  {finding.what:<{width}}  {finding.detail}".rstrip())
        if finding.advice:
            lines.append(f"{' ' * (len(state) + width + 4)}{'→' if symbols else '->'} {finding.advice}")
    broken = count_broken(findings)
    hints = sum(finding.state == State.HINT for finding in every)
    lines += ["", f"Broken: {broken}, hints: {hints}, looked at: {len(every)}"]
    return "\n".join(lines)


def as_json(findings: Findings) -> str:
    """Return `{"ok": …, "broken": n, "findings": [{"group", "what", "state", "detail", "advice"}, …]}`."""
    broken = count_broken(findings)
    rows = [
        {
            "group": group,
            "what": finding.what,
            "state": str(finding.state),
            "detail": finding.detail,
            "advice": finding.advice,
        }
        for group, found in findings.items()
        for finding in found
    ]
    return json.dumps({"ok": not broken, "broken": broken, "findings": rows}, ensure_ascii=False, indent=2)
