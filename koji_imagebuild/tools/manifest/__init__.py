"""osbuild on a manifest: all that follows once it is decided which packages an image is made of."""
