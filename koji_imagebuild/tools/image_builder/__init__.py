"""image-builder: a manifest for osbuild from an image type, a blueprint and repositories."""
