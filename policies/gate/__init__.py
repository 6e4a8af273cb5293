"""How a draft is read by the reply gate, one question a module.

`fold` makes words fit for matching, `phrases` is the language managers write wording in, `wording` runs the
phrase rules, `links` the allow-list, `identity` what would name somebody, `duty` what a reply must not
leave out (a way to reach us, a signpost in a crisis). Each gives `GateFinding`s; `policies.replies` joins them.
"""
