"""Install what a make target needs, once: uv, the pinned environments, Java, Spark's jars.

    python3 tools/install.py core java jars airflow [library]

Needs nothing but Python 3.11 or newer. Every step leaves a stamp made of its pins, so that a
second run finds it done within a fraction of a second. With `OFFLINE=1` nothing is fetched: what
is missing is named in one sentence. Package indexes are pip's own (pip.conf, PIP_INDEX_URL): uv
gets the same.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import java

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
LOCAL = ROOT / ".local"
PINS = ROOT / "requirements"
BIN = "Scripts" if os.name == "nt" else "bin"
JAVA_HOME = LOCAL / "java_home"


def main(steps: list[str]) -> None:
    unknown = [step for step in steps if step not in STEPS]
    if not steps or unknown:
        sys.exit(f"usage: install.py {' '.join(STEPS)}: name at least one of these.")
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts this may have an older one
        sys.exit(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}.")
    for step in steps:
        STEPS[step]()


def core() -> None:
    """The library, Spark, dbt and the tools that check them; Casparian itself is linked in."""
    pins = _digest(PINS / "core.txt", ROOT / "pyproject.toml", salt=str(ROOT))
    _step("core", pins, "Python packages", _install_core)


def library() -> None:
    """What `pip install casparian` brings, no more: the laptop engine as a laptop has it."""
    pins = _digest(PINS / "library.txt", ROOT / "pyproject.toml", salt=str(ROOT))
    _step("library", pins, "the library's own packages", lambda: _sync("library"))


def airflow() -> None:
    """The scheduler, alone in its environment, and an empty database for it."""
    pins = _digest(PINS / "airflow.txt", salt=str(ROOT))
    _step("airflow", pins, "Airflow", _install_airflow)


def java_home() -> None:
    """A Java that runs Spark; its place is kept in .local/java_home for make."""
    kept = Path(JAVA_HOME.read_text(encoding="utf-8")) if JAVA_HOME.exists() else None
    wanted = os.environ.get("JAVA_HOME")
    if kept and (kept / "bin").is_dir() and (not wanted or Path(wanted) == kept):
        return
    home = java.find()
    if home is None and not _offline():
        print("• no Java 17 or 21 here: installing one …", flush=True)
        home = java.find() if java.install() else None
    if home is None:
        sys.exit(java.SENTENCE)
    LOCAL.mkdir(exist_ok=True)
    JAVA_HOME.write_text(str(home), encoding="utf-8")


def jars() -> None:
    """The jars by which Spark reads and writes Delta."""
    cache = os.environ.get("CASPARIAN_CACHE") or str(Path.home() / ".cache" / "casparian")
    if not (Path(cache) / "jars").is_dir():
        _stamp("jars").unlink(missing_ok=True)
    pins = _digest(PINS / "jars.sha256", salt=cache)
    _step("jars", pins, "Delta's jars for Spark", _install_jars)


STEPS: dict[str, Callable[[], None]] = {
    "core": core,
    "library": library,
    "airflow": airflow,
    "java": java_home,
    "jars": jars,
}


def _install_core() -> None:
    _sync("core")
    linked = ["pip", "install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    uv([*linked, "--python", str(_python("core"))])


def _install_airflow() -> None:
    _sync("airflow")
    shutil.rmtree(LOCAL / "airflow", ignore_errors=True)
    _run([str(_python("airflow")), str(ROOT / "tools" / "run_dags.py"), "--prepare"])


def _install_jars() -> None:
    environment = dict(os.environ)
    if JAVA_HOME.exists():
        environment["JAVA_HOME"] = JAVA_HOME.read_text(encoding="utf-8")
    _run([str(_python("core")), "-m", "spark_jobs.jars"], environment)


def _sync(name: str) -> None:
    """Make .venv/<name> hold exactly what requirements/<name>.txt pins, by hash."""
    if not _python(name).exists():
        uv(["venv", "--quiet", "--clear", "--python", sys.executable, str(VENV / name)])
    pins = str(PINS / f"{name}.txt")
    uv(["pip", "sync", "--require-hashes", "--python", str(_python(name)), pins])


def uv(arguments: list[str]) -> None:
    """Run the pinned uv, with the package indexes that pip knows."""
    program = VENV / "uv" / BIN / ("uv.exe" if os.name == "nt" else "uv")
    pins = _digest(PINS / "uv.txt", salt=sys.version)
    _step("uv", pins, "uv", _install_uv)
    _run([str(program), *arguments], {**os.environ, **_index_settings()})


def _install_uv() -> None:
    home = VENV / "uv"
    shutil.rmtree(home, ignore_errors=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(home)], check=False, capture_output=True
    )
    if made.returncode and not _venv_from_debian(home):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(
            f"This Python cannot make environments: install python{version}-venv"
            " (Debian and Ubuntu) or another Python, then run make again."
        )
    pip = [str(_python("uv")), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "--require-hashes", "--only-binary=:all:", "-r", str(PINS / "uv.txt")])


def _venv_from_debian(home: Path) -> bool:
    """Debian keeps venv in a package of its own; root may add it."""
    if not (shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0):
        return False
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    print(f"• this Python cannot make environments: installing python{version}-venv …", flush=True)
    if not java.apt(f"python{version}-venv"):
        return False
    return not subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(home)], check=False
    ).returncode


def _index_settings() -> dict[str, str]:
    """What pip was told about indexes and certificates, in uv's words."""
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "cert": "SSL_CERT_FILE",
    }
    found = {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    for name, value in _pip_settings().items():
        if name in names and names[name] not in os.environ:
            found[names[name]] = value
    return found


def _pip_settings() -> dict[str, str]:
    listed = subprocess.run(
        [str(_python("uv")), "-m", "pip", "config", "list"],
        check=False,
        capture_output=True,
        text=True,
    )
    settings = {}
    for line in listed.stdout.splitlines():
        key, _, value = line.partition("=")
        settings[key.rpartition(".")[2]] = value.strip("'\"").replace("\\n", " ").strip()
    return settings


def _python(name: str) -> Path:
    return VENV / name / BIN / ("python.exe" if os.name == "nt" else "python")


def _step(name: str, pins: str, what: str, install: Callable[[], None]) -> None:
    """Run `install` unless its stamp says that these very pins are installed."""
    stamp = _stamp(name)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == pins:
        return
    if _offline():
        sys.exit(
            f"{what}: not installed yet, and OFFLINE=1 forbids fetching it."
            " Run `make install` once with a network."
        )
    print(f"• installing {what} …", flush=True)
    started = time.monotonic()
    install()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(pins, encoding="utf-8")
    print(f"  {what}: {time.monotonic() - started:.0f} s", flush=True)


def _stamp(name: str) -> Path:
    """Beside what it speaks of, so that both go together."""
    return LOCAL / "jars.installed" if name == "jars" else VENV / name / ".installed"


def _digest(*files: Path, salt: str = "") -> str:
    digest = hashlib.sha256(salt.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _offline() -> bool:
    return os.environ.get("OFFLINE", "") not in ("", "0")


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run quietly; when it fails show what it said and end."""
    done = subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        print(done.stdout[-4000:], file=sys.stderr)
        sys.exit(f"Installing failed in: {' '.join(command[:4])} … (see above).")


if __name__ == "__main__":
    main(sys.argv[1:])
