"""What an image is made of, as CycloneDX 1.6 JSON, read out of the image itself.

Debian's packages come from dpkg's status, Python's from their metadata, jars from the Maven
coordinates that they carry (else from their names), Go's modules from what `go version -m` reads
in a program, Java from its release file. An image is read as an archive, so any engine will do.
Same image, same bytes: there is no instant and no random number in it.
"""

from __future__ import annotations

import email
import hashlib
import io
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from local.downloads import PINS

Component = dict[str, Any]
JAR = re.compile(r"(?P<name>.+?)-(?P<version>\d[\w.+-]*)\.jar$")
GO_PROGRAMS = ("usr/local/bin/versitygw", "usr/local/bin/minio")
BYTES = "casparian:bytes"
PINNED = {
    digest: coordinates.split(":")
    for pin in PINS.values()
    for coordinates, digest in pin.get("jars", {}).items()
}


def write(archive: Path, target: Path, name: str, tag: str, image: str) -> int:
    """Write the list of an image in an archive; returns the bytes of its layers."""
    with tarfile.open(archive) as tar:
        layers = _manifest(tar)["Layers"]
        found: dict[str, list[Component]] = {}
        for layer in layers:
            _read(tar, layer, found)
        size = sum(tar.getmember(layer).size for layer in layers)
    components = {each["bom-ref"]: each for part in found.values() for each in part}
    listed = document(name, tag, image, size, [components[ref] for ref in sorted(components)])
    target.write_text(json.dumps(listed, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return size


def names(archive: Path) -> list[str]:
    """By which names an archive's image is known."""
    with tarfile.open(archive) as tar:
        return list(_manifest(tar)["RepoTags"] or [])


def size_of(path: Path, tag: str) -> int:
    """Bytes of the image that a list describes; 0 where it is none of that tag."""
    try:
        about = json.loads(path.read_text(encoding="utf-8"))["metadata"]["component"]
    except (OSError, ValueError, KeyError):
        return 0
    if about["version"] != tag:
        return 0
    return next(int(each["value"]) for each in about["properties"] if each["name"] == BYTES)


def document(
    name: str, tag: str, image: str, size: int, components: list[Component]
) -> dict[str, Any]:
    """The whole list."""
    where = quote(image.rpartition(":")[0], safe="")
    about = {
        "type": "container", "bom-ref": image, "name": name, "version": tag,
        "purl": f"pkg:oci/{name}?tag={tag}&repository_url={where}",
        "properties": [{"name": BYTES, "value": str(size)}],
    }  # fmt: skip
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, image)}",
        "version": 1,
        "metadata": {"component": about},
        "components": components,
    }


def _manifest(tar: tarfile.TarFile) -> dict[str, Any]:
    member = tar.extractfile("manifest.json")
    assert member is not None
    return dict(json.load(member)[0])


def _read(tar: tarfile.TarFile, layer: str, found: dict[str, list[Component]]) -> None:
    """Adds what a layer holds; what it takes away of those below goes, too."""
    inner = tar.extractfile(layer)
    with tarfile.open(fileobj=inner, mode="r|*") as files:
        for member in files:
            path = PurePosixPath(member.name)
            if path.name.startswith(".wh."):
                gone = str(path.with_name(path.name.removeprefix(".wh.")))
                for known in [
                    each for each in found if each == gone or each.startswith(f"{gone}/")
                ]:
                    del found[known]
            elif member.isfile() and (reader := _reader(path)):
                content = files.extractfile(member)
                assert content is not None
                found[str(path)] = list(reader(path, content.read()))


def _reader(path: PurePosixPath) -> Any:
    if str(path) == "var/lib/dpkg/status":
        return _debian
    if path.name == "METADATA" and path.parent.suffix == ".dist-info":
        return _python
    if path.suffix == ".jar" and path.parts[0] == "opt" and path.parts[1] != "java":
        return _jar  # others are parts of a package of Debian's, or of Java itself
    if str(path) in GO_PROGRAMS:
        return _go
    if str(path) == "opt/java/release":
        return _java
    return None


