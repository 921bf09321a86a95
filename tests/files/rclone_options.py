"""The table of rclone's backends and options, made from what the pinned rclone says of itself.

`python -m tests.files.rclone_options` writes components/settings/stores.json anew, for another pinned version.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from rehearsal.pins import RCLONE
from rehearsal.progress import Progress
from rehearsal.toolchain import built

TABLE = Path(__file__).resolve().parents[2] / "components" / "settings" / "stores.json"
# They lead to another remote, to the pod itself, or take no files.
NOT_A_STORE = frozenset(
    {
        *("alias", "archive", "cache", "chunker", "combine", "compress", "crypt", "hasher", "union"),
        *("local", "memory", "http", "doi", "gphotos"),
    }
)
# rclone leaves these out of what it prints for others to read, and they give nobody access: addresses, names, ids.
NO_SECRET = frozenset(
    {
        *("host", "url", "api_url", "namenode", "service_principal_name", "spn", "domain", "namespace", "compartment"),
        *("user", "username", "email", "account", "account_id", "apple_id", "cloud_name", "impersonate", "app_id"),
        *("impersonate_admin", "tenant", "tenant_id", "tenant_domain", "user_id", "client_id", "client_uid"),
        *("project_number", "user_project", "team_drive", "drive_id", "device_id", "deleted_id", "workspace_id"),
        *("root_folder_id", "root_folder_slug", "base_folder_uuid", "resource_key", "sse_kms_key_id", "public_key"),
        *("msi_client_id", "msi_mi_res_id", "msi_object_id", "application_credential_id"),
        *("application_credential_name", "sse_customer_key_md5"),
    }
)
# What rclone does not call sensitive and can hold a password: headers of requests, and a proxy as user:password@host.
ALSO_SECRET = frozenset({"headers", "socks_proxy", "http_proxy"})


def _kind(option: dict[str, Any]) -> str:
    if option["IsPassword"]:
        return "password"
    secret = (option["Sensitive"] and option["Name"] not in NO_SECRET) or option["Name"] in ALSO_SECRET
    return "secret" if secret else "text"


def table(providers: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """For every backend that can hold copies its options, each `text`, `secret` or `password`."""
    return {
        provider["Prefix"]: {option["Name"]: _kind(option) for option in provider["Options"]}
        for provider in sorted(providers, key=lambda provider: provider["Prefix"])
        if provider["Prefix"] not in NOT_A_STORE
    }


def providers() -> list[dict[str, Any]]:
    """What `rclone config providers` prints."""
    rclone = built(RCLONE, Progress())["rclone"]
    found = subprocess.run([str(rclone), "config", "providers"], capture_output=True, text=True, check=True)
    return json.loads(found.stdout)


def text(stores: dict[str, dict[str, str]]) -> str:
    """The file's text: one backend a line."""
    lines = [f"  {json.dumps(name)}: {json.dumps(options)}" for name, options in stores.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    TABLE.write_text(text(table(providers())))
