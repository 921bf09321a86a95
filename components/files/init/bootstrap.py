"""Brings a migrated Forail database to the state its stack declares, and proves it. Run by `forail-manage shell`.

Reads the environment alone, writes only what differs, and does all of it in one transaction that ends with the checks:
either the platform is as declared or nothing was changed, so a killed run is simply run again. On failure the last line
on stderr begins with "bootstrap:", names the fault and the fix, and the exit code is 1. No secret's value is printed.

Required: FORAIL_ADMIN_USER, FORAIL_ADMIN_EMAIL, FORAIL_ADMIN_PASSWORD, FORAIL_PAT (30 to 255 letters and digits),
FORAIL_NODE_TYPE (hybrid, control). Optional: FORAIL_ADMIN_PASSWORD_POLICY (enforce; initial), FORAIL_NODE_NAME
(empty: every task pod is a node of its own and registers itself), FORAIL_SINGLE_NODE_NAME (forail-node),
FORAIL_PRELOAD_DATA (false), FORAIL_JOB_POD (JSON: volumes, initContainers, and volumeMounts and env of the job's
container that job pods of the group `default` get), FORAIL_PAT_USER (forail-operator), FORAIL_PAT_DESCRIPTION (marks
the stack's token among others), FORAIL_TOKENS (JSON: a list of name, user and scope) with FORAIL_TOKEN_VALUES (JSON:
the value of each name), FORAIL_MONITORING_TOKEN (for the user forail-monitoring, who may read metrics). What the
settings file reads from FORAIL_SETTINGS and FORAIL_SETTING_<name> is proved here, and not applied.

The administrator's password is set when it does not verify: one changed in the UI holds until the next run, and with
the policy `initial` for good.
"""

import hashlib
import json
import os
import re
import sys
import traceback
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

import redis
import yaml
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.core.validators import validate_email
from django.db import transaction
from forail.conf import settings_registry
from forail.conf.models import Setting
from forail.main.models import Credential, ExecutionEnvironment, Instance, InstanceGroup, OAuth2AccessToken
from forail.main.utils.encryption import decrypt_field

# Forail's own default lifetime is about 1000 years (ACCESS_TOKEN_EXPIRE_SECONDS = 31536000000). A fixed day keeps a
# rerun from changing the row; the token ends by rotation, not by date.
TOKEN_EXPIRES = datetime(2999, 1, 1, tzinfo=UTC)
# How the descriptions of further tokens begin; the name follows.
FURTHER_TOKEN = "Managed by the Forail stack: token "
# No declared token has a name with a space. Metrics are for superusers and auditors of the whole platform.
MONITORING = {"name": "of monitoring", "user": "forail-monitoring", "scope": "read", "auditor": True}
KEY_MARKER = "FORAIL_STACK_SECRET_KEY_FINGERPRINT"
# How the names of what FORAIL_JOB_POD brings begin; nothing else of a pod spec is touched.
JOB_POD_PREFIX = "forail-stack-"
# As Forail's own default has it, which a list of containers replaces; it sets the image of the first one itself.
JOB_CONTAINER = {
    "name": "worker",
    "args": ["ansible-runner", "worker", "--private-data-dir=/runner"],
    "resources": {"requests": {"cpu": "250m", "memory": "100Mi"}},
}
CONTROL_PLANE_ENVIRONMENT = "Control Plane Execution Environment"
ENCRYPTED = "$encrypted$"
# Variables whose values may appear in an error of another library, and must not be printed.
SECRET_NAMES = re.compile(r"^FORAIL_SETTING_|(PASSWORD|SECRET|SECRET_KEY|_PAT|_TOKEN|TOKEN_VALUES)$")
# How variables with settings that are secrets begin.
SECRET_SETTING = "FORAIL_SETTING_"
# Settings that Forail's OIDC library reads and Forail does not register.
OF_LIBRARIES = {"SOCIAL_AUTH_OIDC_SCOPE", "SOCIAL_AUTH_OIDC_USERNAME_KEY"}


class RefusedError(Exception):
    """The declared state cannot be reached; the text says why and what to do."""


