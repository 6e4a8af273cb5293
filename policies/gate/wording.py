"""The phrase rules of a policy, run over a draft."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from policies.facts import GateFinding, ReplyFacts
from policies.gate.fold import Folded
from policies.gate.phrases import Matcher
from policies.policy import Policy, ReadyRule

_Place = tuple[int, int]
_MOST = 20
"""Findings told of one rule; a writer needs no more, and a hostile draft could hold thousands."""


def check_wording(policy: Policy, facts: ReplyFacts, draft: Folded) -> Iterator[GateFinding]:
    """A finding for each place where a phrase rule fires."""
    sentences = draft.sentences()
    for ready in policy.wording:
        yield from itertools.islice(_fired(ready, facts, draft, sentences), _MOST)


def _fired(
    ready: ReadyRule, facts: ReplyFacts, draft: Folded, sentences: Sequence[_Place]
) -> Iterator[GateFinding]:
    harmless: dict[_Place, bool] = {}
    for start, end in _places(ready, draft, sentences):
        sentence = draft.sentence(start, end)
        if sentence not in harmless:
            harmless[sentence] = ready.unless is not None and ready.unless.within(draft, *sentence)
        if harmless[sentence]:
            continue
        at, until = draft.original(start, end)
        hard = _hard(ready, facts, draft, *sentence)
        yield GateFinding(ready.rule.reason.value, hard, at, until, ready.rule.instead)


def _places(ready: ReadyRule, draft: Folded, sentences: Sequence[_Place]) -> Iterator[_Place]:
    ignored = list(ready.ignoring.find(draft)) if ready.ignoring is not None else []
    if ready.phrases is not None:
        yield from (place for place in ready.phrases.find(draft) if not _inside(place, ignored))
    for sentence in sentences if ready.together else ():
        found = [_first(group, draft, sentence, ignored) for group in ready.together]
        places = [place for place in found if place is not None]
        if len(places) == len(found):
            yield min(place[0] for place in places), max(place[1] for place in places)


def _first(group: Matcher, draft: Folded, sentence: _Place, ignored: Sequence[_Place]) -> _Place | None:
    return next((place for place in group.find(draft, *sentence) if not _inside(place, ignored)), None)


def _inside(place: _Place, ignored: Sequence[_Place]) -> bool:
    return any(start <= place[0] and place[1] <= end for start, end in ignored)


def _hard(ready: ReadyRule, facts: ReplyFacts, draft: Folded, first: int, last: int) -> bool:
    rule = ready.rule
    if rule.hard or (rule.hard_from_severity is not None and facts.severity >= rule.hard_from_severity):
        return True
    return ready.hard_with is not None and ready.hard_with.within(draft, first, last)
