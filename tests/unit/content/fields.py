"""The fields of the nine kinds as the operator's own definitions have them (release 2026.06.1), written down by hand.

The generated definitions are compared with this table, and the wrong manifests that both the preview and the API server
must refuse are made from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from components.api.kinds import Kind

INT32_MAX = 2**31 - 1


@dataclass(frozen=True)
class Field:
    """One row."""

    type: str
    required: bool = False
    default: object = None
    enum: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None


TEXT, NEEDED, FLAG, LIST, NEEDED_MAP = (
    Field("string"),
    Field("string", required=True),
    Field("boolean"),
    Field("array"),
    Field("object", required=True),
)
COUNT = Field("integer", low=0)

FIELDS: dict[Kind, dict[str, Field]] = {
    Kind.ORGANIZATION: {
        "name": TEXT,
        "description": TEXT,
        "maxHosts": Field("integer", default=0, low=0),
        "defaultEnvironment": TEXT,
        "forailInstance": TEXT,
    },
    Kind.TEAM: {
        "name": TEXT,
        "description": TEXT,
        "organization": NEEDED,
        "users": LIST,
        "users[]": TEXT,
        "forailInstance": TEXT,
    },
    Kind.PROJECT: {
        "name": TEXT,
        "description": TEXT,
        "organization": NEEDED,
        "scmType": Field("string", default="git", enum=("git", "hg", "svn", "insights", "archive", "manual")),
        "scmUrl": TEXT,
        "scmBranch": TEXT,
        "scmRefspec": TEXT,
        "scmCredential": TEXT,
        "scmClean": FLAG,
        "scmDeleteOnUpdate": FLAG,
        "scmUpdateOnLaunch": FLAG,
        "scmUpdateCacheTimeout": COUNT,
        "allowOverride": FLAG,
        "timeout": COUNT,
        "defaultEnvironment": TEXT,
        "forailInstance": TEXT,
    },
    Kind.INVENTORY: {
        "name": TEXT,
        "description": TEXT,
        "organization": NEEDED,
        "variables": TEXT,
        "hosts": LIST,
        "hosts[]": Field("object"),
        "hosts[].name": NEEDED,
        "hosts[].description": TEXT,
        "hosts[].enabled": Field("boolean", default=True),
        "hosts[].variables": TEXT,
        "groups": LIST,
        "groups[]": Field("object"),
        "groups[].name": NEEDED,
        "groups[].description": TEXT,
        "groups[].variables": TEXT,
        "groups[].hosts": LIST,
        "groups[].hosts[]": TEXT,
        "groups[].children": LIST,
        "groups[].children[]": TEXT,
    },
    Kind.CREDENTIAL: {
        "name": TEXT,
        "description": TEXT,
        "organization": NEEDED,
        "credentialType": NEEDED,
        "inputs": Field("object"),
        "inputs{}": TEXT,
        "inputsFrom": LIST,
        "inputsFrom[]": Field("object"),
        "inputsFrom[].name": NEEDED,
        "inputsFrom[].valueFrom": NEEDED_MAP,
        "inputsFrom[].valueFrom.name": NEEDED,
        "inputsFrom[].valueFrom.key": NEEDED,
    },
    Kind.JOB_TEMPLATE: {
        "name": TEXT,
        "description": TEXT,
        "organization": TEXT,
        "project": NEEDED,
        "playbook": NEEDED,
        "inventory": NEEDED,
        "credentials": LIST,
        "credentials[]": TEXT,
        "jobType": Field("string", default="run", enum=("run", "check")),
        "limit": TEXT,
        "extraVars": TEXT,
        "forks": Field("integer", default=0, low=0),
        "verbosity": Field("integer", default=0, low=0, high=5),
        "askCredentialOnLaunch": FLAG,
        "askInventoryOnLaunch": FLAG,
        "askLimitOnLaunch": FLAG,
        "askVariablesOnLaunch": FLAG,
    },
    Kind.SCHEDULE: {
        "name": TEXT,
        "description": TEXT,
        "jobTemplate": NEEDED,
        "rrule": NEEDED,
        "enabled": Field("boolean", default=True),
        "extraData": TEXT,
    },
    Kind.WORKFLOW: {
        "name": TEXT,
        "description": TEXT,
        "organization": NEEDED,
        "inventory": TEXT,
        "extraVars": TEXT,
        "allowSimultaneous": FLAG,
        "askInventoryOnLaunch": FLAG,
        "askLimitOnLaunch": FLAG,
        "askVariablesOnLaunch": FLAG,
        "nodes": LIST,
        "nodes[]": Field("object"),
        "nodes[].identifier": NEEDED,
        "nodes[].unifiedJobTemplate": NEEDED,
        "nodes[].unifiedJobTemplateKind": Field(
            "string", default="job_template", enum=("job_template", "workflow_job_template")
        ),
        "nodes[].extraData": TEXT,
        "nodes[].successNodes": LIST,
        "nodes[].successNodes[]": TEXT,
        "nodes[].failureNodes": LIST,
        "nodes[].failureNodes[]": TEXT,
        "nodes[].alwaysNodes": LIST,
        "nodes[].alwaysNodes[]": TEXT,
        "forailInstance": TEXT,
    },
    Kind.FORAIL_INSTANCE: {
        "url": NEEDED,
        "tokenSecretRef": NEEDED_MAP,
        "tokenSecretRef.name": Field("string", default=""),
        "tokenSecretRef.key": NEEDED,
        "tokenSecretRef.optional": FLAG,
        "hostHeader": TEXT,
        "insecureSkipVerify": FLAG,
    },
}

STATUS: dict[Kind, dict[str, str]] = {
    kind: {
        "conditions": "array",
        **(
            {} if kind is Kind.FORAIL_INSTANCE else {"forailId": "integer int64", "observedGeneration": "integer int64"}
        ),
        **more,
    }
    for kind, more in {
        Kind.ORGANIZATION: {},
        Kind.TEAM: {},
        Kind.PROJECT: {"scmRevision": "string"},
        Kind.INVENTORY: {"groupCount": "integer int32", "hostCount": "integer int32"},
        Kind.CREDENTIAL: {"credentialTypeId": "integer int64", "secretsHash": "string"},
        Kind.JOB_TEMPLATE: {},
        Kind.SCHEDULE: {"jobTemplateId": "integer int64", "nextRun": "string"},
        Kind.WORKFLOW: {"nodeCount": "integer int32"},
        Kind.FORAIL_INSTANCE: {
            "lastChecked": "string date-time",
            "reachable": "boolean",
            "serverVersion": "string",
        },
    }.items()
}
