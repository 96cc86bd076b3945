"""Fails where a package that Renkei is shipped with has a licence that its users could trip over.

Reads the packages of requirements.lock as installed, build tools included. Allowed: permissive
licences, and weak copyleft (LGPL, MPL) for libraries used unchanged. A licence it doesn't know is
refused: add it here after reading it.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = Path(__file__).resolve().parents[2] / "requirements.lock"

# SPDX names, and the words of older classifiers; one a line.
ALLOWED = set(
    """\
0BSD
Apache-2.0
Apache Software License
BSD License
BSD-2-Clause
BSD-3-Clause
GNU Lesser General Public License v2 or later (LGPLv2+)
ISC
ISC License (ISCL)
MIT
MIT License
MIT-0
MPL-2.0
Mozilla Public License 2.0 (MPL 2.0)
PSF-2.0
Python Software Foundation License
Unlicense
""".splitlines()
)


def locked(lock: Path) -> list[Requirement]:
    """The requirements of the lock that hold on this machine."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    wanted = [
        Requirement(line.removesuffix("\\").strip())
        for line in lines
        if re.match(r"[A-Za-z0-9]", line)
    ]
    return [one for one in wanted if one.marker is None or one.marker.evaluate()]


def licences(package: Distribution) -> list[str]:
    """What the package says of its licence: as SPDX, else by classifier, else in its words."""
    metadata = package.metadata
    if "License-Expression" in metadata:
        expression = metadata["License-Expression"]
        return [part for part in re.split(r"\s+(?:AND|OR|WITH)\s+|[()]", expression) if part]
    classifiers = [
        line.rsplit(" :: ", 1)[1]
        for line in metadata.get_all("Classifier") or []
        if line.startswith("License :: ") and not line.endswith("OSI Approved")
    ]
    return classifiers or [
        metadata["License"].splitlines()[0] if "License" in metadata else "none given"
    ]


def main() -> int:
    """Print what is refused; 0 where nothing is."""
    refused = []
    requirements = locked(LOCK)
    for requirement in requirements:
        name = canonicalize_name(requirement.name)
        try:
            found = licences(distribution(name))
        except PackageNotFoundError:
            refused.append(f"{name}: not installed, so its licence can't be read")
            continue
        refused += [f"{name}: {licence}" for licence in found if licence not in ALLOWED]
    print("\n".join(refused) or f"licences of {len(requirements)} packages are fine")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
