"""Every act has a line command and a place in the terminal: whoever cannot use one can use the other."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath

import pytest

from tests.architecture.imports import imports, sources

ACTIONS = "casebook.actions"
TOLD = {"story.py", "demo.py", "rehearsal.py", "rehearsing.py"}
"""Files of desk/cli that tell the rehearsal; nobody works a case with them."""
BY_LINE_ONLY = {
    "activating.activate": "rules are files: they are checked, tested and put in force where files are",
    "exporting.export_cases": "test cases are lines for a file, and read one by one before they go anywhere",
    "sharing.share": "a copy to share is a file for somebody else, and is read before it goes anywhere",
    "hearing.start_again": "whoever looks after listeners works beside `listen`, not at the desk",
    "staffing.add_staff": "staff are looked after by an administrator, whose role looks at no cases",
    "staffing.disable_staff": "as above",
    "staffing.reset_password": "as above",
}
"""Acts that the terminal leaves to line commands on purpose, and why."""
IN_THE_TERMINAL_ONLY: dict[str, str] = {}
"""Acts without a line command: none, so that nobody needs a screen."""


def acts(files: list[tuple[PurePosixPath, ast.Module]]) -> set[str]:
    """Public functions of the actions that somebody does: they take an actor."""
    return {
        f"{path.stem}.{node.name}"
        for path, tree in files
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        # What keeps a record for others takes a bare name as its actor, and is no act of a person.
        and any(
            one.arg == "actor" and one.annotation is not None and "Actor" in ast.unparse(one.annotation)
            for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        )
    }


def used(path: PurePosixPath, tree: ast.Module) -> set[str]:
    """Acts that a file does or hands on, by module and function: an import alone is no use."""
    called = {alias: name for name, alias in imports(path, tree).items() if name.startswith(ACTIONS)}
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=value, attr=act, ctx=ast.Load()):
                name = ast.unparse(value)
                found.add(f"{called.get(name, name)}.{act}")
            case ast.Name(id=name, ctx=ast.Load()) if name in called:
                found.add(called[name])
    return {name.removeprefix(ACTIONS + ".") for name in found if name.startswith(ACTIONS + ".")}


def done_by_line() -> set[str]:
    """Acts that line commands do."""
    return set().union(*(used(path, tree) for path, tree in sources("desk/cli") if path.name not in TOLD))


def done_in_the_terminal() -> set[str]:
    """Acts that the terminal's gateway does."""
    gateway = [pair for pair in sources("desk/terminal") if pair[0].name == "gateway.py"]
    assert len(gateway) == 1
    return used(*gateway[0])


def all_acts() -> set[str]:
    """Every act that there is."""
    return acts(list(sources("casebook/actions")))


def test_every_act_has_a_line_command() -> None:
    assert len(all_acts()) > 20
    assert all_acts() - done_by_line() == set(IN_THE_TERMINAL_ONLY)


def test_every_act_can_be_done_in_the_terminal_or_is_left_to_line_commands_for_a_reason() -> None:
    assert all_acts() - done_in_the_terminal() == set(BY_LINE_ONLY)


def test_whom_the_list_excuses_is_an_act_and_has_a_reason() -> None:
    assert set(BY_LINE_ONLY) | set(IN_THE_TERMINAL_ONLY) <= all_acts()
    assert all((BY_LINE_ONLY | IN_THE_TERMINAL_ONLY).values())


@pytest.mark.parametrize(
    ("planted", "does"),
    [
        ("from casebook.actions import claiming\nclaiming.claim(book, actor, case)", {"claiming.claim"}),
        (
            "from casebook.actions import asking as n\njob = partial(n.ask_network, book)",
            {"asking.ask_network"},
        ),
        ("from casebook.actions.noting import note as keep\nkeep(book, actor, case, text)", {"noting.note"}),
        ("import casebook.actions.noting\ncasebook.actions.noting.note(book, actor)", {"noting.note"}),
        ("from casebook.actions.noting import note", set()),
        ("from casebook.actions import claiming", set()),
        ("def claim(desk):\n    desk.claim()", set()),
        ("note(book, actor)", set()),
    ],
)
def test_doing_an_act_is_told_from_naming_or_importing_it(planted: str, does: set[str]) -> None:
    found = used(PurePosixPath("desk/cli/working.py"), ast.parse(planted))
    assert {name for name in found if "." in name} == does


def test_a_new_act_without_a_command_is_noticed() -> None:
    planted = ast.parse("def merge(book: Casebook, actor: Actor, case_id: str) -> Case:\n    pass")
    assert acts([(PurePosixPath("casebook/actions/merging.py"), planted)]) == {"merging.merge"}
    assert "merging.merge" not in done_by_line() | done_in_the_terminal()
