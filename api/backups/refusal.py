"""What stops a backup or a restore, as a sentence for the operator."""


class BackupRefused(Exception):
    """It was not done, and nothing was changed; the message says why and how to mend it."""
