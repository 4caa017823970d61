"""Backups: one sealed file that holds a database and its proofs, and the way back. Operators call it."""
