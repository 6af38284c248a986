"""Where files are kept: written, read and deleted once; and the space that is left on this machine."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from leadsmarket.doctor.examination import first_line
from leadsmarket.lib.health import Finding, State, register_check

PROBE = b"written by manage.py doctor"
FULL, NEARLY_FULL = 0.05, 0.10
GIBIBYTE = 1024**3


@register_check("files", seconds=10)
def files(*, online: bool) -> Iterator[Finding]:
    """Whether receipts and proofs can be stored."""
    kind = settings.STORAGES["default"]["BACKEND"].rpartition(".")[2]
    try:
        name = default_storage.save(f"doctor/{uuid4()}.txt", ContentFile(PROBE))
        try:
            with default_storage.open(name) as file:
                same = file.read() == PROBE
        finally:
            default_storage.delete(name)
    except Exception as error:
        advice = "Look at MEDIA_ROOT or the S3_… variables: folder, rights, keys."
        yield Finding("file storage", State.BROKEN, first_line(error), advice)
        return
    if same:
        yield Finding("file storage", State.OK, f"written, read and deleted ({kind})")
    else:
        yield Finding("file storage", State.BROKEN, "another content came back", "Look at the storage itself.")


@register_check("disk")
def disk(*, online: bool) -> Iterator[Finding]:
    """The space left where files are kept, else where the code is."""
    folder = Path(settings.MEDIA_ROOT)
    usage = shutil.disk_usage(folder if folder.exists() else settings.BASE_DIR)
    part = usage.free / usage.total
    detail = f"{usage.free / GIBIBYTE:.1f} GiB free ({part:.0%})"
    state = State.BROKEN if part < FULL else State.HINT if part < NEARLY_FULL else State.OK
    yield Finding("disk", state, detail, "" if state == State.OK else "Make room: old logs, backups, unused files.")
