"""script/server from a clone to an answer and back: nothing is left running, data are kept."""

import signal
import subprocess
import sys
import urllib.request

import pytest

from tests.scripts.conftest import StandIn, wait_until

pytestmark = pytest.mark.xdist_group("script-server")


def test_server_answers_refuses_a_second_one_and_stops_on_sigterm(stand_in: StandIn, free_port: int):
    server = stand_in.start("server", "--port", str(free_port))
    server.wait_for("Leadsmarket is ready")

    answer = urllib.request.urlopen(f"http://127.0.0.1:{free_port}/", timeout=5).read()
    second = stand_in.run("server", "--port", "1")
    code = server.stop(signal.SIGTERM)

    assert answer == b"hello"
    assert second.returncode == 1
    assert "already runs in this folder" in second.stderr
    assert len(second.stderr.splitlines()) == 1
    assert code == 0
    output = server.output()
    for email in ("marchand@demo.test", "influenceur@demo.test", "staff@demo.test"):
        assert email in output
    assert "manage migrate --database=owner --no-input local ''" in output
    assert "\x1b[" not in output
    assert output.rstrip().endswith("Everything is stopped.")
    assert stand_in.processes() == []
    assert (stand_in.root / "locale/fr/LC_MESSAGES/django.mo").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells children of a killed parent")
def test_killed_server_leaves_nothing_and_the_next_start_loads_no_demo_again(stand_in: StandIn, free_port: int):
    server = stand_in.start("server", "--port", str(free_port))
    server.wait_for("Leadsmarket is ready")
    server.process.kill()
    server.process.wait(10)

    assert wait_until(lambda: stand_in.processes() == [], 15), stand_in.processes()

    again = stand_in.start("server", "--port", str(free_port))
    again.wait_for("Leadsmarket is ready")
    code = again.stop(signal.SIGINT)

    assert code == 0
    assert "manage demo" in server.output()
    assert "manage demo" not in again.output()
    assert stand_in.processes() == []


def test_failed_migration_stops_everything(stand_in: StandIn, free_port: int):
    (stand_in.root / "manage.py").write_text("import sys; sys.exit('no such table')")

    done = stand_in.run("server", "--port", str(free_port))

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "script/server: the migrations failed; the lines above say why"
    assert "Traceback" not in done.stderr
    assert stand_in.processes() == []


def test_services_run_in_the_background_until_stopped(stand_in: StandIn):
    started = stand_in.run("services", "start")
    exports = stand_in.run("services", "env")
    shell = subprocess.run(
        ["bash", "-c", f'{exports.stdout}\n"$0/script/services" status', str(stand_in.root)],
        env=stand_in.environment(),
        capture_output=True,
        text=True,
    )
    stopped = stand_in.run("services", "stop")

    assert started.returncode == exports.returncode == stopped.returncode == 0, started.stderr
    assert "export DATABASE_URL=postgres://leadsmarket_web:" in exports.stdout
    assert "export DATABASE_OWNER_URL=postgres://leadsmarket_owner:" in exports.stdout
    assert shell.stdout.count("running (pid") == 2
    assert wait_until(lambda: stand_in.processes() == [])
    assert stand_in.run("services", "env").returncode == 1
