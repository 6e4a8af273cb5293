"""Casebooks for tests: a real encrypted file, migrated and staffed, with a scripted Reader and a hand-moved clock.

Each book is a copy of one template made once a process, so that a test pays milliseconds for it.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

from casebook.actions import hearing, setting_up, signing_in, staffing
from casebook.book import Actor, Casebook
from casebook.heard import Heard, Lease, PageRecord
from casebook.model import Mention, Mode, mention_row, new_id, numbering_row
from casebook.ports import Clock as AnyClock
from casebook.store.migrate import upgrade
from casebook.store.sqlite import SqliteStore
from casebook.unit_of_work import Store
from policies.facts import Role
from policies.loader import load_pack, parse_pack
from policies.policy import Policy
from redaction.sealing import open_numbering, seal_numbering, seal_text
from redaction.text import Numbering
from redaction.vault import Vault
from tests.support.clock import START, Clock
from tests.support.reading import ScriptedReader

ORGANISATION = "Northvale Hospitals NHS Foundation Trust"
HANDLE = "@NorthvaleNHS"
MASTER = bytes(range(32))
"""The master key of every test book; it guards invented words alone."""
DATABASE_KEY = bytes(range(32, 64))
PASSWORD = "seven lanterns over the weir"

STAFF: tuple[tuple[str, str, tuple[Role, ...]], ...] = (
    ("responder", "Robin Ashdown", (Role.RESPONDER,)),
    ("responder2", "Rae Winslade", (Role.RESPONDER,)),
    ("approver", "Avery Coldwell", (Role.APPROVER,)),
    ("approver2", "Ari Penhallow", (Role.APPROVER,)),
    ("governance", "Greer Oakshott", (Role.GOVERNANCE,)),
    ("manager", "Morgan Thistle", (Role.MANAGER,)),
    ("administrator", "Alex Brackenbury", (Role.ADMINISTRATOR,)),
)
"""User name, display name, roles; all invented."""

_serial = count(1)


@cache
def policy() -> Policy:
    """The pack that the test books have in force."""
    return load_pack("nhs-england")


@cache
def other_policy() -> Policy:
    """The same rules under another version: one comment more."""
    return parse_pack(policy().text + "# reviewed again\n", "nhs-england.yaml")


def rehearsal_book(folder: Path, clock: AnyClock | None = None) -> Casebook:
    """A rehearsal casebook in `folder`, with everybody of `STAFF` and the policy `nhs-england` in force."""
    return open_book(_copied(Mode.REHEARSAL, folder), clock)


def real_book(folder: Path, clock: AnyClock | None = None) -> Casebook:
    """The same as a live casebook: everybody signs in with `PASSWORD`, nobody by role."""
    return open_book(_copied(Mode.LIVE, folder), clock)


def empty_store(folder: Path) -> SqliteStore:
    """A new file with the newest schema and nothing in it."""
    return _copied(None, folder)


def open_book(store: Store, clock: AnyClock | None = None) -> Casebook:
    """A casebook over `store` with a scripted Reader; `clock` stands still at `START` when none is given."""
    return Casebook(store=store, vault=Vault(MASTER), clock=clock or Clock(), reader=ScriptedReader())


def furnish(store: Store, mode: Mode, clock: AnyClock | None = None) -> Casebook:
    """Set up an empty migrated store: organisation, policy and everybody of `STAFF`."""
    book = open_book(store, clock)
    settings = {"organisation": {"name": ORGANISATION, "handles": [HANDLE], "domains": ["northvale.example"]}}
    setting_up.set_up(book, ORGANISATION, mode, settings, policy())
    administrator = None
    for username, display_name, roles in reversed(STAFF):
        password = None if mode is Mode.REHEARSAL else PASSWORD
        staffing.add_staff(book, administrator, username, display_name, roles, password)
        if mode is Mode.LIVE and administrator is None:
            administrator, _ = signing_in.sign_in(book, username, PASSWORD)
    return book


def actor(book: Casebook, username: str) -> Actor:
    """Somebody of `STAFF`, signed in just now: by role in a rehearsal, by password in a live book."""
    if book.is_rehearsal():
        return signing_in.rehearse_as(book, username)[0]
    return signing_in.sign_in(book, username, PASSWORD)[0]


def scripted(book: Casebook) -> ScriptedReader:
    """The book's Reader, to be told how to behave."""
    assert isinstance(book.reader, ScriptedReader)
    return book.reader


