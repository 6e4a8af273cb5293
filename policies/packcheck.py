"""What must hold of a pack beyond its shape: names that meet, floors that hold, phrases that compile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from policies.errors import PhraseError, Problem
from policies.facts import Act, Role
from policies.gate.phrases import Matcher, compile_phrases
from policies.policy import ReadyRule
from policies.positions import Path, Placed
from policies.schema import Pack, PhraseFile, PhraseRule
from policies.spelling import nearest
from policies.vocabulary import ALWAYS_HARD, SEVERITY_FLOORS

NEEDED_LISTS = (
    "contact route", "complaint post", "praise", "staff title", "person", "your person", "named thanks", "sign off",
    "directive", "their line",
)  # fmt: skip
"""Lists that the gate itself looks up; a pack must bring them all."""

_Files = Mapping[str, tuple[Placed, PhraseFile]]


def compile_wording(files: _Files) -> tuple[tuple[ReadyRule, ...], dict[str, Matcher], list[Problem]]:
    """Every rule and list of the phrase files, compiled, and what was wrong with them."""
    problems: list[Problem] = []
    lists: dict[str, Sequence[str]] = {}
    names: set[str] = set()
    for placed, phrases in files.values():
        for name, words in phrases.lists.items():
            if name in lists:
                problems.append(placed.problem(("lists", name), "a list of this name is in another file"))
            lists[name] = words
    compiled: dict[str, Matcher] = {}
    for placed, phrases in files.values():
        for name, words in phrases.lists.items():
            made = _compiled(placed, ("lists", name), words, lists, problems)
            if made:
                compiled[name] = made
    ready: list[ReadyRule] = []
    for placed, phrases in files.values():
        for i, rule in enumerate(phrases.rules):
            problems += _rule_problems(placed, ("rules", i), rule, names)
            names.add(rule.name)
            found = _ready(placed, ("rules", i), rule, lists, problems)
            if found:
                ready.append(found)
    return tuple(ready), compiled, problems


def _compiled(
    placed: Placed,
    path: Path,
    phrases: Sequence[str],
    lists: Mapping[str, Sequence[str]],
    problems: list[Problem],
) -> Matcher | None:
    try:
        return compile_phrases(phrases, lists)
    except PhraseError:
        for i, phrase in enumerate(phrases):
            try:
                compile_phrases([phrase], lists)
            except PhraseError as error:
                problems.append(placed.problem((*path, i), f"this phrase {error}"))
        return None


def _ready(
    placed: Placed, path: Path, rule: PhraseRule, lists: Mapping[str, Sequence[str]], problems: list[Problem]
) -> ReadyRule | None:
    def made(key: str, phrases: Sequence[str]) -> Matcher | None:
        return _compiled(placed, (*path, key), phrases, lists, problems) if phrases else None

    before = len(problems)
    if not (rule.phrases or rule.together):
        problems.append(placed.problem(path, "has neither phrases nor together, so it never fires"))
    groups = [
        _compiled(placed, (*path, "together", i), g, lists, problems) for i, g in enumerate(rule.together)
    ]
    ready = ReadyRule(
        rule=rule,
        phrases=made("phrases", rule.phrases),
        together=tuple(group for group in groups if group is not None),
        ignoring=made("ignoring", rule.ignoring),
        unless=made("unless", rule.unless),
        hard_with=made("hard_with", rule.hard_with),
    )
    return ready if len(problems) == before else None


def _rule_problems(placed: Placed, path: Path, rule: PhraseRule, names: set[str]) -> Iterator[Problem]:
    if rule.name in names:
        yield placed.problem((*path, "name"), "another phrase rule has this name")
    if rule.reason in ALWAYS_HARD and not rule.hard:
        yield placed.problem((*path, "hard"), f"{rule.reason} always blocks; it cannot be soft")


def check_pack(placed: Placed, pack: Pack, lists: Mapping[str, Matcher]) -> list[Problem]:
    """Everything wrong with `pack` that its shape alone does not show."""
    return [
        *_check_queues(placed, pack),
        *_check_severity(placed, pack),
        *_check_escalation(placed, pack),
        *_check_permissions(placed, pack),
        *_check_lists(placed, pack, lists),
    ]


def _check_queues(placed: Placed, pack: Pack) -> Iterator[Problem]:
    queues = [queue.name for queue in pack.queues]
    for i, name in enumerate(queues):
        if name in queues[:i]:
            yield placed.problem(("queues", i, "name"), f"another queue is called {name!r}")
    uses: list[tuple[Path, str]] = [(("default_queue",), pack.default_queue)]
    uses += [(("escalation", i, "queue"), rule.queue) for i, rule in enumerate(pack.escalation)]
    for path, name in uses:
        if name not in queues:
            yield placed.problem(path, f"there is no queue {name!r}{nearest(name, queues)}")


def _check_severity(placed: Placed, pack: Pack) -> Iterator[Problem]:
    for risk, least in SEVERITY_FLOORS.items():
        if pack.severity.floors.get(risk, 0) < least:
            yield placed.problem(("severity", "floors", risk.value), f"may not be lower than {least}")
    times = {entry.severity: entry.within_minutes for entry in pack.severity.looked_at}
    path: Path = ("severity", "looked_at")
    if sorted(times) != list(range(6)) or len(pack.severity.looked_at) != 6:
        yield placed.problem(path, "must name each severity from 0 to 5 once")
    elif any(times[level] < times[level + 1] for level in range(5)):
        yield placed.problem(path, "a higher severity may not wait longer than a lower one")


def _check_escalation(placed: Placed, pack: Pack) -> Iterator[Problem]:
    names: set[str] = set()
    for i, rule in enumerate(pack.escalation):
        here: Path = ("escalation", i)
        if rule.name in names:
            yield placed.problem((*here, "name"), f"another rule is called {rule.name!r}")
        names.add(rule.name)
        if not rule.when.model_dump(exclude_none=True):
            yield placed.problem((*here, "when"), "names no condition, so it would fire on everything")
        for j, channel in enumerate(rule.when.channels or ()):
            if channel not in pack.channels:
                words = f"there is no channel {channel!r}{nearest(channel, pack.channels)}"
                yield placed.problem((*here, "when", "channels", j), words)
    if not any(rule.when.model_dump(exclude_none=True) == {"safe": False} for rule in pack.escalation):
        yield placed.problem(
            ("escalation",), "needs a rule for posts that are not yet safe (when: {safe: false})"
        )


def _check_permissions(placed: Placed, pack: Pack) -> Iterator[Problem]:
    granted = {act for acts in pack.permissions.values() for act in acts}
    if Act.APPROVE not in granted:
        yield placed.problem(("permissions",), "nobody may approve, so nothing could ever be sent")
    for act in (Act.APPROVE, Act.REVEAL):
        if act in pack.permissions.get(Role.ADMINISTRATOR, ()):
            words = f"administrators look after staff accounts; they may not {act.value}"
            yield placed.problem(("permissions", Role.ADMINISTRATOR.value), words)


def _check_lists(placed: Placed, pack: Pack, lists: Mapping[str, Matcher]) -> Iterator[Problem]:
    for name in NEEDED_LISTS:
        if name not in lists:
            yield placed.problem(
                ("phrases",), f"no phrase file brings the list {name!r}, which the gate needs"
            )
    for i, rule in enumerate(pack.gate.crisis):
        for name in (*rule.accepts, *([rule.post_says] if rule.post_says else [])):
            if name not in lists:
                words = f"there is no list {name!r}{nearest(name, lists)}"
                yield placed.problem(("gate", "crisis", i), words)
