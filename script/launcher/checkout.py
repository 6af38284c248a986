"""Where things are: the checkout, its virtual environment and the data of each instance under `.local`."""

import os
from dataclasses import dataclass
from pathlib import Path

from launcher.console import Problem

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Checkout:
    """A clone of the repository."""

    root: Path

    @property
    def venv(self) -> Path:
        """The virtual environment."""
        return self.root / ".venv"

    @property
    def local(self) -> Path:
        """Everything the scripts keep on this machine and git ignores."""
        return self.root / ".local"

    def program(self, name: str) -> Path:
        """A program of the virtual environment, such as celery."""
        return self.venv / "bin" / name

    @property
    def python(self) -> Path:
        """The Python of the virtual environment."""
        return self.program("python")

    @property
    def site_packages(self) -> Path:
        """Where the requirements are installed; fails where they are not."""
        for candidate in sorted((self.venv / "lib").glob("python3.*/site-packages")):
            return candidate
        raise Problem(f"{self.venv} is incomplete; delete it and start again")

    def instance(self, name: str) -> "Instance":
        """The data of one set of services: `server`, `dev` or `test`."""
        return Instance(self, name)

    def must_be_writable(self) -> None:
        """Make `.local`, or say which folder cannot be written."""
        try:
            self.local.mkdir(mode=0o755, exist_ok=True)
        except OSError as error:
            raise Problem(f"cannot write in {self.root} ({error.strerror}); clone into a folder of your own") from None
        for folder in (self.root, self.local, self.venv):
            if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
                raise Problem(
                    f"cannot write in {folder} (it belongs to {_owner(folder)}); run as that user or clone anew"
                )


@dataclass(frozen=True)
class Instance:
    """One set of PostgreSQL and Redis with its own data: the server's, a developer's shell, the tests'."""

    checkout: Checkout
    name: str

    @property
    def folder(self) -> Path:
        """`.local/server`, `.local/dev` or `.local/test`."""
        return self.checkout.local / self.name

    def make_folder(self) -> None:
        """Create the folder where it is missing."""
        try:
            self.folder.mkdir(mode=0o755, exist_ok=True)
        except OSError as error:
            raise Problem(f"cannot write in {self.folder} ({error.strerror})") from None


def _owner(folder: Path) -> str:
    try:
        return folder.owner()
    except (KeyError, OSError):
        return "an unknown user"
