"""Opening a post's address in the person's own browser. The address is foreign: only plain web addresses are opened."""

from __future__ import annotations

from urllib.parse import urlsplit

from casebook.errors import Refusal

NOT_HERE = "No browser could be opened here. Open the address yourself."


def host_of(url: str) -> str:
    """The host that an address leads to, in letters that cannot pass for others (punycode).

    Raises:
        casebook.errors.Refusal: it is no plain http or https address, or it carries a user name, which makes one
            host look like another.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        plain = parts.scheme in {"http", "https"} and "@" not in parts.netloc
    except ValueError:
        host, plain = "", False
    if not host or not plain or not url.isprintable() or any(c.isspace() or c == "\\" for c in url):
        raise Refusal("This address is none that a browser may be sent to; only http and https are opened.")
    return host


def open_address(url: str, *, beside_us: bool = False) -> None:
    """Open an address in the browser; ask the person first, naming `host_of` it.

    Args:
        url: the address.
        beside_us: only in a browser with a window of its own, because the terminal is in use.

    Raises:
        casebook.errors.Refusal: the address is not to be opened, or there is no browser for it.
    """
    host_of(url)
    import webbrowser

    try:
        browser = webbrowser.get()
        # A plain GenericBrowser runs in the terminal and waits for its end.
        opened = not (beside_us and type(browser) is webbrowser.GenericBrowser) and browser.open(url)
    except (webbrowser.Error, OSError):
        opened = False
    if not opened:
        raise Refusal(NOT_HERE)
