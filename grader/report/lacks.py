"""What the grading machine lacks of what a class needs, in one sentence each for the instructor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ..messages import Message, say
from ..results import SubmissionResult

# How packages are called where they are downloaded, where that is not how they are imported.
DOWNLOADED_AS = {
    "sklearn": "scikit-learn", "cv2": "opencv-python", "PIL": "pillow", "skimage": "scikit-image", "yaml": "pyyaml",
    "bs4": "beautifulsoup4", "umap": "umap-learn", "pytorch_lightning": "pytorch-lightning", "dotenv": "python-dotenv",
    "Levenshtein": "levenshtein", "Crypto": "pycryptodome", "git": "gitpython", "jwt": "pyjwt", "attr": "attrs",
}  # fmt: skip


class Lacks:
    """Counts of packages that are not installed, and of versions of Python that are not here."""

    def __init__(self) -> None:
        self._packages: Counter[str] = Counter()
        self._versions: Counter[tuple[str, str]] = Counter()

    def add(self, result: SubmissionResult) -> None:
        """Count what one submission lacked."""
        self._packages.update(result.packages)
        if result.written_for:
            self._versions[result.written_for, result.python] += 1

    def sentences(self) -> tuple[Message, ...]:
        """A sentence for each package that is not installed, the most used first, and for each newer Python."""
        packages = sorted(self._packages.items(), key=lambda item: (-item[1], item[0]))
        return (
            *(_package(package, count) for package, count in packages),
            *(_version(version, own, count) for (version, own), count in sorted(self._versions.items())),
        )


def lacks(results: Iterable[SubmissionResult]) -> tuple[Message, ...]:
    """The sentences about these results."""
    counted = Lacks()
    for result in results:
        counted.add(result)
    return counted.sentences()


def _package(package: str, count: int) -> Message:
    install = DOWNLOADED_AS.get(package, package)
    if count == 1:
        return say(
            "1 student uses package {package}, which is not installed here: pip install {install}",
            package=package,
            install=install,
        )
    return say(
        "{count} students use package {package}, which is not installed here: pip install {install}",
        count=count,
        package=package,
        install=install,
    )


def _version(version: str, own: str, count: int) -> Message:
    if count == 1:
        return say("1 notebook was written for Python {version}, this grader runs {own}", version=version, own=own)
    return say(
        "{count} notebooks were written for Python {version}, this grader runs {own}",
        count=count,
        version=version,
        own=own,
    )
