"""Silent refreshes: how often a phone hears that its feed has news, and for how long that is of use."""

from datetime import timedelta

EVERY = timedelta(seconds=30)
"""A person's phones are told so at most this often; what changes meanwhile is told at the end of it."""

USEFUL_FOR = timedelta(minutes=5)
"""A phone that was off for longer asks for its feed by itself when it wakes."""
