"""Stand-ins for image-builder and osbuild, which no package registry offers.

A double has the real program's arguments, streams, files and exit codes and refuses what that
refuses; tests/contract runs the same cases on both. The faults they have on demand are listed in
``osbuild/faults.py`` and ``image_builder/faults.py``. They are programs of a build root and import
nothing of the library.
"""
