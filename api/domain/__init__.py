"""The domain decides: pure functions over plain values. No Flask, no database, no clock."""
