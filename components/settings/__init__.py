"""Typed stack configuration: the only reader of `pulumi.Config`."""
