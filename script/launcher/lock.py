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
        if self._file is None and not self.try_to_take():
            raise Problem(f"{self.holder} already runs in this folder ({self._other()}); stop it first")

    def try_to_take(self) -> bool:
        """Hold the lock; False when another process does."""
        self.instance.make_folder()
        try:
            file = open(self.path, "a+", encoding="utf-8")  # noqa: SIM115 - held until release
        except OSError as error:
            raise Problem(f"cannot write {self.path} ({error.strerror}); run as the user who made it") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        file.truncate(0)
        file.write(f"pid {os.getpid()}\n")
        file.flush()
        self._file = file
        return True

    def _other(self) -> str:
        return self.path.read_text(encoding="utf-8").strip() or "unknown process"

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
