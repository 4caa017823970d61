"""Flask glue: one unit of work per request, who is calling, errors, logs. No business is decided here."""
