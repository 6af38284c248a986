# Sourced by the scripts: finds a Python of 3.11 or later and hands over to launch.py with it.

run_with_python() {
    local command="$1" here candidate
    shift
    here="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)"
    for candidate in ${LEADSMARKET_PYTHON:+"$LEADSMARKET_PYTHON"} python3.11 python3.12 python3.13 python3.14 python3; do
        if "$candidate" -E -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            export LEADSMARKET_SCRIPT="script/$command"
            exec "$candidate" -E -u "$here/launch.py" "$command" "$@"
        fi
    done
    echo "script/$command: Python 3.11 or later is needed, and none was found (python3 is $(python3 --version 2>&1 | head -n 1)); install it and start again" >&2
    exit 1
}
