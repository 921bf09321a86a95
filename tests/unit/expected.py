"""The Kubernetes objects of each stack, by kind and name in the program."""

from __future__ import annotations

from components.api.kinds import Kind

PLATFORM = {
    "Namespace/forail-namespace",
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
    "ConfigMap/forail-otel-collector",
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
    "Namespace/forail-operator-namespace",
    "Secret/forail-operator-credentials",
    "ServiceAccount/forail-operator",
    "ClusterRole/forail-operator",
    "ClusterRole/forail-operator-owner",
    "ClusterRoleBinding/forail-operator",
    "Role/forail-operator-secrets-forail-operator",
    "RoleBinding/forail-operator-secrets-forail-operator",
    "Deployment/forail-operator",
    "Organization/forail-canary",
    *(f"CustomResourceDefinition/forail-{kind.crd_name}" for kind in Kind),
}
# `content/dev.yaml`.
CONTENT = {
    "Organization/forail-organization-forail-operator-engineering",
    "Team/forail-team-forail-operator-on-call",
    "Credential/forail-credential-forail-operator-deployer",
    "Project/forail-project-forail-operator-examples",
    "Inventory/forail-inventory-forail-operator-this-node",
    "JobTemplate/forail-jobtemplate-forail-operator-hello",
    "Schedule/forail-schedule-forail-operator-weekly-hello",
    "Workflow/forail-workflow-forail-operator-hello-twice",
    "ForailInstance/forail-forailinstance-forail-operator-this-platform",
    "Organization/forail-organization-forail-operator-routed",
}
DRILL = {
    "ConfigMap/forail-backup-drill",
    "ConfigMap/forail-backup-drill-server",
    "ConfigMap/forail-backup-drill-report",
    "ServiceAccount/forail-backup-drill",
    "Role/forail-backup-drill",
    "RoleBinding/forail-backup-drill",
    "CronJob/forail-backup-drill",
}
ALONE = PLATFORM | {"Deployment/forail-task", "PersistentVolumeClaim/forail-task-receptor", "Secret/forail-tls"}
DEV = ALONE | OPERATOR | CONTENT
# Where data is protected.
BACKED_UP = {
    "Job/forail-before-upgrade",
    "ConfigMap/forail-before-upgrade",
    "ConfigMap/forail-before-upgrade-database",
}
COMMON = PLATFORM | OPERATOR | BACKED_UP
PROD = (
    COMMON
    | DRILL
    | {
        "StatefulSet/forail-task",
        "PersistentVolumeClaim/forail-task-receptor-0",
        "PersistentVolumeClaim/forail-task-receptor-1",
        "ConfigMap/forail-verify",
        "Job/forail-verify",
    }
)
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
MONITORING = {
    "ServiceMonitor/forail-monitoring-web",
    "PodMonitor/forail-monitoring-operator",
    "PrometheusRule/forail-monitoring-rules",
    "ConfigMap/forail-monitoring-dashboard",
}
RESTORE = {
    "ServiceAccount/forail-restore",
    "Role/forail-restore",
    "RoleBinding/forail-restore",
    "ConfigMap/forail-restore",
    "Job/forail-restore",
}
EVERYTHING = (
    PROD
    | ASSISTANT
    | MONITORING
    | {"Secret/forail-monitoring-token"}
    | RESTORE
    | CONTENT
    | {
        "Role/forail-operator-secrets-team-a",
        "RoleBinding/forail-operator-secrets-team-a",
        "Role/forail-operator-secrets-vault",
        "RoleBinding/forail-operator-secrets-vault",
        "Role/forail-operator-leader-election-forail-operator",
        "RoleBinding/forail-operator-leader-election-forail-operator",
        "Organization/forail-organization-forail-operator-operations",
        "Credential/forail-credential-team-a-deploy-key",
        "Secret/forail-credential-team-a-deploy-key-secret",
        "ForailInstance/forail-forailinstance-forail-operator-branch",
        "Secret/forail-forailinstance-forail-operator-branch-secret",
        "Organization/forail-organization-forail-operator-branch-operations",
        "Organization/forail-organization-forail-operator-other-operations",
        "ForailInstance/forail-fleet-other",
        "Secret/forail-fleet-other-token",
        "ForailInstance/forail-fleet-inside",
        "Secret/forail-fleet-inside-token",
        "PersistentVolumeClaim/forail-task-receptor-2",
        "Secret/forail-assistant-chat-token",
        "Secret/forail-registry",
        "Secret/forail-operator-registry",
        "Secret/forail-tls",
        "Ingress/forail-assistant",
        "ConfigMap/forail-copies",
        "ConfigMap/forail-backup-drill-fetch",
        "Secret/forail-copies",
        "Secret/forail-settings",
        "Secret/forail-backup-key-passphrase",
        "ConfigMap/forail-outbound-trust",
        "ConfigMap/forail-outbound-trust-added",
        "ConfigMap/forail-operator-outbound-trust-added",
        "Secret/forail-outbound-proxy",
    }
)
IN_CLUSTER_DATABASE = {
    "ConfigMap/forail-init-database",
    "ConfigMap/forail-before-upgrade-database",
    "StatefulSet/forail-postgres",
    "Service/forail-postgres",
}
ELSEWHERE = (
    {
        *(label for label in COMMON if not label.startswith(("Namespace/", "Secret/", "PersistentVolumeClaim/"))),
        *ASSISTANT,
        *MONITORING,
        *RESTORE,
        *DRILL,
        "ConfigMap/forail-backup-drill-fetch",
        "Deployment/forail-task",
        "ConfigMap/forail-database-ca",
        "ConfigMap/forail-copies",
        "ConfigMap/forail-outbound-trust",
        "Role/forail-operator-secrets-apps-operator",
        "RoleBinding/forail-operator-secrets-apps-operator",
        "Organization/forail-organization-apps-operator-operations",
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
        "ConfigMap/forail-otel-collector",
    }
)
EDGE = ALONE - {"Ingress/forail", "Secret/forail-tls"} | {
    "ConfigMap/forail-edge",
    "Deployment/forail-edge",
    "Service/forail-edge",
}

EXPECTED = {
    "dev": DEV,
    "prod": PROD,
    "everything": EVERYTHING,
    "elsewhere": ELSEWHERE,
    "alone": ALONE,
    "edge": EDGE,
}
