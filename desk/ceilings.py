"""The budgets that are configured, as the casebook counts: whole requests and millionths."""

from __future__ import annotations

from casebook.spending import MICROS, Ceiling
from desk.settings import Settings


def ceilings(settings: Settings) -> dict[str, Ceiling]:
    """What each channel may be asked, by channel; one without a budget is left out."""
    return {
        one.channel: Ceiling(
            one.calls_a_day,
            None if one.money_a_month is None else round(one.money_a_month * MICROS),
            one.reserve,
        )
        for one in settings.budget
    }
