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
from .settings.copies import CopiesSettings, StoreSecret
from .settings.drill import DrillSettings
from .settings.exposure import DisabledTls, ExistingTls, ExposureSettings, NodePorts, ProvidedTls, Reach, SelfSignedTls
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
from .settings.namespace import NamespaceSettings
from .settings.oidc import OidcSettings
from .settings.opa import OpaEnforcement, OpaSettings
from .settings.operator import OperatorChart, OperatorSettings
from .settings.otel_collector import OtelCollectorSettings
from .settings.postgres import ExternalPostgres, InClusterPostgres, PostgresTls, TlsMode
from .settings.problems import SettingsError
from .settings.projects import ProjectsSettings
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
from .settings.secrets import ExistingSecret, ExistingSecrets, SecretName, SecretSettings
from .settings.stack import StackFile
from .settings.storage import AccessMode, ClaimSettings
from .settings.task import Execution, TaskSettings
from .settings.tokens import Token, TokenScope
from .settings.upgrade import UpgradeBackup, UpgradeSettings
from .settings.verify import VerifySettings
from .settings.web import WebSettings
from .settings.workload import Amount, Resources, SecretEnvironment, Toleration, WorkloadSettings

__all__ = [
    "AccessMode",
    "Admin",
    "AdoptSettings",
    "Amount",
    "AssistantIngressSettings",
    "AssistantSettings",
    "AuthSettings",
    "BackupsSettings",
    "Catalog",
    "ClaimSettings",
    "Content",
    "ContentArgs",
    "ContentError",
    "ContentSettings",
    "CopiesSettings",
    "Credential",
    "DisabledTls",
    "DrillSettings",
    "Execution",
    "ExistingNames",
    "ExistingSecret",
    "ExistingSecrets",
    "ExistingTls",
    "ExposureSettings",
    "ExternalPostgres",
    "FleetMember",
    "FleetMemberSettings",
    "Forail",
    "ForailArgs",
    "ForailInstance",
    "ForailSettings",
    "FrontendSettings",
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
    "LogLevel",
    "MemberAddress",
    "NamespaceSettings",
    "Node",
    "NodePorts",
    "OidcSettings",
    "OllamaSettings",
    "OpaEnforcement",
    "OpaSettings",
    "OperatorChart",
    "OperatorSettings",
    "Organization",
    "OrganizationMembers",
    "OtelCollectorSettings",
    "OtelSettings",
    "PasswordPolicy",
    "PlatformLogLevel",
    "PostgresTls",
    "Project",
    "ProjectsSettings",
    "ProvidedTls",
    "PullPolicy",
    "Reach",
    "ReceptorSettings",
    "RedisSettings",
    "RegistryCredentialsSettings",
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
    "SelfSignedTls",
    "Settings",
    "SettingsError",
    "StackFile",
    "StackOutputs",
    "StoreSecret",
    "TaskSettings",
    "Team",
    "TeamMembers",
    "TemplateKind",
    "Tenancy",
    "TenantIsolation",
    "TlsMode",
    "Token",
    "TokenKey",
    "TokenScope",
    "Toleration",
    "TracesSampler",
    "UpgradeBackup",
    "UpgradeSettings",
    "VerifySettings",
    "WebSettings",
    "Workflow",
    "WorkloadSettings",
]
