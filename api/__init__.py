"""The backend of an express branch. See docs/architecture.md for the map of its floors."""

from api import memory

memory.look_seldom()
