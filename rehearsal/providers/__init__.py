"""Stand-ins for the official Pulumi plugins. `rehearsal/plugins.py` decides which of the two serves."""

from rehearsal.providers.server import attach_variable, serve

__all__ = ["attach_variable", "serve"]
