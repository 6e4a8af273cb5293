"""Every command of the desk, declared once: the help screen, the key bar and the palette all read this.

A screen that lists a command has a method `do_<name>`. These are no `action_…` methods, so no text on a screen
can call them by name.
"""

from __future__ import annotations

from dataclasses import dataclass

from desk.terminal.gateway import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One thing that a person can ask for at one place."""

    name: str
    keys: tuple[str, ...]
    """As Textual names them; the first is the one shown."""
    label: str
    """One or two words, for the key bar."""
    help: str
    """A sentence, for help and palette."""
    footer: bool = True
    palette: bool = True
    act: Act | None = None
    """Which permission it needs, where it needs one."""

    @property
    def key(self) -> str:
        """The key as people read it."""
        return _SHOWN.get(self.keys[0], self.keys[0])


_SHOWN = {
    "question_mark": "?",
    "escape": "Esc",
    "enter": "Enter",
    "ctrl+s": "Ctrl+S",
    "ctrl+t": "Ctrl+T",
    "ctrl+p": "Ctrl+P",
    "f1": "F1",
    "f5": "F5",
    "tab": "Tab",
    "ctrl+x": "Ctrl+X",
    "comma": ",",
    "slash": "/",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}

HELP = Command(name="help", keys=("question_mark", "f1"), label="help", help="What every key does here.")
BACK = Command(
    name="back", keys=("q", "escape"), label="back", help="Back to where you came from.", palette=False
)
SIGN_OUT = Command(
    name="sign_out",
    keys=("S",),
    label="sign out",
    help="End your session; somebody else can sign in.",
    footer=False,
)
STOP = Command(
    name="stop_sending",
    keys=("ctrl+x",),
    label="stop sending",
    help="Stop or allow all sending, at once and for everybody.",
    footer=False,
    act=Act.STOP_SENDING,
)

COVERAGE_OPEN = Command(
    name="coverage",
    keys=("L",),
    label="coverage",
    help="What is listened to, and what may not have been heard.",
    footer=False,
    act=Act.VIEW,
)

QUEUE = (
    Command(name="open", keys=("o", "right"), label="open", help="Open the selected case (Enter does, too)."),
    Command(name="claim", keys=("c",), label="claim", help="Claim the selected case.", act=Act.CLAIM),
    Command(
        name="views",
        keys=("tab", "left", "h"),
        label="views",
        help="Go to the list of views and back.",
        palette=False,
    ),
    Command(
        name="view",
        keys=("1", "2", "3", "4", "5", "6", "7", "8", "9"),
        label="view",
        help="1 to 9: show one of the views on the left.",
        footer=False,
        palette=False,
    ),
    Command(name="refresh", keys=("comma",), label="refresh", help="Read the list again now.", footer=False),
    COVERAGE_OPEN,
    SIGN_OUT,
    STOP,
    Command(name="back", keys=("q", "escape"), label="leave", help="Leave the desk.", palette=False),
    HELP,
)
CASE = (
    Command(
        name="claim", keys=("c",), label="claim", help="Hold this case, or go on holding it.", act=Act.CLAIM
    ),
    Command(
        name="release", keys=("R",), label="release", help="Give this case back.", footer=False, act=Act.CLAIM
    ),
    Command(
        name="reply", keys=("r",), label="reply", help="Write a reply; claims the case first.", act=Act.DRAFT
    ),
    Command(
        name="approve",
        keys=("a",),
        label="to approve",
        help="See the reply that waits, to approve it or send it back.",
    ),
    Command(name="triage", keys=("t",), label="triage", help="Set severity and queue.", act=Act.TRIAGE),
    Command(
        name="escalate",
        keys=("e",),
        label="escalate",
        help="Hand the case upwards, with a reason.",
        act=Act.ESCALATE,
    ),
    Command(name="note", keys=("n",), label="note", help="Write a note for colleagues.", act=Act.NOTE),
    Command(
        name="complaint",
        keys=("F",),
        label="complaint",
        help="Say that a formal complaint about this is open, or has ended.",
        footer=False,
        act=Act.TRIAGE,
    ),
    Command(
        name="handoff",
        keys=("h",),
        label="by hand",
        help="Post an approved reply by hand and record where.",
        act=Act.HANDOFF,
    ),
    Command(
        name="withdraw",
        keys=("w",),
        label="take back",
        help="Take an approved reply back before it is posted; the case is open again.",
        footer=False,
        act=Act.HANDOFF,
    ),
    Command(
        name="close",
        keys=("x",),
        label="close",
        help="Close the case, or open a closed one again.",
        act=Act.CLOSE,
    ),
    Command(
        name="reveal",
        keys=("o",),
        label="original",
        help="Open the sealed original, with a reason; this is audited.",
        act=Act.REVEAL,
    ),
    Command(
        name="mark",
        keys=("m",),
        label="mark",
        help="Mark a post: missed this, or wrongly hidden.",
        act=Act.NOTE,
    ),
    Command(
        name="undo_mark",
        keys=("U",),
        label="undo mark",
        help="Take the newest mark of this case back.",
        footer=False,
        act=Act.NOTE,
    ),
    Command(
        name="ask",
        keys=("g",),
        label="ask network",
        help="Ask the network how the post stands now.",
        footer=False,
        act=Act.VIEW,
    ),
    Command(
        name="resolve",
        keys=("u",),
        label="uncertain",
        help="Decide about a reply of which nobody knows whether it was posted.",
        footer=False,
        act=Act.RESOLVE_UNCERTAIN,
    ),
    BACK,
    HELP,
)
COMPOSE = (
    Command(
        name="save", keys=("ctrl+s",), label="save", help="Keep the reply; it is also kept when you leave."
    ),
    Command(
        name="submit",
        keys=("ctrl+t", "f5", "ctrl+enter"),
        label="ask for approval",
        help="Send the reply to the gate and on to an approver (Ctrl+T, F5 or Ctrl+Enter).",
        act=Act.SUBMIT,
    ),
    Command(
        name="back",
        keys=("escape",),
        label="back, keeping it",
        help="Keep the reply and go back.",
        palette=False,
    ),
    Command(name="help", keys=("f1",), label="help", help="What every key does here."),
)
APPROVAL = (
    Command(
        name="approve",
        keys=("a",),
        label="approve",
        help="Approve exactly this reply; you are asked once more.",
        act=Act.APPROVE,
    ),
    Command(
        name="reject",
        keys=("x",),
        label="send back",
        help="Send it back to its author, with a reason.",
        act=Act.REJECT,
    ),
    Command(
        name="next",
        keys=("n",),
        label="next reply",
        help="Show the next reply that waits in this case.",
        footer=False,
    ),
    BACK,
    HELP,
)
COVERAGE = (
    Command(
        name="close",
        keys=("c", "x"),
        label="close incident",
        help="Close the incident under the cursor, with a reason.",
        act=Act.LISTEN,
    ),
    Command(name="refresh", keys=("comma",), label="refresh", help="Read it again now.", footer=False),
    BACK,
    HELP,
)
SIGN_IN = (
    Command(name="leave", keys=("escape",), label="leave", help="Leave the desk.", palette=False),
    Command(name="help", keys=("f1",), label="help", help="What every key does here."),
)
HELP_SCREEN = (
    Command(name="back", keys=("q", "escape", "question_mark", "f1"), label="back", help="Close the help."),
)

PLACES = {
    "Queue": QUEUE,
    "Case": CASE,
    "Reply": COMPOSE,
    "Approval": APPROVAL,
    "Coverage": COVERAGE,
    "Sign-in": SIGN_IN,
    "Help": HELP_SCREEN,
}
"""Every place with its commands."""

EVERYWHERE = (
    ("j k ↑ ↓", "move; g and G go to the first and last line"),
    ("Enter", "open, or confirm in a box"),
    ("Esc or q", "back, one step at a time"),
    ("Tab", "to the next part of the screen"),
    ("Ctrl+P", "find a command by its name"),
    ("Ctrl+Q", "leave the desk; a reply being written is kept"),
)
"""What holds at every place."""


def find(commands: tuple[Command, ...], key: str) -> Command | None:
    """The command that a key asks for."""
    return next((command for command in commands if key in command.keys), None)
