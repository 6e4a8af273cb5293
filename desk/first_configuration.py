"""The configuration file that `init` writes for a new organisation: complete, commented, and without a secret."""

from __future__ import annotations

import json
from collections.abc import Sequence

from casebook.errors import Refusal

_TEMPLATE = """# voicedesk configuration. No secret belongs in this file.
# Check it with "voicedesk config explain"; "voicedesk doctor" says what is wrong and what to do.

[organisation]
name = {name}
aliases = []          # other names people call you by
handles = {handles}
sites = []            # your hospitals and other places; their names are never hidden
look_alikes = []      # a football club, another town: what sounds like you and is not
domains = []          # your own internet domains, for links in replies
nation = {nation}

[casebook]
path = {path}

[policy]
pack = {pack}         # the rules that the casebook begins with

# What to listen for; one [[watch]] for each search on each network (x, reddit, practice).
# [[watch]]
# name = "by name"
# channel = "x"
# terms = [{name}]
# handles = {handles}
# exclusions = []
# interval_seconds = 120

# Your own account on each network. Its keys stand in credentials.toml beside this file (mode 600), under the
# name given as "credentials", or in the environment.
# [[account]]
# channel = "x"
# handle = {handle}
# credentials = "x"
"""


def first_configuration(*, name: str, handles: Sequence[str], nation: str, path: str, pack: str) -> str:
    """The file's text.

    Raises:
        casebook.errors.Refusal: a value holds control characters.
    """
    return _TEMPLATE.format(
        name=_quoted(name),
        handles="[" + ", ".join(_quoted(handle) for handle in handles) + "]",
        handle=_quoted(handles[0] if handles else "@us"),
        nation=_quoted(nation),
        path=_quoted(path),
        pack=_quoted(pack),
    )


def _quoted(value: str) -> str:
    if not value.isprintable():
        raise Refusal("Names may not hold control characters. Nothing was changed.")
    return json.dumps(value, ensure_ascii=False)
