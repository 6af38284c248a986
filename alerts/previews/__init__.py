"""Every message with invented data, for the staff site and for the test that reads them all; no database rows are needed."""

from alerts.previews.rendering import Preview, Sample, preview_of
from alerts.previews.samples import SAMPLES, sample_of

__all__ = ["SAMPLES", "Preview", "Sample", "preview_of", "sample_of"]
