"""Loading the practice posts, and refusing a file with a mistake in it.

Posts are written by people, so they live in YAML, which can be read and reviewed; the C loader is used
where PyYAML has it (some ten times faster). YAML, and its C loader above all, will not carry lone
surrogates, so hostile posts lie in JSON lines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

import yaml

from monitor.practice.errors import ScriptError
from monitor.practice.script import Answer, Author, Expected, Script, ScriptedPost, check_order, script_of
from policies.vocabulary import SEVERITY_FLOORS, Intent, Risk
from redaction.text import ENTITIES

RISKS: tuple[str, ...] = tuple(risk.value for risk in Risk)
INTENTS: tuple[str, ...] = tuple(intent.value for intent in Intent)
NEEDS_REPLY: tuple[str, ...] = ("yes", "no", "never")
"""Whether a post wants an answer. Source: the labelling guide, needs a reply."""
_FLOORS: Mapping[str, int] = {risk.value: floor for risk, floor in SEVERITY_FLOORS.items()}


def load() -> Script:
    """The posts that come with the product.

    Raises:
        ScriptError: a file is wrong.
    """
    posts: list[ScriptedPost] = []
    for entry in sorted(resources.files("monitor.practice").iterdir(), key=lambda file: file.name):
        if entry.name.endswith((".yaml", ".jsonl")):
            posts += read_posts(entry.name, entry.read_text(encoding="utf-8"))
    return script_of(posts)


def read_posts(name: str, content: str) -> list[ScriptedPost]:
    """The posts of one file, YAML or JSON lines by its `name`, in order of arrival.

    Raises:
        ScriptError: naming the file and the post.
    """
    try:
        records = _json_lines(content) if name.endswith(".jsonl") else _yaml(content)
        posts = [_post(record) for record in records]
        check_order(posts)
    except ScriptError as wrong:
        raise ScriptError(f"{name}: {wrong}") from None
    return posts


def _yaml(content: str) -> list[Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        records = yaml.load(content, loader)  # noqa: S506 - both are safe loaders
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        raise ScriptError(f"line {mark.line + 1 if mark else '?'}: this is not YAML") from None
    if not isinstance(records, list):
        raise ScriptError("a list of posts was expected")
    return records


def _json_lines(content: str) -> list[Any]:
    records = []
    for number, line in enumerate(content.split("\n"), start=1):
        if line.strip():
            try:
                records.append(json.loads(line))
            except ValueError:
                raise ScriptError(f"line {number}: this is not JSON") from None
    return records


_TEXTS = ("title", "alt_text", "quoted", "in_reply_to", "conversation", "language", "edited_text")
_TIMES = ("deleted_at", "edited_at")
_FLAGS = ("locked", "limited")
_OTHERS = ("id", "at", "author", "text", "answers", "labels", "spans", "keep")


def _post(record: Any) -> ScriptedPost:
    """One checked post from plain data."""
    if not isinstance(record, dict) or not isinstance(record.get("id"), str) or not record["id"]:
        raise ScriptError("a post without an id")
    try:
        _known(record, (*_TEXTS, *_TIMES, *_FLAGS, *_OTHERS))
        optional: dict[str, Any] = {name: _text(record, name) for name in _TEXTS if name in record}
        optional |= {name: _number(record, name) for name in _TIMES if name in record}
        optional |= {name: _flag(record, name) for name in _FLAGS if name in record}
        post = ScriptedPost(
            id=record["id"],
            at=_number(record, "at"),
            author=_author(record.get("author")),
            text=_text(record, "text"),
            **optional,
            answers=tuple(_answer(answer) for answer in record.get("answers", ())),
            labels=_expected(record["labels"]) if "labels" in record else None,
            spans=_spans(record["spans"]) if "spans" in record else None,
            keep=tuple(record.get("keep", ())),
        )
        _check_words(post)
        _check_times(post)
    except ScriptError as wrong:
        raise ScriptError(f"post {record['id']}: {wrong}") from None
    return post


def _known(record: Mapping[str, Any], names: Sequence[str]) -> None:
    for name in record:
        if name not in names:
            raise ScriptError(f"{name!r} is not a field")


def _text(record: Mapping[str, Any], name: str) -> str:
    if not isinstance(value := record.get(name), str):
        raise ScriptError(f"{name!r} must be text")
    return value


def _number(record: Mapping[str, Any], name: str) -> float:
    value = record.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ScriptError(f"{name!r} must be a number of seconds")
    return float(value)


def _flag(record: Mapping[str, Any], name: str) -> bool:
    if not isinstance(value := record.get(name), bool):
        raise ScriptError(f"{name!r} must be true or false")
    return value


def _author(record: Any) -> Author:
    if not isinstance(record, dict):
        raise ScriptError("'author' must have a handle and a name")
    _known(record, ("id", "handle", "name"))
    handle = _text(record, "handle")
    return Author(id=record.get("id", handle.lstrip("@")), handle=handle, name=_text(record, "name"))


def _answer(record: Any) -> Answer:
    if not isinstance(record, dict):
        raise ScriptError("an answer must have 'after', 'text' and 'labels'")
    _known(record, ("after", "text", "labels"))
    return Answer(_number(record, "after"), _text(record, "text"), _expected(record.get("labels")))


def _expected(record: Any) -> Expected:
    """Checked labels; YAML's bare yes and no, which it reads as truth values, are understood."""
    if not isinstance(record, dict):
        raise ScriptError("'labels' must be named values")
    _known(record, ("severity", "risks", "intent", "sentiment", "relevant", "needs_reply"))
    wants = record.get("needs_reply")
    if isinstance(wants, bool):
        wants = "yes" if wants else "no"
    labels = Expected(
        severity=_one_of(record, "severity", range(6)),
        intent=_one_of(record, "intent", INTENTS),
        sentiment=_one_of(record, "sentiment", range(-2, 3)),
        needs_reply=_one_of({"needs_reply": wants}, "needs_reply", NEEDS_REPLY),
        risks=tuple(_one_of({"risk": risk}, "risk", RISKS) for risk in record.get("risks", ())),
        relevant=_flag(record, "relevant") if "relevant" in record else True,
    )
    if labels.severity < max((_FLOORS.get(risk, 0) for risk in labels.risks), default=0):
        raise ScriptError("the severity is below the floor of one of its risks")
    return labels


