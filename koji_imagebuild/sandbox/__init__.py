"""A Koji for one machine: hub, builder and build roots, on 127.0.0.1 only."""
