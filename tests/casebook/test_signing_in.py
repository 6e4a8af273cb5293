"""Who may come in: passwords, growing locks, sessions that end, and the rehearsal's role chooser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from casebook.actions.noting import note
from casebook.actions.signing_in import FREE_TRIES, SESSION_LASTS, rehearse_as, resume, sign_in, sign_out
from casebook.actions.staffing import add_staff, disable_staff, reset_password
from casebook.book import Actor, Casebook
from casebook.errors import NotAllowed, NotSignedIn, Refusal, RehearsalOnly, SignInFailed
from casebook.model import Staff
from policies.facts import Role
from tests.support.books import PASSWORD, actor, clock_of, hear, open_book, real_book
from tests.support.clock import Clock

WRONG = "not the password at all"


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Casebook]:
    """A live casebook."""
    made = real_book(tmp_path)
    yield made
    made.store.close()


def fail(book: Casebook, username: str = "responder", password: str = WRONG) -> SignInFailed:
    with pytest.raises(SignInFailed) as failed:
        sign_in(book, username, password)
    return failed.value


def person(book: Casebook, username: str = "responder") -> Staff:
    return next(staff for staff in book.queries.staff() if staff.username == username)


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Password checks that take no time, for tests of what is counted."""
    monkeypatch.setattr("casebook.actions.signing_in.matches", lambda _hash, password: password == PASSWORD)
    monkeypatch.setattr("casebook.actions.signing_in.waste_time", lambda _password: False)


def test_name_and_password_begin_a_session_that_its_token_resumes(live: Casebook) -> None:
    person_in, token = sign_in(live, " Responder ", PASSWORD)
    assert person_in.roles == {Role.RESPONDER}
    assert resume(live, token) == person_in


def test_the_token_itself_is_stored_nowhere(live: Casebook) -> None:
    _, token = sign_in(live, "responder", PASSWORD)
    with live.store.read() as work:
        kept = repr([vars_of(row) for row in work.sessions.where()])
    assert token not in kept
    with pytest.raises(NotSignedIn):
        resume(live, token[:-1] + ("A" if token[-1] != "A" else "B"))


def vars_of(row: object) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}  # type: ignore[attr-defined]


def test_which_of_name_and_password_was_wrong_is_not_told(live: Casebook) -> None:
    assert str(fail(live)) == str(fail(live, "nobody"))
    last = live.queries.audit(limit=500)[-1]
    assert (last.kind, last.facts["staff"]) == ("session.refused", "unknown")


def test_a_name_that_was_tried_in_vain_is_not_kept(live: Casebook) -> None:
    fail(live, "my-password-by-mistake")
    assert all(b"by-mistake" not in entry.entry for entry in live.store.audit_entries())


@pytest.mark.usefixtures("cheap")
def test_too_many_tries_lock_for_longer_and_longer(live: Casebook) -> None:
    for _ in range(FREE_TRIES):
        assert fail(live).again_at is None
    waits = []
    for _ in range(12):
        locked = fail(live, password=PASSWORD)
        assert locked.again_at is not None, "even the right password is refused now"
        waits.append((locked.again_at - live.clock()).total_seconds())
        clock_of(live).now = locked.again_at
        fail(live)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


@pytest.mark.usefixtures("cheap")
def test_a_lock_survives_the_programs_end(live: Casebook) -> None:
    for _ in range(FREE_TRIES + 1):
        fail(live)
        clock_of(live).advance(seconds=2)
    fail(live)
    live.store.close()
    reopened = open_book(live.store, Clock(live.clock()))
    assert fail(reopened, password=PASSWORD).again_at is not None


@pytest.mark.usefixtures("cheap")
def test_tries_while_locked_make_it_no_longer(live: Casebook) -> None:
    for _ in range(FREE_TRIES):
        fail(live)
    until = person(live).locked_until
    for _ in range(10):
        fail(live)
    assert person(live).locked_until == until
    clock_of(live).advance(seconds=1)
    sign_in(live, "responder", PASSWORD)
    assert person(live).failed_tries == 0


@pytest.mark.usefixtures("cheap")
def test_an_administrator_lifts_a_lock_with_a_new_password(live: Casebook) -> None:
    administrator = actor(live, "administrator")
    for _ in range(FREE_TRIES):
        fail(live)
    reset_password(live, administrator, "responder", "nine herons in the reeds")
    assert person(live).locked_until is None


