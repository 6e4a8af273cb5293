"""Speed, measured and never asserted: each figure stands beside a baseline taken in the same run."""
