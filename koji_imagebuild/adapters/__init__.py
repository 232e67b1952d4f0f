"""Koji's side of the ports: its untyped structs become our values here, and only here."""
