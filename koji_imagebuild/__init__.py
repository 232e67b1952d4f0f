"""Build operating-system images on Koji's own builders.

Three Koji plugins share this library: ``hub_plugin``, ``builder_plugin`` and ``cli_plugin``.
"""

from __future__ import annotations

VERSION = "0.1.0"
