"""What one notice says in one language, with places to be filled in."""

from dataclasses import dataclass
from string import Formatter


@dataclass(frozen=True, slots=True)
class Text:
    """What is read: title and body of a push; subject and body of a message to a contact."""

    title: str
    body: str

    def placeholders(self) -> set[str]:
        """Return the names that must be filled in."""
        return {name for _, name, _, _ in Formatter().parse(self.title + self.body) if name}
