"""Building again what an earlier task built: what of it can be reused, and what came of it."""
