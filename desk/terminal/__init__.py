"""The terminal desk: what people see and press.

`gateway.py` is the only way to the casebook and knows no Textual. `foreign.py` and `backstop.py` are the
only ways for words that others wrote to reach a screen. `keys.py` declares every command once; help screen,
footer and palette come from it. `working.py` runs every database call in a named thread worker that touches
no widget; `messages.py` lists what comes back. Then `screens/` (whole places), `dialogs/` (one act each) and
`widgets/` (parts), each with its .tcss beside it. What must stay true: no bare string reaches a widget, and no act
is reachable by name from text.
"""
