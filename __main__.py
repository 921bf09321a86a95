"""Forail on Kubernetes: settings, provider, platform, outputs."""

import pulumi
import pulumi_kubernetes as kubernetes

from components.forail import Forail, ForailArgs
from components.settings.load import Settings


def main() -> None:
    """Declares one stack."""
    settings = Settings.load()
    for warning in settings.stack.warnings:
        pulumi.log.warn(warning)
    cluster = kubernetes.Provider(
        "kubernetes",
        # Without an identifier of its own a moved kubeconfig entry would replace every object.
        cluster_identifier=f"{settings.project}/{settings.name}",
        context=settings.stack.kubernetes.context,
    )
    forail = Forail(
        "forail",
        ForailArgs(stack=settings.stack, secrets=settings.secrets),
        pulumi.ResourceOptions(providers=[cluster]),
    )
    forail.outputs.export()


if __name__ == "__main__":
    main()
