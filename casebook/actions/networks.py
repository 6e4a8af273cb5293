"""What networks say of themselves, noted by the monitor so that the desk, which asks none, can show it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from casebook.book import Casebook
from casebook.model import Network, new_id
from casebook.spending import NetworkFacts, as_facts
from casebook.unit_of_work import UnitOfWork


def note_networks(book: Casebook, networks: Iterable[NetworkFacts]) -> int:
    """Keep what each network says of itself, where that has changed; returns how many have.

    What was noted of a network that is not among them stays: its cases are still there.
    """
    told = list(networks)
    with book.store.write() as work:
        changed = sum(_note(book, work, network) for network in told)
        if changed:
            work.commit()
    return changed


def _note(book: Casebook, work: UnitOfWork, network: NetworkFacts) -> bool:
    facts = as_facts(network)
    row = work.networks.find(channel=network.channel)
    if row is None:
        work.networks.add(Network(id=new_id(), channel=network.channel, facts=facts, at=book.clock()))
        return True
    if dict(row.facts) == facts:
        return False
    work.networks.save(replace(row, facts=facts, at=book.clock()))
    return True