def component(name: str, version: str, purl: str, **more: Any) -> Component:
    """One part."""
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
            **more}  # fmt: skip


def _debian(path: PurePosixPath, content: bytes) -> Iterator[Component]:
    for text in content.decode().split("\n\n"):
        said = email.message_from_string(text)
        if said["Package"] and said["Status"] == "install ok installed":
            name, version, chip = said["Package"], said["Version"], said["Architecture"]
            purl = f"pkg:deb/debian/{name}@{quote(version)}?arch={chip}&distro=bookworm"
            yield component(name, version, purl)


def _python(path: PurePosixPath, content: bytes) -> Iterator[Component]:
    said = email.message_from_bytes(content)
    name = re.sub(r"[-_.]+", "-", str(said["Name"])).lower()
    licence = said["License-Expression"]
    more: Component = {"licenses": [{"expression": str(licence)}]} if licence else {}
    yield component(name, said["Version"], f"pkg:pypi/{name}@{said['Version']}", **more)


def _jar(path: PurePosixPath, content: bytes) -> Iterator[Component]:
    """By its pin, or by the coordinates inside if its name says the same; else by its name alone,
    which may have the group before it (Trino's: ``com.example_name-1.0.jar``)."""
    digest = hashlib.sha256(content).hexdigest()
    group, name, version = PINNED.get(digest) or _coordinates(content)
    if not group or not name or not path.stem.startswith((name, f"{group}_{name}")):
        by_name = JAR.fullmatch(path.name)
        stem, version = (by_name["name"], by_name["version"]) if by_name else (path.stem, "0")
        group, name = _apart(stem)
    where = f"pkg:maven/{group}/" if group else "pkg:generic/"
    purl = f"{where}{quote(name)}@{quote(version or '0')}?type=jar"
    more: Component = {"group": group} if group else {}
    yield component(
        name, version or "0", purl if group else f"{purl}&checksum=sha256:{digest}",
        hashes=[{"alg": "SHA-256", "content": digest}], **more,
    )  # fmt: skip


def _apart(stem: str) -> tuple[str | None, str]:
    group, _, name = stem.partition("_")
    is_group = name and "." in group and ".." not in group and not name[0].isdigit()
    return (group, name) if is_group else (None, stem)


def _coordinates(content: bytes) -> tuple[str | None, str | None, str | None]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            poms = [each for each in file.namelist() if each.endswith("/pom.properties")]
            if len(poms) != 1:
                return None, None, None
            lines = file.read(poms[0]).decode("utf-8", "replace").splitlines()
    except zipfile.BadZipFile:
        return None, None, None
    said = dict(line.split("=", 1) for line in lines if "=" in line)
    known = [
        (said.get(word) or "").strip() or None for word in ("groupId", "artifactId", "version")
    ]
    return known[0], known[1], known[2]


def _go(path: PurePosixPath, content: bytes) -> Iterator[Component]:
    go = shutil.which("go")
    if go is None:  # it was built elsewhere: the program alone is known
        digest = hashlib.sha256(content).hexdigest()
        yield component(path.name, "0", f"pkg:generic/{path.name}?checksum=sha256:{digest}")
        return
    with tempfile.NamedTemporaryFile(suffix=path.name) as file:
        file.write(content)
        file.flush()
        said = subprocess.run(
            [go, "version", "-m", file.name], capture_output=True, text=True, check=True
        ).stdout
    for line in said.splitlines():
        words = line.split("\t")
        if len(words) > 3 and words[1] in ("mod", "dep"):
            yield component(words[2], words[3], f"pkg:golang/{words[2]}@{quote(words[3])}")


def _java(path: PurePosixPath, content: bytes) -> Iterator[Component]:
    said = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', content.decode(), re.MULTILINE))
    version = said.get("JAVA_RUNTIME_VERSION") or said.get("JAVA_VERSION", "0")
    purl = f"pkg:generic/java@{quote(version)}"
    yield component("java", version, purl, publisher=said.get("IMPLEMENTOR", "unknown"))
