"""The optional assistant, its model server and its models."""

from __future__ import annotations

import re
from typing import Any

from tests.unit.deployment import Deployment
from tests.unit.pods import Pod, pods
from tests.unit.stacks import alone, every


def pod(label: str, stack: str = "everything") -> Pod:
    """A pod of the stack with everything."""
    return pods(every(stack))[label]


def plain() -> Deployment:
    """The assistant as it comes."""
    return alone().deploy(assistant={"enabled": True})


def test_without_it_nothing_of_it_is_there() -> None:
    assert not [item.urn for item in every("alone").resources if "ssistant" in item.urn]


def test_it_is_reachable_inside_the_cluster_only_unless_asked() -> None:
    assert plain().names("Ingress") == {"forail"}
    paths = plain().one("Ingress", "forail").inputs["spec"]["rules"][0]["http"]["paths"]
    assert not [path for path in paths if "assistant" in path["path"]]


def test_asked_for_it_is_on_every_host_under_its_prefix() -> None:
    ingress = every("everything").one("Ingress", "forail-assistant").inputs
    assert ingress["metadata"]["annotations"]["example.com/strip"] == "/assistant"
    for rule in ingress["spec"]["rules"]:
        (path,) = rule["http"]["paths"]
        assert path["path"] == "/assistant"
        assert path["backend"]["service"] == {"name": "forail-assistant", "port": {"number": 8100}}
    assert ingress["spec"]["tls"] == every("everything").one("Ingress", "forail").inputs["spec"]["tls"]


def test_assistant_and_models_are_kept_in_claims() -> None:
    sizes = {
        name: plain().one("PersistentVolumeClaim", name).inputs["spec"]["resources"]["requests"]["storage"]
        for name in ("forail-assistant-data", "forail-assistant-ollama-models")
    }
    assert sizes == {"forail-assistant-data": "5Gi", "forail-assistant-ollama-models": "20Gi"}
    assert "/data" in pod("Deployment/forail-assistant").container().mounts
    assert "/root/.ollama" in pod("Deployment/forail-assistant-ollama").container().mounts


def test_it_talks_to_its_model_server_with_a_token_for_its_clients() -> None:
    env = pod("Deployment/forail-assistant").env
    assert env["FORAIL_ASSISTANT_OLLAMA_BASE_URL"] == "http://forail-assistant-ollama:11434"
    assert env["FORAIL_ASSISTANT_OLLAMA_MODEL"] == "gemma3:1b"
    assert "forail-assistant-chat-token" in env["FORAIL_ASSISTANT_CHAT_TOKEN"]


def test_its_first_start_gets_five_minutes() -> None:
    probe = pod("Deployment/forail-assistant").container().raw["startupProbe"]
    assert (probe["failureThreshold"], probe["periodSeconds"]) == (30, 10)


def test_only_the_model_server_asks_for_a_gpu() -> None:
    def asks(item: Pod) -> Any:
        return item.container().raw["resources"]["limits"].get("nvidia.com/gpu")

    found = pods(every("everything"))
    assert asks(found["Deployment/forail-assistant-ollama"]) == "2"
    assert asks(found["Deployment/forail-assistant"]) is None
    assert asks(pods(plain())["Deployment/forail-assistant-ollama"]) is None


def test_models_are_fetched_once_for_each_model() -> None:
    other = alone().deploy(assistant={"enabled": True, "model": "gemma3:4b"})
    first, second = (deployment.one("Job", "forail-assistant-models").object_name for deployment in (plain(), other))
    # Eight digits, as the provider appends to names; a pod adds six characters and all must fit a label's 63.
    assert re.fullmatch(r"forail-assistant-models-[0-9a-f]{8}", first)
    assert first != second
    env = pods(other)["Job/forail-assistant-models"].env
    assert env["OLLAMA_MODEL"] == "gemma3:4b"
    assert env["OLLAMA_HOST"] == "http://forail-assistant-ollama:11434"
    script = pods(other)["Job/forail-assistant-models"].container()
    assert script.raw["command"][-1] in script.mounts


def test_pods_with_claims_for_one_node_are_recreated() -> None:
    for name in ("forail-assistant", "forail-assistant-ollama"):
        assert plain().one("Deployment", name).inputs["spec"]["strategy"] == {"type": "Recreate"}
