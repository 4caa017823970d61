"""Scheduled work: finds due rows and calls services, or hands queued notices to an integration."""
