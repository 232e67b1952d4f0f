"""A mock-style build root: filled by dnf, entered through private namespaces."""
