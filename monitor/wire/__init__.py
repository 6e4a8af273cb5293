"""What travels: how each network's queries are written and its bodies read, apart from who asks.

Plain functions over plain JSON, with no client library and no network, so that a channel file is left with
the asking alone: `queries` (what search languages share), `x`, `reddit`.
"""
