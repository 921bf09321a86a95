"""What a stack file says of its cluster."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from rehearsal.addons import Issuer, Needs, needs
from rehearsal.failure import RehearsalError
from rehearsal.pins import EXTERNAL_SECRETS, GATEWAY_API, PROMETHEUS_OPERATOR
from rehearsal.project import Project
from rehearsal.state import CHECKOUT

REFERENCE: Mapping[str, object] = {"name": "ca", "kind": "ClusterIssuer"}


def project(folder: Path, config: object) -> Project:
    """A project whose stack `dev` has this configuration."""
    (folder / "Pulumi.yaml").write_text("name: forail\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text(json.dumps({"config": config}))
    (folder / "__main__.py").touch()
    return Project.load(folder)


def issued_by(reference: object, **sections: object) -> dict[str, object]:
    tls = {"mode": "certManager", "issuerRef": reference}
    return {"forail:exposure": {"tls": tls}, **{f"forail:{key}": value for key, value in sections.items()}}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (None, Needs()),
        ({"forail:exposure": {"via": "ingress", "tls": {"mode": "existing"}}}, Needs()),
        ({"other:exposure": {"via": "gateway"}}, Needs()),
        ({"forail:exposure": "text"}, Needs()),
        ({"forail:exposure": {"via": "gateway"}}, Needs((GATEWAY_API,))),
        ({"forail:secrets": {"externalSecrets": {}}}, Needs((EXTERNAL_SECRETS,))),
        ({"forail:monitoring": {"enabled": True}}, Needs((PROMETHEUS_OPERATOR,))),
        ({"forail:monitoring": {"enabled": False}}, Needs()),
        (issued_by(REFERENCE), Needs(issuer=Issuer("ClusterIssuer", "ca", "cert-manager"))),
        (issued_by({"name": "ca"}), Needs(issuer=Issuer("Issuer", "ca", "forail"))),
        (issued_by({"name": "ca"}, namespace={"name": "tower"}), Needs(issuer=Issuer("Issuer", "ca", "tower"))),
        # The program refuses these.
        (issued_by({}), Needs()),
        (issued_by(None), Needs()),
    ],
)
def test_what_a_stack_needs_is_read_from_its_file(tmp_path: Path, config: object, expected: Needs) -> None:
    assert needs(project(tmp_path, config), "dev") == expected


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_stacks_of_the_checkout_need_nothing(stack: str) -> None:
    assert needs(Project.load(CHECKOUT), stack) == Needs()


def test_an_issuer_of_others_is_refused_with_the_way_out(tmp_path: Path) -> None:
    other = project(tmp_path, issued_by({**REFERENCE, "group": "awspca.cert-manager.io"}))
    with pytest.raises(RehearsalError, match=r"issuer of awspca\.cert-manager\.io.*\n.*with a ClusterIssuer"):
        needs(other, "dev")


def test_a_configuration_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RehearsalError, match="`config` is not a mapping"):
        needs(project(tmp_path, ["a"]), "dev")
