"""Watching a task: ask the hub, show what changed, report how it ended."""