def clock_of(book: Casebook) -> Clock:
    """The book's clock, to be moved."""
    assert isinstance(book.clock, Clock)
    return book.clock


def hear(
    book: Casebook,
    text: str,
    *,
    channel: str = "practice",
    conversation: str | None = None,
    author: str = "a1",
    external: str | None = None,
    way: str = "api",
    severity: int | None = None,
    risks: Sequence[str] = (),
    safe: bool = True,
) -> Mention:
    """Let the book hear one post, the way that the monitor does, and return what was kept of it."""
    lease = take_listener(book, channel)
    heard = read_post(
        book,
        text,
        channel=channel,
        conversation=conversation,
        author=author,
        external=external,
        way=way,
        severity=severity,
        risks=risks,
        safe=safe,
    )
    hearing.record_page(book, lease, page_of(book, [heard]))
    with book.store.read() as work:
        kept = work.mentions.find(channel=channel, external_key=heard.external_key)
    assert kept is not None
    return kept


def take_listener(book: Casebook, channel: str = "practice", owner: str = "monitor-1") -> Lease:
    """The channel's listener, made when there is none, taken for polling."""
    account = setting_up.ensure_account(book, channel, HANDLE)
    watch = setting_up.ensure_watch(book, "northvale", channel, account, {"terms": ["Northvale"]}, 60)
    with book.store.read() as work:
        listener = work.listeners.find(watch_id=watch.id)
    assert listener is not None
    lease = hearing.take(book, listener.id, owner, timedelta(minutes=2))
    assert lease is not None
    return lease


def page_of(book: Casebook, heard: Iterable[Heard], *, more: bool = False, cursor: str = "c") -> PageRecord:
    """A page of these posts, as it would be committed."""
    posts = tuple(heard)
    return PageRecord(
        heard=posts,
        cursor={"after": cursor},
        more=more,
        asked={"query": "northvale"},
        saw=len(posts),
        started_at=book.clock(),
    )


def read_post(
    book: Casebook,
    text: str,
    *,
    channel: str = "practice",
    conversation: str | None = None,
    author: str = "a1",
    external: str | None = None,
    way: str = "api",
    severity: int | None = None,
    risks: Sequence[str] = (),
    safe: bool = True,
    posted_at: datetime = START,
    numbering: Numbering | None = None,
) -> Heard:
    """One post, read, sealed and keyed, ready for a page; `numbering` goes on from a post before it on the page."""
    external = external or f"post-{next(_serial)}"
    conversation = conversation or external
    key = book.vault.index(conversation, f"conversation|{channel}")
    known = hearing.conversations(book, channel, [key]).get(key)
    case_id, mention_id = known.case_id if known else new_id(), new_id()
    if numbering is None:
        numbering = open_numbering(book.vault, numbering_row(case_id), known.numbering if known else None)
    reading = book.reader.read(text, channel=channel)
    redacted = seal_text(
        book.vault,
        mention_row(mention_id),
        text,
        reading.findings if safe else None,
        numbering,
        {
            "external_id": external,
            "handle": f"@{author}",
            "display_name": f"Display {author}",
            "permalink": f"practice://northvale/{external}",
        },
    )
    assessment = replace(
        reading.assessment,
        severity=reading.assessment.severity if severity is None else severity,
        risks=tuple(risks) or reading.assessment.risks,
    )
    return Heard(
        mention_id=mention_id,
        case_id=case_id,
        external_key=book.vault.index(external, f"external|{channel}"),
        conversation_key=key,
        author_key=book.vault.index(author, f"author|{channel}"),
        redacted=redacted,
        assessment=assessment,
        why_unread="" if redacted.safe else "engine",
        language="en",
        posted_at=posted_at,
        way=way,
        way_reason="the network allows it" if way == "api" else "this network takes replies by hand",
        numbering_after=seal_numbering(book.vault, numbering_row(case_id), redacted.numbering),
        numbering_seen=known.seen if known else "",
    )


@cache
def _template(mode: Mode | None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="voicedesk-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = SqliteStore(folder / "casebook.db", DATABASE_KEY)
    store.create()
    upgrade(store.engine)
    if mode is not None:
        furnish(store, mode)
    store.close()
    return store.path


def _copied(mode: Mode | None, folder: Path) -> SqliteStore:
    folder.mkdir(parents=True, exist_ok=True)
    template = _template(mode)
    target = folder / template.name
    for name in (template.name, f"{template.name}.key-id"):
        shutil.copy(template.with_name(name), target.with_name(name))
    return SqliteStore(target, DATABASE_KEY)
