"""The credential types of backend 2026.07.1 and their inputs, from its models and lookup plugins.

Source: the managed types of `forail/main/models/credential` and the plugins of `forail/main/credential_plugins`; the
clouds of Azure Key Vault are those of msrestazure, from which its plugin takes them. Types that people add are open.
"""

from __future__ import annotations

from collections.abc import Mapping

from .input_traits import CredentialType, Family, Trait

CLEAR, SECRET, PUBLIC, NEEDED, ASKS = Trait.CLEAR, Trait.SECRET, Trait.PUBLIC, Trait.REQUIRED, Trait.ASKS
BOOLEAN, ADDRESS = Trait.BOOLEAN, Trait.ADDRESS
PRIVATE_KEY = SECRET | Trait.PRIVATE_KEY

_USER_AND_PASSWORD = {"username": NEEDED, "password": SECRET | NEEDED}
_HOST_AND_USER = {"host": NEEDED, **_USER_AND_PASSWORD}
_TOKEN = CredentialType(Family.TOKEN, {"token": SECRET | NEEDED})
_HASHICORP = {
    "url": ADDRESS | NEEDED,
    "token": SECRET,
    "cacert": CLEAR,
    "role_id": CLEAR,
    "secret_id": SECRET,
    "client_cert_public": CLEAR,
    "client_cert_private": SECRET,
    "client_cert_role": CLEAR,
    "namespace": CLEAR,
    "kubernetes_role": CLEAR,
    "username": CLEAR,
    "password": SECRET,
    "default_auth_path": CLEAR,
}

MACHINE, VAULT = "Machine", "Vault"
GALAXY = "Ansible Galaxy/Automation Hub API Token"

