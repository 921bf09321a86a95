"""Further tokens: made, kept, given to the init Job, and among the outputs."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.unit.deployment import Deployment
from tests.unit.pods import pods
from tests.unit.stacks import alone, every

TOKENS = [{"name": "grafana", "user": "metrics"}, {"name": "ci", "user": "ci", "scope": "write"}]


def declared(*tokens: Any) -> Deployment:
    return alone().deploy(forail={"tokens": list(tokens)})


def test_each_value_is_an_output_and_in_the_one_secret_that_the_init_job_reads() -> None:
    deployment = declared(*TOKENS)
    values = {
        item.name.removeprefix("forail-tokens/"): item.state["result"].value
        for item in deployment.all("RandomPassword")
        if item.name.startswith("forail-tokens/")
    }
    assert set(values) == {"grafana", "ci"}
    assert deployment.outputs["tokens"] == values
    assert "tokens" in deployment.secret_outputs
    kept = base64.b64decode(deployment.one("Secret", "forail-tokens").inputs["data"]["tokens.json"])
    assert json.loads(kept) == values
    bootstrap = pods(deployment)["Job/forail-init"].container("bootstrap")
    assert json.loads(bootstrap.env["FORAIL_TOKENS"]) == [
        {"name": "grafana", "user": "metrics", "scope": "read"},
        {"name": "ci", "user": "ci", "scope": "write"},
    ]
    [variable] = [item for item in bootstrap.raw["env"] if item["name"] == "FORAIL_TOKEN_VALUES"]
    assert variable["valueFrom"]["secretKeyRef"]["key"] == "tokens.json"


def test_only_the_bootstrap_step_gets_them() -> None:
    reading = [
        f"{label} {container.name}"
        for label, pod in pods(declared(*TOKENS)).items()
        for container in pod.containers
        if "FORAIL_TOKEN_VALUES" in container.env
    ]
    assert reading == ["Job/forail-init bootstrap"]


def test_an_epoch_makes_a_new_value_of_one_token() -> None:
    def keepers(deployment: Deployment) -> dict[str, Any]:
        return {item.name: item.inputs.get("keepers") for item in deployment.all("RandomPassword")}

    before, after = keepers(declared(*TOKENS)), keepers(declared({**TOKENS[0], "epoch": 2}, TOKENS[1]))
    assert {name for name in before if before[name] != after[name]} == {"forail-tokens/grafana"}


def test_without_tokens_nothing_is_made() -> None:
    assert not [item for item in every("alone").objects if "tokens" in item.name]
    assert every("alone").outputs["tokens"] == {}
    container = pods(every("alone"))["Job/forail-init"].container("bootstrap")
    assert not {"FORAIL_TOKENS", "FORAIL_TOKEN_VALUES"} & set(container.env)


def test_tokens_of_two_forails_never_share_a_urn() -> None:
    """`a` with the token `tokens-ci`, and `a-tokens` with `ci`: both would be `a-tokens-tokens-ci`."""
    first, second = (
        {
            item.name.replace("forail", name, 1)
            for item in declared({**TOKENS[1], "name": token}).all("RandomPassword")
            if "tokens" in item.name
        }
        for name, token in (("a", "tokens-ci"), ("a-tokens", "ci"))
    )
    assert first
    assert second
    assert not first & second
