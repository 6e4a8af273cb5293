"""Line commands: every act of the desk without a terminal, for screen readers and scripts.

One command group a file; `app` puts them together. What they share: `frame` (options of every command, errors as
sentences, exit codes), `plain` (foreign text made harmless, times in words), `asking` (texts, passwords,
answers), `envelope` (the versioned JSON) and `rehearsing` (acts that change nothing under `--dry-run`).
stdout is data and stderr is talk; 0 is done, 1 refused or failed, 2 used wrongly.
"""