TYPES: Mapping[str, CredentialType] = {
    MACHINE: CredentialType(
        Family.MACHINE,
        {
            "username": CLEAR,
            "password": SECRET | ASKS,
            "ssh_key_data": PRIVATE_KEY,
            "ssh_public_key_data": PUBLIC,
            "ssh_key_unlock": SECRET | ASKS,
            "become_method": CLEAR,
            "become_username": CLEAR,
            "become_password": SECRET | ASKS,
        },
    ),
    "Source Control": CredentialType(
        Family.SOURCE_CONTROL,
        {"username": CLEAR, "password": SECRET, "ssh_key_data": PRIVATE_KEY, "ssh_key_unlock": SECRET},
    ),
    VAULT: CredentialType(Family.VAULT, {"vault_password": SECRET | ASKS | NEEDED, "vault_id": Trait.VAULT_ID}),
    "Network": CredentialType(
        Family.NETWORK,
        {
            "username": NEEDED,
            "password": SECRET,
            "ssh_key_data": PRIVATE_KEY,
            "ssh_key_unlock": SECRET,
            "authorize": BOOLEAN,
            "authorize_password": SECRET,
        },
        needs={"authorize_password": "authorize"},
    ),
    "Amazon Web Services": CredentialType(Family.CLOUD, {**_USER_AND_PASSWORD, "security_token": SECRET}),
    "OpenStack": CredentialType(
        Family.CLOUD,
        {
            **_USER_AND_PASSWORD,
            "host": NEEDED,
            "project": NEEDED,
            "project_domain_name": CLEAR,
            "domain": CLEAR,
            "region": CLEAR,
            "verify_ssl": BOOLEAN,
        },
    ),
    "VMware vCenter": CredentialType(Family.CLOUD, _HOST_AND_USER),
    "Red Hat Satellite 6": CredentialType(Family.CLOUD, _HOST_AND_USER),
    "Google Compute Engine": CredentialType(
        Family.CLOUD, {"username": NEEDED, "project": CLEAR, "ssh_key_data": PRIVATE_KEY | NEEDED}
    ),
    "Microsoft Azure Resource Manager": CredentialType(
        Family.CLOUD,
        {
            "subscription": NEEDED,
            "username": CLEAR,
            "password": SECRET,
            "client": CLEAR,
            "secret": SECRET,
            "tenant": CLEAR,
            "cloud_environment": CLEAR,
        },
    ),
    "GitHub Personal Access Token": _TOKEN,
    "GitLab Personal Access Token": _TOKEN,
    "Bitbucket Data Center HTTP Access Token": _TOKEN,
    "Insights": CredentialType(Family.INSIGHTS, _USER_AND_PASSWORD),
    "Red Hat Virtualization": CredentialType(Family.CLOUD, {**_HOST_AND_USER, "ca_file": CLEAR}),
    "Red Hat Ansible Automation Platform": CredentialType(
        Family.CLOUD,
        {"host": NEEDED, "username": CLEAR, "password": SECRET, "oauth_token": SECRET, "verify_ssl": BOOLEAN},
    ),
    "OpenShift or Kubernetes API Bearer Token": CredentialType(
        Family.KUBERNETES,
        {"host": NEEDED, "bearer_token": SECRET | NEEDED, "verify_ssl": BOOLEAN, "ssl_ca_cert": PUBLIC},
    ),
    "Container Registry": CredentialType(
        Family.REGISTRY, {"host": NEEDED, "username": CLEAR, "password": SECRET, "verify_ssl": BOOLEAN}
    ),
    GALAXY: CredentialType(Family.GALAXY, {"url": NEEDED, "auth_url": CLEAR, "token": SECRET}),
    "GPG Public Key": CredentialType(Family.CRYPTOGRAPHY, {"gpg_public_key": PUBLIC | NEEDED}),
    "Terraform backend configuration": CredentialType(
        Family.CLOUD, {"configuration": SECRET | NEEDED, "gce_credentials": SECRET}
    ),
    "CyberArk Central Credential Provider Lookup": CredentialType(
        Family.LOOKUP,
        {
            "url": ADDRESS | NEEDED,
            "webservice_id": CLEAR,
            "app_id": SECRET | NEEDED,
            "client_key": SECRET,
            "client_cert": PUBLIC,
            "verify": BOOLEAN,
        },
    ),
    "CyberArk Conjur Secrets Manager Lookup": CredentialType(
        Family.LOOKUP,
        {
            "url": ADDRESS | NEEDED,
            "api_key": SECRET | NEEDED,
            "account": NEEDED,
            "username": NEEDED,
            "cacert": CLEAR,
        },
    ),
    "HashiCorp Vault Secret Lookup": CredentialType(
        Family.LOOKUP, {**_HASHICORP, "api_version": NEEDED}, choices={"api_version": ("v1", "v2")}
    ),
    "HashiCorp Vault Signed SSH": CredentialType(Family.LOOKUP, _HASHICORP),
    "Microsoft Azure Key Vault": CredentialType(
        Family.LOOKUP,
        {
            "url": ADDRESS | NEEDED,
            "client": NEEDED,
            "secret": SECRET | NEEDED,
            "tenant": NEEDED,
            "cloud_name": CLEAR,
        },
        choices={"cloud_name": ("AzureChinaCloud", "AzureCloud", "AzureGermanCloud", "AzureUSGovernment")},
    ),
    "Centrify Vault Credential Provider Lookup": CredentialType(
        Family.LOOKUP,
        {
            "url": ADDRESS | NEEDED,
            "client_id": NEEDED,
            "client_password": SECRET | NEEDED,
            "oauth_application_id": CLEAR,
            "oauth_scope": CLEAR,
        },
    ),
    "Thycotic DevOps Secrets Vault": CredentialType(
        Family.LOOKUP,
        {"tenant": NEEDED, "tld": CLEAR, "client_id": NEEDED, "client_secret": SECRET | NEEDED},
        choices={"tld": ("ca", "com", "com.au", "eu")},
    ),
    "Thycotic Secret Server": CredentialType(
        Family.LOOKUP, {"server_url": NEEDED, "username": NEEDED, "domain": CLEAR, "password": SECRET | NEEDED}
    ),
    "AWS Secrets Manager lookup": CredentialType(
        Family.LOOKUP, {"aws_access_key": NEEDED, "aws_secret_key": SECRET | NEEDED}
    ),
}
"""Every type by its name in Forail."""
