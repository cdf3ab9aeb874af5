#!/usr/bin/env bash
# Runs once, as root, when Gradescope builds the container.
# Gradescope's own files lie in /autograder.
set -euo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"

find_python() {
    for name in python3.14 python3.13 python3.12 python3.11 python3; do
        if command -v "$name" > /dev/null &&
            "$name" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
            command -v "$name"
            return
        fi
    done
}

python="$(find_python)"
if [ -z "$python" ]; then
    apt-get update
    apt-get install --yes --no-install-recommends python3.11 python3.11-venv
    python="$(find_python)"
fi
if [ ! -x "$root/venv/bin/python" ]; then
    "$python" -m venv "$root/venv"
fi
pip() {
    "$root/venv/bin/python" -m pip install --no-cache-dir --disable-pip-version-check "$@"
}
pip --requirement "$root/source/requirements/grade.txt"
# An index of PyTorch's CPU wheels, where the zip was made with one.
index=()
if [ -s "$root/source/torch-index" ]; then
    index=(--index-url "$(cat "$root/source/torch-index")")
fi
pip "${index[@]}" --requirement "$root/source/requirements/torch.txt"
chmod -R o= "$root/source"

# What every run would have to find out again.
# A container that cannot do it while it is built does it then.
cd "$root/source"
XDG_CACHE_HOME="$root/cache" "$root/venv/bin/python" \
    -m autograder.integrations.gradescope.container warm || true
