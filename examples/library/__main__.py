"""Two platforms in one cluster, and the content of both, declared in Python."""

import pulumi
import pulumi_kubernetes as kubernetes
from forail_pulumi import (
    AccessMode,
    Catalog,
    ClaimSettings,
    ExposureSettings,
    FleetMember,
    Forail,
    ForailArgs,
    JobTemplate,
    Known,
    NamespaceSettings,
    OperatorSettings,
    Organization,
    Project,
    ProjectsSettings,
    Resource,
    ScmType,
    StackFile,
)

ONE_NODE = ProjectsSettings(storage=ClaimSettings(size="1Gi", access_mode=AccessMode.READ_WRITE_ONCE))


def content() -> Catalog:
    """What both platforms hold; names are checked before anything is created."""
    return Catalog.of(
        [
            Resource("engineering", Organization(description="Engineering")),
            Resource("branch-engineering", Organization(name="engineering", forail_instance="branch")),
            Resource(
                "playbooks",
                Project(
                    organization="engineering",
                    scm_type=ScmType.GIT,
                    scm_url="https://github.com/ansible/ansible-tower-samples",
                ),
            ),
            Resource(
                "hello",
                JobTemplate(
                    organization="engineering",
                    project="playbooks",
                    inventory="Demo Inventory",
                    playbook="hello_world.yml",
                ),
            ),
        ],
        Known.seeded() | Known(forail_instances=frozenset({"branch"})),
        default_namespace="forail-operator",
    )


def main() -> None:
    """A branch's platform without an operator, and the head office's, whose operator serves both."""
    name = f"{pulumi.get_project()}/{pulumi.get_stack()}"
    cluster = pulumi.ResourceOptions(providers=[kubernetes.Provider("kubernetes", cluster_identifier=name)])
    branch = Forail(
        "branch",
        ForailArgs(
            stack=StackFile(
                namespace=NamespaceSettings(name="branch"),
                operator=OperatorSettings(enabled=False),
                exposure=ExposureSettings(host="branch.forail.lan"),
                projects=ONE_NODE,
                destroy_data=True,
            )
        ),
        cluster,
    )
    assert branch.outputs.personal_access_token is not None, "the branch's token is generated"
    office = Forail(
        "office",
        ForailArgs(
            stack=StackFile(
                exposure=ExposureSettings(host="office.forail.lan"),
                projects=ONE_NODE,
                destroy_data=True,
            ),
            catalog=content(),
            fleet={"branch": FleetMember(branch.outputs.internal_url, branch.outputs.personal_access_token)},
        ),
        cluster,
    )
    pulumi.export("branchUrl", branch.outputs.url)
    pulumi.export("officeUrl", office.outputs.url)


if __name__ == "__main__":
    main()
