"""From files and mappings to resources whose form is right."""
