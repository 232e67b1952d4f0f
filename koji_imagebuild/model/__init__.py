"""Values: what is asked, what is built, what came out. No I/O."""
