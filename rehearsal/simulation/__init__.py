"""What stands in for machines: simulated nodes, storage, and the life of pods, claims and addresses."""

from rehearsal.simulation.delays import Delays
from rehearsal.simulation.stages import render
from rehearsal.simulation.world import NODES, apply_world, missing, release_nodes

__all__ = ["NODES", "Delays", "apply_world", "missing", "release_nodes", "render"]
