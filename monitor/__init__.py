"""The only room that talks to the networks, and the only one that reads raw text.

The map: `channel` (what every network must offer), `channels/` (one network a file), `reader` (raw text
in, a Reading out), `intake` (a page of posts, read and committed), `schedule` (which listener is due),
`outbox` (approved replies, sent once) and `requests` (what the desk asks of a network).
"""
