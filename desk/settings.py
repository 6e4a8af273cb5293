"""Configuration: one TOML file, the environment and what was typed, checked as a whole before anything is done.

What is typed beats the environment (`VOICEDESK_SECTION__KEY`), the environment beats the file, the file beats the
default. No secret stands in the file: credentials and keys are named there and kept elsewhere (`desk.keys`,
`desk.credentials`). Every mistake is told with its line and the nearest right spelling.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlsplit

from platformdirs import user_config_path, user_data_path
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

APP = "voicedesk"
PREFIX = "VOICEDESK_"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_USER_AND_PASSWORD = re.compile(r"[a-z+]+://[^:/]*:[^@]+@")
"""How SQLAlchemy reads one: up to the first @, whatever stands in it. `urlsplit` stops at a # or a slash."""

Words = tuple[Annotated[str, Field(min_length=1, max_length=200)], ...]
Places = tuple[Annotated[str, Field(min_length=1, max_length=2000)], ...]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9 _-]{0,59}$")]
Entry = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


def default_file() -> Path:
    """Where the configuration is looked for when nobody names a file."""
    return user_config_path(APP, appauthor=False) / "voicedesk.toml"


def default_casebook() -> Path:
    """Where the casebook lies when nobody says otherwise; a folder of its own, apart from every key."""
    return user_data_path(APP, appauthor=False) / "casebook" / "casebook.db"


class Section(BaseModel):
    """One table of the file; an unknown key is an error, so that a typing mistake is never a missing setting."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OrganisationSettings(Section):
    """Who we are, as the public knows us; the Reader keeps these names in clear and knows look-alikes by them."""

    name: Annotated[str, Field(max_length=200)] = ""
    aliases: Words = ()
    handles: Words = ()
    sites: Words = ()
    look_alikes: Words = ()
    domains: Words = ()
    phones: Words = ()
    nation: Literal["england", "scotland", "wales", "northern_ireland"] = "england"

    def as_mapping(self) -> dict[str, object]:
        """The plain table, for the Reader and for the casebook's own record."""
        return self.model_dump(mode="json")


class CasebookSettings(Section):
    """Where the record is: an encrypted file, or a PostgreSQL database."""

    path: Path = Field(default_factory=default_casebook)
    url: str = ""
    """A PostgreSQL address; when it is given, `path` is not used."""
    role: Annotated[str, Field(pattern=r"^([a-z_][a-z0-9_]{0,62})?$")] = ""
    """The application's role: `init` and `db upgrade`, run as the owner, grant it what it needs and no more."""

    @field_validator("url")
    @classmethod
    def _plain_postgres(cls, url: str) -> str:
        if not url:
            return url
        parts = urlsplit(url)
        if parts.scheme not in {"postgresql", "postgresql+psycopg"}:
            raise ValueError("must begin with postgresql://")
        asked = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
        if parts.password or _USER_AND_PASSWORD.match(url) or any("password" in name for name in asked):
            raise ValueError("holds a password; put it into a pgpass file or PGPASSWORD instead")
        return re.sub(r"^postgresql(\+psycopg)?:", "postgresql+psycopg:", url)

    @property
    def identity(self) -> str:
        """What tells this casebook from another one of the same person."""
        return self.url or str(self.path)


class PolicySettings(Section):
    """Which rules a new casebook begins with; later ones are activated by a governance officer."""

    pack: Annotated[str, Field(min_length=1, max_length=500)] = "nhs-england"


class WatchSettings(Section):
    """What to listen for on one channel."""

    name: Name
    channel: Entry
    organisation: bool = False
    """Listen for the organisation's own name, aliases, sites and handles as well, and not for its look-alikes."""
    terms: Words = ()
    handles: Words = ()
    hashtags: Words = ()
    exclusions: Words = ()
    places: Places = ()
    interval_seconds: Annotated[int, Field(ge=5, le=86_400)] = 120

    @model_validator(mode="after")
    def _listens_for_something(self) -> WatchSettings:
        if not (self.terms or self.handles or self.hashtags or self.places or self.organisation):
            raise ValueError("needs terms, handles, hashtags or places to listen for, or organisation = true")
        return self

    def query(self, organisation: OrganisationSettings) -> dict[str, list[str]]:
        """What the casebook keeps of it, with the organisation's own names where they are wanted."""
        whole = organisation if self.organisation else OrganisationSettings()
        name = (whole.name,) if whole.name else ()
        return {
            "terms": _once(self.terms + name + whole.aliases + whole.sites),
            "handles": _once(self.handles + whole.handles),
            "hashtags": _once(tag.lstrip("#") for tag in self.hashtags),
            "exclusions": _once(self.exclusions + whole.look_alikes),
            "places": list(self.places),
        }


