"""Makes `.venv` and installs requirements/dev.txt into it, each file checked by its hash.

Run by the system's own Python, before anything is installed: only the standard library, and nothing
newer than Python 3.6 above the version check. Where packages come from is the machine's business:
the settings of pip and uv are used as they are found, and none is written here.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

if sys.version_info < (3, 11):  # noqa: UP036 - the very thing we find out here
    found = ".".join(map(str, sys.version_info[:2]))
    sys.exit(f"Wasl needs Python 3.11 or newer, but python3 is {found}.")

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin/python"
REQUIREMENTS = ROOT / "requirements/dev.txt"
STAMP = VENV / "installed"
# pip's settings and the variables by which uv knows them.
SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}


def main() -> int:
    """Bring .venv up to date; return 0, or 1 after one sentence that says what to do."""
    try:
        return ensure()
    except subprocess.CalledProcessError as failed:
        sys.stderr.write(
            f"The libraries could not be installed (`{failed.cmd[0]}` ended with "
            f"{failed.returncode}); please check the network and the settings of pip.\n"
        )
        return 1


def ensure() -> int:
    """Make the environment unless its stamp shows that it is the wanted one."""
    text = REQUIREMENTS.read_text(encoding="utf-8")
    wanted = hashlib.sha256(text.encode()).hexdigest() + sys.version.split()[0]
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text() == wanted:
        return 0
    if not works():
        make_environment()
    install(text)
    STAMP.write_text(wanted)
    return 0


def works() -> bool:
    """Tell whether .venv has a Python of our version, with pip."""
    if not PYTHON.exists():
        return False
    code = "import pip, sys; print(*sys.version_info[:2])"
    asked = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=False)
    return asked.stdout.split() == [str(part) for part in sys.version_info[:2]]


def make_environment() -> None:
    """Make .venv; Debian keeps a part of Python's venv in a package of its own."""
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        install_debian_venv()
    shutil.rmtree(VENV, ignore_errors=True)
    print("Making .venv", flush=True)
    run([sys.executable, "-m", "venv", str(VENV)])


def install_debian_venv() -> None:
    """Install python3-venv, as root or with sudo; leave with one sentence when that fails."""
    package = f"python3.{sys.version_info[1]}-venv"
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qy"]
    if shutil.which("apt-get") and (not sudo or shutil.which("sudo")):
        print(f"Installing {package}", flush=True)
        subprocess.run([*apt, "update"], stdout=subprocess.DEVNULL, check=False)
        command = [*apt, "install", "--no-install-recommends", package]
        if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0:
            return
    sys.exit(f"This Python cannot make virtual environments; please install {package} as root.")


def install(text: str) -> None:
    """Install exactly what requirements/dev.txt lists: with uv, or with pip where uv fails."""
    print("Installing the libraries", flush=True)
    uv = VENV / "bin/uv"
    with tempfile.TemporaryDirectory() as folder:
        only_uv = Path(folder) / "uv.txt"
        only_uv.write_text(block(text, "uv"))
        pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        run([*pip, "--require-hashes", "--no-deps", "-r", str(only_uv)])
    sync: list[str] = [
        str(uv),
        "pip",
        "sync",
        "--quiet",
        "--require-hashes",
        # Compiled once and now: where Python may not write, every start would compile it all again.
        "--compile-bytecode",
        "--python",
        str(PYTHON),
    ]
    environment = {**uv_settings(), **os.environ}
    if subprocess.run([*sync, str(REQUIREMENTS)], check=False, env=environment).returncode:
        run([*pip, "--require-hashes", "-r", str(REQUIREMENTS)])


def block(text: str, name: str) -> str:
    """Return the lines of one package, its hashes included, from a compiled requirements file."""
    found = re.search(rf"^{re.escape(name)}==.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    if found is None:
        sys.exit(f"{REQUIREMENTS.name} does not list {name}; please run `make requirements`.")
    return found[0]


def uv_settings() -> dict[str, str]:
    """Return pip's settings (files and PIP_* variables) as uv's variables."""
    command = [str(PYTHON), "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    pairs = re.findall(r"^[^=\s]+\.([a-z-]+)='(.*)'$", listed, re.MULTILINE)
    return {SETTINGS[key]: value for key, value in pairs if key in SETTINGS}


def run(command: list[str]) -> None:
    """Run a program; CalledProcessError when it fails."""
    subprocess.run(command, check=True)


if __name__ == "__main__":
    sys.exit(main())
