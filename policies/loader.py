"""Packs from files: read, checked as a whole, and every problem told at once.

A pack is a root file and the phrase files it names. `Policy.text` is all of them as one text, each phrase
file after a line `--- # file: NAME`; so a kept text is enough to rebuild the policy, and the version covers
every phrase. `parse_pack` takes such a text; `load_pack` makes it from the files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from policies.errors import PolicyError, Problem
from policies.packcheck import check_pack, compile_wording
from policies.policy import Policy
from policies.positions import LARGEST, Placed, read
from policies.schema import Pack, PhraseFile, Strict
from policies.spelling import explain, nearest

_PACKS = Path(__file__).parent / "packs"
_PART = re.compile(r"^--- # file: ([\w./-]{1,80})\n", re.MULTILINE)
_SAFE_NAME = re.compile(r"^(?:[a-z0-9-]+/)?[a-z0-9-]+\.yaml$")


def builtin_packs() -> tuple[str, ...]:
    """The names of the packs that come with the desk, in order."""
    return tuple(sorted(path.stem for path in _PACKS.glob("*.yaml")))


def load_pack(name_or_path: str | Path) -> Policy:
    """The pack of that name that comes with the desk, or the one in that file.

    Phrase files are looked for beside the pack, then among those that come with the desk.

    Raises:
        PolicyError: there is no such pack, or something is wrong with it; all problems are listed.
    """
    path = _find(name_or_path)
    root = _text_of(path)
    parts = [root if root.endswith("\n") else root + "\n"]
    for name in _named_phrases(root, path.name):
        beside, ours = path.parent / name, _PACKS / name
        if not _SAFE_NAME.match(name) or not (beside.is_file() or ours.is_file()):
            continue  # parse_pack reports the name, with its line
        text = _text_of(beside if beside.is_file() else ours)
        parts.append(f"--- # file: {name}\n" + (text if text.endswith("\n") else text + "\n"))
    return parse_pack("".join(parts), path.name)


def parse_pack(text: str, source: str) -> Policy:
    """The policy that `text` spells out: `Policy.text` of one loaded before, or a whole pack as one text.

    Args:
        text: the root file and its phrase files, as the module's docstring says.
        source: the name by which errors call the root file.

    Raises:
        PolicyError: something is wrong; all problems are listed with file, line and column.
    """
    pieces = _PART.split(text)
    root, others = pieces[0], dict(zip(pieces[1::2], pieces[2::2], strict=True))
    problems: list[Problem] = []
    placed = read(root, source)
    pack = _validated(placed, Pack, problems)
    files: dict[str, tuple[Placed, PhraseFile]] = {}
    for name, body in others.items():
        part = read(body, name)
        phrases = _validated(part, PhraseFile, problems)
        if isinstance(phrases, PhraseFile):
            files[name] = (part, phrases)
    if not isinstance(pack, Pack):
        raise PolicyError(problems)
    problems += _missing_files(placed, pack, others)
    if problems:
        raise PolicyError(problems)
    wording, lists, wrong = compile_wording(files)
    problems += wrong + check_pack(placed, pack, lists)
    if problems:
        raise PolicyError(problems)
    return Policy(source=source, text=text, rules=pack, wording=wording, lists=lists)


def _find(name_or_path: str | Path) -> Path:
    if isinstance(name_or_path, str) and name_or_path in builtin_packs():
        return _PACKS / f"{name_or_path}.yaml"
    path = Path(name_or_path)
    if path.is_file():
        return path
    words = f"there is no such pack or file{nearest(str(name_or_path), builtin_packs())}"
    raise PolicyError([Problem(str(name_or_path), 0, 0, "", words)])


def _text_of(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read(LARGEST + 1).replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise PolicyError([Problem(path.name, 0, 0, "", "is not UTF-8 text")]) from None
    except OSError as error:
        raise PolicyError([Problem(path.name, 0, 0, "", f"cannot be read: {error.strerror}")]) from None


def _named_phrases(root: str, source: str) -> list[str]:
    data = read(root, source).data
    named = data.get("phrases") if isinstance(data, dict) else None
    return [name for name in dict.fromkeys(named) if isinstance(name, str)] if isinstance(named, list) else []


def _validated(placed: Placed, model: type[Strict], problems: list[Problem]) -> Strict | None:
    if placed.problems:
        problems += placed.problems
        return None
    try:
        # JSON mode: lists may become tuples and names become enums while numbers and words stay strict.
        return model.model_validate_json(json.dumps(placed.data))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            path, words, at_key = explain(detail, model)
            problems.append(placed.problem(path, words, at_key=at_key))
        return None


def _missing_files(placed: Placed, pack: Pack, others: Mapping[str, str]) -> list[Problem]:
    return [
        placed.problem(("phrases", i), f"there is no phrase file {name!r}{nearest(name, _shipped())}")
        for i, name in enumerate(pack.phrases)
        if name not in others
    ]


def _shipped() -> list[str]:
    return [f"phrases/{path.name}" for path in (_PACKS / "phrases").glob("*.yaml")]