@dataclass(frozen=True)
class Declared:
    """What the environment asks for. `node_name` is empty when every task pod is a node of its own."""

    admin_user: str
    admin_email: str
    admin_password: str
    token: str
    node_type: str
    node_name: str
    single_node_name: str
    token_user: str
    token_description: str
    preload: str
    password_policy: str
    tokens: list
    job_pod: dict

    @classmethod
    def read(cls, environ):
        """Raises RefusedError, naming the variable, for anything missing or unusable."""
        needed = ("FORAIL_ADMIN_USER", "FORAIL_ADMIN_EMAIL", "FORAIL_ADMIN_PASSWORD", "FORAIL_PAT", "FORAIL_NODE_TYPE")
        missing = [name for name in needed if not environ.get(name)]
        if missing:
            raise RefusedError(f"environment variables missing or empty: {', '.join(missing)}")
        declared = cls(
            *(environ[name] for name in needed),
            node_name=environ.get("FORAIL_NODE_NAME", ""),
            single_node_name=environ.get("FORAIL_SINGLE_NODE_NAME") or "forail-node",
            token_user=environ.get("FORAIL_PAT_USER") or "forail-operator",
            token_description=environ.get("FORAIL_PAT_DESCRIPTION") or "Managed by the Forail stack: operator access",
            preload=environ.get("FORAIL_PRELOAD_DATA") or "false",
            password_policy=environ.get("FORAIL_ADMIN_PASSWORD_POLICY") or "enforce",
            tokens=further_tokens(environ),
            job_pod=job_pod_of(environ),
        )
        declared.check()
        return declared

    def check(self):
        """Refuses values that Forail would refuse later, or store in a form that nobody can use."""
        for name, user in (("FORAIL_ADMIN_USER", self.admin_user), ("FORAIL_PAT_USER", self.token_user)):
            try:
                UnicodeUsernameValidator()(user)
            except ValidationError:
                raise RefusedError(f"{name}: {user!r} is no user name: use letters, digits and @ . + - _") from None
        try:
            validate_email(self.admin_email)
        except ValidationError:
            raise RefusedError(f"FORAIL_ADMIN_EMAIL: {self.admin_email!r} is no e-mail address") from None
        if self.admin_user == self.token_user:
            raise RefusedError("FORAIL_PAT_USER is the administrator: the operator's token needs a user of its own")
        if re.search(r"[\r\n]", self.admin_password):
            raise RefusedError(
                "FORAIL_ADMIN_PASSWORD holds a line break, which no login form sends: take it out of the Secret"
            )
        if self.node_type not in ("hybrid", "control"):
            raise RefusedError(f"FORAIL_NODE_TYPE: {self.node_type!r} must be hybrid or control")
        if not re.fullmatch(r"[A-Za-z0-9]{30,255}", self.token):
            raise RefusedError("FORAIL_PAT must be 30 to 255 letters and digits")
        if self.preload not in ("true", "false"):
            raise RefusedError("FORAIL_PRELOAD_DATA must be 'true' or 'false'")
        if self.password_policy not in ("initial", "enforce"):
            raise RefusedError("FORAIL_ADMIN_PASSWORD_POLICY must be 'initial' or 'enforce'")

    @property
    def enforces_password(self):
        """Whether an existing administrator's password is set."""
        return self.password_policy == "enforce"


def job_pod_of(environ):
    """What job pods get beside their defaults."""
    try:
        return dict(json.loads(environ.get("FORAIL_JOB_POD") or "{}"))
    except (ValueError, TypeError):
        raise RefusedError("FORAIL_JOB_POD is no JSON object: run pulumi up again") from None


def further_tokens(environ):
    """Name, user, scope and value of each further token."""
    try:
        values = json.loads(environ.get("FORAIL_TOKEN_VALUES") or "{}")
        found = [
            {**entry, "value": values[entry["name"]]} for entry in json.loads(environ.get("FORAIL_TOKENS") or "[]")
        ]
    except (ValueError, KeyError, TypeError):
        # What the parser would say of it may hold a value.
        raise RefusedError("FORAIL_TOKENS and FORAIL_TOKEN_VALUES do not fit together: run pulumi up again") from None
    if monitoring := environ.get("FORAIL_MONITORING_TOKEN"):
        found.append({**MONITORING, "value": monitoring})
    for entry in found:
        if not re.fullmatch(r"[A-Za-z0-9]{30,255}", entry["value"]):
            raise RefusedError(f"the value of token {entry['name']!r} must be 30 to 255 letters and digits")
    return found


