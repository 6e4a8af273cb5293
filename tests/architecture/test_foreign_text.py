"""No bare string reaches a widget: in desk/terminal, what is drawn is `Content`, `Text`, or words of ours as a literal.

What draws is in `sinks.py`; how it is seen whether a bare string gets there, in `drawing.py`.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.drawing import Known, know, offenders
from tests.architecture.sinks import DRAWN, NOT_DRAWN, parameters, seeds

TERMINAL = Path(__file__).parents[2] / "desk" / "terminal"
OURS = {("palette.py", "said")}
"""Module and name of what is drawn without being a literal: the sentences of `keys.py`, which are literals."""
TEXTUAL = ("str", "Text", "Content", "Render", "Visual", "Any")
"""What the annotation of a parameter holds that takes something to draw."""


def modules() -> dict[str, ast.Module]:
    """Every module of the terminal, parsed."""
    return {
        str(path.relative_to(TERMINAL)): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(TERMINAL.rglob("*.py"))
    }


def found_in(planted: str) -> list[tuple[int, str]]:
    """What is found in one module beside `foreign.py`."""
    tree = ast.parse(planted)
    known: Known = know([tree])
    known.makers.add("shown")
    return list(offenders(tree, known))


def test_no_bare_string_reaches_a_widget() -> None:
    trees = modules()
    known = know(trees.values())
    assert {"shown", "exact", "badge"} <= known.makers
    assert {"Foreign", "StatusLine", "CaseList", "Dialog", "DeskApp"} <= known.inherited.keys()
    found = [
        f"{name}:{line}: {source}"
        for name, tree in trees.items()
        for line, source in offenders(tree, known)
        if (name, source) not in OURS
    ]
    assert found == []


def test_the_sentences_that_the_palette_reads_as_markup_are_literals_without_any() -> None:
    """Textual reads the help of a hit as markup, whatever is done about it."""
    commands = [
        node
        for node in ast.walk(modules()["keys.py"])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Command"
    ]
    assert len(commands) > 20
    for command in commands:
        said = {keyword.arg: keyword.value for keyword in command.keywords}
        for name in ("label", "help"):
            assert isinstance(said[name], ast.Constant), command.lineno
            assert "[" not in ast.literal_eval(said[name]), command.lineno


def test_of_everything_that_textuals_widgets_take_it_is_known_whether_it_is_drawn() -> None:
    """A new version of Textual that brings a new parameter fails here until somebody has looked at it."""
    undecided = {
        f"{name}({one.name})"
        for name, made in seeds().items()
        for one in parameters(made)
        if one.name not in DRAWN | NOT_DRAWN and any(kind in str(one.annotation) for kind in TEXTUAL)
    }
    assert undecided == set()
    assert not DRAWN & NOT_DRAWN


PLANTED = [
    "def show(self, post: str) -> None:\n    self.update(post)",
    "def show(self, post):\n    yield Static(f'{post.text}')",
    "def show(self, row):\n    self.notify(row.summary)",
    "def show(self, row):\n    self.notify(row.summary, title=row.author, markup=True)",
    "def show(self, row):\n    table.add_row(Text('a'), row.summary)",
    "def show(self, name):\n    self.border_title = name",
    "def show(self, name):\n    widget.tooltip = 'by ' + name",
    "def show(self, post):\n    text = post.text\n    yield Label(text)",
    "def show(self, post):\n    return Option(escape(post.text), id='a')",
    "def show(self, post):\n    yield Static('%s' % post)",
    "def show(self, post):\n    yield Input(placeholder=post)",
    "def show(self, post):\n    yield Static(Content('a') if post.safe else post.text)",
    "def show(self, post):\n    self.list.replace_option_prompt('key', post.text)",
    # a constructor that hands on, in a subclass of a widget and in a subclass of that
    "class Mine(Static):\n    def __init__(self, post):\n        super().__init__(post)",
    "class Mine(Static):\n    def __init__(self, *all, **more):\n        super().__init__(*all, **more)",
    "class Mine(Static):\n    def __init__(self, post):\n        Static.__init__(self, post)",
    "class A(Static):\n    pass\nclass B(A):\n    def __init__(self, post):\n        super().__init__(post)",
    "class Mine(Working, Label):\n    def __init__(self, post):\n        super().__init__(content=post)",
    # what a widget of ours says when it is asked what it shows
    "class Mine(Widget):\n    def render(self) -> str:\n        return self.post.text",
    "class Mine(Widget):\n    def render(self):\n        return f'by {self.name}'",
    # a widget of ours, made with a bare string
    "class Mine(Static):\n    pass\ndef show(post):\n    yield Mine(post.text)",
    "class B(A):\n    pass\nclass A(Label):\n    pass\ndef show(post):\n    yield B(post.text)",
    "class Mine(SelectionList[str]):\n    pass\ndef show(post):\n    yield Mine((post.text, 'a'))",
    # lists to choose from
    "def show(self, post):\n    yield OptionList(post.text)",
    "def show(self, post):\n    yield OptionList(Content('a'), post.text)",
    "def show(self, posts):\n    yield OptionList(*posts)",
    "def show(self, posts):\n    yield OptionList(*[post.text for post in posts])",
    "def show(self, posts):\n    self.list.add_options([post.text for post in posts])",
    "def show(self, posts):\n    self.list.add_options(posts)",
    "def show(self, posts):\n    self.choice.set_options([(post.text, post.id) for post in posts])",
    "def show(self, posts):\n    yield Select([(post.text, post.id) for post in posts])",
    "def show(self, post):\n    yield SelectionList((post.text, 1))",
    "def show(self, post):\n    yield SelectionList(Selection(post.text, 1))",
    "def show(self, post):\n    yield RadioSet(post.text)",
    "def show(self, post):\n    yield Tabs(post.text)",
    "def show(self, post):\n    yield TabbedContent('a', post.text)",
    "def show(self, post):\n    yield Tree(post.text)",
    "def show(self, post):\n    tree.root.add_leaf(post.text)",
    "def show(self, post):\n    tree.root.add(post.text)",
    "def show(self, post):\n    yield Pretty(post)",
    # palette and keys
    "def show(self, post):\n    yield Hit(1, post.text, call)",
    "def show(self, post):\n    yield Hit(1, Content('a'), call, help=post.text)",
    "def show(self, post):\n    yield DiscoveryHit(post.text, call)",
    "def show(self, post):\n    return Binding('a', 'b', post.text)",
    # logs and tables
    "def show(self, post):\n    self.log_view.write(post.text)",
    "def show(self, post):\n    self.log_view.write_line(post.text)",
    "def show(self, post):\n    self.table.add_columns('a', post.text)",
    "def show(self, post):\n    self.table.update_cell('a', 'b', post.text)",
    "def show(self, post):\n    self.app.exit(message=post.text)",
    # attributes
    "def show(self, post):\n    self.title = post.text",
    "def show(self, post):\n    self.sub_title = post.text",
    "def show(self, post):\n    self.app.title = f'case {post}'",
    "def show(self, post):\n    self.part.content = post.text",
    "def show(self, post):\n    self.border_title += post.text",
    "def show(self, post):\n    self.border_title: str = post.text",
    "def show(self, post):\n    self.border_title, self.x = post.text, 1",
    "def show(self, post):\n    setattr(self, 'border_title', post.text)",
    "class Mine(Static):\n    BORDER_TITLE = read()",
    "def show(self, post):\n    yield Static('a').with_tooltip(post.text)",
    "def show(self, post):\n    yield Button('a', tooltip=post.text)",
    # other names for the same
    "from textual.widgets import Static as S\ndef show(post):\n    yield S(post.text)",
    "import textual.widgets as w\ndef show(post):\n    yield w.Static(post.text)",
    "Words = Static\ndef show(post):\n    yield Words(post.text)",
    "from textual.widgets import Static as S\nclass Mine(S):\n    pass\ndef show(post):\n    yield Mine(post)",
    "def show(self, post):\n    put = self.update\n    put(post.text)",
    "def show(self, post):\n    return partial(self.part.update, post.text)",
    "def show(self, post):\n    self.call_later(self.notify, post.text)",
    "def show(self, post):\n    return partial(Static, post.text)",
    # a name that is safe at one place and not at another
    "def show(self, post):\n    said = shown(post)\n    said = post.text\n    self.update(said)",
    "def show(self, post):\n    said = shown(post)\n    said += post.text\n    self.update(said)",
    "def show(self, posts):\n    said = Content('')\n    for said in posts:\n        self.update(said)",
    "def show(self, post):\n    self.update(said := post.text)",
    "def shown_raw(x) -> str:\n    return x\ndef show(self, post):\n    self.update(shown_raw(post))",
]


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_bare_string_is_found(planted: str) -> None:
    assert found_in(planted)


@pytest.mark.parametrize(
    "fine",
    [
        "def show(self, post):\n    self.update(shown(post.text))",
        "def show(self, post):\n    self.update(foreign.shown(post.text))",
        "def show(self, post):\n    yield Static(Content.assemble('by ', shown(post.author)))",
        "def show(self, said: Content):\n    yield Static(said)",
        "def show(self, post):\n    said = shown(post.text)\n    yield Static(said)",
        "def show(self, post):\n    self.notify(post.text, markup=False)",
        "def show(self):\n    yield Static('Words of ours.')",
        "class Mine(Static):\n    def __init__(self, post: str):\n        super().__init__(shown(post), id='a')",
        "class Mine(Static):\n    def __init__(self, post):\n        super().__init__(shown(post))\n"
        "def show(post):\n    yield Mine(post.text)",
        "class Mine(Static):\n    pass\ndef show(post):\n    yield Mine(shown(post.text), id=post.id)",
        "class Mine(Widget):\n    def render(self):\n        return shown(self.post.text)",
        "class Mine(Message):\n    def __init__(self, post):\n        super().__init__(post)",
        "def show(self, posts):\n    self.list.add_options([Option(shown(p.text), id=p.id) for p in posts])",
        "def show(self, posts):\n    self.choice.set_options([(shown(p.text), p.id) for p in posts])",
        "def show(self, posts):\n    yield OptionList(*[Option(shown(p.text)) for p in posts])",
        "def show(self, post):\n    self.border_title += shown(post.text)",
        "def show(self, post):\n    yield Hit(1, Content(post.name), call, text=post.name, help='Ours.')",
        "def show(self, post):\n    with open(place) as kept:\n        kept.write(post.line)",
        "def show(self, post):\n    said = shown(post)\n    said += Content('.')\n    self.update(said)",
        "def show(self, post):\n    self.editor.load_text(post.text)",
        "from textual.widgets import Static as S\ndef show(post):\n    yield S(shown(post.text))",
        "def show(self, post):\n    self.call_later(self.part.update, shown(post.text))",
        "TITLE = 'voicedesk'",
    ],
)
def test_what_goes_through_the_one_type_is_let_be(fine: str) -> None:
    assert found_in(fine) == []


def test_text_from_markup_is_made_nowhere() -> None:
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"from_markup", "from_text"}, name


def test_only_the_gateway_names_the_casebook_and_nothing_draws_markdown() -> None:
    for name, tree in modules().items():
        imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        imported |= {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        rooms = {module.split(".")[0] for module in imported}
        if name == "gateway.py":
            assert not rooms & {"textual", "rich", "monitor"}
        else:
            assert not rooms & {"casebook", "policies", "redaction", "monitor", "sqlalchemy"}, name
        assert "Markdown" not in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}, name


def test_no_act_is_an_action_that_text_could_call_by_name() -> None:
    allowed = {"action_quit"}
    for name, tree in modules().items():
        methods = {
            node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert {one for one in methods if one.startswith(("action_", "_action_"))} <= allowed, name
