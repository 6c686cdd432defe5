"""Watching agents: what looks odd in what they confirmed is a person's task, never a verdict."""
