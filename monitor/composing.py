"""A raw post as the one text that is read, and the fields that are sealed beside it. Raw: nothing here is kept."""

from __future__ import annotations

from monitor.channel import RawPost


def compose(post: RawPost) -> str:
    """Every part of a post that people may read, as one text.

    Title, content warning, words, choices of a poll, picture descriptions, quoted post, in this order. One text is
    read once, so a name in the title is the same ⟦name 1⟧ as in the words below it.
    """
    parts = [
        post.title,
        f"Content warning: {post.warning}" if post.warning else "",
        post.text,
        f"Poll: {' / '.join(post.poll)}" if post.poll else "",
        f"Picture: {post.alt_text}" if post.alt_text else "",
        f"Quoted: {post.quoted}" if post.quoted else "",
    ]
    return "\n\n".join(part for part in parts if part)


def identifying(post: RawPost) -> dict[str, str]:
    """The fields that are sealed beside the words."""
    return {
        "external_id": post.external_id,
        "conversation_id": post.conversation_id,
        "author_id": post.author_id,
        "handle": post.handle,
        "display_name": post.display_name,
        "permalink": post.permalink,
        "in_reply_to": post.in_reply_to,
        "title": post.title,
        "warning": post.warning,
        "body": post.text,
        "poll": "\n".join(post.poll),
        "alt_text": post.alt_text,
        "media": "\n".join(post.media),
        "quoted": post.quoted,
    }
