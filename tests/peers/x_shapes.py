"""Small bodies of X's, as its loopback peer sends them. Shapes are those of X's API v2; all words are invented."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

try:
    from tests.peers.loopback import Answer
except ImportError:  # run as a script, from this folder
    from loopback import Answer

_EPOCH_MS = 1_288_834_974_657
PROBLEM = "https://api.x.com/2/problems/"


def snowflake(moment: float, sequence: int = 0) -> str:
    """The id of a post made at `moment`, in seconds since 1970."""
    return str(((int(moment * 1000) - _EPOCH_MS) << 22) + sequence)


def made_at(post_id: str) -> float:
    return ((int(post_id) >> 22) + _EPOCH_MS) / 1000


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def bad(parameter: str, message: str) -> Answer:
    error = {"parameters": {parameter: ["…"]}, "message": message}
    detail = "One or more parameters to your request was invalid."
    return Answer(
        400,
        {
            "errors": [error],
            "title": "Invalid Request",
            "detail": detail,
            "type": PROBLEM + "invalid-request",
        },
    )


def forbidden(detail: str) -> Answer:
    return Answer(403, {"detail": detail, "type": "about:blank", "title": "Forbidden", "status": 403})


def partial(post_id: str, state: str) -> dict[str, str]:
    gone = state == "deleted"
    return {
        "resource_id": post_id,
        "resource_type": "tweet",
        "title": "Not Found Error" if gone else "Authorization Error",
        "detail": f"Could not find tweet with ids: [{post_id}]."
        if gone
        else "Sorry, you are not authorized.",
        "type": PROBLEM + ("resource-not-found" if gone else "not-authorized-for-resource"),
        "parameter": "ids",
        "value": post_id,
    }


def picture(post: Any, wanted: list[str]) -> dict[str, Any]:
    known = {"alt_text": post.alt_text, "url": post.media_url}
    shown = {name: value for name, value in known.items() if value and name in wanted}
    return {"media_key": f"3_{post.ids[0]}", "type": "photo", **shown}


def poll(post: Any) -> dict[str, Any]:
    options = [{"position": n, "label": label, "votes": n} for n, label in enumerate(post.poll, 1)]
    return {"id": f"7{post.ids[0]}"[:19], "options": options}
