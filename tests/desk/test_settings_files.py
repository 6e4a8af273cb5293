"""The configuration: typed beats environment beats file beats default, and every mistake has its place."""

from __future__ import annotations

import os

import pytest

from desk.configuration import ConfigurationError, load
from desk.settings import default_casebook
from desk.toml_lines import line_of, lines_of


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("VOICEDESK_")]:
        monkeypatch.delenv(name)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


def written(tmp_path, text):
    file = tmp_path / "desk.toml"
    file.write_text(text)
    return file


def problems(tmp_path, text):
    with pytest.raises(ConfigurationError) as raised:
        load(written(tmp_path, text))
    return [(problem.line, problem.path, problem.words) for problem in raised.value.problems]


def test_each_source_beats_the_next_and_says_so(tmp_path, monkeypatch):
    file = written(tmp_path, '[organisation]\nname = "From the file"\n[reader]\nstart_seconds = 5\n')
    monkeypatch.setenv("VOICEDESK_ORGANISATION__NAME", "From the environment")
    monkeypatch.setenv("VOICEDESK_READER__ANSWER_SECONDS", "7")
    found = load(file, typed={"reader": {"answer_seconds": 9}})
    assert found.settings.organisation.name == "From the environment"
    assert (found.settings.reader.start_seconds, found.settings.reader.answer_seconds) == (5, 9)
    assert found.settings.organisation.nation == "england"
    origins = {name: str(origin) for name, _, origin in found.explained()}
    assert origins["organisation.name"] == "environment (VOICEDESK_ORGANISATION__NAME)"
    assert origins["reader.start_seconds"] == "file (desk.toml, line 4)"
    assert origins["reader.answer_seconds"] == "typed"
    assert origins["organisation.nation"] == "default"


def test_lists_come_from_the_environment_as_json(tmp_path, monkeypatch):
    monkeypatch.setenv("VOICEDESK_ORGANISATION__HANDLES", '["@NorthvaleNHS", "@NorthvaleJobs"]')
    assert load().settings.organisation.handles == ("@NorthvaleNHS", "@NorthvaleJobs")


def test_a_variable_that_is_no_json_is_named_without_its_value(monkeypatch):
    monkeypatch.setenv("VOICEDESK_WATCH", "canary-value")
    with pytest.raises(ConfigurationError) as raised:
        load()
    assert "watch" in str(raised.value)
    assert "canary-value" not in str(raised.value)


def test_a_value_from_the_environment_that_does_not_fit_names_its_variable(monkeypatch):
    monkeypatch.setenv("VOICEDESK_READER__START_SECONDS", "soon")
    with pytest.raises(ConfigurationError, match="VOICEDESK_READER__START_SECONDS"):
        load()


def test_without_a_file_everything_has_its_default():
    found = load()
    assert found.file is None
    assert found.settings.casebook.path == default_casebook()
    assert found.key_file.parent != found.settings.casebook.path.parent


def test_a_named_file_that_is_missing_is_an_error(tmp_path):
    with pytest.raises(ConfigurationError, match="there is no such file"):
        load(tmp_path / "nowhere.toml")


def test_paths_count_from_the_folder_of_the_file(tmp_path):
    found = load(
        written(
            tmp_path,
            '[casebook]\npath = "record/c.db"\n[keys]\nfile = "k/key"\n[policy]\npack = "ours.yaml"\n',
        )
    )
    assert found.settings.casebook.path == tmp_path / "record" / "c.db"
    assert found.key_file == tmp_path / "k" / "key"
    assert found.settings.policy.pack == str(tmp_path / "ours.yaml")


def test_a_broken_file_names_the_line(tmp_path):
    (found,) = problems(tmp_path, '[organisation]\nname = "Northvale\n')
    assert "line 2" in found[2]


