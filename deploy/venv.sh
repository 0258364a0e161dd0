#!/bin/sh
# venv.sh PYTHON FOLDER REQUIREMENTS: a virtual environment with exactly what REQUIREMENTS pins.
set -eu
python=$1 folder=$2 requirements=$3
if [ ! -x "$folder/bin/pip" ]; then
    echo "setting up $folder ..."
    "$python" -m venv "$folder" >/dev/null 2>&1 || {
        # Debian keeps venv apart from Python
        [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || {
            echo "$python has no venv: install it (on Debian: apt-get install python3-venv)" >&2
            exit 1
        }
        apt-get update -qq && apt-get install -qqy --no-install-recommends python3-venv >/dev/null
        "$python" -m venv --clear "$folder"
    }
fi
echo "installing $requirements ..."
"$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$requirements"
case $requirements in
    *-dev.txt) touch "$folder/dev.ok" ;;
    *) touch "$folder/run.ok" ;;
esac
