"""Log lines for people and machines."""

import logging
import time


class UtcFormatter(logging.Formatter):
    """Write times in UTC with a Z: the C library's zone data, which local time would use, can be an hour wrong."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"
