"""Namespace, Secret, ConfigMap, Deployment, Job and a protected claim: each await of the real program in small."""

import greeting
import pulumi
import pulumi_random as random
from pulumi_kubernetes import Provider, apps, batch, core, meta

provider = Provider("cluster", cluster_identifier=pulumi.get_stack())
options = pulumi.ResourceOptions(provider=provider)
namespace = core.v1.Namespace("fixture", metadata={"name": "fixture"}, opts=options)
where = namespace.metadata.name
password = random.RandomPassword("password", length=20, special=False)
secret = core.v1.Secret(
    "credentials",
    metadata={"name": "credentials", "namespace": where},
    string_data={"password": password.result},
    opts=options,
)
settings = core.v1.ConfigMap(
    "settings", metadata={"namespace": where}, data={"greeting": greeting.GREETING}, opts=options
)
claim = core.v1.PersistentVolumeClaim(
    "data",
    metadata={"name": "data", "namespace": where},
    spec={
        "access_modes": ["ReadWriteMany"],
        "storage_class_name": "fixture-class",
        "resources": {"requests": {"storage": "20Gi"}},
    },
    opts=pulumi.ResourceOptions(provider=provider, protect=True),
)


def pod(name: str, restart_policy: str, volumes: list[core.v1.VolumeArgs]) -> core.v1.PodTemplateSpecArgs:
    """A pod template with one container that reads both objects."""
    sources = [
        core.v1.EnvFromSourceArgs(config_map_ref=core.v1.ConfigMapEnvSourceArgs(name=settings.metadata.name)),
        core.v1.EnvFromSourceArgs(secret_ref=core.v1.SecretEnvSourceArgs(name=secret.metadata.name)),
    ]
    container = core.v1.ContainerArgs(name=name, image="registry.example/fixture:1", env_from=sources)
    return core.v1.PodTemplateSpecArgs(
        metadata=meta.v1.ObjectMetaArgs(labels={"app": name}),
        spec=core.v1.PodSpecArgs(containers=[container], restart_policy=restart_policy, volumes=volumes),
    )


job = batch.v1.Job(
    "migrate",
    metadata={"name": "migrate", "namespace": where},
    spec=batch.v1.JobSpecArgs(template=pod("migrate", "Never", [])),
    opts=options,
)
mounted = core.v1.VolumeArgs(
    name="data",
    persistent_volume_claim=core.v1.PersistentVolumeClaimVolumeSourceArgs(claim_name=claim.metadata.name),
)
web = apps.v1.Deployment(
    "web",
    metadata={"name": "web", "namespace": where},
    spec=apps.v1.DeploymentSpecArgs(
        replicas=2,
        selector=meta.v1.LabelSelectorArgs(match_labels={"app": "web"}),
        template=pod("web", "Always", [mounted]),
    ),
    opts=pulumi.ResourceOptions(provider=provider, depends_on=[job]),
)

pulumi.export("greeting", greeting.GREETING)
pulumi.export("namespace", where)
pulumi.export("ports", [80, 443])
pulumi.export("password", password.result)
