"""The `voicedesk` command."""

from __future__ import annotations

import os
import sys
import traceback


def main() -> None:
    """Run the command line. An error that nobody foresaw shows its kind and place, never its text."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal of few characters shows the others as codes instead of ending the command.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    from desk.cli.app import build

    try:
        build()(prog_name="voicedesk")
    except BrokenPipeError:
        # Whoever read our output has stopped; Python's own flush at exit must not complain about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - its text may hold a post or a secret
        frames = traceback.extract_tb(error.__traceback__)
        place = (
            f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else "an unknown place"
        )
        sys.stderr.write(
            f"Something went wrong that was not foreseen ({type(error).__name__} at {place}). "
            "What was committed before is kept. Please report this line.\n"
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
