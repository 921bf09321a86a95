"""`images`: every image, its mirror and its exact version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from ..schema.section import Section
from ..schema.words import ConflictError, Matching, Words
from .addresses import PORT_FORM, host_and_port

# The grammar of the distribution project's references: a registry host with port where there is one, path components.
_COMPONENT = r"[a-z0-9]+((\.|__?|-+)[a-z0-9]+)*"
_PATH = rf"{_COMPONENT}(/{_COMPONENT})*"
REGISTRY_FORM = rf"[-.A-Za-z0-9]+(:{PORT_FORM})?"
"""A registry host, without the rules for its labels."""
# The longest name, with its registry. Docker Hub's images are named in full before they are counted.
_LONGEST_NAME, _DOCKER_HUB = 255, "docker.io/library/"


def registry_host(value: str) -> str:
    """`value`, a host with a port where it has one; ValueError where no registry can be there."""
    host_and_port(value.lower())
    return value


def _split(repository: str) -> tuple[str, str]:
    """Registry host and path. A first part without '.', ':' and capitals is a name on Docker Hub: no host then."""
    host, slash, path = repository.partition("/")
    has_host = bool(slash) and ("." in host or ":" in host or host == "localhost" or host != host.lower())
    return (host, path) if has_host else ("", repository)


def _repository(value: str) -> str:
    host, path = _split(value)
    if len(value) > _LONGEST_NAME or re.fullmatch(_PATH, path) is None or re.fullmatch(r"[0-9a-f]{64}", path):
        raise ValueError(f"must be {_REPOSITORY.long}")
    if host:
        registry_host(host)
    return value


def _prefix(value: str) -> str:
    host, slash, path = value.partition("/")
    # Container runtimes take a first part without '.' and ':' for a name on Docker Hub.
    named = "." in host or ":" in host or host == "localhost"
    if len(value) > _LONGEST_NAME or not named or (slash and re.fullmatch(_PATH, path) is None):
        raise ValueError(f"must be {_PREFIX.long}")
    registry_host(host)
    return value


_REPOSITORY = Words(
    "an image repository: without scheme, tag and digest, such as ghcr.io/team/image",
    form=rf"(?=.{{1,{_LONGEST_NAME}}}$)(?![0-9a-f]{{64}}$)({REGISTRY_FORM}/)?{_PATH}",
)
_PREFIX = Words(
    "a registry prefix: host, port and path without scheme, such as registry.example.com/mirror",
    form=rf"(?=.{{1,{_LONGEST_NAME}}}$)(?=[^/]*[.:]|localhost(/|$)){REGISTRY_FORM}(/{_PATH})?",
)
Repository = Annotated[str, AfterValidator(_repository), _REPOSITORY]
RegistryPrefix = Annotated[str, AfterValidator(_prefix), _PREFIX]
Tag = Annotated[
    str,
    Matching(
        "an image tag: letters, digits, '.', '_' and '-', at most 128, in quotes where YAML would read a number",
        r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}",
    ),
]
Digest = Annotated[str, Matching("an image digest: sha256: and 64 hexadecimal digits", r"sha256:[0-9a-f]{64}")]


class PullPolicy(StrEnum):
    """When the kubelet pulls an image."""

    IF_NOT_PRESENT = "IfNotPresent"
    ALWAYS = "Always"
    NEVER = "Never"


class ImageSettings(Section):
    """One image. What is left out keeps the release's value."""

    repository: Repository | None = None
    """Repository without tag; a mirror set by `images.registry` is put in front."""
    tag: Tag | None = None
    """Exact tag. `latest` is refused: a tag that moves would change what runs without a preview. One that names a part
    of a version only, such as `15-alpine`, is warned of."""
    digest: Digest | None = None
    """Digest instead of a tag."""
    pull_policy: PullPolicy = PullPolicy.IF_NOT_PRESENT
    """When the kubelet pulls it."""

    @model_validator(mode="after")
    def _one_exact_version(self) -> Self:
        if self.tag is not None and self.digest is not None:
            raise ConflictError("digest", "is given beside tag: keep one of the two (the digest is the stricter)")
        if self.tag == "latest":
            raise ConflictError("tag", "is 'latest', which moves: name the exact tag of a release, or a digest")
        return self


class ImageName(StrEnum):
    """Every image the program can use, by its key under `images`."""

    BACKEND = "backend"
    FRONTEND = "frontend"
    POSTGRES = "postgres"
    REDIS = "redis"
    OPA = "opa"
    OTEL_COLLECTOR = "otelCollector"
    EXECUTION_ENVIRONMENT = "executionEnvironment"
    CONTROL_PLANE_EXECUTION_ENVIRONMENT = "controlPlaneExecutionEnvironment"
    OPERATOR = "operator"
    ASSISTANT = "assistant"
    ASSISTANT_OLLAMA = "assistantOllama"
    RCLONE = "rclone"
    EDGE = "edge"


