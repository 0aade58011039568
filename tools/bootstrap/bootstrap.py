"""Sets up `.venv` on a machine that has python3 and nothing else: no pip, no ensurepip, no headers.

Debian splits `ensurepip` off python3, so the environment is made without pip, and a pip wheel that lies
beside this file (checked against its hash) installs uv. From then on uv installs what the lock files say.
pip's own configuration (files, variables, index, certificates) is honoured throughout: uv does not read it,
so it is handed over. Only the standard library is used here.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
PIP_WHEEL = HERE / "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"

#: pip's setting → uv's variable.
CONFIGURATION = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
    "trusted-host": "UV_INSECURE_HOST",
}


def main(wanted: list[str]) -> int:
    """Bring `.venv` to the state that the named lock files describe; return the process's exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036  it runs on whatever python3 there is
        print("Parley needs Python 3.11 or newer", file=sys.stderr)
        return 1
    locks = [ROOT / name for name in wanted]
    stamp = ENVIRONMENT / ".parley-setup"
    state = _state(locks)
    if not (stamp.exists() and stamp.read_text() == state and PYTHON.exists()):
        _make_environment()
        _install(locks)
        stamp.write_text(state)
    _compile()
    return 0


def _compile() -> None:
    """Compile our own modules where they changed: where Python may not write bytecode, each start would do so."""
    _run([str(PYTHON), "-m", "compileall", "-q", str(ROOT / "src")])


def _state(locks: list[Path]) -> str:
    """Name what the environment was made from, so that an unchanged set-up costs nothing."""
    digest = hashlib.sha256(f"{sys.version}\n{ROOT}\n".encode())
    for path in [*locks, HERE / "requirements.lock", ROOT / "pyproject.toml", Path(__file__)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _make_environment() -> None:
    if PYTHON.exists() and _runs([str(PYTHON), "-c", "import sys"]):
        return
    venv.EnvBuilder(with_pip=False, clear=True, symlinks=True).create(ENVIRONMENT)


def _runs(command: list[str]) -> bool:
    return (
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
    )


def _install(locks: list[Path]) -> None:
    if hashlib.sha256(PIP_WHEEL.read_bytes()).hexdigest() != PIP_SHA256:
        raise SystemExit(f"{PIP_WHEEL.name} is not the file that was pinned")
    pip = [str(PYTHON), str(PIP_WHEEL / "pip"), "--python", str(PYTHON)]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--root-user-action=ignore"]
    _run(
        [
            *pip,
            "install",
            *quiet,
            "--require-hashes",
            "--only-binary",
            ":all:",
            "-r",
            str(HERE / "requirements.lock"),
        ]
    )
    uv = [str(ENVIRONMENT / "bin" / "uv"), "pip"]
    environment = {**os.environ, **_pip_configuration(pip)}
    flags = ["--quiet", "--python", str(PYTHON), "--require-hashes", "--compile-bytecode"]
    _run([*uv, "install", *flags, *[part for lock in locks for part in ("-r", str(lock))]], environment)
    _run(
        [*uv, "install", "--quiet", "--python", str(PYTHON), "--no-deps", "--no-build-isolation", "-e", str(ROOT)],
        environment,
    )


def _pip_configuration(pip: list[str]) -> dict[str, str]:
    """Read pip's effective settings and name them as uv does; variables that are set already win."""
    listed = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=True).stdout
    found: dict[str, str] = {}
    for line in sorted(listed.splitlines(), key=lambda text: text.startswith(":env:")):
        key, _, value = line.partition("=")
        variable = CONFIGURATION.get(key.rsplit(".", 1)[-1])
        if variable and variable not in os.environ:
            found[variable] = value.strip("'\"").replace("\\n", " ").strip()
    if "UV_FIND_LINKS" in found:
        found["UV_FIND_LINKS"] = _reachable(found["UV_FIND_LINKS"])
    return {variable: value for variable, value in found.items() if value}


def _reachable(locations: str) -> str:
    """Leave out folders that do not exist: pip passes over them with a warning, uv would end there."""
    return " ".join(one for one in locations.split() if "://" in one or Path(one).expanduser().exists())


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    result = subprocess.run(command, env=environment, stdout=sys.stderr, check=False)
    if result.returncode:
        raise SystemExit(f"set-up failed: {Path(command[0]).name} ended with {result.returncode}")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
