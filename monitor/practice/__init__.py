"""The practice network: a small social network inside the product, for training, the demo and tests.

The map: `script` (the posts as plain types, with what is expected of each), `loading` (reading and checking
them), `network` (the network as it stands now: posts appear, change and vanish as time passes, and replies
are taken), `journal` (what happened on it, kept in memory or in a file), `errors`. The posts lie beside this
file: `*.yaml` for people to read and write, `hostile.jsonl` for posts of characters that YAML cannot carry.

Every person, place and organisation in the posts is invented. Nothing here reaches outside this machine.
"""