def fingerprint(key):
    """Names a key without telling it: the first 12 hex digits of its SHA-256."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def run_command(name, **options):
    """A management command in this process; its failure becomes a RefusedError, also when it calls sys.exit."""
    try:
        call_command(name, skip_checks=True, **options)
    except (CommandError, SystemExit) as error:
        raise RefusedError(f"forail-manage {name} failed: {error}") from error


def save_differing(row, **fields):
    """Writes the fields that differ, and nothing when none does."""
    differing = [name for name, value in fields.items() if getattr(row, name) != value]
    for name in differing:
        setattr(row, name, fields[name])
    if differing:
        row.save(update_fields=differing)


def check_migrations():
    """`migrate --check` exits with 1 while migrations are pending; `showmigrations` never does."""
    try:
        call_command("migrate", check_unapplied=True, skip_checks=True, verbosity=0)
    except SystemExit as error:
        if error.code:
            raise RefusedError("migrations are pending: run the migrate step with this same image") from None


def check_redis():
    """A round trip: Forail's cache swallows every error, so a value that does not come back is the only sign."""
    key, value = f"forail-bootstrap-{uuid.uuid4()}", uuid.uuid4().hex
    cache.set(key, value, timeout=60)
    if cache.get(key) == value:
        cache.delete(key)
        return
    where = f"{os.environ.get('REDIS_HOST')}:{os.environ.get('REDIS_PORT')}"
    try:
        redis.Redis.from_url(settings.CACHES["default"]["LOCATION"], socket_timeout=5, socket_connect_timeout=5).ping()
        cause = "it answers a ping"
    except redis.RedisError as error:
        cause = str(error)
    raise RefusedError(
        f"Redis at {where} does not keep a value ({cause}): check its pod and the password in its Secret"
    )


def encrypted_values():
    """(row, field) of stored values that only the right secret key opens: credentials first, then settings."""
    for credential in Credential.objects.order_by("pk").iterator():
        for field, value in credential.inputs.items():
            if isinstance(value, str) and value.startswith(ENCRYPTED) and value != ENCRYPTED:
                yield credential, field
    for setting in Setting.objects.order_by("pk").iterator():
        if isinstance(setting.value, str) and setting.value.startswith(ENCRYPTED):
            yield setting, "value"


def check_secret_key():
    """Refuses a key that does not open what is stored; with nothing stored, one that is not the recorded one."""
    marker = Setting.objects.filter(key=KEY_MARKER, user=None).first()
    recorded, given = (marker.value if marker else None), fingerprint(settings.SECRET_KEY)
    tried = 0
    for row, field in encrypted_values():
        try:
            decrypt_field(row, field)
            return
        except Exception:
            tried += 1
        if tried == 5:
            break
    if tried or recorded not in (None, given):
        raise RefusedError(
            f"FORAIL_SECRET_KEY (sha256 {given}) is not the key of this database (sha256 {recorded or 'not recorded'}):"
            " put the old key back into the Secret. After a deliberate change of the key with nothing encrypted yet,"
            f" delete the setting row {KEY_MARKER}"
        )


def check_settings(environ):
    """Raises RefusedError where Forail does not know a setting of the stack, refuses it, or does not take it from its
    file. Redis is not asked: for a minute it may still hold what older pods put there."""
    wanted = json.loads(environ.get("FORAIL_SETTINGS") or "{}")
    for name, value in environ.items():
        if name.startswith(SECRET_SETTING):
            wanted[name.removeprefix(SECRET_SETTING)] = value.rstrip("\r\n")
    known = set(settings_registry.get_registered_settings()) | OF_LIBRARIES
    found = {
        "this version of Forail does not know": [name for name in wanted if name not in known],
        "Forail refuses the values of": [name for name in wanted if name in known and not accepted(name, wanted[name])],
        "Forail does not read as declared": [
            name for name in wanted if name in known and not read_from_file(name, wanted[name])
        ],
    }
    wrong = [f"{fault} {', '.join(sorted(names))}" for fault, names in found.items() if names]
    if wrong:
        raise RefusedError(
            f"{'; '.join(wrong)}: correct them below forail.settings, forail.auth or settingsSecrets of the stack file"
        )