def _one_of(record: Mapping[str, Any], name: str, allowed: Sequence[Any]) -> Any:
    value = record.get(name)
    if isinstance(value, bool) or value not in allowed:
        raise ScriptError(f"{name!r} is not one of the labelling guide's")
    return value


def _spans(records: Any) -> tuple[tuple[str, str], ...]:
    spans = []
    for record in records:
        if not (
            isinstance(record, list) and len(record) == 2 and all(isinstance(part, str) for part in record)
        ):
            raise ScriptError("a span must be [words, ENTITY]; put quotes round numbers")
        if record[1] not in ENTITIES:
            raise ScriptError(f"{record[1]!r} is not an entity")
        spans.append((record[0], record[1]))
    return tuple(spans)


def _check_words(post: ScriptedPost) -> None:
    marked = post.marked()
    for words, entity in post.spans or ():
        if not any(post.text[start:end] == words for start, end, _ in marked):
            raise ScriptError(f"the words of a span ({entity}) are not in the text")
    for words in post.keep:
        if not isinstance(words, str) or words not in post.text:
            raise ScriptError("words to keep are not in the text")
        start = post.text.index(words)
        if any(start < end and begin < start + len(words) for begin, end, _ in marked):
            raise ScriptError("words to keep lie inside a span")


def _check_times(post: ScriptedPost) -> None:
    for name, moment in (("deleted_at", post.deleted_at), ("edited_at", post.edited_at)):
        if moment is not None and moment <= post.at:
            raise ScriptError(f"{name!r} lies before the post")
    if (post.edited_at is None) != (not post.edited_text):
        raise ScriptError("'edited_at' and 'edited_text' go together")
