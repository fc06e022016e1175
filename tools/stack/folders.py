"""Folders the servers can use: owned by the right user, reachable by it, short enough."""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools.stack.problems import StackError

# sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero included.
_LONGEST_SOCKET = 103


@dataclass(frozen=True)
class Owner:
    """The system user a server runs as when we are root."""

    user: int
    group: int


def server_user() -> Owner | None:
    """Return the user PostgreSQL runs as: ourselves (None), or `postgres` when we are root."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        raise StackError(
            "PostgreSQL never runs as root and there is no user `postgres`; "
            "please make one (`useradd --system postgres`) or run this as another user."
        ) from None
    return Owner(entry.pw_uid, entry.pw_gid)


def place(folder: Path, *, owner: Owner | None) -> Path:
    """Return the real folder to use for `folder`, made and reachable by `owner`.

    A checkout under a closed home folder (/root) cannot be entered by the user `postgres`. Then the
    data lies in /var/tmp and `folder` becomes a link to it.
    """
    folder = folder.absolute()
    if not folder.is_symlink():
        folder.mkdir(parents=True, exist_ok=True)
    folder.resolve().mkdir(exist_ok=True)
    if owner is None or _can_enter(folder.resolve(), owner=owner):
        return folder.resolve()
    elsewhere = Path("/var/tmp") / f"wasl-{_short_hash(folder)}"
    elsewhere.mkdir(mode=0o755, exist_ok=True)
    if elsewhere.is_symlink() or elsewhere.stat().st_uid != os.geteuid():
        raise StackError(f"{elsewhere} belongs to somebody else; please remove it.")
    if folder.is_symlink():
        folder.unlink()
    elif any(folder.iterdir()):
        raise StackError(
            f"The user `postgres` cannot enter {folder}; please make its parent folders enterable "
            "(`chmod o+x`) or move the checkout."
        )
    else:
        folder.rmdir()
    folder.symlink_to(elsewhere, target_is_directory=True)
    return elsewhere


def remove(folder: Path) -> None:
    """Delete a folder made by `place`, wherever it really lies."""
    shutil.rmtree(folder.resolve(), ignore_errors=True)
    if folder.is_symlink():
        folder.unlink()


def socket_folder(folder: Path, *, name: str, owner: Owner | None) -> Path:
    """Return a private folder for the socket `name`, in a short place when `folder` is too deep."""
    chosen = folder / "socket"
    if len(os.fsencode(chosen / name)) > _LONGEST_SOCKET:
        chosen = Path(tempfile.gettempdir()) / f"wasl-{_short_hash(folder)}"
    make(chosen, owner=owner)
    return chosen


def make(folder: Path, *, owner: Owner | None) -> None:
    """Make a folder that only its owner (and root) can enter."""
    folder.mkdir(mode=0o700, exist_ok=True)
    wanted = os.geteuid() if owner is None else owner.user
    found = folder.lstat()
    if found.st_uid not in {wanted, os.geteuid()} or folder.is_symlink():
        raise StackError(f"{folder} belongs to somebody else; please remove it.")
    if owner is not None:
        os.chown(folder, owner.user, owner.group)
    folder.chmod(0o700)


def write(path: Path, text: str, *, owner: Owner | None = None) -> None:
    """Replace a file as a whole; only its owner (and root) can read it."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        if owner is not None:
            os.fchown(file.fileno(), owner.user, owner.group)
        file.write(text)
    fresh.replace(path)


def _can_enter(folder: Path, *, owner: Owner) -> bool:
    tried = subprocess.run(
        ["/bin/sh", "-c", 'test -x "$1"', "sh", str(folder)],
        cwd="/", user=owner.user, group=owner.group, extra_groups=[], check=False,
    )  # fmt: skip
    return tried.returncode == 0


def _short_hash(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
