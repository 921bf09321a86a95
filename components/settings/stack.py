"""The whole stack file as one frozen value, with the rules that span sections."""

from __future__ import annotations

from typing import Any, Self, cast

from pydantic import Field, StrictBool, field_validator, model_validator

from ..schema.values import DnsSubdomain, quantity
from ..schema.words import ConflictError
from .adopt import AdoptSettings, as_left
from .application import ApplicationSections
from .content import ContentSettings
from .controllers import GROUP_NAME
from .exposure import ExposureSettings
from .images import RELEASE, ImageName, ImagesSettings
from .kubernetes import KubernetesSettings
from .metadata import CommonAnnotations, CommonLabels, too_large
from .namespace import NamespaceSettings
from .operator import OperatorSettings
from .postgres import ExternalPostgres, InClusterPostgres, Postgres
from .projects import ProjectsSettings
from .proxy import ProxySettings
from .reach import Via
from .redis import RedisSettings
from .registry_credentials import RegistryCredentialsSettings
from .releases import TOGETHER, unknown_mix
from .restore import LONGEST_DATABASE_NAME
from .rotation import RotationSettings
from .secrets import ExistingSecrets, SecretName
from .task import Execution, Nodes
from .trust import TrustSettings
from .upgrade import UpgradeBackup, UpgradeSettings
from .verify import VerifySettings

# The annotation that names the class as well; the API server refuses it beside another spec.ingressClassName.
INGRESS_CLASS = "kubernetes.io/ingress.class"
# The vendor's floor for a task pod that runs jobs itself; below it the first project sync was killed.
TASK_MEMORY_FLOOR = "4Gi"