def accepted(name, value):
    """Whether the setting's own checks take the value; what they would say may hold a part of it."""
    if name in OF_LIBRARIES:
        return True
    field = settings_registry.get_setting_field(name)
    try:
        field.run_validators(field.to_internal_value(value))
    except Exception:
        return False
    return True


def read_from_file(name, value):
    """Whether the setting has the value and no one else can change it."""
    found = getattr(settings, name, None)
    if name in OF_LIBRARIES:
        return found == value
    # In the form of the API, in which the stack gives it.
    default = json.loads(json.dumps(settings_registry.get_setting_field(name).get_default()))
    # The settings file adds the proxy's variables to those that the stack gives.
    same = value.items() <= default.items() if name == "AWX_TASK_ENV" else default == value
    return settings_registry.is_setting_read_only(name) and same


def record_secret_key():
    """Keeps the fingerprint of the key, so that a wrong one is noticed also while nothing is encrypted."""
    marker = Setting.objects.filter(key=KEY_MARKER, user=None).first()
    if marker is None:
        Setting.objects.create(key=KEY_MARKER, value=fingerprint(settings.SECRET_KEY))
    else:
        save_differing(marker, value=fingerprint(settings.SECRET_KEY))


def apply_users(declared):
    """The administrator, and the service user of the token, who can only come with a token."""
    admin = User.objects.filter(username=declared.admin_user).first()
    if admin is None:
        User.objects.create_superuser(declared.admin_user, declared.admin_email, declared.admin_password)
    else:
        save_differing(admin, email=declared.admin_email, is_superuser=True, is_active=True)
        if declared.enforces_password and not admin.check_password(declared.admin_password):
            admin.set_password(declared.admin_password)
            admin.save(update_fields=["password"])
    service = User.objects.filter(username=declared.token_user).first()
    if service is None:
        # Without a password `create_user` stores one that nothing verifies.
        User.objects.create_user(declared.token_user, is_superuser=True)
        return
    save_differing(service, is_superuser=True, is_active=True)
    if service.has_usable_password():
        service.set_unusable_password()
        service.save(update_fields=["password"])


def apply_token(value, user, scope, description):
    """One token with this description: the given value. Older ones are deleted."""
    fields = {
        "user_id": user.pk,
        "scope": scope,
        "expires": TOKEN_EXPIRES,
        "application_id": None,
        "description": description,
    }
    token = OAuth2AccessToken.objects.filter(token=value).first()
    if token is None:
        token = OAuth2AccessToken.objects.create(token=value, **fields)
    else:
        save_differing(token, **fields)
    older = OAuth2AccessToken.objects.filter(description=description).exclude(pk=token.pk)
    if older.exists():
        older.delete()


def apply_tokens(declared):
    """The operator's token, the further ones, and the end of those that are no longer declared."""
    operator = User.objects.get(username=declared.token_user)
    apply_token(declared.token, operator, "write", declared.token_description)
    for entry in declared.tokens:
        user = User.objects.filter(username=entry["user"]).first()
        if user is None:
            # Without a password `create_user` stores one that nothing verifies.
            user = User.objects.create_user(entry["user"])
        if not user.is_active:
            raise RefusedError(f"user {entry['user']!r} of token {entry['name']!r} is not active: activate it")
        if entry.get("auditor") and not user.is_system_auditor:
            user.is_system_auditor = True
        apply_token(entry["value"], user, entry["scope"], FURTHER_TOKEN + entry["name"])
    declared_now = {FURTHER_TOKEN + entry["name"] for entry in declared.tokens}
    for token in OAuth2AccessToken.objects.filter(description__startswith=FURTHER_TOKEN):
        if token.description not in declared_now:
            OAuth2AccessToken.objects.filter(pk=token.pk).delete()


def apply_instance(declared):
    """The node of a single task pod. Provisioning a healthy node again would make it unready, so it is not done."""
    if not declared.node_name:
        if Instance.objects.filter(hostname=declared.single_node_name).exists():
            run_command("deprovision_instance", hostname=declared.single_node_name)
        return
    if not Instance.objects.filter(hostname=declared.node_name, node_type=declared.node_type).exists():
        run_command("provision_instance", hostname=declared.node_name, node_type=declared.node_type)


