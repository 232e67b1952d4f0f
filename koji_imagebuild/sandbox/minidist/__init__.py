"""minidist: a dozen RPMs made from Debian packages and kiwi, to build small real images from."""
