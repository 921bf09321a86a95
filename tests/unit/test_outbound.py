"""Who trusts the stack's CAs and goes by its proxy: the pods of one table, in every stack, and no others."""

from __future__ import annotations

import base64
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib import request
from urllib.parse import unquote, urlsplit

import pytest

from components.kube.files import text
from components.outbound import ADDED_FOLDER, FOLDER, PODMAN, STORE
from components.settings.proxy import PROXY_VARIABLES
from components.settings.trust import STORE_FILE_VARIABLES, STORE_VARIABLES
from tests.unit.certificates import Authority
from tests.unit.deployment import Deployment
from tests.unit.pods import MERGES_CAS, Container, Pod, pods
from tests.unit.stacks import EVERY, PROXY, alone, dev, every

# What urllib asks before it uses a proxy; its type is in no stub.
goes_directly = cast("Callable[[str, dict[str, str]], bool]", vars(request)["proxy_bypass_environment"])
VARIABLES = frozenset({*STORE_VARIABLES, *PROXY_VARIABLES})
WITH = ("everything", "elsewhere")
# A container of each: what it runs, and whether it goes by the proxy.
MERGED = {
    *("forail-web web", "forail-task task", "forail-init migrate", "forail-init bootstrap", "forail-restore restore"),
    *("forail-backup-drill drill", "forail-verify verify"),
}
BESIDE = {
    *("forail-backup copy", "forail-backup-drill fetch", "forail-restore fetch", "forail-assistant-ollama ollama"),
    "forail-operator manager",
}
# They reach nothing but Forail itself, or read no proxy.
WITHOUT_PROXY = {"forail-operator manager", "forail-verify verify"}
TRUSTED = {"trust": {"bundle": Authority("Test").pem}}


def containers(deployment: Deployment) -> dict[str, list[tuple[Pod, Container]]]:
    """Every container, by the name of what makes its pods and its own; Job and CronJob may have one name."""
    found: dict[str, list[tuple[Pod, Container]]] = {}
    for pod in pods(deployment).values():
        for container in pod.containers:
            found.setdefault(f"{pod.owner.name} {container.name}", []).append((pod, container))
    return found


def sources(pod: Pod) -> dict[str, dict[str, Any]]:
    """The pod's volumes by name."""
    return {volume["name"]: volume for volume in pod.spec.get("volumes", [])}


@pytest.mark.parametrize("stack", WITH)
def test_the_pods_of_the_table_reach_the_outside_and_no_others(stack: str) -> None:
    found = containers(every(stack))

    def told(variable: str) -> set[str]:
        for name, held in found.items():
            assert len({variable in container.env for _, container in held}) == 1, name
        return {name for name, held in found.items() if variable in held[0][1].env}

    assert told("SSL_CERT_FILE") == MERGED & found.keys()
    assert told("SSL_CERT_DIR") == BESIDE & found.keys()
    assert told("HTTPS_PROXY") == ((MERGED | BESIDE) & found.keys()) - WITHOUT_PROXY
    assert {*MERGED, *BESIDE} <= {name for each in WITH for name in containers(every(each))}


@pytest.mark.parametrize("stack", WITH)
def test_each_container_is_told_of_a_store_that_it_mounts(stack: str) -> None:
    for name, held in containers(every(stack)).items():
        for pod, container in held:
            told = {variable: value for variable, value in container.env.items() if variable in STORE_VARIABLES}
            if name in MERGED:
                assert told == dict.fromkeys(STORE_FILE_VARIABLES, STORE), name
                assert container.mounts[FOLDER]["readOnly"], name
                assert sources(pod)[container.mounts[FOLDER]["name"]]["emptyDir"] == {}, name
                assert pod.containers[0].name == MERGES_CAS, f"{name} may start before its store is there"
            elif name in BESIDE:
                assert told == {"SSL_CERT_DIR": ADDED_FOLDER}, name
                assert [path for path in container.mounts if path.startswith(ADDED_FOLDER)], name
            else:
                assert told == {}, name


