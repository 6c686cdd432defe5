"""Conversations as data: read, played through the real house, judged, rewritten."""
