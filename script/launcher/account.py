"""The account that PostgreSQL runs as. It refuses to run as root, so root lends it an unprivileged one."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from launcher.console import Problem, say

SERVICE_ACCOUNT = "leadsmarket-db"
MAC_ACCOUNT = "_postgres"
LAST_RESORT = "nobody"


@dataclass(frozen=True)
class Account:
    """A user of the operating system; `switch` is true where we are root and change to it."""

    uid: int
    gid: int
    name: str
    switch: bool

    def popen_options(self) -> dict[str, object]:
        """Arguments of subprocess that start a program as this account."""
        if not self.switch:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make the account the owner of a file or folder; root's group keeps its way in."""
        if self.switch:
            os.chown(path, self.uid, os.getgid())

    def can_reach(self, path: Path) -> bool:
        """True where the account may walk to the path (a clone under /root is closed to all others)."""
        if not self.switch:
            return True
        test = subprocess.run(["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)], **self.popen_options())  # type: ignore[call-overload]
        return test.returncode == 0


def database_account(data: Path) -> Account:
    """Who PostgreSQL runs as: whoever started the script, or for root the data's owner or a service account."""
    if os.geteuid() != 0:
        user = pwd.getpwuid(os.geteuid()) if _known(os.geteuid()) else None
        if user is None:
            raise Problem(f"PostgreSQL needs a user with a name; uid {os.geteuid()} is not in /etc/passwd")
        if data.exists() and data.stat().st_uid != os.geteuid():
            raise Problem(f"{data} belongs to another user; run as that user, or as root delete {data.parent}")
        return Account(user.pw_uid, user.pw_gid, user.pw_name, switch=False)
    if data.exists() and data.stat().st_uid != 0 and _known(data.stat().st_uid):
        user = pwd.getpwuid(data.stat().st_uid)
    else:
        user = _service_user()
    return Account(user.pw_uid, user.pw_gid, user.pw_name, switch=True)


def _known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _service_user() -> pwd.struct_passwd:
    for name in (SERVICE_ACCOUNT, MAC_ACCOUNT):
        if user := _find(name):
            return user
    if shutil.which("useradd"):
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        command += ["--shell", "/usr/sbin/nologin", SERVICE_ACCOUNT]
        made = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if made.returncode == 0:
            say(f"PostgreSQL refuses to run as root: made the system account {SERVICE_ACCOUNT} for it")
    user = _find(SERVICE_ACCOUNT) or _find(LAST_RESORT)
    if user is None:
        raise Problem("PostgreSQL refuses to run as root and no other account was found; run as an ordinary user")
    return user


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
