"""minidist: a dozen RPMs made from Debian packages and kiwi, to build small real images from.

``specs/`` is the distribution, with the files it adds in ``sources/``; the Makefile turns every
spec into an RPM. Two are build roots (buildroot-base, python3-kiwi), one is there to fail
(broken), the others are what images are made of.
"""
