"""What a new Forail holds before anybody declares anything."""

from __future__ import annotations

from rehearsal.operator.credentials import credential_types
from rehearsal.operator.records import Records

EXECUTION_ENVIRONMENTS = ("AWX EE (latest)", "Control Plane Execution Environment")
_CREDENTIALS = {"Demo Credential": "Machine", "Ansible Galaxy": "Ansible Galaxy/Automation Hub API Token"}


def seed(records: Records, core: str, admin: str = "admin", preload: bool = True) -> None:
    """Fill a core that has not been filled yet.

    Args:
        records: where.
        core: the core's identity.
        admin: its first superuser.
        preload: whether the init Job made the demo data.
    """
    if not records.claim_seeding(core):
        return
    records.add(core, "users", admin, {})
    for name in credential_types():
        records.add(core, "credential_types", name, {})
    for name in EXECUTION_ENVIRONMENTS:
        records.add(core, "execution_environments", name, {})
    if preload:
        _demo(records, core)


def _demo(records: Records, core: str) -> None:
    organization = records.add(core, "organizations", "Default", {}).id
    inventory = records.add(
        core, "inventories", "Demo Inventory", {"organization": organization, "hosts": {"localhost": {}}}
    )
    git = {"organization": organization, "scmType": "git", "scmUrl": "https://github.com/ansible/ansible-tower-samples"}
    project = records.add(core, "projects", "Demo Project", git)
    for name, of_type in _CREDENTIALS.items():
        (found,) = records.named(core, "credential_types", of_type)
        records.add(core, "credentials", name, {"organization": organization, "credentialType": found.id})
    template = {"inventory": inventory.id, "project": project.id, "playbook": "hello_world.yml", "jobType": "run"}
    records.add(core, "job_templates", "Demo Job Template", template)
