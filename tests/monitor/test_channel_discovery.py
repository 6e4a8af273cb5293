"""Channels are found by looking in their folder, and nothing is loaded until it is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from monitor import channels


def test_every_file_in_the_folder_is_a_channel_and_nothing_else_is() -> None:
    assert {"x", "reddit"} <= set(channels.names())
    for name in channels.names():
        assert channels.kind(name).name == name


def test_a_channel_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(channels.UnknownChannel, match=r"'telex'.*reddit.*x"):
        channels.kind("telex")


@pytest.mark.parametrize(
    ("code", "loaded"),
    [
        ("from monitor import channels; channels.names()", set()),
        ("from monitor import channels; channels.kind('x')", {"tweepy"}),
        ("from monitor import channels; channels.kind('reddit')", {"praw"}),
    ],
)
def test_a_client_library_is_loaded_only_with_its_own_channel(code: str, loaded: set[str]) -> None:
    report = "import sys; print(*({'tweepy', 'praw', 'requests'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; {report}"], capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) - {"requests"} == loaded
