"""Alembic migrations, good for SQLite and PostgreSQL alike."""
