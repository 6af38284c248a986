"""`python -m bench NAME [--rounds N] [--seconds N]`: run a benchmark and print its ratios."""

import argparse
import os
from importlib import import_module

import django

NAMES = ["exports", "figures", "forecast", "levels", "polls", "reserve"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--rounds", type=int, default=7, help="how often floor and candidate take turns")
    parser.add_argument("--seconds", type=int, default=3, help="length of each measurement")
    arguments = parser.parse_args()

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadsmarket.settings")
    django.setup()
    for comparison in import_module(f"bench.{arguments.name}").run(rounds=arguments.rounds, seconds=arguments.seconds):
        print(comparison.line(), flush=True)


if __name__ == "__main__":
    main()
