"""The sections of what runs: a workload has one line here."""

from __future__ import annotations

from ..schema.section import Section
from .assistant import AssistantSettings
from .backups import BackupsSettings
from .forail import ForailSettings
from .frontend import FrontendSettings
from .init import InitSettings
from .monitoring import MonitoringSettings
from .opa import OpaSettings
from .otel_collector import OtelCollectorSettings
from .receptor import ReceptorSettings
from .restore import RestoreSettings
from .task import TaskSettings
from .web import WebSettings


class ApplicationSections(Section):
    """What the application group sees of the stack file."""

    forail: ForailSettings = ForailSettings()
    """Administrator, tenancy, telemetry."""
    opa: OpaSettings = OpaSettings()
    """Policy decisions."""
    otel_collector: OtelCollectorSettings = OtelCollectorSettings()
    """Telemetry collector."""
    init: InitSettings = InitSettings()
    """The init Job."""
    web: WebSettings = WebSettings()
    """API and websockets."""
    task: TaskSettings = TaskSettings()
    """Dispatcher and jobs."""
    frontend: FrontendSettings = FrontendSettings()
    """Single-page application."""
    receptor: ReceptorSettings = ReceptorSettings()
    """Work units."""
    backups: BackupsSettings = BackupsSettings()
    """Database dumps."""
    restore: RestoreSettings | None = None
    """A backup that takes the place of the data, once."""
    assistant: AssistantSettings = AssistantSettings()
    """AI assistant."""
    monitoring: MonitoringSettings = MonitoringSettings()
    """Metrics, alerts and a dashboard."""
