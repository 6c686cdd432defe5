"""A pretend country to develop against: civil registry, electricity vendor, wallet, SMS centre and directory."""

from integrations.sandbox.app import SandboxSettings, create_sandbox

__all__ = ["SandboxSettings", "create_sandbox"]
