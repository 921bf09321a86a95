"""What the task pods may do in the cluster."""

from __future__ import annotations

from tests.unit.stacks import every


def test_the_role_is_what_job_pods_need_and_no_more() -> None:
    role = every("alone").one("Role", "forail-job-runner").inputs
    allowed = {(resource, verb) for rule in role["rules"] for resource in rule["resources"] for verb in rule["verbs"]}
    pods = {("pods", verb) for verb in ("get", "list", "watch", "create", "update", "patch", "delete")}
    inside = {
        (f"pods/{part}", verb) for part in ("log", "attach", "exec") for verb in ("get", "list", "watch", "create")
    }
    pull_secrets = {("secrets", verb) for verb in ("get", "create", "delete")}
    assert allowed == pods | inside | pull_secrets
    assert all(rule["apiGroups"] == [""] for rule in role["rules"])


def test_the_binding_gives_it_to_the_one_account() -> None:
    binding = every("elsewhere").one("RoleBinding", "forail-job-runner").inputs
    assert binding["roleRef"] == {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "forail-job-runner"}
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "forail", "namespace": "apps"}]


def test_the_account_gives_its_token_to_nobody_by_itself() -> None:
    assert every("alone").one("ServiceAccount", "forail").inputs["automountServiceAccountToken"] is False
