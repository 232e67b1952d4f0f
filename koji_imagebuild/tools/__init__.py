"""The image tools: what differs between them, and nothing else."""
