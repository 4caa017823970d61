"""The backend of an express branch. See docs/architecture.md for the map of its floors."""
