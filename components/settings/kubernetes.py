"""`kubernetes`: which cluster."""

from __future__ import annotations

from typing import Annotated

from ..schema.section import Section
from ..schema.words import Matching


class KubernetesSettings(Section):
    """Which cluster."""

    context: Annotated[str, Matching("a kubeconfig context: one line of text", r"[^\x00-\x1f\x7f]+")] | None = None
    """Context of the kubeconfig; left out, its current one. The file is KUBECONFIG's, or ~/.kube/config."""
