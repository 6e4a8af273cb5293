"""`make bench-redaction`: what is found, what leaks and what is hidden for nothing, beside stock Presidio."""
