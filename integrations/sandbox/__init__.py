"""A pretend country to develop against: a civil registry, an electricity vendor, a wallet and an SMS centre."""

from integrations.sandbox.app import SandboxSettings, create_sandbox

__all__ = ["SandboxSettings", "create_sandbox"]