class StackFile(ApplicationSections):
    """Everything `Pulumi.<stack>.yaml` can say that is not secret. Each field is the key `forail:<name>`."""

    kubernetes: KubernetesSettings = KubernetesSettings()
    """Which cluster."""
    namespace: NamespaceSettings = NamespaceSettings(name="forail")
    """The platform's namespace."""
    operator: OperatorSettings = OperatorSettings()
    """The operator."""
    images: ImagesSettings = ImagesSettings()
    """Images and their mirror."""
    image_pull_secrets: tuple[DnsSubdomain, ...] = ()
    """Names of existing pull Secrets, in the platform's namespace and the operator's."""
    registry_credentials: RegistryCredentialsSettings | None = None
    """Builds a pull Secret from these and the secret `registryPassword`."""
    common_labels: CommonLabels = Field(default_factory=dict[str, str])
    """Labels for every object."""
    common_annotations: CommonAnnotations = Field(default_factory=dict[str, str])
    """Annotations for every object."""
    destroy_data: StrictBool = False
    """`false` protects claims, the encryption key and what guards them, and the content's definitions, from replacement
    and `pulumi destroy`; `true` lets them go with the stack."""
    upgrade: UpgradeSettings = UpgradeSettings()
    """What an `up` may change, and the backup before it."""
    secrets: ExistingSecrets = ExistingSecrets()
    """Secrets that others keep."""
    rotation: RotationSettings = RotationSettings()
    """Epochs of generated secrets."""
    adopt: AdoptSettings | None = None
    """The data of a Helm release."""
    exposure: ExposureSettings = ExposureSettings()
    """Host, TLS, Ingress."""
    trust: TrustSettings | None = None
    """Private CAs that whatever talks to the outside trusts beside the public ones, jobs and project syncs included, in
    one of three ways. What exists already must be in the platform's namespace and in the operator's."""
    proxy: ProxySettings | None = None
    """The HTTP proxy by which the platform and its jobs reach the outside."""
    postgres: Postgres = InClusterPostgres()
    """Database server."""
    redis: RedisSettings = RedisSettings()
    """Redis."""
    projects: ProjectsSettings = ProjectsSettings()
    """Project repositories."""
    content: ContentSettings = ContentSettings()
    """Organizations, projects, templates and the like."""
    verify: VerifySettings = VerifySettings()
    """Proof that the platform works."""

    @model_validator(mode="before")
    @classmethod
    def _as_the_release_left_it(cls, given: Any) -> Any:
        sections = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
        adopts = isinstance(sections.get("adopt"), dict | AdoptSettings)
        return as_left(sections) if adopts else cast("Any", given)

    @field_validator("image_pull_secrets")
    @classmethod
    def _named_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        # A list with the name as its key, in which the API server applies no name twice.
        if len(set(names)) != len(names):
            raise ValueError("names a Secret twice: name each once")
        return names

    @model_validator(mode="after")
    def _ingresses_can_carry_their_annotations(self) -> Self:
        own = [("commonAnnotations", self.common_annotations), ("exposure.annotations", self.exposure.annotations)]
        if self.assistant.ingress is not None:
            own.append(("assistant.ingress.annotations", self.assistant.ingress.annotations))
        for count, (path, given) in enumerate(own, start=1):
            if too_large(*(mapping for _, mapping in own[:count])):
                raise ConflictError(
                    path,
                    "have more than 252 KiB together with those that the Ingress has beside them (commonAnnotations, "
                    "exposure.annotations): make them shorter or fewer",
                )
            ingress_class = self.exposure.ingress_class
            if self.exposure.via is Via.INGRESS and given.get(INGRESS_CLASS, ingress_class) != ingress_class:
                raise ConflictError(
                    path,
                    f"have {INGRESS_CLASS} beside another exposure.className, and the API server refuses two classes: "
                    "remove the annotation",
                )
        return self

    @model_validator(mode="after")
    def _the_assistants_ingress_is_one(self) -> Self:
        # Stripping the path and adding the token is left to annotations of an Ingress controller.
        if self.assistant.ingress is not None and self.exposure.via is not Via.INGRESS:
            raise ConflictError(
                "assistant.ingress",
                f"needs an Ingress, and exposure.via is {self.exposure.via}: drop it and lead a path to the Service "
                "forail-assistant yourself, or set exposure.via: ingress",
            )
        if self.assistant.ingress is not None and self.exposure.balances_each_ingress:
            raise ConflictError(
                "assistant.ingress",
                f"makes a second Ingress, and {self.exposure.controller} gives each a load balancer with an address of "
                f"its own: drop it, or with alb let them share one, by {GROUP_NAME} in exposure.annotations",
            )
        return self

    @model_validator(mode="after")
    def _content_has_an_operator(self) -> Self:
        declared = self.content.files or self.content.resources or self.content.fleet
        if declared and not self.operator.enabled:
            raise ConflictError(
                "operator.enabled", "is false, and content needs the operator: set it true, or remove content"
            )
        return self

    @model_validator(mode="after")
    def _two_namespaces(self) -> Self:
        if self.operator.enabled and self.namespace.name == self.operator.namespace.name:
            raise ConflictError(
                "operator.namespace.name", "is the same as namespace.name: the operator needs its own namespace"
            )
        return self

    @model_validator(mode="after")
    def _replicas_fit_claims(self) -> Self:
        for name, replicas in (("web", self.web.replicas), ("task", self.task.replicas)):
            if replicas > 1 and self.projects.storage.pins_to_one_node:
                raise ConflictError(
                    f"{name}.replicas",
                    "is above 1 and projects.storage.accessMode is ReadWriteOnce: set replicas: 1, or "
                    "projects.storage.accessMode: ReadWriteMany with a class that offers it",
                )
        if self.task.nodes is Nodes.EACH_POD and self.receptor.storage.existing_claim is not None:
            raise ConflictError(
                "receptor.storage.existingClaim",
                "is one claim, and each of several task pods needs its own: set task.replicas: 1, "
                "or drop existingClaim",
            )
        return self

    @model_validator(mode="after")
    def _restore_can_keep_the_old_database(self) -> Self:
        if self.restore is not None and len(self.postgres.database) > LONGEST_DATABASE_NAME:
            raise ConflictError(
                "postgres.database",
                f"is longer than {LONGEST_DATABASE_NAME} characters, and restore keeps the old one as "
                "<name>_before_restore: rename the database, or restore with the CronJob forail-restore",
            )
        return self

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is allowed and likely to hurt."""
        found: list[str] = []
        for host in self.exposure.hosts:
            if host == "local" or host.endswith(".local"):
                found.append(
                    f"exposure.host {host}: desktop Linux resolves .local by mDNS before /etc/hosts, so browsers show "
                    "'Server Not Found'; use another ending, such as .lan"
                )
        limit = self.task.resources.limits.memory
        if self.task.execution is Execution.HYBRID and limit and quantity(limit) < quantity(TASK_MEMORY_FLOOR):
            found.append(
                f"task.resources.limits.memory is {limit}: below {TASK_MEMORY_FLOOR} a first project sync was seen to "
                "end with exit code 137, which loses the job"
            )
        if self.trust is not None:
            found += self.trust.warnings()
            if self.operator.enabled and self.operator.chart is not None:
                found.append(
                    "trust: upstream's chart has no place for it, so an operator by operator.chart trusts none"
                )
        for name in self.images.moving():
            found.append(
                f"images.{name}.tag moves: the registry will put another image under it, and nodes that pull at "
                "different times run different ones; name the full version, such as "
                f"{RELEASE[name][1]}, or a digest"
            )
        mix = unknown_mix({name: self.images.version(name) for name in TOGETHER if self.uses(name)})
        if mix is not None:
            found.append(f"images: {mix}")
        return tuple(found)

    @property
    def own_hosts(self) -> tuple[str, ...]:
        """Hosts that no proxy stands before: the public ones, names in the namespace, an external database's and
        collector's, and the operator's URL's.
        """
        urls = (self.otel_collector.endpoint, self.operator.url)
        return (
            *self.exposure.hosts,
            f".{self.namespace.name}",
            *((self.postgres.host,) if isinstance(self.postgres, ExternalPostgres) else ()),
            *(url.partition("://")[2].partition(":")[0] for url in urls if url is not None),
        )

    @property
    def backs_up_before_upgrades(self) -> bool:
        """Whether a Job dumps the database before another backend version migrates it."""
        given = self.upgrade.backup
        return not self.destroy_data if given is None else given is UpgradeBackup.ALWAYS

    @property
    def secrets_needed(self) -> frozenset[SecretName]:
        """The secrets that this stack's pods read."""
        in_cluster, assistant = isinstance(self.postgres, InClusterPostgres), self.assistant.enabled
        unneeded = {
            SecretName.TLS_PRIVATE_KEY,
            SecretName.REGISTRY_PASSWORD,
            SecretName.PROXY_PASSWORD,
            *(() if in_cluster else (SecretName.POSTGRES_SUPERUSER_PASSWORD,)),
            *(() if assistant else (SecretName.ASSISTANT_CHAT_TOKEN,)),
            *(() if self.monitoring.enabled else (SecretName.MONITORING_TOKEN,)),
            *(() if self.secrets.path(SecretName.BACKUP_KEY_PASSPHRASE) else (SecretName.BACKUP_KEY_PASSPHRASE,)),
        }
        return frozenset(SecretName) - unneeded

    def uses(self, name: ImageName) -> bool:
        """Whether this stack can pull the image; not where the section of its name is off."""
        if name is ImageName.POSTGRES:
            return isinstance(self.postgres, InClusterPostgres) or self.backups.drill is not None
        if name is ImageName.EDGE:
            return self.exposure.via is Via.SERVICE
        if name is ImageName.RCLONE:
            return self.backups.copies is not None
        sections = {str(field.alias): attribute for attribute, field in type(self).model_fields.items()}
        section = self.assistant if name is ImageName.ASSISTANT_OLLAMA else sections.get(name.value)
        section = getattr(self, section) if isinstance(section, str) else section
        return bool(getattr(section, "enabled", True))

    @property
    def images_used(self) -> list[str]:
        """Every image that this stack can pull, execution environments included, sorted.

        An image is left out where the section of its name is off.
        """
        return sorted({self.images.reference(name) for name in ImageName if self.uses(name)})
