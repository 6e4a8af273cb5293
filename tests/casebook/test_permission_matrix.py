"""Every act by every role: the matrix of the policy in force says who may, and a refusal changes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from casebook.actions.activating import activate
from casebook.actions.approving import approve, reject
from casebook.actions.asking import ask_network
from casebook.actions.claiming import claim, release
from casebook.actions.closing import close
from casebook.actions.drafting import check_draft
from casebook.actions.escalating import escalate
from casebook.actions.hearing import record_failure, start_again
from casebook.actions.noting import note
from casebook.actions.resolving import handoff_text, resolve_uncertain
from casebook.actions.revealing import reveal
from casebook.actions.sending import record_uncertain
from casebook.actions.staffing import add_staff
from casebook.actions.stopping import stop_sending
from casebook.actions.submitting import submit
from casebook.actions.triaging import triage
from casebook.book import Actor, Casebook
from casebook.errors import CasebookError, NotAllowed
from casebook.store.sqlite import SqliteStore
from policies.facts import Act, Role
from policies.permissions import allows
from tests.support.books import (
    DATABASE_KEY,
    actor,
    hear,
    open_book,
    other_policy,
    policy,
    rehearsal_book,
    take_listener,
)
from tests.support.replies import approved, begun, submitted


@dataclass(frozen=True, slots=True)
class Scene:
    """One of everything that an act can be done to."""

    case_id: str
    mention_id: str
    held_by_another: str
    waiting: str
    bundle: str
    uncertain: str
    by_hand: str
    listener: str
    """One that has stopped."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Scene, dict[Role, Actor]]:
    """A casebook with one of everything, closed again: where it lies, what is in it, and who is signed in."""
    folder = tmp_path_factory.mktemp("scene")
    book = rehearsal_book(folder)
    scene = set_scene(book)
    people = {role: actor(book, username) for role, username in PEOPLE.items()}
    book.store.close()
    return folder, scene, people


@pytest.fixture
def stage(
    prepared: tuple[Path, Scene, dict[Role, Actor]], tmp_path: Path
) -> Iterator[tuple[Casebook, Scene, dict[Role, Actor]]]:
    """A copy of the prepared casebook for one test."""
    folder, scene, people = prepared
    shutil.copytree(folder, tmp_path / "copy")
    book = open_book(SqliteStore(tmp_path / "copy" / "casebook.db", DATABASE_KEY))
    yield book, scene, people
    book.store.close()


Stage = tuple[Casebook, Scene, dict[Role, Actor]]


def set_scene(book: Casebook) -> Scene:
    """Make one of everything."""
    mention = hear(book, "a post")
    held = hear(book, "another").case_id
    claim(book, actor(book, "responder2"), held)
    waiting = submitted(book)
    unsure = begun(book).outbox_id
    record_uncertain(book, unsure, "timeout")
    by_hand = approved(book, way="handoff").id
    lease = take_listener(book)
    record_failure(
        book, lease, "credentials_refused", started_at=book.clock(), retry_at=book.clock(), stop=True
    )
    bundle, listener = waiting.draft.bundle_hash, lease.listener_id
    return Scene(mention.case_id, mention.id, held, waiting.draft.id, bundle, unsure, by_hand, listener)


