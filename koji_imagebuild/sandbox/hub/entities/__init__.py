"""What the hub knows and enforces, one kind of thing a module; calls/ puts it on the wire."""
