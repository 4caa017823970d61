"""When silence means that nobody does the work: the numbers behind the dead-man signal."""

from datetime import timedelta

BEAT_EVERY = timedelta(seconds=5)
SILENCE = timedelta(seconds=30)
"""Jobs that said nothing for longer, or a due row that waited for longer, are an alarm."""
