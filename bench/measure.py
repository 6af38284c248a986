"""Rates as ratios: candidate and floor take turns in one run, so that a noisy machine disturbs both alike."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a candidate did against its floor: the ratio of each round, and the goal for their median."""

    name: str
    ratios: list[float]
    floor_rate: float
    rate: float
    goal: float

    def line(self) -> str:
        """One line of a report: median ratio with its span, the goal, and both rates per second."""
        verdict = "met" if median(self.ratios) >= self.goal else "MISSED"
        return (
            f"{self.name:<44} {median(self.ratios):5.2f}  ({min(self.ratios):.2f}-{max(self.ratios):.2f})"
            f"  goal {self.goal:.2f} {verdict}  {self.rate:8.0f}/s beside {self.floor_rate:8.0f}/s"
        )


def compare(
    name: str, *, candidate: Callable[[], float], floor: Callable[[], float], goal: float, rounds: int
) -> Comparison:
    """Run floor and candidate in turn, `rounds` times, and compare their rates (per second) round by round."""
    pairs = [(floor(), candidate()) for _ in range(rounds)]
    return Comparison(
        name,
        [rate / floor_rate for floor_rate, rate in pairs],
        median(floor_rate for floor_rate, _ in pairs),
        median(rate for _, rate in pairs),
        goal,
    )
