"""The Kubernetes objects of each stack, by kind and name in the program."""

from __future__ import annotations

from components.api.kinds import Kind

PLATFORM = {
    "Namespace/namespaces-platform",
    "Secret/forail-admin-password",
    "Secret/forail-postgres-password",
    "Secret/forail-postgres-superuser-password",
    "Secret/forail-secret-key",
    "Secret/forail-broadcast-websocket-secret",
    "Secret/forail-redis-password",
    "Secret/forail-personal-access-token",
    "ConfigMap/forail-settings",
    "ConfigMap/forail-receptor",
    "ConfigMap/forail-redis",
    "ConfigMap/forail-otel",
    "ConfigMap/forail-init",
    "ConfigMap/forail-init-database",
    "ConfigMap/forail-backup",
    "ConfigMap/forail-web",
    "ConfigMap/forail-task",
    "PersistentVolumeClaim/forail-postgres",
    "PersistentVolumeClaim/forail-redis",
    "PersistentVolumeClaim/forail-projects",
    "PersistentVolumeClaim/forail-backups",
    "ServiceAccount/forail",
    "Role/forail-job-runner",
    "RoleBinding/forail-job-runner",
    "StatefulSet/forail-postgres",
    "Deployment/forail-redis",
    "Deployment/forail-opa",
    "Deployment/forail-otel-collector",
    "Deployment/forail-web",
    "Deployment/forail-frontend",
    "Service/forail-postgres",
    "Service/forail-redis",
    "Service/forail-opa",
    "Service/forail-otel-collector",
    "Service/forail-web",
    "Service/forail-frontend",
    "Job/forail-init",
    "CronJob/forail-backup",
    "CronJob/forail-restore",
    "Ingress/forail",
}
OPERATOR = {
    "Namespace/namespaces-operator",
    "Secret/forail-operator-credentials",
    "ServiceAccount/forail-operator",
    "ClusterRole/forail-operator",
    "ClusterRoleBinding/forail-operator",
    "Role/forail-operator-secrets-forail-operator",
    "RoleBinding/forail-operator-secrets-forail-operator",
    "Deployment/forail-operator",
    "Organization/forail-canary",
    *(f"CustomResourceDefinition/{kind.crd_name}" for kind in Kind),
}
# `content/dev.yaml`.
CONTENT = {
    "Organization/organization-forail-operator-engineering",
    "Team/team-forail-operator-on-call",
    "Credential/credential-forail-operator-deployer",
    "Project/project-forail-operator-examples",
    "Inventory/inventory-forail-operator-this-node",
    "JobTemplate/jobtemplate-forail-operator-hello",
    "Schedule/schedule-forail-operator-weekly-hello",
    "Workflow/workflow-forail-operator-hello-twice",
    "ForailInstance/forailinstance-forail-operator-this-platform",
    "Organization/organization-forail-operator-routed",
}
ALONE = PLATFORM | {"Deployment/forail-task", "PersistentVolumeClaim/forail-receptor", "Secret/forail-tls"}
DEV = ALONE | OPERATOR | CONTENT
COMMON = PLATFORM | OPERATOR
PROD = COMMON | {
    "StatefulSet/forail-task",
    "PersistentVolumeClaim/forail-receptor-forail-task-0",
    "PersistentVolumeClaim/forail-receptor-forail-task-1",
}
ASSISTANT = {
    "Deployment/forail-assistant",
    "Deployment/forail-assistant-ollama",
    "Service/forail-assistant",
    "Service/forail-assistant-ollama",
    "PersistentVolumeClaim/forail-assistant-data",
    "PersistentVolumeClaim/forail-assistant-ollama-models",
    "ConfigMap/forail-assistant-models",
    "Job/forail-assistant-models",
}
EVERYTHING = (
    PROD
    | ASSISTANT
    | CONTENT
    | {
        "Role/forail-operator-secrets-team-a",
        "RoleBinding/forail-operator-secrets-team-a",
        "Role/forail-operator-secrets-vault",
        "RoleBinding/forail-operator-secrets-vault",
        "Role/forail-operator-leader-election-forail-operator",
        "RoleBinding/forail-operator-leader-election-forail-operator",
        "Organization/organization-forail-operator-operations",
        "Credential/credential-team-a-deploy-key",
        "Secret/credential-team-a-deploy-key-secret",
        "ForailInstance/forailinstance-forail-operator-branch",
        "Secret/forailinstance-forail-operator-branch-secret",
        "Organization/organization-forail-operator-branch-operations",
        "Organization/organization-forail-operator-other-operations",
        "ForailInstance/fleet-other",
        "Secret/fleet-other-token",
        "ForailInstance/fleet-inside",
        "Secret/fleet-inside-token",
        "PersistentVolumeClaim/forail-receptor-forail-task-2",
        "Secret/forail-assistant-chat-token",
        "Secret/forail-registry",
        "Secret/forail-operator-registry",
        "Secret/forail-tls",
        "Ingress/forail-assistant",
    }
)
IN_CLUSTER_DATABASE = {
    "ConfigMap/forail-init-database",
    "StatefulSet/forail-postgres",
    "Service/forail-postgres",
}
ELSEWHERE = (
    {
        *(label for label in COMMON if not label.startswith(("Namespace/", "Secret/", "PersistentVolumeClaim/"))),
        *ASSISTANT,
        "Deployment/forail-task",
        "ConfigMap/forail-database-ca",
        "Role/forail-operator-secrets-apps-operator",
        "RoleBinding/forail-operator-secrets-apps-operator",
        "Organization/organization-apps-operator-operations",
    }
    - IN_CLUSTER_DATABASE
    - {
        "Role/forail-operator-secrets-forail-operator",
        "RoleBinding/forail-operator-secrets-forail-operator",
        "Organization/forail-canary",
        "Deployment/forail-opa",
        "Service/forail-opa",
        "Deployment/forail-otel-collector",
        "Service/forail-otel-collector",
        "ConfigMap/forail-otel",
    }
)
EXPECTED = {"dev": DEV, "prod": PROD, "everything": EVERYTHING, "elsewhere": ELSEWHERE, "alone": ALONE}
