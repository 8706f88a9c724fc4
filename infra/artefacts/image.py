"""The container image's Dockerfile, read: what it installs, copies and brings; and what is wrong with it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from infra.artefacts.findings import Finding
from infra.artefacts.plan import Plan

TASK_ROOT: Final = "${LAMBDA_TASK_ROOT}"
REQUIREMENTS: Final = "requirements/ml.txt"
# A shared library that wheels expect of the system → the package of Amazon Linux that has it. What the base
# image has itself (libc, libstdc++ …) is not listed.
SYSTEM_LIBRARIES: Final = {"libgomp.so.1": "libgomp"}
_LEFT_OUT: Final = "__pycache__"


@dataclass(frozen=True)
class Dockerfile:
    """The instructions of a Dockerfile, continued lines joined: (`COPY`, `a b`)."""

    name: str
    instructions: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, path: Path) -> Dockerfile:
        """Read a Dockerfile."""
        return cls.parse(path.name, path.read_text("utf-8"))

    @classmethod
    def parse(cls, name: str, text: str) -> Dockerfile:
        """Parse the text of a Dockerfile."""
        lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
        joined = re.sub(r"\\\n", " ", "\n".join(lines))
        found = (line.strip().partition(" ") for line in joined.splitlines() if line.strip())
        return cls(name, tuple((word.upper(), rest.strip()) for word, _, rest in found))

    def all(self, word: str) -> list[str]:
        """Return what follows each instruction of that name."""
        return [rest for name, rest in self.instructions if name == word]

    @property
    def copies(self) -> list[tuple[str, str]]:
        """Each COPY as source and destination."""
        pairs = []
        for rest in self.all("COPY"):
            *sources, destination = (word for word in shlex.split(rest) if not word.startswith("--"))
            pairs += [(source, destination) for source in sources]
        return pairs

    @property
    def commands(self) -> list[list[str]]:
        """The commands of every RUN, as words."""
        parts = [part for rest in self.all("RUN") for part in re.split(r"&&|;", rest)]
        return [shlex.split(part) for part in parts if part.strip()]

    @property
    def system_packages(self) -> set[str]:
        """What dnf (or microdnf) installs."""
        return {
            word
            for command in self.commands
            if command[0] in {"dnf", "microdnf", "yum"} and "install" in command
            for word in command[command.index("install") + 1 :]
            if not word.startswith("-")
        }

    @property
    def installs(self) -> list[list[str]]:
        """The commands that install Python packages."""
        return [command for command in self.commands if "pip" in command[:3] and "install" in command]

    @property
    def requirements(self) -> list[str]:
        """The lists that pip installs, as files of the repository."""
        origin = {destination: source for source, destination in self.copies}
        named = (
            following
            for command in self.installs
            for option, following in pairwise(command)
            if option in {"-r", "--requirement"}
        )
        return [origin.get(name, name) for name in named]


def check_dockerfile(repository: Path, dockerfile: Dockerfile, plan: Plan) -> list[Finding]:
    """Return what would make the image another than what was checked here, or fail to start."""
    said = (
        list(_of_base(dockerfile, plan))
        + list(_of_pip(dockerfile))
        + list(_of_copies(repository, dockerfile))
    )
    said += list(_of_handlers(repository, dockerfile, plan))
    return [Finding(dockerfile.name, each) for each in said]


def check_system_libraries(dockerfile: Dockerfile, files: Iterable[Path]) -> list[Finding]:
    """Return the libraries that compiled modules of the image ask for and the Dockerfile leaves out."""
    needed: dict[str, Path] = {}
    for path in files:
        if ".so" not in path.suffixes:
            continue
        content = path.read_bytes()
        for library in SYSTEM_LIBRARIES:
            if b"\0" + library.encode() + b"\0" in content:
                needed.setdefault(library, path)
    return [
        Finding(
            dockerfile.name,
            f"{path.name} is linked against {library}: let dnf install {SYSTEM_LIBRARIES[library]}.",
        )
        for library, path in needed.items()
        if SYSTEM_LIBRARIES[library] not in dockerfile.system_packages
    ]


def image_files(repository: Path, dockerfile: Dockerfile) -> Iterator[tuple[Path, Path]]:
    """Return what COPY puts under LAMBDA_TASK_ROOT: the file, and where it comes to lie below it."""
    for source, destination in dockerfile.copies:
        if source in dockerfile.requirements or not destination.startswith(TASK_ROOT):
            continue
        below = Path(destination.removeprefix(TASK_ROOT).lstrip("/"))
        start = repository / source
        if start.is_file():
            yield start, below / start.name if destination.endswith("/") else below
        for path in start.rglob("*"):
            if path.is_file() and _LEFT_OUT not in path.parts:
                yield path, below / path.relative_to(start)


def _of_base(dockerfile: Dockerfile, plan: Plan) -> Iterator[str]:
    bases = dockerfile.all("FROM")
    wanted = f"public.ecr.aws/lambda/python:{plan.python}"
    if [base.partition("@")[0] for base in bases] != [wanted]:
        yield f"it is built from {', '.join(bases) or 'nothing'}, not from {wanted}."


def _of_pip(dockerfile: Dockerfile) -> Iterator[str]:
    if dockerfile.requirements != [REQUIREMENTS]:
        yield f"pip installs {', '.join(dockerfile.requirements) or 'nothing'}, not {REQUIREMENTS}."
    for command in dockerfile.installs:
        if "--no-deps" not in command:
            yield "pip would add releases that no list pins: give it --no-deps."
        words = command[command.index("install") + 1 :]
        named = [
            word
            for before, word in zip(["", *words], words, strict=False)
            if not word.startswith("-") and before not in {"-r", "--requirement", "--target", "-t"}
        ]
        if named:
            yield f"pip installs {', '.join(named)}, which {REQUIREMENTS} does not pin."


def _of_copies(repository: Path, dockerfile: Dockerfile) -> Iterator[str]:
    allowed = _sent_to_docker(repository)
    for source, _ in dockerfile.copies:
        path = source.rstrip("/")
        if not (repository / path).exists():
            yield f"it copies {source}, which is not in the repository."
        elif not any(path == each or path.startswith(f"{each}/") for each in allowed):
            yield f"it copies {source}, which .dockerignore keeps from Docker."


def _sent_to_docker(repository: Path) -> list[str]:
    """Return what .dockerignore lets through; ours leaves out everything but what it names."""
    lines = (repository / ".dockerignore").read_text("utf-8").split()
    return [line.removeprefix("!").rstrip("/") for line in lines if line.startswith("!")]


def _of_handlers(repository: Path, dockerfile: Dockerfile, plan: Plan) -> Iterator[str]:
    there = {path.as_posix() for _, path in image_files(repository, dockerfile)}
    for function in plan.images:
        if f"{function.handler.replace('.', '/')}.py" not in there:
            yield f"{function.name} runs {function.handler}, which it does not copy."
