"""What each network says of itself, in the words of the record."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping

from casebook.spending import UNLIMITED, Ceiling, NetworkFacts, Tariff, as_facts, from_facts
from monitor.channel import Channel

log = logging.getLogger("voicedesk.monitor")


def described(channels: Mapping[str, Channel], ceilings: Mapping[str, Ceiling]) -> Iterator[NetworkFacts]:
    """Each channel's facts; nothing is asked of a network.

    A channel that cannot say what it is (a plugin's own may raise anything) is left out, and that is logged.
    """
    for name, channel in channels.items():
        try:
            yield _described(name, channel, ceilings.get(name, UNLIMITED))
        except Exception as error:  # noqa: BLE001 - one plugin's trouble never stops the others
            log.warning("%s does not say what it can do: %s", name, type(error).__name__)


def _described(name: str, channel: Channel, ceiling: Ceiling) -> NetworkFacts:
    able = channel.capabilities
    prices = able.prices
    said = NetworkFacts(
        channel=name,
        title=able.title,
        can_reply=able.can_reply,
        looks_up=able.looks_up,
        resend_within=able.resend_within,
        read_back_lag=able.read_back_lag,
        longest_reply=able.longest_reply,
        account=able.account,
        tariff=Tariff(prices.currency, prices.read, prices.reply, prices.reply_with_link, prices.source),
        ceiling=ceiling,
    )
    # A plugin may say anything: it is taken through the same door as what is read back.
    return from_facts(name, as_facts(said))
