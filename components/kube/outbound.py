"""What a container needs to reach the outside: variables, and mounts that they name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .container import Container
from .environment import Env, joined
from .mounts import Mount


@dataclass(frozen=True, kw_only=True)
class Outbound:
    """A way to the outside, for containers of any image that it fits. The empty one changes nothing."""

    env: tuple[Env, ...] = ()
    """Variables."""
    mounts: tuple[Mount, ...] = ()
    """What they name."""

    def given_to(self, container: Container) -> Container:
        """The container with it."""
        return replace(container, env=joined(container.env, self.env), mounts=(*container.mounts, *self.mounts))
