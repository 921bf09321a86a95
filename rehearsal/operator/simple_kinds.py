"""Passes over organizations, teams, projects, credentials, job templates and schedules."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from rehearsal.kubernetes.objects import at, items, mapping, namespace_of
from rehearsal.operator.forail import ForailError
from rehearsal.operator.passes import API, RESOLVE, Pass, PassError, Status
from rehearsal.operator.recurrences import next_start
from rehearsal.operator.tokens import secret_text


def organization(now: Pass) -> Status:
    """An organization."""
    desired = now.field("description", "maxHosts")
    if environment := now.spec.get("defaultEnvironment"):
        desired["defaultEnvironment"] = _environment(now, environment)
    return {"forailId": now.place(desired).id}


def team(now: Pass) -> Status:
    """A team and its members."""
    owner = now.resolve("organizations", "organization", now.spec["organization"])
    record = now.place({**now.field("description"), "organization": owner})
    users = _attached(now, "users", "user", "users", now.spec.get("users", []))
    try:
        now.amend(record, users=users)
    except ForailError as error:
        raise PassError(API, f"users: {error}") from error
    return {"forailId": record.id}


def project(now: Pass) -> Status:
    """A project; its files count as fetched at once."""
    desired = now.field(
        "description",
        "scmUrl",
        "scmBranch",
        "scmRefspec",
        "scmClean",
        "scmDeleteOnUpdate",
        "scmUpdateOnLaunch",
        "scmUpdateCacheTimeout",
        "allowOverride",
        "timeout",
    )
    desired["organization"] = now.resolve("organizations", "organization", now.spec["organization"])
    kind = now.spec.get("scmType") or "git"
    desired["scmType"] = "" if kind == "manual" else kind
    if credential := now.spec.get("scmCredential"):
        desired["credential"] = now.resolve("credentials", "credential", credential)
    if environment := now.spec.get("defaultEnvironment"):
        desired["defaultEnvironment"] = _environment(now, environment)
    source = f"{now.spec.get('scmUrl')} {now.spec.get('scmBranch')}"
    revision = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest() if desired["scmType"] else ""
    return {"forailId": now.place(desired).id, "scmRevision": revision}


def credential(now: Pass) -> Status:
    """A credential; only a digest of its inputs is kept."""
    owner = now.resolve("organizations", "organization", now.spec["organization"], where="", wrap=False)
    kind = at(now.obj, "status", "credentialTypeId") or now.resolve(
        "credential_types", "credential_type", now.spec["credentialType"], where="", wrap=False
    )
    inputs = _inputs(now)
    digest = hashlib.sha256()
    for name, value in sorted(inputs.items()):
        digest.update(f"{name}\0{value}\0".encode())
    found = digest.hexdigest()
    record = now.place(
        {**now.field("description"), "organization": owner, "credentialType": kind, "digest": found},
        "credential",
        write_only={"inputs": inputs},
    )
    return {"forailId": record.id, "credentialTypeId": kind, "secretsHash": found}


def job_template(now: Pass) -> Status:
    """A job template and its credentials."""
    desired = now.field(
        "description",
        "playbook",
        "forks",
        "verbosity",
        "extraVars",
        "limit",
        "askInventoryOnLaunch",
        "askCredentialOnLaunch",
        "askVariablesOnLaunch",
        "askLimitOnLaunch",
    )
    desired["inventory"] = now.resolve("inventories", "inventory", now.spec["inventory"])
    desired["project"] = now.resolve("projects", "project", now.spec["project"])
    desired["jobType"] = now.spec.get("jobType") or "run"
    record = now.place(desired)
    credentials = _attached(now, "credentials", "credential", "credentials", now.spec.get("credentials", []))
    try:
        now.amend(record, credentials=credentials)
    except ForailError as error:
        raise PassError(API, f"credentials: {error}") from error
    return {"forailId": record.id}


def schedule(now: Pass) -> Status:
    """A schedule of a job template."""
    wanted = now.spec["jobTemplate"]
    try:
        template = now.forail.find("job_templates", wanted, "JobTemplate")
    except ForailError as error:
        raise PassError(API, str(error)) from error
    if template is None:
        raise PassError(RESOLVE, f'JobTemplate "{wanted}" not found in Forail')
    enabled = now.spec.get("enabled") is not False
    desired = {**now.field("description", "rrule", "extraData"), "enabled": enabled, "jobTemplate": template.id}
    record = now.place(desired, "schedule", always=("enabled",))
    next_run = next_start(str(now.spec["rrule"]), datetime.now(UTC)) if enabled else ""
    return {"forailId": record.id, "jobTemplateId": template.id, "nextRun": next_run}


def _environment(now: Pass, name: str) -> int:
    return now.resolve("execution_environments", "execution_environment", name)


def _attached(now: Pass, resource: str, what: str, step: str, names: list[str]) -> list[int]:
    """Primary keys of what is attached after the object itself was made."""
    try:
        return sorted({now.resolve(resource, what, name) for name in names})
    except PassError as error:
        raise PassError(API, f"{step}: {error}") from error


def _inputs(now: Pass) -> dict[str, str]:
    inputs: dict[str, str] = dict(mapping(now.spec, "inputs"))
    namespace = namespace_of(now.obj)
    for entry in items(now.spec, "inputsFrom"):
        name, key = at(entry, "valueFrom", "name"), at(entry, "valueFrom", "key")
        secret = now.secret(name)
        if secret is None:
            raise PassError(RESOLVE, f'read Secret {namespace}/{name}: Secret "{name}" not found')
        value = secret_text(secret, key)
        if value is None:
            raise PassError(RESOLVE, f'Secret {namespace}/{name} missing key "{key}"')
        inputs[entry["name"]] = value
    return inputs
