"""KIWI: image descriptions in XML, built by ``kiwi-ng``."""
