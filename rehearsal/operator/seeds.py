"""What a new Forail holds before anybody declares anything."""

from __future__ import annotations

from rehearsal.operator.records import Records

# Backend 2026.07.1, its lookup plugins included.
CREDENTIAL_TYPES = (
    "AWS Secrets Manager lookup",
    "Amazon Web Services",
    "Ansible Galaxy/Automation Hub API Token",
    "Bitbucket Data Center HTTP Access Token",
    "Centrify Vault Credential Provider Lookup",
    "Container Registry",
    "CyberArk Central Credential Provider Lookup",
    "CyberArk Conjur Secrets Manager Lookup",
    "GPG Public Key",
    "GitHub Personal Access Token",
    "GitLab Personal Access Token",
    "Google Compute Engine",
    "HashiCorp Vault Secret Lookup",
    "HashiCorp Vault Signed SSH",
    "Insights",
    "Machine",
    "Microsoft Azure Key Vault",
    "Microsoft Azure Resource Manager",
    "Network",
    "OpenShift or Kubernetes API Bearer Token",
    "OpenStack",
    "Red Hat Ansible Automation Platform",
    "Red Hat Satellite 6",
    "Red Hat Virtualization",
    "Source Control",
    "Terraform backend configuration",
    "Thycotic DevOps Secrets Vault",
    "Thycotic Secret Server",
    "VMware vCenter",
    "Vault",
)
EXECUTION_ENVIRONMENTS = ("AWX EE (latest)", "Control Plane Execution Environment")


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
    for name in CREDENTIAL_TYPES:
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
    records.add(core, "credentials", "Demo Credential", {"organization": organization})
    records.add(core, "credentials", "Ansible Galaxy", {"organization": organization})
    template = {"inventory": inventory.id, "project": project.id, "playbook": "hello_world.yml", "jobType": "run"}
    records.add(core, "job_templates", "Demo Job Template", template)
