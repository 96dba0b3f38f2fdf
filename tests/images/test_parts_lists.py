"""The list of what is in an image, made from a small archive like those of the engines."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy import sbom

DPKG = b"""\
Package: tini
Status: install ok installed
Architecture: amd64
Version: 0.19.0-1+b3

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1
"""
TRINO = "opt/trino/lib/com.example.group_some-name-1.2.jar"


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def jar(coordinates: str | None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("a.class", coordinates or "")
        if coordinates:
            words = zip(("groupId", "artifactId", "version"), coordinates.split(":"), strict=True)
            text = "#made\n" + "\n".join(f"{name}={value}" for name, value in words)
            file.writestr("META-INF/maven/pom.properties", text)
    return out.getvalue()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    below = packed({
        "var/lib/dpkg/status": DPKG,
        "opt/venv/site-packages/old-1.0.dist-info/METADATA": b"Name: old\nVersion: 1.0\n",
        "opt/venv/site-packages/My_Thing-2.0.dist-info/METADATA":
            b"Name: My_Thing\nVersion: 2.0\nLicense-Expression: MIT\n\nText: of no matter\n",
    })  # fmt: skip
    above = packed(
        {
            "opt/venv/site-packages/.wh.old-1.0.dist-info": b"",
            "opt/spark/jars/named-3.1.jar": jar("org.example:named:3.1"),
            "opt/spark/jars/shaded-1.0.jar": jar("org.example:another:9"),
            "opt/spark/jars/own.jar": jar(None),
            "usr/share/java/of-debian-1.jar": jar(None),
            TRINO: jar(None),
            "opt/java/release": b'JAVA_VERSION="25.0.3"\nIMPLEMENTOR="Somebody"\n',
        }
    )
    manifest = [{"Config": "c.json", "RepoTags": ["r/x:0123"], "Layers": ["a.tar", "b.tar"]}]
    path = tmp_path / "image.tar"
    path.write_bytes(packed({
        "a.tar": below, "b.tar": above, "c.json": b"{}",
        "manifest.json": json.dumps(manifest).encode(),
    }))  # fmt: skip
    return path


def written(archive: Path) -> dict[str, Any]:
    target = archive.with_suffix(".cdx.json")
    sbom.write(archive, target, "x", "0123", "r/x:0123")
    said = target.read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(said) is None
    return dict(json.loads(said))


def test_it_holds_what_the_layers_hold_and_no_more(archive: Path) -> None:
    found = {each["purl"].partition("&checksum")[0] for each in written(archive)["components"]}
    assert found == {
        "pkg:deb/debian/tini@0.19.0-1%2Bb3?arch=amd64&distro=bookworm",
        "pkg:pypi/my-thing@2.0",
        "pkg:maven/org.example/named@3.1?type=jar",
        "pkg:maven/com.example.group/some-name@1.2?type=jar",
        "pkg:generic/shaded@1.0?type=jar",
        "pkg:generic/own@0?type=jar",
        "pkg:generic/java@25.0.3",
    }


def test_a_licence_and_a_jars_digest_are_told(archive: Path) -> None:
    by_name = {each["name"]: each for each in written(archive)["components"]}
    assert by_name["my-thing"]["licenses"] == [{"expression": "MIT"}]
    assert len(by_name["named"]["hashes"][0]["content"]) == 64


def test_the_same_image_has_the_same_list(archive: Path) -> None:
    assert written(archive) == written(archive)


def test_its_size_is_known_by_its_tag(archive: Path) -> None:
    target = archive.with_suffix(".cdx.json")
    size = sbom.write(archive, target, "x", "0123", "r/x:0123")
    assert sbom.size_of(target, "0123") == size > 0
    assert sbom.size_of(target, "4567") == 0
    assert sbom.size_of(archive.with_name("nothing.json"), "0123") == 0
    assert sbom.names(archive) == ["r/x:0123"]
