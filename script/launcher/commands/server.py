"""`script/server`: everything that the site needs, in one terminal, until Ctrl-C."""

import argparse
import hashlib
import os
import shutil
import sys
import threading

from launcher.checkout import ROOT, Checkout
from launcher.console import Problem, say, warn
from launcher.environment import Services, full_environment, project_variables
from launcher.lock import InstanceLock
from launcher.prepare import prepare
from launcher.processes import run_to_end
from launcher.signals import Stopped, stop_signals_raise
from launcher.supervisor import Part, Supervisor, Watched
from launcher.web_address import must_be_free, public_address, wait_for_answer

DEMO_PASSWORD = "demo-leads-2026"
DEMO_LOGINS = {"merchant": "marchand@demo.test", "influencer": "influenceur@demo.test", "staff": "staff@demo.test"}


def main(arguments: list[str]) -> int:
    """Run until stopped. 0 after Ctrl-C or SIGTERM, 1 when something cannot be started or kept running."""
    options = _parse(arguments)
    checkout = Checkout(ROOT)
    checkout.must_be_writable()
    try:
        with stop_signals_raise(), InstanceLock(checkout.instance("server"), "script/server"):
            must_be_free(options.host, options.port)
            if options.reset:
                _reset(checkout, without_asking=options.yes)
            prepare(checkout, development=False, packages_required=False)
            return _run(checkout, options)
    except Stopped:
        say("Stopped.")
        return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/server", description="Start Leadsmarket on this machine; Ctrl-C stops it."
    )
    parser.add_argument("--port", type=_port, default=8000, help="port of the site (default 8000)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1; 0.0.0.0 for all)")
    parser.add_argument("--no-demo", action="store_true", help="do not load the demonstration data")
    parser.add_argument("--reset", action="store_true", help="delete this clone's embedded database and files first")
    parser.add_argument("--yes", action="store_true", help="with --reset: do not ask")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; give a number from 1 to 65535")
    return int(text)


def _reset(checkout: Checkout, *, without_asking: bool) -> None:
    if os.environ.get("DATABASE_URL"):
        raise Problem("--reset deletes the embedded data only; DATABASE_URL is set, empty that database yourself")
    folder = checkout.instance("server").folder
    if not without_asking and sys.stdin.isatty():
        answer = input(f"Delete the database and the files in {folder}? [y/N] ")
        if answer.strip().lower() not in ("y", "yes"):
            raise Problem("nothing deleted")
    services = Services(checkout, "server")
    for service in (services.redis, services.postgres):
        if service is not None:
            service.drop()
    for path in folder.iterdir():
        if path.name == "lock":
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    say(f"Deleted the data in {folder}")


def _run(checkout: Checkout, options: argparse.Namespace) -> int:
    services = Services(checkout, "server")
    say(f"Starting with {services.description()}")
    try:
        services.start()
        environment = _environment(checkout, services, options)
        _prepare_database(checkout, services, environment, demo=not options.no_demo)
        _announce_when_ready(options)
        return Supervisor(_parts(checkout, options), environment, checkout.root, _watched(services)).run()
    finally:
        try:
            services.stop()
        except Stopped:
            services.stop(at_once=True)
        say("Everything is stopped.")


def _environment(checkout: Checkout, services: Services, options: argparse.Namespace) -> dict[str, str]:
    variables = project_variables(checkout, services, "local")
    variables["SITE_URL"] = os.environ.get("SITE_URL") or public_address(options.host, options.port)
    folders = {"MEDIA_ROOT": checkout.instance("server").folder / "media", "STATIC_ROOT": checkout.local / "static"}
    for name, folder in folders.items():
        if not os.environ.get(name):
            folder.mkdir(exist_ok=True)
            variables[name] = str(folder)
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        # Where the two web processes add up their counts; those of the last run are over.
        metrics = checkout.instance("server").folder / "metrics"
        shutil.rmtree(metrics, ignore_errors=True)
        metrics.mkdir()
        variables["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
    return full_environment(checkout, variables)


def _prepare_database(checkout: Checkout, services: Services, environment: dict[str, str], *, demo: bool) -> None:
    manage = [str(checkout.python), "manage.py"]
    say("Updating the database")
    if run_to_end([*manage, "migrate", "--database=owner", "--no-input"], checkout.root, environment) != 0:
        raise Problem("the migrations failed; the lines above say why")
    stamp = checkout.instance("server").folder / "demo-loaded"
    embedded = services.postgres is not None
    database = "embedded" if embedded else hashlib.sha256(environment["DATABASE_URL"].encode()).hexdigest()
    if demo and not (stamp.exists() and stamp.read_text(encoding="utf-8").strip() == database):
        say("Loading a year of demonstration data, once")
        if run_to_end([*manage, "demo"], checkout.root, environment) != 0:
            raise Problem("the demonstration data could not be loaded; see above (--no-demo goes without)")
        stamp.write_text(database + "\n", encoding="utf-8")


def _parts(checkout: Checkout, options: argparse.Namespace) -> list[Part]:
    web = [
        str(checkout.program("granian")),
        "--interface",
        "wsgi",
        "--workers",
        "2",
        "--blocking-threads",
        "2",
        "--no-ws",
    ]
    web += ["--respawn-failed-workers", "--workers-kill-timeout", "8", "--access-log"]
    web += ["--host", options.host or "0.0.0.0", "--port", str(options.port), "leadsmarket.wsgi:application"]
    # The warning is for production; a container has nobody but root.
    python = [str(checkout.python), "-W", "ignore:You're running the worker with superuser privileges"]
    celery = [*python, str(checkout.program("celery")), "--quiet", "-A", "leadsmarket"]
    beat = [*celery, "beat", "--loglevel", "INFO", "--pidfile="]
    worker = [*celery, "worker", "--loglevel", "INFO", "--concurrency", "2", "--without-gossip", "--without-mingle"]
    # In the order of stopping. The worker ends its running jobs; what takes longer is queued again (acks_late).
    return [Part("web", web, 15), Part("beat", beat, 10), Part("worker", worker, 30)]


def _watched(services: Services) -> list[Watched]:
    named = (("PostgreSQL", services.postgres), ("Redis", services.redis))
    return [Watched(name, service.has_ended) for name, service in named if service is not None]


def _announce_when_ready(options: argparse.Namespace) -> None:
    def announce() -> None:
        if not wait_for_answer(options.host, options.port, 120):
            warn("the site does not answer yet; the lines above may say why")
            return
        lines = ["", f"  Leadsmarket is ready: {public_address(options.host, options.port)}", ""]
        if not options.no_demo:
            lines += [f"  {role:<11} {email:<23} {DEMO_PASSWORD}" for role, email in DEMO_LOGINS.items()] + [""]
        say("\n".join([*lines, "  Ctrl-C stops everything.", ""]))

    threading.Thread(target=announce, daemon=True).start()
