"""What a cluster has besides Kubernetes: definitions of other projects and cert-manager, where a stack asks for it."""

from typing import cast

from rehearsal import cert_manager, definitions
from rehearsal.control_plane import ControlPlane
from rehearsal.failure import RehearsalError
from rehearsal.kubernetes.api import Api
from rehearsal.kubernetes.kubeconfig import load
from rehearsal.pins import EXTERNAL_SECRETS, GATEWAY_API
from rehearsal.project import Json, Project


def ensure(plane: ControlPlane, project: Project, stack: str) -> None:
    """Bring what the stack file names to a running control plane; a stack that names nothing costs nothing.

    `exposure.via: gateway` brings Gateway API, `secrets.externalSecrets` External Secrets, and `exposure.tls.mode:
    certManager` cert-manager with the issuer of `issuerRef`. What is there already stays.

    Raises:
        RehearsalError: something cannot be built, read or served, or the issuer is not cert-manager's own.
    """
    exposure = project.section(stack, "exposure")
    wanted = [GATEWAY_API] if exposure.get("via") == "gateway" else []
    wanted += [EXTERNAL_SECRETS] if "externalSecrets" in project.section(stack, "secrets") else []
    tls = _mapping(exposure, "tls")
    issued = tls.get("mode") == "certManager"
    if not wanted and not issued:
        return
    with Api(load(str(plane.kubeconfig))) as api, plane.progress.step("bringing what the stack needs of the cluster"):
        definitions.bring(api, wanted, plane.progress)
        if issued:
            cert_manager.start(plane, api)
            _issuer(plane, api, _mapping(tls, "issuerRef"), project.section(stack, "namespace"))


def _issuer(plane: ControlPlane, api: Api, reference: Json, namespace: Json) -> None:
    name, kind = reference.get("name"), str(reference.get("kind", "Issuer"))
    group = reference.get("group", cert_manager.GROUP)
    if not isinstance(name, str):
        return  # The program says what is wrong.
    if group != cert_manager.GROUP:
        raise RehearsalError(
            f"exposure.tls.issuerRef names an issuer of {group}, and the rehearsal has only cert-manager's own",
            "rehearse with a ClusterIssuer",
        )
    home = str(namespace.get("name", "forail"))
    if kind != cert_manager.CLUSTER_ISSUER and api.get(f"/api/v1/namespaces/{home}") is None:
        plane.progress.line(f"the Issuer {name} is made by the next `up`: its namespace {home} does not exist yet")
        return
    cert_manager.issuer(api, kind, name, cert_manager.NAMESPACE if kind == cert_manager.CLUSTER_ISSUER else home)


def _mapping(section: Json, key: str) -> Json:
    found = section.get(key)
    return cast("Json", found) if isinstance(found, dict) else {}
