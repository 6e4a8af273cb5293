"""Which posts of X can be answered from here, by hand, or by nobody.

Since 23 February 2026 a self-serve app may answer only who mentions or quotes its account. Source: X API, manage posts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor.channel import ReplyCapability, ReplyWay

NO_ACCOUNT = "No X account is connected for posting: open the post on x.com and answer there."
MENTIONED = "The post mentions or quotes our account, so X lets us answer from here."
NOT_MENTIONED = (
    "The post neither mentions nor quotes our account, and X then lets no app answer it: "
    "open the post on x.com and answer there."
)
ONLY_MENTIONED = (
    "The author lets only accounts that are mentioned in the post answer, and ours is not: nobody here can."
)
ONLY_SOME = (
    "The author lets only some accounts answer, and X does not say whether ours is one: "
    "open the post on x.com and see whether it takes an answer."
)
WITHHELD = "X withholds this post here: it cannot be answered."
PROTECTED = "The author's posts are protected: an answer would point others to them. Open the post on x.com and decide."

_HERE = frozenset({"GB", "XX", "XY"})
"""The United Kingdom, and X's two marks for everywhere. Source: X API, withheld content."""


@dataclass(frozen=True, slots=True)
class Account:
    """Which account we are: its id, its handle without "@", and whether we can post as it."""

    id: str
    handle: str
    can_write: bool


def capability_of(
    data: Mapping[str, Any],
    author: Mapping[str, Any],
    quoted_post: Mapping[str, Any],
    account: Account,
    *,
    listed: bool = False,
) -> ReplyCapability:
    """Whether we can answer a post. `listed` says that X itself lists it among our mentions.

    Raises:
        TypeError, ValueError, AttributeError: it is not of a shape we know.
    """
    named = listed or _mentions(data, account)
    who = str(data.get("reply_settings") or "everyone")
    if _withheld(data):
        return ReplyCapability(ReplyWay.FORBIDDEN, WITHHELD)
    if who == "mentionedUsers" and account.id and not named:
        return ReplyCapability(ReplyWay.FORBIDDEN, ONLY_MENTIONED)
    if not account.can_write:
        return ReplyCapability(ReplyWay.HANDOFF, NO_ACCOUNT)
    if author.get("protected") is True:
        return ReplyCapability(ReplyWay.HANDOFF, PROTECTED)
    if who not in {"everyone", "mentionedUsers"} and not named:
        return ReplyCapability(ReplyWay.HANDOFF, ONLY_SOME)
    if named or _is_ours(quoted_post, account):
        return ReplyCapability(ReplyWay.API, MENTIONED)
    return ReplyCapability(ReplyWay.HANDOFF, NOT_MENTIONED)


def addresses_us(data: Mapping[str, Any], quoted_post: Mapping[str, Any], account: Account) -> bool:
    """Whether X itself says that a post mentions, quotes or answers our account."""
    answers = bool(account.id) and str(data.get("in_reply_to_user_id") or "") == account.id
    return answers or _mentions(data, account) or _is_ours(quoted_post, account)


def _mentions(data: Mapping[str, Any], account: Account) -> bool:
    mentions = (data.get("entities") or {}).get("mentions") or []
    names = {str(one.get("username", "")).casefold() for one in mentions}
    by_name = bool(account.handle) and account.handle.casefold() in names
    return by_name or (bool(account.id) and account.id in {str(one.get("id", "")) for one in mentions})


def _is_ours(post: Mapping[str, Any], account: Account) -> bool:
    return bool(account.id) and str(post.get("author_id") or "") == account.id


def _withheld(data: Mapping[str, Any]) -> bool:
    withheld = data.get("withheld") or {}
    return bool(_HERE & {str(code) for code in withheld.get("country_codes") or []})