def test_a_password_that_was_replaced_while_it_was_checked_does_not_open(
    live: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    administrator = actor(live, "administrator")

    def replaced_meanwhile(_hash: str, _password: str) -> bool:
        reset_password(live, administrator, "responder", "nine herons in the reeds")
        return True

    monkeypatch.setattr("casebook.actions.signing_in.matches", replaced_meanwhile)
    fail(live, password=PASSWORD)


@pytest.mark.parametrize("password", ["short", "a" * 40, "ababababababababab", "14 characters.", ""])
def test_weak_passwords_are_refused(live: Casebook, password: str) -> None:
    with pytest.raises(Refusal, match="password"):
        reset_password(live, actor(live, "administrator"), "responder", password)


def test_somebody_disabled_is_out_at_once_and_cannot_come_back(live: Casebook) -> None:
    responder, token = sign_in(live, "responder", PASSWORD)
    case_id = hear(live, "a post").case_id
    disable_staff(live, actor(live, "administrator"), "responder")
    with pytest.raises(NotSignedIn):
        note(live, responder, case_id, "still here")
    with pytest.raises(NotSignedIn):
        resume(live, token)
    fail(live, password=PASSWORD)
    assert person(live).active is False


def test_nobody_disables_themselves_or_adds_staff_without_the_right(live: Casebook) -> None:
    administrator = actor(live, "administrator")
    with pytest.raises(Refusal):
        disable_staff(live, administrator, "administrator")
    with pytest.raises(NotAllowed):
        add_staff(live, actor(live, "manager"), "another", "Another", [Role.MANAGER], PASSWORD)
    with pytest.raises(Refusal):
        add_staff(live, None, "another", "Another", [Role.ADMINISTRATOR], PASSWORD)
    with pytest.raises(Refusal, match="somebody called responder already"):
        add_staff(live, administrator, "Responder", "Another", [Role.RESPONDER], PASSWORD)
    for name in ("", "x", "1abc", "a b", "a;drop", "é", "a" * 33):
        with pytest.raises(Refusal):
            add_staff(live, administrator, name, "Another", [Role.RESPONDER], PASSWORD)


def test_a_session_ends_after_ten_hours_and_when_signed_out(live: Casebook) -> None:
    responder, token = sign_in(live, "responder", PASSWORD)
    case_id = hear(live, "a post").case_id
    clock_of(live).now += SESSION_LASTS - timedelta(seconds=1)
    note(live, responder, case_id, "just in time")
    clock_of(live).advance(seconds=1)
    with pytest.raises(NotSignedIn):
        note(live, responder, case_id, "too late")
    again, token = sign_in(live, "responder", PASSWORD)
    sign_out(live, again)
    sign_out(live, again)
    with pytest.raises(NotSignedIn):
        resume(live, token)


def test_another_persons_session_is_of_no_use(live: Casebook) -> None:
    responder, manager = actor(live, "responder"), actor(live, "manager")
    case_id = hear(live, "a post").case_id
    mixed = Actor(
        manager.staff_id, manager.username, manager.display_name, manager.roles, responder.session_id
    )
    with pytest.raises(NotSignedIn):
        note(live, mixed, case_id, "who am I")
    made_up = Actor(manager.staff_id, manager.username, manager.display_name, manager.roles, "none")
    with pytest.raises(NotSignedIn):
        note(live, made_up, case_id, "who am I")


def test_signing_in_by_role_exists_only_in_a_rehearsal(live: Casebook, book: Casebook) -> None:
    with pytest.raises(RehearsalOnly):
        rehearse_as(live, "responder")
    assert rehearse_as(book, "responder")[0].username == "responder"
    with pytest.raises(SignInFailed):
        rehearse_as(book, "nobody")


@pytest.mark.parametrize("password", ["", PASSWORD])
def test_without_a_password_nobody_signs_in_by_one(book: Casebook, password: str) -> None:
    with pytest.raises(SignInFailed):
        sign_in(book, "responder", password)


def test_a_password_and_its_hash_are_never_printed(live: Casebook) -> None:
    kept = person(live)
    assert kept.password_hash.startswith("$argon2id$")
    assert kept.password_hash not in repr(kept)
