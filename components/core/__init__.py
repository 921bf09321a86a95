"""The platform: one module per component, from namespaces to the Ingress."""
