"""Forail on Kubernetes: settings, providers, platform, outputs."""

import gc

# Half a million objects are imported, and all stay: to search them for garbage as often as usual took 0.3 s a preview.
gc.set_threshold(100_000)

from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes

from components.arguments import ForailArgs
from components.content import declared
from components.fleet import fleet
from components.forail import Forail
from components.settings.load import Settings


def main() -> None:
    """Declares one stack."""
    settings = Settings.load()
    folder, keys = Path(__file__).resolve().parent, settings.secrets.content_keys
    catalog = declared.catalog(settings.stack, folder, keys, settings.project)
    for warning in (*settings.stack.warnings, *catalog.warnings):
        pulumi.log.warn(warning)
    # Without an identifier of its own a moved kubeconfig entry would replace every object.
    identifier, context = f"{settings.project}/{settings.name}", settings.stack.kubernetes.context
    cluster = kubernetes.Provider("kubernetes", cluster_identifier=identifier, context=context)
    definitions = (
        kubernetes.Provider("definitions", cluster_identifier=identifier, context=context, upsert_existing_objects=True)
        if settings.stack.operator.enabled
        else None
    )
    args = ForailArgs(
        stack=settings.stack,
        secrets=settings.secrets,
        catalog=catalog,
        definitions_provider=definitions,
        fleet=fleet(settings.stack),
        stack_name=settings.name,
    )
    Forail("forail", args, pulumi.ResourceOptions(providers=[cluster])).outputs.export()


if __name__ == "__main__":
    main()
