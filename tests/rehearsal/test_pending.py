"""What a killed run left in flight, taken into the state."""

import json
from pathlib import Path

from rehearsal import pending


def test_creations_in_flight_are_adopted_by_what_the_provider_would_call_them(tmp_path: Path) -> None:
    def creating(kind: str, inputs: object) -> dict[str, object]:
        return {"type": "creating", "resource": {"urn": f"urn:{kind}", "type": kind, "inputs": inputs}}

    operations = [
        creating("kubernetes:core/v1:Secret", {"metadata": {"name": "forail-tls", "namespace": "forail"}}),
        creating("kubernetes:core/v1:Namespace", {"metadata": {"name": "forail"}}),
        creating("random:index/randomPassword:RandomPassword", {"length": 20}),
        {"type": "updating", "resource": {"urn": "urn:other", "type": "kubernetes:core/v1:Secret"}},
    ]
    state = tmp_path / "dev.json"
    assert not pending.in_flight(state)
    state.write_text(json.dumps({"checkpoint": {"latest": {"pending_operations": operations}}}))
    assert pending.in_flight(state)

    deployment = {"resources": [{"urn": "urn:stack"}], "pending_operations": operations}
    settled = json.loads(pending.adopted(json.dumps({"version": 3, "deployment": deployment})))["deployment"]
    assert [(resource["urn"], resource.get("id")) for resource in settled["resources"]] == [
        ("urn:stack", None),
        ("urn:kubernetes:core/v1:Secret", "forail/forail-tls"),
        ("urn:kubernetes:core/v1:Namespace", "forail"),
    ]
    assert "pending_operations" not in settled
