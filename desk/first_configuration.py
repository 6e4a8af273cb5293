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

# What to listen for: one [[watch]] for each search on each network. Take the "# " away from the lines you want, then
# "voicedesk watch list" says what each becomes on its network, and "voicedesk watch test NAME" what it would catch.
# With organisation = true the names, sites and handles above are listened for, and their look-alikes are not.
#
# [[watch]]                # X: your mentions, and a search of the last seven days. X charges for each post.
# name = "us on x"
# channel = "x"
# organisation = true
# hashtags = []
# exclusions = []
# interval_seconds = 120
#
# [[watch]]                # Reddit: a search; places are subreddits, whose comments are read, too.
# name = "us on reddit"
# channel = "reddit"
# organisation = true
# places = []
# interval_seconds = 300
#
# [[watch]]                # Mastodon: your mentions, hashtags, and what your own server's search finds.
# name = "us on mastodon"
# channel = "mastodon"
# organisation = true
# hashtags = []
#
# [[watch]]                # Bluesky: your notifications, and one search for each word.
# name = "us on bluesky"
# channel = "bluesky"
# organisation = true
#
# [[watch]]                # News: the addresses of RSS and Atom feeds, Google Alerts among them. Needs no account.
# name = "local news"
# channel = "feeds"
# organisation = true
# places = ["https://news.northvale.example/rss"]
# interval_seconds = 900
#
# [[watch]]                # Care Opinion: every story that your subscription covers.
# name = "stories"
# channel = "careopinion"
# organisation = true
# interval_seconds = 900
#
# [[watch]]                # The practice network: invented posts on this computer, to try everything out.
# name = "practice"
# channel = "practice"
# terms = [{name}]

# Your own account on each network. Its keys stand in credentials.toml beside this file (mode 600), under the name
# given as "credentials" (the network's own name where it is left out), or in the environment.
#
# [[account]]
# channel = "x"
# handle = {handle}
#
# [[account]]
# channel = "reddit"
# handle = "u/northvale"
#
# [[account]]
# channel = "mastodon"
# handle = "@northvale@social.northvale.example"
# server = "https://social.northvale.example"
#
# [[account]]
# channel = "bluesky"
# handle = "@northvale.example"
#
# [[account]]
# channel = "careopinion"
# handle = "your name on Care Opinion"

# A ceiling for what a network may cost or be asked.
#
# [[budget]]
# channel = "x"
# money_a_month = 50.0
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
