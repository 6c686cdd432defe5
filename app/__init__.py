"""Mohala: a USSD and SMS gateway that opens government services to any phone."""

VERSION = "0.1.0"