@pytest.mark.parametrize("stack", WITH)
def test_what_merges_the_store_has_the_readers_image_and_the_stacks_cas(stack: str) -> None:
    every_container = ((pod, container) for pod in pods(every(stack)).values() for container in pod.containers)
    merging = [(pod, container) for pod, container in every_container if container.name == MERGES_CAS]
    assert merging
    for pod, container in merging:
        readers = [each.raw["image"] for each in pod.containers if "SSL_CERT_FILE" in each.env]
        assert set(readers) == {container.raw["image"]}, pod.label
        # It copies some hundred kilobytes, with bash.
        resources = container.raw["resources"]
        assert resources["requests"] == {"memory": "16Mi", "cpu": "10m"}
        assert resources["limits"] == {"memory": "64Mi", "cpu": "500m"}
        script, added, store = container.raw["command"][1:]
        assert (script, store) == ("/etc/forail/trust-merge.sh", STORE)
        assert added == f"{ADDED_FOLDER}/ca.crt"
        assert "readOnly" not in container.mounts[FOLDER]
        mounted = next(mount for path, mount in container.mounts.items() if path.startswith(ADDED_FOLDER))
        assert "configMap" in sources(pod)[mounted["name"]]


@pytest.mark.parametrize(
    ("given", "said", "holder", "named"),
    [
        ("existingConfigMap", "configMapName", "configMap", "name"),
        ("existingSecret", "secretName", "secret", "secretName"),
    ],
)
def test_what_exists_is_mounted_as_the_same_file(given: str, said: str, holder: str, named: str) -> None:
    deployment = alone().deploy(trust={given: {said: "cas", "key": "ca.pem"}})
    web = pods(deployment)["Deployment/forail-web"]
    source = sources(web)["trust-added"][holder]
    assert (source[named], source["items"]) == ("cas", [{"key": "ca.pem", "path": "ca.crt"}])
    assert source.get("optional") is None, "a pod without it must not start"
    # Nothing of the stack's own would change with it.
    assert "forail-outbound-trust-added" not in deployment.names("ConfigMap")


@pytest.mark.parametrize("stack", sorted(EVERY.keys() - set(WITH)))
def test_a_stack_that_names_neither_has_no_trace_of_them(stack: str) -> None:
    deployment = every(stack)
    assert not deployment.all("OutboundConfiguration")
    for name, held in containers(deployment).items():
        assert not held[0][1].env.keys() & VARIABLES, name
        handed_on = re.compile(r"FORAIL_JOB_(VARIABLES|POD)")
        assert not [variable for variable in held[0][1].env if handed_on.match(variable)], name
        assert not [path for path in held[0][1].mounts if "trust" in path], name


def test_one_without_the_other() -> None:
    web = pods(alone().deploy(**TRUSTED))["Deployment/forail-web"].env
    assert not web.keys() & set(PROXY_VARIABLES)
    assert "FORAIL_JOB_VARIABLES" not in web
    web = pods(alone().deploy(proxy={"https": PROXY}))["Deployment/forail-web"].env
    assert not web.keys() & set(STORE_VARIABLES)
    assert (web["HTTPS_PROXY"], web["https_proxy"]) == (PROXY, PROXY)
    assert not {"HTTP_PROXY", "http_proxy"} & web.keys()


def names_of(deployment: Deployment, namespace: str) -> set[str]:
    """Every name by which a Service can be asked for."""
    services = {item.object_name for item in deployment.all("Service")}
    ends = ("", f".{namespace}", f".{namespace}.svc", f".{namespace}.svc.cluster.local")
    return {f"{service}{end}" for service in services for end in ends}


@pytest.mark.parametrize(
    ("stack", "namespace", "further"),
    [
        ("everything", "forail", {"forail.example.com", "forail.example.org", "a.example.net"}),
        ("elsewhere", "apps", {"forail.lan", "db.example.com", "collector.observability"}),
    ],
)
def test_no_address_of_ones_own_goes_by_the_proxy(stack: str, namespace: str, further: set[str]) -> None:
    env = pods(every(stack))["Deployment/forail-web"].env
    assert env["NO_PROXY"] == env["no_proxy"]
    # The kubelet puts the address in.
    direct = {"no": env["NO_PROXY"].replace("$(KUBERNETES_SERVICE_HOST)", "10.96.0.1")}
    always = {"localhost", "127.0.0.1", "10.96.0.1", "kubernetes.default.svc"}
    own = names_of(every(stack), namespace) | further | always
    assert not [host for host in sorted(own) if not goes_directly(host, direct)]
    for outside in ("github.com", "example.com", "galaxy.ansible.com", "notforail-web.example"):
        assert not goes_directly(outside, direct), outside


