"""A post's address comes from outside: only plain web addresses reach the browser, and the host is told as it is."""

from __future__ import annotations

import webbrowser

import pytest

from casebook.errors import Refusal
from desk.browser import host_of, open_address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "practice://northvale/1",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https://posts.example@other.example/1",
        "https://posts.example/1\n--flag",
        "https://posts.example/a b",
        "https://posts.example\\@other.example/",
        "https://[broken/1",
        "--new-window=https://posts.example",
    ],
)
def test_what_is_no_plain_web_address_is_never_opened(url, monkeypatch):
    monkeypatch.setattr(webbrowser, "get", lambda: pytest.fail("a browser was asked for"))
    with pytest.raises(Refusal, match="only http and https"):
        open_address(url)


def test_a_host_of_look_alike_letters_is_told_in_letters_that_cannot_deceive():
    assert host_of("https://posts.example/1?a=b") == "posts.example"
    assert host_of("https://n\u043erthvale.example/1").startswith("xn--")


class Browser:
    def __init__(self, *, works=True):
        self.works, self.opened = works, []

    def open(self, url):
        self.opened.append(url)
        return self.works


def test_the_address_is_opened_as_it_is(monkeypatch):
    browser = Browser()
    monkeypatch.setattr(webbrowser, "get", lambda: browser)
    open_address("https://posts.example/1", beside_us=True)
    assert browser.opened == ["https://posts.example/1"]


def no_browser():
    raise webbrowser.Error("none")


@pytest.mark.parametrize(
    ("get", "beside_us"),
    [
        (no_browser, False),
        (lambda: Browser(works=False), False),
        (lambda: webbrowser.GenericBrowser("a-browser-that-takes-the-terminal"), True),
    ],
)
def test_where_no_browser_can_be_opened_that_is_said(monkeypatch, get, beside_us):
    monkeypatch.setattr(webbrowser, "get", get)
    monkeypatch.setattr(webbrowser.GenericBrowser, "open", lambda *_: pytest.fail("it took the terminal"))
    with pytest.raises(Refusal, match="Open the address yourself"):
        open_address("https://posts.example/1", beside_us=beside_us)
