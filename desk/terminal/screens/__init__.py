"""The places of the desk: sign-in, queue, case, compose, approval, help."""
