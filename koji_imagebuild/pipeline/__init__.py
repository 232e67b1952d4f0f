"""The two flows, each written once: the parent's and the arch's."""
