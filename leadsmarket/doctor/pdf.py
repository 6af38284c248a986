"""PDFs: WeasyPrint's libraries, and fonts for Arabic names."""

import shutil
import subprocess
from collections.abc import Iterator

from leadsmarket.doctor.examination import first_line
from leadsmarket.lib.health import Finding, State, register_check
from leadsmarket.lib.pdf import html_to_pdf

LIBRARIES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
FONTS = "fonts-dejavu-core fonts-noto-core"


@register_check("pdf", seconds=12)
def pdf(*, online: bool) -> Iterator[Finding]:
    """Whether a page can be made, and a font of this machine has Arabic letters."""
    try:
        made = html_to_pdf("<p>Reçu 1\u202f234,50\u00a0MAD وصل</p>")
    except Exception as error:
        yield Finding("PDF", State.BROKEN, first_line(error), f"Install {LIBRARIES} on the worker's machine.")
        return
    yield Finding("PDF", State.OK, f"a page of {len(made) // 1024} KiB was made")
    fonts = _arabic_fonts()
    if fonts is None:
        yield Finding(
            "Arabic fonts", State.HINT, "fc-list is not there to tell", f"Make sure that {FONTS} are installed."
        )
    elif fonts:
        yield Finding("Arabic fonts", State.OK, ", ".join(fonts[:3]))
    else:
        yield Finding("Arabic fonts", State.BROKEN, "none", f"Install {FONTS}: Arabic names are printed as boxes.")


def _arabic_fonts() -> list[str] | None:
    program = shutil.which("fc-list")
    if program is None:
        return None
    listed = subprocess.run(  # noqa: S603 - a program of the system, fixed arguments
        [program, ":lang=ar", "family"], capture_output=True, text=True, timeout=5, check=False
    )
    return sorted({line.split(",")[0].strip() for line in listed.stdout.splitlines() if line.strip()})
