"""The settings that a stack gives the backend by name, as variables of every process that loads it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pulumi
from pulumi_kubernetes.core.v1 import Secret

from ..kube.environment import Env, Kept, SecretRef, texts
from ..kube.metadata import Scope
from ..kube.secret import encoded
from ..settings.exposure import ExposureSettings
from ..settings.forail import ForailSettings

PREFIX = "FORAIL_SETTING_"
"""How a variable with a setting that is a secret begins; the setting's name follows."""


def django_env(
    name: str,
    forail: ForailSettings,
    exposure: ExposureSettings,
    secrets: Mapping[str, pulumi.Output[str]],
    scope: Scope,
    parent: pulumi.Resource,
) -> tuple[Env, ...]:
    """`forail.settings`, `auth` and `logLevel`: one variable with what is no secret as JSON, one for each secret.

    Makes a Secret called after `name` for `secrets`, those below `settingsSecrets`, where there are any.
    """
    declared = forail.declared(exposure.origins[0])
    refs = {
        setting: SecretRef(one.secret_name, one.key, Kept(path, one.secret_name))
        for setting, (path, one) in forail.existing_secrets().items()
    }
    if secrets:
        made = Secret(
            name,
            metadata=scope.meta("settings"),
            type="Opaque",
            data={setting: pulumi.Output.secret(value).apply(encoded) for setting, value in sorted(secrets.items())},
            opts=pulumi.ResourceOptions(parent=parent),
        )
        refs |= {setting: SecretRef(made.metadata.name, setting) for setting in secrets}
    return (
        *texts(FORAIL_SETTINGS=json.dumps(declared, sort_keys=True) if declared else None),
        *(Env(f"{PREFIX}{setting}", secret=ref) for setting, ref in sorted(refs.items())),
    )