def proxy_of(deployment: Deployment) -> Mapping[str, str]:
    """The addresses in the proxy's Secret."""
    secret = deployment.one("Secret", "forail-outbound-proxy")
    assert secret.is_secret("data.https")
    return {scheme: base64.b64decode(value).decode() for scheme, value in secret.inputs["data"].items()}


def test_a_password_reaches_the_proxy_whole_and_only_by_reference() -> None:
    password = "p@ss: word/ü%"
    stack = alone()
    with_password = type(stack)(stack.config, {"proxyPassword": password})
    deployment = with_password.deploy(proxy={"https": PROXY, "username": "corp\\robot"})
    found = urlsplit(proxy_of(deployment)["https"])
    assert (unquote(found.username or ""), unquote(found.password or "")) == ("corp\\robot", password)
    assert (found.scheme, found.hostname, found.port) == ("http", "proxy.example.com", 3128)
    name = deployment.one("Secret", "forail-outbound-proxy").object_name
    for label, pod in pods(deployment).items():
        for container in pod.containers:
            assert container.env.get("HTTPS_PROXY", f"secret:{name}/https") == f"secret:{name}/https", label


def test_another_password_makes_another_secret() -> None:
    secrets = [
        type(dev())(alone().config, {"proxyPassword": password})
        .deploy(proxy={"https": PROXY, "username": "robot"})
        .one("Secret", "forail-outbound-proxy")
        for password in ("one", "two")
    ]
    assert len({secret.inputs["data"]["https"] for secret in secrets}) == 2
    assert all("name" not in secret.inputs["metadata"] for secret in secrets)


def test_jobs_in_pods_of_their_own_get_the_store_by_their_pod_spec() -> None:
    bootstrap = pods(every("elsewhere"))["Job/forail-init"].container("bootstrap")
    part = json.loads(bootstrap.env["FORAIL_JOB_POD"])
    told = {variable["name"]: variable["value"] for variable in part["env"]}
    assert told == dict.fromkeys(STORE_FILE_VARIABLES, STORE)
    (mount,), (first,) = part["volumeMounts"], part["initContainers"]
    assert (mount["mountPath"], mount["readOnly"]) == (FOLDER, True)
    volumes = {volume["name"]: volume for volume in part["volumes"]}
    assert {each["name"] for each in (mount, *first["volumeMounts"])} == volumes.keys()
    assert volumes[mount["name"]]["emptyDir"] == {}
    assert [each["mountPath"] for each in first["volumeMounts"] if not each.get("readOnly")] == [FOLDER]
    # The CAs beside which the stack's go are those of the environment that runs the jobs.
    assert first["image"] == bootstrap.env["FORAIL_JOB_EXECUTION_ENVIRONMENT"]
    assert all(name.startswith("forail-stack-") for name in (first["name"], *volumes))


def test_jobs_in_the_task_pod_get_the_store_by_podmans_defaults() -> None:
    assert "FORAIL_JOB_POD" not in pods(every("everything"))["Job/forail-init"].container("bootstrap").env
    mounted = [label for label, pod in pods(every("everything")).items() if PODMAN.path in pod.text]
    assert mounted == ["StatefulSet/forail-task"]
    # In pods of their own podman runs nothing.
    assert not [label for label, pod in pods(every("elsewhere")).items() if PODMAN.path in pod.text]
    given = tomllib.loads(text(PODMAN.source))["containers"]
    assert given["volumes"] == [f"{FOLDER}:{FOLDER}:ro"]
    assert given["env"] == [f"{name}={STORE}" for name in STORE_FILE_VARIABLES]


def test_an_operator_by_a_chart_gets_neither() -> None:
    deployment = dev().deploy(**TRUSTED, proxy={"https": PROXY}, operator={"chart": {"source": "./chart"}})
    assert "forail-operator-outbound" not in deployment.names("OutboundConfiguration")
