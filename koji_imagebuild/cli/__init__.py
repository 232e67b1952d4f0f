"""``koji image-build-local``: what is typed, what is sent, and what is seen while it is built."""
