"""How the platform is reached and fenced: namespaces, certificate, exposure."""
