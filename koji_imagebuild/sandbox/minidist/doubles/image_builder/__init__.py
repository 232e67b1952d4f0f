"""The double of image-builder 79."""
