"""The first assessment of a text: lexicons and rules in data files, read in memory on the raw text.

The map: `organisation` (who we are), `rules` (the format of the data files), `relevance`, `sentiment` and
`judge` (labels from what fired). What comes out holds labels and offsets, never words of the text. Missing a
crisis is worst, so what is found in doubt is kept and marked unsure.
"""

from __future__ import annotations

from monitor.assess.judge import assess
from monitor.assess.organisation import Organisation

__all__ = ["Organisation", "assess"]
