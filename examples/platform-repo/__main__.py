"""Gives a team's namespace what its jobs need to call Forail: the API's address and a token."""

import pulumi
import pulumi_kubernetes as kubernetes


def main() -> None:
    """Reads the Forail stack and declares a namespace with a ConfigMap and a Secret."""
    config = pulumi.Config()
    forail = pulumi.StackReference(config.require("forailStack"))
    cluster = kubernetes.Provider("kubernetes", cluster_identifier=f"{pulumi.get_project()}/{pulumi.get_stack()}")
    here = pulumi.ResourceOptions(provider=cluster)

    # require_output fails on a name the stack does not export; get_output would hand out null.
    team = kubernetes.core.v1.Namespace("team", metadata={"name": "team-payments"}, opts=here)
    address = kubernetes.core.v1.ConfigMap(
        "forail",
        metadata={"namespace": team.metadata.name},
        data={"api-url": forail.require_output("internalUrl"), "version": forail.require_output("version")},
        opts=here,
    )
    token = kubernetes.core.v1.Secret(
        "forail",
        metadata={"namespace": team.metadata.name},
        # A secret output stays secret here: this stack's state holds it encrypted too.
        string_data={"token": forail.require_output("personalAccessToken")},
        opts=here,
    )
    pulumi.export("configMap", address.metadata.name)
    pulumi.export("secret", token.metadata.name)
    pulumi.export("forailUrl", forail.require_output("url"))


if __name__ == "__main__":
    main()