def job_pod_spec(text, part):
    """The pod spec in `text` with `part` in the place of what an earlier run added; the rest is an administrator's."""
    if not part and JOB_POD_PREFIX not in text:
        return text
    try:
        spec = yaml.safe_load(text) or {}
        namespace = os.environ.get("MY_POD_NAMESPACE")
        if part and spec.get("metadata", {}).get("namespace", namespace) != namespace:
            # What it mounts is in this namespace only.
            print("bootstrap: the group's job pods run in another namespace: trust does not reach them")  # noqa: T201
            return job_pod_spec(text, {})
        return with_part(spec, part)
    except (yaml.YAMLError, AttributeError, TypeError, KeyError, IndexError):
        raise RefusedError(
            f"the pod spec of group {settings.DEFAULT_EXECUTION_QUEUE_NAME!r} cannot be read, and trust is added to it:"
            " correct or empty it in the UI, under Instance Groups"
        ) from None


def with_part(spec, part):
    """The pod spec as text; empty where nothing but Forail's own default is left."""
    pod = spec.setdefault("spec", {})
    containers = pod.get("containers") or [json.loads(json.dumps(JOB_CONTAINER))]
    container = containers[0]
    folders = tuple(f"{mount['mountPath']}/" for mount in container.get("volumeMounts") or [] if added(mount))
    kept = [one for one in container.get("env") or [] if not str(one.get("value")).startswith(folders)]
    own = {one["name"] for one in kept}
    container["env"] = [*kept, *(one for one in part.get("env", []) if one["name"] not in own)]
    for holder, key in ((pod, "volumes"), (pod, "initContainers"), (container, "volumeMounts")):
        holder[key] = [*part.get(key, []), *(one for one in holder.get(key) or [] if not added(one))]
    for holder, key in ((pod, "volumes"), (pod, "initContainers"), (container, "volumeMounts"), (container, "env")):
        if not holder[key]:
            del holder[key]
    if containers == [JOB_CONTAINER]:
        pod.pop("containers", None)
    else:
        pod["containers"] = containers
    if not pod:
        del spec["spec"]
    return json.dumps(spec, indent=2, sort_keys=True) if spec else ""


def added(entry):
    """Whether a volume, mount or container is from an earlier run."""
    return entry["name"].startswith(JOB_POD_PREFIX)


def apply_groups(declared):
    """`controlplane` and `default`. Registering can make a container group but never unmake one."""
    for name in (settings.DEFAULT_CONTROL_PLANE_QUEUE_NAME, settings.DEFAULT_EXECUTION_QUEUE_NAME):
        run_command("register_queue", queuename=name, instance_percent=100)
    group = InstanceGroup.objects.get(name=settings.DEFAULT_EXECUTION_QUEUE_NAME)
    if declared.node_type == "control":
        # A pod spec that an administrator wrote stays, unless the settings declare one.
        pod_spec = settings.DEFAULT_EXECUTION_QUEUE_POD_SPEC_OVERRIDE
        if group.is_container_group and not pod_spec:
            pod_spec = group.pod_spec_override
        pod_spec = job_pod_spec(pod_spec, declared.job_pod)
        save_differing(group, is_container_group=True, pod_spec_override=pod_spec, policy_instance_list=[])
        if group.instances.exists():
            group.instances.clear()
        return
    names = [name for name in group.policy_instance_list if Instance.objects.filter(hostname=name).exists()]
    if declared.node_name and declared.node_name not in names:
        names.append(declared.node_name)
    save_differing(group, is_container_group=False, pod_spec_override="", policy_instance_list=names)
    if declared.node_name and not group.instances.filter(hostname=declared.node_name).exists():
        group.instances.add(Instance.objects.get(hostname=declared.node_name))


def environments():
    """(name, image, managed) of the execution environments that the settings pin."""
    jobs = [(entry["name"], entry["image"], False) for entry in settings.GLOBAL_JOB_EXECUTION_ENVIRONMENTS]
    return [*jobs, (CONTROL_PLANE_ENVIRONMENT, settings.CONTROL_PLANE_EXECUTION_ENVIRONMENT, True)]


