"""Documentation as a test: every command and every setting stands in docs/, and what stands there is true."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from pydantic import BaseModel

from desk.configuration import load
from desk.settings import Settings

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def maker():
    spec = importlib.util.spec_from_file_location("make_commands", DOCS / "make_commands.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_commands_is_the_one_that_the_commands_make(maker):
    written = (DOCS / "commands.md").read_text(encoding="utf-8")
    assert written == maker.page(), "run: python docs/make_commands.py"


def test_every_setting_stands_in_the_page_about_configuration():
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    for section, field in Settings.model_fields.items():
        assert f"[{section}]" in text
        for name in _names(field.annotation):
            assert f"`{name}`" in text, f"[{section}] {name}"


def test_the_example_in_the_page_about_configuration_is_valid(tmp_path):
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    example = text.partition("```toml\n")[2].partition("```")[0]
    file = tmp_path / "voicedesk.toml"
    file.write_text(example, encoding="utf-8")
    found = load(file)
    assert found.settings.watch
    assert found.settings.account


def _names(annotation) -> list[str]:
    from typing import get_args

    kinds = [annotation, *get_args(annotation)]
    model = next(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel))
    return list(model.model_fields)
