"""Content of any size and of the usual mix, for measurements: `python -m tests.unit.content.generate 10000`."""

from __future__ import annotations

import sys
import time
from typing import Any

from components.api.kinds import Kind
from components.content.catalog import Catalog
from components.content.read.documents import Document
from tests.unit.content.manifests import KNOWN, Manifest, manifest

_TEAM_SIZE = 12
"""Resources of one generated team: one organization, team and credential, two projects and inventories, five others."""


def manifests(count: int) -> list[Manifest]:
    """`count` valid manifests, team after team; the last team may be incomplete, never dangling."""
    found: list[Manifest] = []
    for number in range(count // _TEAM_SIZE + 1):
        found += _team(number)
    return found[:count]


def documents(count: int) -> list[Document]:
    """The same as documents of one file."""
    return [Document(f"generated.yaml#{number}", data) for number, data in enumerate(manifests(count), start=1)]


def seconds(count: int) -> float:
    """CPU seconds that reading and checking `count` parsed manifests takes."""
    given = documents(count)
    before = time.process_time()
    catalog = Catalog.load(given, "content", KNOWN)
    taken = time.process_time() - before
    if len(catalog.resources) != count:
        raise RuntimeError(f"{len(catalog.resources)} resources were read of {count}")
    return taken


def _team(number: int) -> list[Manifest]:
    org = f"org-{number}"
    hosts = [{"name": f"host-{place}.{org}", "variables": f"rack: {place}"} for place in range(20)]
    groups: list[dict[str, Any]] = [
        {"name": "web", "hosts": [host["name"] for host in hosts[:10]]},
        {"name": "database", "hosts": [host["name"] for host in hosts[10:]]},
        {"name": "all-of-it", "children": ["web", "database"]},
    ]
    nodes = [
        {"identifier": f"step-{step}", "unifiedJobTemplate": f"deploy-{number}", "successNodes": [f"step-{step + 1}"]}
        for step in range(9)
    ]
    nodes.append({"identifier": "step-9", "unifiedJobTemplate": f"check-{number}"})
    source = f"https://git.example.com/{org}.git"
    return [
        manifest(Kind.ORGANIZATION, {}, org),
        manifest(Kind.TEAM, {"organization": org, "users": ["admin"]}, f"team-{number}"),
        manifest(Kind.CREDENTIAL, {"organization": org, "credentialType": "Machine"}, f"key-{number}"),
        manifest(Kind.PROJECT, {"organization": org, "scmUrl": source}, f"project-{number}"),
        manifest(Kind.PROJECT, {"organization": org, "scmUrl": source}, f"tools-{number}"),
        manifest(Kind.INVENTORY, {"organization": org, "hosts": hosts, "groups": groups}, f"hosts-{number}"),
        manifest(Kind.INVENTORY, {"organization": org, "hosts": hosts[:3]}, f"staging-{number}"),
        _template(f"deploy-{number}", number, askVariablesOnLaunch=True, extraVars=f"release: {number}"),
        _template(f"check-{number}", number, jobType="check"),
        manifest(
            Kind.SCHEDULE,
            {
                "jobTemplate": f"deploy-{number}",
                "rrule": f"DTSTART:20300101T{number % 24:02}{number % 60:02}00Z RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO",
                "extraData": f"release: {number}",
            },
            f"weekly-{number}",
        ),
        manifest(Kind.WORKFLOW, {"organization": org, "nodes": nodes}, f"release-{number}"),
        manifest(
            Kind.WORKFLOW,
            {
                "organization": org,
                "nodes": [
                    {
                        "identifier": "inner",
                        "unifiedJobTemplate": f"release-{number}",
                        "unifiedJobTemplateKind": "workflow_job_template",
                    }
                ],
            },
            f"outer-{number}",
        ),
    ]


def _template(name: str, number: int, **more: Any) -> Manifest:
    spec = {
        "project": f"project-{number}",
        "inventory": f"hosts-{number}",
        "playbook": "site.yml",
        "credentials": [f"key-{number}"],
        **more,
    }
    return manifest(Kind.JOB_TEMPLATE, spec, name)


if __name__ == "__main__":
    sys.stdout.write(f"{seconds(int(sys.argv[1])):.2f}\n")
