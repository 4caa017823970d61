"""The committed HTTP contract, and the program that writes it."""
