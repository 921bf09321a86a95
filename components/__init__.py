"""Forail on Kubernetes as a Pulumi package: the platform, its settings, its content and its outputs.

Installed, it is `forail_pulumi`; in the project it is the folder `components`.
"""

from .api.models import (
    Credential,
    ForailInstance,
    Group,
    Host,
    InputFrom,
    Inventory,
    JobTemplate,
    JobType,
    Node,
    Organization,
    Project,
    Schedule,
    ScmType,
    SecretConfig,
    SecretKey,
    Team,
    TemplateKind,
    TokenKey,
    Workflow,
)
from .arguments import ForailArgs
from .content.apply.content import Content, ContentArgs, FleetMember
from .content.catalog import Catalog
from .content.check.known import Known
from .content.problems import ContentError
from .content.read.resource import Resource
from .forail import Forail
from .kube.metadata import Scope
from .outputs import StackOutputs
from .settings.adopt import AdoptSettings
from .settings.assistant import AssistantIngressSettings, AssistantSettings, GpuSettings, LogLevel, OllamaSettings
from .settings.auth import AuthSettings
from .settings.backups import BackupsSettings
from .settings.content import ContentSettings, ExistingNames, FleetMemberSettings, MemberAddress
from .settings.controllers import Controller
from .settings.copies import CopiesSettings, StoreSecret
from .settings.drill import DrillSettings
from .settings.edge import EdgeSettings
from .settings.exposure import ExposureSettings
from .settings.external_secrets import ExternalSecrets, RemoteSecret, SecretStore, StoreKind
from .settings.forail import (
    Admin,
    ForailSettings,
    OtelSettings,
    PasswordPolicy,
    PlatformLogLevel,
    Tenancy,
    TenantIsolation,
    TracesSampler,
)
from .settings.frontend import FrontendSettings
from .settings.gateway import GatewaySettings, ListenerPorts, ParentRef
from .settings.images import ImageName, ImageSettings, ImagesSettings, PullPolicy
from .settings.init import InitSettings
from .settings.kubernetes import KubernetesSettings
from .settings.ldap import (
    LdapAttributes,
    LdapGroupSearch,
    LdapGroupType,
    LdapOrganization,
    LdapScope,
    LdapSettings,
    LdapTeam,
    LdapUserSearch,
)
from .settings.load import Settings
from .settings.memberships import OrganizationMembers, TeamMembers
from .settings.monitoring import AlertName, MonitoringSettings
from .settings.namespace import NamespaceSettings
from .settings.oidc import OidcSettings
from .settings.opa import OpaEnforcement, OpaSettings
from .settings.operator import OperatorChart, OperatorSettings
from .settings.otel_collector import OtelCollectorSettings
from .settings.postgres import ExternalPostgres, InClusterPostgres, PostgresTls, TlsMode
from .settings.problems import SettingsError
from .settings.projects import ProjectsSettings
from .settings.proxy import ProxySettings
from .settings.reach import NodePorts, Reach, Via
from .settings.receptor import ReceptorSettings
from .settings.redis import RedisSettings
from .settings.registry_credentials import RegistryCredentialsSettings
from .settings.restore import RestoreSettings
from .settings.rotation import RotationSettings
from .settings.saml import (
    IdentityProvider,
    SamlAttributes,
    SamlContact,
    SamlMembership,
    SamlOrganization,
    SamlRole,
    SamlSettings,
)
from .settings.secrets import ExistingSecret, ExistingSecrets, OnChange, SecretName, SecretSettings
from .settings.stack import StackFile
from .settings.storage import AccessMode, ClaimSettings
from .settings.task import Execution, TaskSettings
from .settings.tls import (
    CertManagerTls,
    DisabledTls,
    ExistingTls,
    IssuerRef,
    ProvidedTls,
    SelfSignedTls,
    TerminatedUpstreamTls,
)
from .settings.tokens import Token, TokenScope
from .settings.trust import ExistingConfigMap, TrustSettings
from .settings.upgrade import UpgradeBackup, UpgradeSettings
from .settings.verify import VerifySettings
from .settings.web import WebSettings
from .settings.workload import Amount, Resources, SecretEnvironment, Toleration, WorkloadSettings

__all__ = [
    "AccessMode",
    "Admin",
    "AdoptSettings",
    "AlertName",
    "Amount",
    "AssistantIngressSettings",
    "AssistantSettings",
    "AuthSettings",
    "BackupsSettings",
    "Catalog",
    "CertManagerTls",
    "ClaimSettings",
    "Content",
    "ContentArgs",
    "ContentError",
    "ContentSettings",
    "Controller",
    "CopiesSettings",
    "Credential",
    "DisabledTls",
    "DrillSettings",
    "EdgeSettings",
    "Execution",
    "ExistingConfigMap",
    "ExistingNames",
    "ExistingSecret",
    "ExistingSecrets",
    "ExistingTls",
    "ExposureSettings",
    "ExternalPostgres",
    "ExternalSecrets",
    "FleetMember",
    "FleetMemberSettings",
    "Forail",
    "ForailArgs",
    "ForailInstance",
    "ForailSettings",
    "FrontendSettings",
    "GatewaySettings",
    "GpuSettings",
    "Group",
    "Host",
    "IdentityProvider",
    "ImageName",
    "ImageSettings",
    "ImagesSettings",
    "InClusterPostgres",
    "InitSettings",
    "InputFrom",
    "Inventory",
    "IssuerRef",
    "JobTemplate",
    "JobType",
    "Known",
    "KubernetesSettings",
    "LdapAttributes",
    "LdapGroupSearch",
    "LdapGroupType",
    "LdapOrganization",
    "LdapScope",
    "LdapSettings",
    "LdapTeam",
    "LdapUserSearch",
    "ListenerPorts",
    "LogLevel",
    "MemberAddress",
    "MonitoringSettings",
    "NamespaceSettings",
    "Node",
    "NodePorts",
    "OidcSettings",
    "OllamaSettings",
    "OnChange",
    "OpaEnforcement",
    "OpaSettings",
    "OperatorChart",
    "OperatorSettings",
    "Organization",
    "OrganizationMembers",
    "OtelCollectorSettings",
    "OtelSettings",
    "ParentRef",
    "PasswordPolicy",
    "PlatformLogLevel",
    "PostgresTls",
    "Project",
    "ProjectsSettings",
    "ProvidedTls",
    "ProxySettings",
    "PullPolicy",
    "Reach",
    "ReceptorSettings",
    "RedisSettings",
    "RegistryCredentialsSettings",
    "RemoteSecret",
    "Resource",
    "Resources",
    "RestoreSettings",
    "RotationSettings",
    "SamlAttributes",
    "SamlContact",
    "SamlMembership",
    "SamlOrganization",
    "SamlRole",
    "SamlSettings",
    "Schedule",
    "ScmType",
    "Scope",
    "SecretConfig",
    "SecretEnvironment",
    "SecretKey",
    "SecretName",
    "SecretSettings",
    "SecretStore",
    "SelfSignedTls",
    "Settings",
    "SettingsError",
    "StackFile",
    "StackOutputs",
    "StoreKind",
    "StoreSecret",
    "TaskSettings",
    "Team",
    "TeamMembers",
    "TemplateKind",
    "Tenancy",
    "TenantIsolation",
    "TerminatedUpstreamTls",
    "TlsMode",
    "Token",
    "TokenKey",
    "TokenScope",
    "Toleration",
    "TracesSampler",
    "TrustSettings",
    "UpgradeBackup",
    "UpgradeSettings",
    "VerifySettings",
    "Via",
    "WebSettings",
    "Workflow",
    "WorkloadSettings",
]
