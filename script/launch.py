"""Entry of the Python part of the scripts: `launch.py COMMAND [arguments]`, called by the shell scripts beside it."""

import sys

from launcher.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
