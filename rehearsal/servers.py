"""The command lines of the control plane's programs, all on 127.0.0.1."""

from dataclasses import dataclass
from pathlib import Path

from rehearsal.certificates import Certificates, KeyPair

SERVICE_NETWORK = "10.96.0.0/16"
POD_NETWORK = "10.244.0.0/16"
_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """One free TCP port for each listener."""

    etcd: int
    etcd_peer: int
    api: int
    controller_manager: int
    scheduler: int
    kwok: int


@dataclass(frozen=True)
class Server:
    """One program of the control plane.

    Args:
        name: the binary's name, also that of its log.
        arguments: its flags.
        health: the URL that answers 200 once it serves.
    """

    name: str
    arguments: list[str]
    health: str


def etcd(data: Path, ports: Ports, certificates: Certificates) -> Server:
    """The store; it does not wait for the disk, because a rehearsal's data may be lost with the machine."""
    client, peer = f"https://{_HOST}:{ports.etcd}", f"https://{_HOST}:{ports.etcd_peer}"
    arguments = [
        f"--data-dir={data}",
        "--unsafe-no-fsync",
        "--logger=zap",
        "--log-level=warn",
        f"--initial-cluster=default={peer}",
    ]
    for role, url in (("", client), ("peer-", peer)):
        listen, advertise = ("client", "advertise-client") if not role else ("peer", "initial-advertise-peer")
        arguments += [
            f"--listen-{listen}-urls={url}",
            f"--{advertise}-urls={url}",
            f"--{role}client-cert-auth=true",
            f"--{role}trusted-ca-file={certificates.authority}",
            f"--{role}cert-file={certificates.serving.certificate}",
            f"--{role}key-file={certificates.serving.key}",
        ]
    return Server("etcd", arguments, f"{client}/health")


def apiserver(ports: Ports, certificates: Certificates) -> Server:
    """The API server: client certificates, RBAC, Pod Security admission (a default plug-in), privileged allowed."""
    arguments = [
        f"--etcd-servers=https://{_HOST}:{ports.etcd}",
        f"--etcd-cafile={certificates.authority}",
        f"--etcd-certfile={certificates.serving.certificate}",
        f"--etcd-keyfile={certificates.serving.key}",
        f"--bind-address={_HOST}",
        f"--advertise-address={_HOST}",
        f"--secure-port={ports.api}",
        *_tls(certificates.serving),
        f"--client-ca-file={certificates.authority}",
        "--anonymous-auth=false",
        "--authorization-mode=Node,RBAC",
        "--allow-privileged=true",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={certificates.service_account_public}",
        f"--service-account-signing-key-file={certificates.service_account_key}",
        f"--service-cluster-ip-range={SERVICE_NETWORK}",
        # A loopback address is refused in the endpoints of the `kubernetes` Service, so nobody publishes it.
        "--endpoint-reconciler-type=none",
        "--profiling=false",
    ]
    return Server("kube-apiserver", arguments, f"https://{_HOST}:{ports.api}/readyz")


def controller_manager(ports: Ports, certificates: Certificates, kubeconfig: Path) -> Server:
    """The controllers, each with its own service account as on a real cluster."""
    arguments = [
        *_client(kubeconfig),
        f"--bind-address={_HOST}",
        f"--secure-port={ports.controller_manager}",
        *_tls(certificates.serving),
        f"--client-ca-file={certificates.authority}",
        f"--service-account-private-key-file={certificates.service_account_key}",
        f"--root-ca-file={certificates.authority}",
        "--use-service-account-credentials=true",
        "--leader-elect=false",
        "--kube-api-qps=200",
        "--kube-api-burst=400",
        "--pvclaimbinder-sync-period=1s",
        "--profiling=false",
    ]
    return Server("kube-controller-manager", arguments, f"https://{_HOST}:{ports.controller_manager}/healthz")


def scheduler(ports: Ports, certificates: Certificates, kubeconfig: Path) -> Server:
    """The scheduler with its default profile."""
    arguments = [
        *_client(kubeconfig),
        f"--bind-address={_HOST}",
        f"--secure-port={ports.scheduler}",
        *_tls(certificates.serving),
        f"--client-ca-file={certificates.authority}",
        "--leader-elect=false",
        "--profiling=false",
    ]
    return Server("kube-scheduler", arguments, f"https://{_HOST}:{ports.scheduler}/healthz")


def kwok(ports: Ports, kubeconfig: Path, stages: Path) -> Server:
    """The simulated kubelets: they move nodes, pods, claims and addresses through the given stages."""
    arguments = [
        f"--kubeconfig={kubeconfig}",
        "--manage-all-nodes=true",
        f"--config={stages}",
        f"--cidr={POD_NETWORK}",
        "--node-lease-duration-seconds=40",
        f"--server-address={_HOST}:{ports.kwok}",
    ]
    return Server("kwok", arguments, f"http://{_HOST}:{ports.kwok}/healthz")


def _tls(pair: KeyPair) -> list[str]:
    return [f"--tls-cert-file={pair.certificate}", f"--tls-private-key-file={pair.key}"]


def _client(kubeconfig: Path) -> list[str]:
    flags = ("kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig")
    return [f"--{flag}={kubeconfig}" for flag in flags]
