"""The client for an address: of one server, of a cluster, or of whichever server sentinels name."""

from __future__ import annotations

from sessions.address import read_group
from sessions.cluster import ClusterClient
from sessions.connection import CoalescingClient
from sessions.sentinel import SentinelClient

Client = CoalescingClient | ClusterClient | SentinelClient


def client_for(url: str, *, deadline_seconds: float = 0.25) -> Client:
    """Raises `SettingsWrong` for a URL of no known shape, without repeating it."""
    group = read_group(url)
    if group is None:
        return CoalescingClient(url, deadline_seconds=deadline_seconds)
    if group.kind == "cluster":
        return ClusterClient(group.seeds, deadline_seconds=deadline_seconds)
    return SentinelClient(group.seeds, group.name, deadline_seconds=deadline_seconds)
