#!/usr/bin/env bash
# Resolves the dependencies anew and writes the lock files: hashes, no index address.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
compile() { "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate "$@"; }
compile pyproject.toml -o requirements.lock
compile --group dev -c requirements.lock -o requirements-dev.lock
compile tools/custodian_tool/requirements.in -c requirements.lock -o tools/custodian_tool/requirements.lock
compile tools/bootstrap/requirements.in -o tools/bootstrap/requirements.lock