DEEDS: dict[Act, Callable[[Casebook, Actor, Scene], object]] = {
    Act.VIEW: lambda b, a, s: ask_network(b, a, s.case_id, "look_up"),
    Act.CLAIM: lambda b, a, s: claim(b, a, s.case_id),
    Act.TRIAGE: lambda b, a, s: triage(b, a, s.case_id, severity=3),
    Act.ESCALATE: lambda b, a, s: escalate(b, a, s.case_id, "manager", "please look"),
    Act.NOTE: lambda b, a, s: note(b, a, s.case_id, "seen"),
    Act.DRAFT: lambda b, a, s: check_draft(b, a, s.case_id, "Thank you."),
    Act.SUBMIT: lambda b, a, s: submit(b, a, s.waiting),
    Act.APPROVE: lambda b, a, s: approve(b, a, s.waiting, s.bundle),
    Act.REJECT: lambda b, a, s: reject(b, a, s.waiting, "warmer, please"),
    Act.HANDOFF: lambda b, a, s: handoff_text(b, a, s.by_hand),
    Act.CLOSE: lambda b, a, s: close(b, a, s.case_id, "spam"),
    Act.REVEAL: lambda b, a, s: reveal(b, a, s.case_id, s.mention_id, "needed for her complaint"),
    Act.RELEASE_OTHERS: lambda b, a, s: release(b, a, s.held_by_another),
    Act.RESOLVE_UNCERTAIN: lambda b, a, s: resolve_uncertain(b, a, s.uncertain, "give_up"),
    Act.POLICY_ACTIVATE: lambda b, a, s: activate(b, a, other_policy()),
    Act.STAFF_ADMIN: lambda b, a, s: add_staff(b, a, "newcomer", "New Comer", [Role.RESPONDER], None),
    Act.STOP_SENDING: lambda b, a, s: stop_sending(b, a),
    Act.LISTEN: lambda b, a, s: start_again(b, a, s.listener),
}
READ_ONLY = {Act.AUDIT}
"""Granted for what only reads the audit, which the desk asks before it shows; no act changes anything by it."""

PEOPLE = {
    Role.RESPONDER: "responder",
    Role.APPROVER: "approver",
    Role.GOVERNANCE: "governance",
    Role.MANAGER: "manager",
    Role.ADMINISTRATOR: "administrator",
}


def test_every_act_of_the_matrix_is_tried_here() -> None:
    assert set(DEEDS) | READ_ONLY == set(Act)
    assert set(PEOPLE) == set(Role)


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_what_a_role_is_not_granted_is_refused_and_changes_nothing(stage: Stage, role: Role) -> None:
    book, scene, people = stage
    person = people[role]
    before = book.store.changed()
    refused = [act for act in DEEDS if not allows(policy(), [role], act)]
    assert refused, "every role has something that it may not do"
    for act in refused:
        with pytest.raises(NotAllowed):
            DEEDS[act](book, person, scene)
    assert book.store.changed() == before


GRANTED = [(role, act) for role in Role for act in DEEDS if allows(policy(), [role], act)]


@pytest.mark.parametrize(("role", "act"), GRANTED, ids=lambda value: str(value))
def test_what_a_role_is_granted_is_not_refused_for_the_role(stage: Stage, role: Role, act: Act) -> None:
    book, scene, people = stage
    person = people[role]
    # The waiting reply is submitted already, and submitting is for its author alone, whatever the role.
    expected = "refused for another reason" if act is Act.SUBMIT else "done"
    assert outcome(book, person, scene, act) == expected


def outcome(book: Casebook, person: Actor, scene: Scene, act: Act) -> str:
    """What came of an act, in words."""
    try:
        DEEDS[act](book, person, scene)
    except CasebookError as refused:
        return "refused for the role" if str(refused) == str(NotAllowed()) else "refused for another reason"
    return "done"


def test_an_act_without_any_policy_in_force_is_refused(
    book: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = hear(book, "a post").case_id
    person = actor(book, "manager")
    monkeypatch.setattr("casebook.store.unit_of_work.SqlUnitOfWork.active_policy", lambda _self: None)
    with pytest.raises(CasebookError, match="No policy is in force"):
        note(book, person, case_id, "seen")


def test_a_policy_that_is_not_the_text_that_was_activated_permits_nothing(
    book: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from casebook.store.unit_of_work import SqlUnitOfWork

    case_id = hear(book, "a post").case_id
    person = actor(book, "manager")
    real = SqlUnitOfWork.active_policy
    monkeypatch.setattr(
        SqlUnitOfWork, "active_policy", lambda self: replace(real(self), version_hash="000000000000")
    )
    with pytest.raises(CasebookError, match="not the text that was activated"):
        note(book, person, case_id, "seen")
