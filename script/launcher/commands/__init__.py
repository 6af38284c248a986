"""One module per script: what it does from the command line to the exit code."""
