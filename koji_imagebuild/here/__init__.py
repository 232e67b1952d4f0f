"""A build on this machine, without a Koji: the same files and the same ``…image-build.json``."""
