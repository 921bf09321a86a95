"""What a cluster has besides Kubernetes: definitions of other projects and cert-manager, where a stack asks for it."""

from dataclasses import dataclass
from typing import cast

from rehearsal import cert_manager, definitions
from rehearsal.control_plane import ControlPlane
from rehearsal.failure import RehearsalError
from rehearsal.kubernetes.api import Api
from rehearsal.kubernetes.kubeconfig import load
from rehearsal.pins import EXTERNAL_SECRETS, GATEWAY_API, PROMETHEUS_OPERATOR, Definitions
from rehearsal.project import Json, Project


@dataclass(frozen=True)
class Issuer:
    """The issuer of cert-manager's own that a stack names."""

    kind: str
    name: str
    namespace: str
    """Of an Issuer: the platform's. Of a ClusterIssuer: where its Secrets are."""


@dataclass(frozen=True)
class Needs:
    """What a stack needs of its cluster."""

    definitions: tuple[Definitions, ...] = ()
    issuer: Issuer | None = None
    """With an issuer, cert-manager is needed too."""


def needs(project: Project, stack: str) -> Needs:
    """What the stack file names: `exposure.via: gateway`, `secrets.externalSecrets`, `monitoring.enabled`, and
    `exposure.tls.mode: certManager`.

    Raises:
        RehearsalError: the stack file cannot be read, or the issuer is not cert-manager's own.
    """
    exposure = project.section(stack, "exposure")
    found = (
        *((GATEWAY_API,) if exposure.get("via") == "gateway" else ()),
        *((EXTERNAL_SECRETS,) if "externalSecrets" in project.section(stack, "secrets") else ()),
        *((PROMETHEUS_OPERATOR,) if project.section(stack, "monitoring").get("enabled") is True else ()),
    )
    tls = _mapping(exposure, "tls")
    reference = _mapping(tls, "issuerRef")
    # What is wrong with it, the program says.
    if tls.get("mode") != "certManager" or not isinstance(reference.get("name"), str):
        return Needs(found)
    if reference.get("group", cert_manager.GROUP) != cert_manager.GROUP:
        raise RehearsalError(
            f"exposure.tls.issuerRef names an issuer of {reference['group']}, and the rehearsal has only "
            "cert-manager's own",
            "rehearse with a ClusterIssuer of cert-manager.io",
        )
    kind = str(reference.get("kind", "Issuer"))
    platform = str(project.section(stack, "namespace").get("name", "forail"))
    home = cert_manager.NAMESPACE if kind == cert_manager.CLUSTER_ISSUER else platform
    return Needs(found, Issuer(kind, str(reference["name"]), home))


def ensure(plane: ControlPlane, project: Project, stack: str) -> None:
    """Bring what the stack needs to a running control plane, where it is not there yet.

    Raises:
        RehearsalError: as `needs`, or something cannot be built, read or served.
    """
    wanted = needs(project, stack)
    if wanted == Needs():
        return
    with Api(load(str(plane.kubeconfig))) as api:
        definitions.bring(api, wanted.definitions, plane.progress)
        if wanted.issuer is not None:
            cert_manager.start(plane, api)
            _make(plane, api, wanted.issuer)


def _make(plane: ControlPlane, api: Api, wanted: Issuer) -> None:
    if api.get(f"/api/v1/namespaces/{wanted.namespace}") is None:
        plane.progress.line(
            f"the Issuer {wanted.name} cannot be made before its namespace {wanted.namespace}: run the command again "
            "when this `up` has ended for want of it"
        )
        return
    cert_manager.issuer(api, wanted.kind, wanted.name, wanted.namespace)


def _mapping(section: Json, key: str) -> Json:
    found = section.get(key)
    return cast("Json", found) if isinstance(found, dict) else {}
