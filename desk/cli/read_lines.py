"""The reading process: the Reader on standard input and output, started by `desk.bootstrap.reader_process`.

It reads no configuration, opens no casebook and holds no key; whose names to keep in clear comes as JSON in one
variable of its environment.
"""

from __future__ import annotations

import json
import os
import sys

from desk.bootstrap import READ_LINES_ORGANISATION


def main() -> int:
    """Read lines until the desk closes them."""
    from monitor.filters import serve
    from monitor.reader import build_reader

    organisation = json.loads(os.environ.get(READ_LINES_ORGANISATION, "{}"))
    serve(build_reader(organisation), sys.stdin.buffer, sys.stdout.buffer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
