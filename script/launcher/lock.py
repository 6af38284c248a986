"""One start at a time per instance: two servers on the same data would ruin each other's day."""

import fcntl
import os
from typing import IO

from launcher.checkout import Instance
from launcher.console import Problem


class InstanceLock:
    """A lock file that the kernel frees when its holder ends, however it ends."""

    def __init__(self, instance: Instance, holder: str) -> None:
        self.path = instance.folder / "lock"
        self.instance = instance
        self.holder = holder
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Hold the lock, or say who does."""
        self.instance.make_folder()
        try:
            self._file = open(self.path, "a+", encoding="utf-8")  # noqa: SIM115: held until release
        except OSError as error:
            raise Problem(f"cannot write {self.path} ({error.strerror}); run as the user who made it") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.seek(0)
            other = self._file.read().strip() or "unknown process"
            self._file.close()
            self._file = None
            raise Problem(f"{self.holder} already runs in this folder ({other}); stop it first") from None
        self._file.truncate(0)
        self._file.write(f"pid {os.getpid()}\n")
        self._file.flush()

    def release(self) -> None:
        """Free the lock."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> "InstanceLock":
        self.take()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.release()