@pytest.mark.parametrize(
    ("text", "line", "path", "words"),
    [
        ('[organisation]\n\nhandels = ["@a"]\n', 3, "organisation.handels", "did you mean 'handles'?"),
        ('[organistion]\nname = "x"\n', 1, "organistion", "did you mean 'organisation'?"),
        ('[organisation]\nnation = "engalnd"\n', 2, "organisation.nation", "did you mean 'england'?"),
        (
            '[[watch]]\nname = "one"\nchannel = "x"\nterms = ["a"]\n[[watch]]\nname = "two"\nchannel = "x"\n'
            'terms = ["a"]\ninterval_secs = 9\n',
            9,
            "watch[2].interval_secs",
            "did you mean 'interval_seconds'?",
        ),
        ('[[watch]]\nname = "one"\nchannel = "x"\n', 1, "watch[1]", "needs terms, handles, hashtags or places"),
        ('[[watch]]\nname = "one"\nchannel = "x"\nterms = "a"\n', 4, "watch[1].terms", "valid"),
        ('[casebook]\nurl = "mysql://db/x"\n', 2, "casebook.url", "postgresql://"),
        (
            '[[account]]\nchannel = "x"\nhandle = "@a"\nserver = "http://evil.example"\n',
            4,
            "account[1].server",
            "this machine",
        ),
    ],
)  # fmt: skip
def test_a_mistake_names_line_key_and_what_would_be_right(tmp_path, text, line, path, words):
    (found,) = problems(tmp_path, text)
    assert found[:2] == (line, path)
    assert words in found[2]


def test_every_mistake_is_told_at_once(tmp_path):
    assert len(problems(tmp_path, '[organisation]\nnam = "x"\n[keys]\nstore = "cellar"\n')) == 2


@pytest.mark.parametrize("key", ["bearer_token", "client_secret", "password"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path, key):
    file = written(tmp_path, f'[[account]]\nchannel = "x"\nhandle = "@a"\n{key} = "canary-value"\n')
    with pytest.raises(ConfigurationError) as raised:
        load(file)
    assert "secrets do not belong here" in str(raised.value)
    assert "canary-value" not in str(raised.value)


def test_a_database_password_in_the_address_is_refused_and_not_repeated(tmp_path):
    file = written(tmp_path, '[casebook]\nurl = "postgresql://desk:canary-value@db/voicedesk"\n')
    with pytest.raises(ConfigurationError) as raised:
        load(file)
    assert "canary-value" not in str(raised.value)


def test_two_watches_of_one_name_and_two_accounts_on_one_channel_are_refused(tmp_path):
    watch = '[[watch]]\nname = "one"\nchannel = "x"\nterms = ["a"]\n'
    account = '[[account]]\nchannel = "x"\nhandle = "@a"\n'
    assert "same name" in problems(tmp_path, watch * 2)[0][2]
    assert "same channel" in problems(tmp_path, account * 2)[0][2]


def test_lines_are_found_past_comments_and_long_strings():
    text = '# [not.this]\n[one]\na = """\n[two]\nb = 1\n"""\nc = 2\n\n[[three]]\nd = 1\n[[three]]\n"d" = 2\n'
    lines = lines_of(text)
    assert line_of(lines, ("one", "c")) == 7
    assert line_of(lines, ("three", 1, "d")) == 12
    assert ("two",) not in lines
    assert line_of(lines, ("nowhere",)) == 0


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://desk:canary@db.example/record",
        "postgresql://db.example/record?password=canary",
        "postgresql://db.example/record?sslmode=require&PassWord=canary",
        "postgresql://db.example/record?%70assword=canary",
        "postgresql://db.example/record?sslpassword=canary",
        "postgresql://desk:can#ary/x?@db.example/record",
    ],
)
def test_a_password_anywhere_in_the_address_of_the_database_is_refused_and_not_repeated(tmp_path, url):
    with pytest.raises(ConfigurationError) as raised:
        load(written(tmp_path, f'[casebook]\nurl = "{url}"\n'))
    assert "holds a password" in str(raised.value)
    assert "can" not in str(raised.value).replace("cannot", "")


def test_an_address_without_a_password_is_taken_with_its_options(tmp_path):
    url = "postgresql://desk@db.example:5432/record?sslmode=verify-full&passfile=/etc/desk/pgpass"
    found = load(written(tmp_path, f'[casebook]\nurl = "{url}"\n'))
    assert found.settings.casebook.url == url.replace("postgresql:", "postgresql+psycopg:")
