"""Stand-ins for the official Pulumi plugins, used only where those cannot be installed."""

from rehearsal.providers.server import attach_variable, serve

__all__ = ["attach_variable", "serve"]
