"""The double of osbuild 191."""
