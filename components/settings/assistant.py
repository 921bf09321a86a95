"""`assistant`: the optional AI assistant and its model server."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StrictBool

from ..schema.section import Section
from ..schema.words import Matching
from .metadata import Annotations
from .storage import ClaimSettings
from .workload import Resources, WorkloadSettings, resources

ModelName = Annotated[
    str,
    Matching(
        "a model: a name and a tag, such as gemma3:1b",
        r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*(:[A-Za-z0-9_][A-Za-z0-9._-]*)?",
        longest=200,
    ),
]


class LogLevel(StrEnum):
    """Levels the assistant knows."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class GpuSettings(Section):
    """GPUs for the model server."""

    enabled: StrictBool = False
    """Ask for `nvidia.com/gpu`; the node needs NVIDIA's device plugin."""
    count: Annotated[int, Field(ge=1, le=16, strict=True)] = 1
    """GPUs that the model server gets."""


class OllamaSettings(WorkloadSettings):
    """The model server, a Deployment of its own so that only it needs a GPU."""

    gpu: GpuSettings = GpuSettings()
    """GPUs."""
    storage: ClaimSettings = ClaimSettings(size="20Gi")
    """Claim `forail-assistant-ollama-models`: the models."""
    resources: Resources = resources("2Gi", "500m", "6Gi", "4")
    """Requests and limits; sized for gemma3:1b."""


class AssistantIngressSettings(Section):
    """Puts the assistant on the public hosts. The controller must strip `path` and add the chat token."""

    path: Annotated[
        str,
        Matching(
            "a path prefix: '/' and then lower-case letters, digits and '-', "
            "but not the platform's /api, /admin, /sso, /static and /websocket",
            r"/(?!(api|admin|sso|static|websocket)$)[a-z0-9-]+",
        ),
    ] = "/assistant"
    """Path of the public hosts below which the assistant answers."""
    annotations: Annotations = Field(default_factory=dict[str, str])
    """Annotations that make the controller strip the prefix and add the Authorization header."""


class AssistantSettings(WorkloadSettings):
    """The assistant: a vector store and an API on port 8100."""

    enabled: StrictBool = False
    """Run the assistant and its model server."""
    model: ModelName = "gemma3:1b"
    """Model that answers. Larger ones need more of `ollama.resources` and `ollama.storage`."""
    log_level: LogLevel = LogLevel.INFO
    """What the assistant logs: this level and above."""
    storage: ClaimSettings = ClaimSettings(size="5Gi")
    """Claim `forail-assistant-data`: the vector store."""
    resources: Resources = resources("512Mi", "250m", "2Gi", "1")
    """Requests and limits of its container."""
    ollama: OllamaSettings = OllamaSettings()
    """The model server."""
    ingress: AssistantIngressSettings | None = None
    """Left out, the assistant is reachable inside the cluster only."""