# Last set of images known to be published together; Ollama's tag is the vendor chart's. The chart's datastore tags,
# 15-alpine and 7-alpine, move: these are what they stood for in August 2026 (docker-library/official-images).
RELEASE: dict[ImageName, tuple[str, str]] = {
    ImageName.BACKEND: ("ghcr.io/forail-platform/forail-backend", "2026.07.1"),
    ImageName.FRONTEND: ("ghcr.io/forail-platform/forail-frontend", "2026.07.0"),
    ImageName.POSTGRES: ("postgres", "15.19-alpine3.24"),
    ImageName.REDIS: ("redis", "7.4.11-alpine3.21"),
    ImageName.OPA: ("openpolicyagent/opa", "0.58.0-rootless"),
    ImageName.OTEL_COLLECTOR: ("otel/opentelemetry-collector-contrib", "0.159.0"),
    ImageName.EXECUTION_ENVIRONMENT: ("quay.io/ansible/awx-ee", "24.6.1"),
    ImageName.CONTROL_PLANE_EXECUTION_ENVIRONMENT: ("quay.io/ansible/awx-ee", "24.6.1"),
    ImageName.OPERATOR: ("ghcr.io/forail-platform/forail-operator", "2026.07.1"),
    ImageName.ASSISTANT: ("ghcr.io/forail-platform/forail-assistant", "2026.06.0"),
    ImageName.ASSISTANT_OLLAMA: ("ollama/ollama", "0.30.10"),
    ImageName.RCLONE: ("rclone/rclone", "1.75.1"),
    # The stable line of August 2026. Not the frontend's nginx: what faces clients is updated on its own.
    ImageName.EDGE: ("nginx", "1.30.4-alpine3.24-slim"),
}


# How many numbers a version has, where fewer of them name a series and its newest release.
_VERSION_NUMBERS = {ImageName.POSTGRES: 2, ImageName.REDIS: 3, ImageName.RCLONE: 3, ImageName.EDGE: 3}
_CHANNELS = re.compile(r"(latest|stable|edge|nightly|main|master|devel?)\b")


def moves(name: ImageName, tag: str) -> bool:
    """Whether `tag` looks like one that the publisher moves: a channel, no version at all, or only part of one."""
    version = re.match(r"v?([0-9]+(\.[0-9]+)*)(-|$)", tag)
    if version is not None:
        return version[1].count(".") + 1 < _VERSION_NUMBERS.get(name, 1)
    return _CHANNELS.match(tag) is not None or re.search(r"[0-9]", tag) is None


class ImagesSettings(Section):
    """The images, and where they are mirrored."""

    registry: RegistryPrefix | None = None
    """Mirror prefix such as `registry.example.com/mirror`. It replaces the registry host of every image, execution
    environments included; an image without a host (Docker Hub) gets it in front."""
    backend: ImageSettings = ImageSettings()
    """web, task, init Job and backups."""
    frontend: ImageSettings = ImageSettings()
    """The single-page application."""
    postgres: ImageSettings = ImageSettings()
    """In-cluster Postgres, and the server of `backups.drill`. A change of its major version is not an upgrade of the
    data directory."""
    redis: ImageSettings = ImageSettings()
    """Redis."""
    opa: ImageSettings = ImageSettings()
    """Open Policy Agent."""
    otel_collector: ImageSettings = ImageSettings()
    """OpenTelemetry collector."""
    execution_environment: ImageSettings = ImageSettings()
    """Execution environment that jobs run in by default."""
    control_plane_execution_environment: ImageSettings = ImageSettings()
    """Execution environment for project and inventory updates."""
    operator: ImageSettings = ImageSettings()
    """The operator. Its version decides which Secrets it must be allowed to read: before 2026.07, every one."""
    assistant: ImageSettings = ImageSettings()
    """AI assistant."""
    assistant_ollama: ImageSettings = ImageSettings()
    """The assistant's model server."""
    rclone: ImageSettings = ImageSettings()
    """What copies dumps to `backups.copies`."""
    edge: ImageSettings = ImageSettings()
    """nginx of `exposure.via: service`. It runs as user 101 and needs a shell."""

    @model_validator(mode="after")
    def _names_fit_with_their_mirror(self) -> Self:
        for name in ImageName:
            repository = mirrored(self.of(name).repository or RELEASE[name][0], self.registry)
            host, path = _split(repository)
            full = repository if host else f"{_DOCKER_HUB}{path}"
            if len(full) > _LONGEST_NAME:
                raise ConflictError(
                    f"{name}.repository" if self.registry is None else "registry",
                    f"makes an image's name longer than {_LONGEST_NAME} characters, registry included: shorten it",
                )
        return self

    def moving(self) -> Iterator[ImageName]:
        """The images whose tag was given and moves."""
        for name in ImageName:
            tag = self.of(name).tag
            if tag is not None and moves(name, tag):
                yield name

    def of(self, name: ImageName) -> ImageSettings:
        """The settings of one image."""
        fields = {field.alias: attribute for attribute, field in type(self).model_fields.items()}
        image = getattr(self, fields[name.value])
        assert isinstance(image, ImageSettings)
        return image

    def reference(self, name: ImageName) -> str:
        """The full reference a pod spec carries: mirror, repository, then tag or digest."""
        image = self.of(name)
        repository, release_tag = RELEASE[name]
        version = f"@{image.digest}" if image.digest else f":{image.tag or release_tag}"
        return mirrored(image.repository or repository, self.registry) + version

    def version(self, name: ImageName) -> str:
        """The tag or digest in use."""
        image = self.of(name)
        return image.digest or image.tag or RELEASE[name][1]


def is_digest(version: str) -> bool:
    """Whether `version`, of `ImagesSettings.version`, is a digest: it tells nothing of what is in the image."""
    return version.startswith("sha256:")


def mirrored(repository: str, registry: str | None) -> str:
    """`repository` with its registry host replaced by `registry`; unchanged without one."""
    if registry is None:
        return repository
    return f"{registry}/{_split(repository)[1]}"