def apply_environments():
    """Not by Forail's own command, which would take away a registry credential that an administrator attached."""
    for name, image, managed in environments():
        environment = ExecutionEnvironment.objects.filter(name=name).first()
        if environment is None:
            ExecutionEnvironment.objects.create(name=name, image=image, managed=managed)
        else:
            save_differing(environment, image=image)


def verify(declared):
    """Reads everything back and raises RefusedError with every point that is not as declared."""
    admin = User.objects.filter(username=declared.admin_user, is_superuser=True, is_active=True).first()
    tokens = list(OAuth2AccessToken.objects.filter(description=declared.token_description))
    others = OAuth2AccessToken.objects.filter(description__startswith=FURTHER_TOKEN)
    further = {(token.description, token.token, token.scope) for token in others}
    groups = {group.name: group for group in InstanceGroup.objects.all()}
    default = groups.get(settings.DEFAULT_EXECUTION_QUEUE_NAME)
    members = list(default.instances.values_list("hostname", flat=True)) if default else []
    listed = default.policy_instance_list if default else []
    types = {instance.hostname: instance.node_type for instance in Instance.objects.all()}
    images = {environment.name: environment.image for environment in ExecutionEnvironment.objects.all()}
    control, node = declared.node_type == "control", declared.node_name

    def placed(names):
        return not names if control else not node or node in names

    as_declared = {
        "superuser with the declared password": admin
        and (not declared.enforces_password or admin.check_password(declared.admin_password)),
        "exactly one token of the stack": [token.token for token in tokens] == [declared.token],
        "further tokens": further
        == {(FURTHER_TOKEN + one["name"], one["value"], one["scope"]) for one in declared.tokens},
        "owner of the token": {token.user.username for token in tokens} == {declared.token_user},
        "type of the node": not node or types.get(node) == declared.node_type,
        "no single node beside the pods' own": node or declared.single_node_name not in types,
        "group 'controlplane'": settings.DEFAULT_CONTROL_PLANE_QUEUE_NAME in groups,
        "kind of group 'default'": default and default.is_container_group == control,
        "members of 'default'": placed(members),
        "policy list of 'default'": placed(listed),
        "pod spec of 'default'": not control
        or (default and default.pod_spec_override == job_pod_spec(default.pod_spec_override, declared.job_pod)),
        "images of the execution environments": all(images.get(name) == image for name, image, _ in environments()),
    }
    wrong = [point for point, holds in as_declared.items() if not holds]
    if wrong:
        raise RefusedError(f"after applying, these are not as declared: {'; '.join(wrong)}. Nothing was changed")


def bootstrap(environ):
    """Checks what must hold before, then applies and verifies in one transaction."""
    declared = Declared.read(environ)
    check_migrations()
    check_redis()
    check_settings(environ)
    check_secret_key()
    with transaction.atomic():
        apply_users(declared)
        apply_instance(declared)
        apply_groups(declared)
        if declared.preload == "true":
            # Needs a superuser, and does nothing once any organization exists.
            run_command("create_preload_data")
        apply_environments()
        apply_tokens(declared)
        record_secret_key()
        verify(declared)
    print("bootstrap: the platform is as declared")  # noqa: T201


def redacted(text):
    """The text without any secret of the environment, also in its URL-quoted form."""
    for name, value in os.environ.items():
        if SECRET_NAMES.search(name):
            # Several tokens in one variable: each word that may be a value.
            for word in (
                re.findall(r"[A-Za-z0-9]{30,}", value) if name == "FORAIL_TOKEN_VALUES" else filter(None, [value])
            ):
                text = text.replace(word, "***").replace(quote(word, safe=""), "***")
    return text


try:
    bootstrap(os.environ)
except RefusedError as error:
    sys.stderr.write(f"bootstrap: {redacted(str(error))}\n")
    raise SystemExit(1) from None
except Exception as error:
    sys.stderr.write(redacted(traceback.format_exc()))
    reason = redacted(f"{type(error).__name__}: {' '.join(str(error).split())}")
    sys.stderr.write(f"bootstrap: {reason}. Nothing was changed; see the lines above\n")
    raise SystemExit(1) from None
