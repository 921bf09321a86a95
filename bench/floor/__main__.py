"""The floor that the platform is measured against: as many resources of each provider, trivial and independent.

With FLOOR_CHAIN some of them are pods that wait for one another as the platform's do.
"""

import json
import os

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_random as random
import pulumi_tls as tls


class Nothing(pulumi.ComponentResource):
    """A component without children."""

    def __init__(self, name: str) -> None:
        super().__init__("forail:floor:Nothing", name)
        self.register_outputs({})


def main() -> None:
    """Declares the counts of FLOOR_COUNTS, by provider."""
    counts: dict[str, int] = json.loads(os.environ["FLOOR_COUNTS"])
    cluster = kubernetes.Provider("kubernetes", cluster_identifier="floor")
    here = pulumi.ResourceOptions(provider=cluster)
    if "FLOOR_CHAIN" in os.environ:
        # The flat floor must not pay for what only pods need.
        import chain

        chain.declare(here)
        counts["kubernetes"] -= chain.RESOURCES
    for index in range(counts["kubernetes"]):
        kubernetes.core.v1.ConfigMap(f"floor-{index}", metadata={"namespace": "default"}, data={"a": "b"}, opts=here)
    for index in range(counts["random"]):
        random.RandomPassword(f"floor-{index}", length=32)
    for index in range(counts["tls"]):
        tls.PrivateKey(f"floor-{index}", algorithm="ECDSA", ecdsa_curve="P256")
    for index in range(counts["forail"]):
        Nothing(f"floor-{index}")


if __name__ == "__main__":
    main()
