"""The filters as programs: lines in, lines out, with no casebook, key or sign-in anywhere near."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import monitor.reader
from tests.support.reading import ScriptedReader

ROOT = Path(__file__).parents[3]


@pytest.fixture
def bare(home, monkeypatch):
    """A home with a configuration that names the organisation, and nothing else."""
    home.config.write_text('[organisation]\nname = "Northvale Hospitals NHS Foundation Trust"\n')
    home.database.unlink()
    home.key_file.unlink()
    monkeypatch.setattr(monitor.reader, "build_reader", lambda _organisation: ScriptedReader())
    return home


def lines(*requests):
    return b"".join(json.dumps(request).encode() + b"\n" for request in requests)


def test_redact_answers_every_line_in_order_and_a_bad_one_with_an_error(bare):
    ran = bare.run(
        "redact", "--jsonl", typed=lines({"id": "a", "text": "Dr Patel"}, ["no"], {"id": "c", "text": "ok"})
    )
    assert ran.code == 1
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert [answer.get("id") for answer in answers] == ["a", None, "c"]
    assert answers[0]["text"] == "Dr ⟦name 1⟧"
    assert "error" in answers[1]


def test_assess_and_check_reply_answer_by_the_names_of_the_guide(bare):
    ran = bare.ok("assess", "--jsonl", typed=lines({"id": "1", "text": "thank you", "channel": "x"}))
    assert json.loads(ran.out)["intent"] == "thanks"
    request = {
        "id": "1",
        "channel": "x",
        "post": "I waited",
        "draft": "Our records show that you were our patient.",
    }
    ran = bare.ok("check-reply", "--jsonl", typed=lines(request))
    assert json.loads(ran.out)["verdict"] == "block"


def test_without_jsonl_a_filter_says_how_it_is_used(bare):
    for name in ("redact", "assess", "check-reply"):
        assert bare.run(name).code == 2


def test_a_filter_needs_no_configuration_at_all_and_speaks_to_real_pipes(home):
    ran = subprocess.run(
        [sys.executable, "-m", "desk", "redact", "--jsonl"],
        input=lines({"id": "1", "text": "Ring 07911 123456 \ud800 \u2028 please"}),
        capture_output=True, cwd=ROOT, env=dict(os.environ), timeout=60,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr.decode()
    (answer,) = [json.loads(line) for line in ran.stdout.split(b"\n") if line]
    assert "07911" not in answer["text"]
    assert answer["text"].endswith("please"), (
        "the line separator ended no line, and the surrogate broke nothing"
    )