def _once(words: Iterable[str]) -> list[str]:
    """Each word once, in the order given."""
    first = {" ".join(word.split()).casefold(): word for word in reversed(list(words))}
    return list(reversed(first.values()))


class BudgetSettings(Section):
    """A hard ceiling for one channel. Reads stop before it, so that `reserve` of it is left for replies."""

    channel: Entry
    calls_a_day: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    money_a_month: Annotated[float, Field(ge=0, le=1_000_000)] | None = None
    """In the network's own currency (US dollars on X)."""
    reserve: Annotated[float, Field(ge=0, le=0.9)] = 0.1

    @model_validator(mode="after")
    def _limits_something(self) -> BudgetSettings:
        if self.calls_a_day is None and self.money_a_month is None:
            raise ValueError("needs calls_a_day or money_a_month")
        return self


class AccountSettings(Section):
    """One of our own accounts; `credentials` names an entry, never a secret."""

    channel: Entry
    handle: Annotated[str, Field(min_length=1, max_length=100)]
    credentials: Entry | None = None
    server: str = ""
    """The server that the account is on (https, where each server is one of its own), or a stand-in for the
    network on this machine (http), for tests and training."""

    @field_validator("server")
    @classmethod
    def _sealed_or_here(cls, server: str) -> str:
        parts = urlsplit(server)
        here = parts.scheme == "http" and parts.hostname in _LOOPBACK
        if server and not here and (parts.scheme != "https" or not parts.hostname or "@" in parts.netloc):
            raise ValueError("must be an https:// address, or an http:// address of this machine (127.0.0.1)")
        return server.rstrip("/")

    @property
    def on_this_machine(self) -> bool:
        """Whether `server` is a stand-in on this machine."""
        return urlsplit(self.server).scheme == "http"

    @property
    def entry(self) -> str:
        """The name of its entry of credentials: its channel, unless another is named."""
        return self.credentials or self.channel


class KeysSettings(Section):
    """Where the master key is kept; `auto` is the system's keyring where there is one, else a file."""

    store: Literal["auto", "keyring", "file"] = "auto"
    file: Path | None = None
    """The key file; beside the configuration when it is not named."""
    credentials: Path | None = None
    """The file of platform credentials, read by the monitor alone; beside the configuration by default."""


class ReaderSettings(Section):
    """The child process that reads drafts and notes for personal data."""

    start_seconds: Annotated[float, Field(ge=1, le=600)] = 60.0
    """How long its first answer may take: it loads the engine first."""
    answer_seconds: Annotated[float, Field(ge=1, le=600)] = 20.0
    """How long any later answer may take."""


class Settings(BaseSettings):
    """The whole configuration. Made by `desk.configuration.load` alone, which puts the sources together."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, case_sensitive=False
    )

    organisation: OrganisationSettings = OrganisationSettings()
    casebook: CasebookSettings = Field(default_factory=CasebookSettings)
    policy: PolicySettings = PolicySettings()
    watch: tuple[WatchSettings, ...] = ()
    account: tuple[AccountSettings, ...] = ()
    budget: tuple[BudgetSettings, ...] = ()
    keys: KeysSettings = KeysSettings()
    reader: ReaderSettings = ReaderSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is handed in: `configuration.load` reads each source itself, to know where a value came from."""
        return (init_settings,)

    @model_validator(mode="after")
    def _names_are_single(self) -> Settings:
        names = [(watch.name, watch.channel) for watch in self.watch]
        if len(set(names)) != len(names):
            raise ValueError("two watches have the same name and channel")
        channels = [account.channel for account in self.account]
        if len(set(channels)) != len(channels):
            raise ValueError("two accounts are on the same channel; one account a channel can be used")
        budgets = [budget.channel for budget in self.budget]
        if len(set(budgets)) != len(budgets):
            raise ValueError("two budgets are for the same channel")
        return self

    def account_of(self, channel: str) -> AccountSettings | None:
        """Our account on a channel, or None where none is named."""
        return next((account for account in self.account if account.channel == channel), None)
