"""Only a valid token brings anything in sync, and a True that was earned before proves nothing."""

from components.api.kinds import Kind
from rehearsal.kubernetes.objects import KubeObject, at, condition
from tests.rehearsal.operator.objects import Content, says, secret
from tests.rehearsal.operator.scene import TOKEN, Core, Scene
from tests.rehearsal.rehearsed import eventually

OTHER = "b" * 40


def reason(obj: KubeObject) -> str:
    return (condition(obj, "Synced") or {})["reason"]


def test_a_wrong_token_fails_every_kind_until_the_pod_has_the_right_one(scene: Scene, content: Content) -> None:
    scene.release.install(OTHER, note="wrong")
    content.apply(Kind.ORGANIZATION, "one", {})
    content.apply(Kind.TEAM, "one", {"organization": "Default"})
    assert reason(content.failed(Kind.ORGANIZATION, "one", ": 401: ")) == "ForailAPIError"
    assert reason(content.failed(Kind.TEAM, "one", ": 401: ")) == "ResolveError"

    scene.release.install(TOKEN, note="right")

    content.synced(Kind.ORGANIZATION, "one")
    content.synced(Kind.TEAM, "one")


def test_a_pod_keeps_the_token_that_it_started_with(scene: Scene, content: Content) -> None:
    scene.objects.apply(secret(scene.release.namespace, "forail-operator-credentials", token=OTHER))
    content.apply(Kind.ORGANIZATION, "with-the-old", {})
    content.synced(Kind.ORGANIZATION, "with-the-old")
    # Neither does a restart of the stand-in make the pod read again.
    scene.stand_in.stop()
    scene.stand_in.start()
    content.apply(Kind.ORGANIZATION, "still-with-the-old", {})
    content.synced(Kind.ORGANIZATION, "still-with-the-old")

    scene.release.roll(note="reads the changed Secret")
    content.apply(Kind.ORGANIZATION, "with-the-new", {})
    content.failed(Kind.ORGANIZATION, "with-the-new", ": 401: ")

    scene.release.install(note="right again")
    content.synced(Kind.ORGANIZATION, "with-the-new")


def test_a_token_with_a_line_break_cannot_be_sent(scene: Scene, content: Content) -> None:
    scene.release.install(f"{TOKEN}\n", note="line break")
    content.apply(Kind.ORGANIZATION, "one", {})

    content.failed(Kind.ORGANIZATION, "one", 'invalid header field value for "Authorization"')
    scene.release.install(note="no line break")

    content.synced(Kind.ORGANIZATION, "one")


def test_an_old_true_outlives_the_token(scene: Scene, content: Content) -> None:
    content.apply(Kind.ORGANIZATION, "canary", {"description": "first"})
    before = content.synced(Kind.ORGANIZATION, "canary")
    scene.stand_in.stop()
    scene.core.register(OTHER)
    stale = content.get(Kind.ORGANIZATION, "canary") or {}
    assert says(stale, "Synced", "True")
    content.apply(Kind.ORGANIZATION, "canary", {"description": "second"})

    scene.stand_in.start()

    failed = content.failed(Kind.ORGANIZATION, "canary", ": 401: ")
    assert at(failed, "status", "forailId") == at(before, "status", "forailId")
    assert at(failed, "status", "observedGeneration") == at(before, "status", "observedGeneration")
    scene.core.register(TOKEN)
    after = content.synced(Kind.ORGANIZATION, "canary")
    assert at(after, "status", "forailId") == at(before, "status", "forailId")


def test_what_is_in_sync_falls_out_of_it_when_the_token_is_revoked(scene: Scene, content: Content) -> None:
    content.apply(Kind.ORGANIZATION, "canary", {})
    content.synced(Kind.ORGANIZATION, "canary")

    scene.core.register(OTHER)

    content.failed(Kind.ORGANIZATION, "canary", ": 401: ")
    scene.core.register(TOKEN)
    content.synced(Kind.ORGANIZATION, "canary")


def test_a_deletion_waits_for_a_valid_token_and_says_nothing(scene: Scene, content: Content) -> None:
    content.apply(Kind.ORGANIZATION, "kept", {})
    content.synced(Kind.ORGANIZATION, "kept")
    # At rest: a pass that has begun would still count as one before the revocation.
    scene.stand_in.stop()
    scene.core.register(OTHER)
    content.delete(Kind.ORGANIZATION, "kept")
    scene.stand_in.start()
    eventually("a refused deletion", lambda: "delete forail Organization" in scene.stand_in.log.read_text())
    held = content.get(Kind.ORGANIZATION, "kept") or {}
    assert says({**held, "metadata": {"generation": 1}}, "Synced", "True")
    content.apply(Kind.ORGANIZATION, "never-synced", {})
    content.failed(Kind.ORGANIZATION, "never-synced", ": 401: ")
    content.delete(Kind.ORGANIZATION, "never-synced")
    content.gone(Kind.ORGANIZATION, "never-synced")
    assert content.get(Kind.ORGANIZATION, "kept") is not None

    scene.core.register(TOKEN)
    # Any edit ends the back-off.
    patch = {"metadata": {"annotations": {"test/touched": "yes"}}}
    path = content.path(Kind.ORGANIZATION, "kept")
    scene.objects.api.request("PATCH", path, body=patch, content_type="application/merge-patch+json")

    content.gone(Kind.ORGANIZATION, "kept")


def test_without_the_right_to_read_secrets_no_kind_is_worked_on(scene: Scene, content: Content) -> None:
    scene.release.install(secrets=False, note="no secrets")
    content.apply(Kind.ORGANIZATION, "one", {})
    eventually("the refusal", lambda: "/api/v1/secrets: secrets is forbidden" in scene.stand_in.log.read_text())
    assert at(content.get(Kind.ORGANIZATION, "one"), "status") is None

    scene.release.install(note="secrets again")

    content.synced(Kind.ORGANIZATION, "one")


def test_a_later_release_reads_secrets_of_its_own_namespace_only(scene: Scene, content: Content) -> None:
    scene.release.install(image="2026.07.1", note="namespaced")
    content.secret("login", password="one")
    source = [{"name": "password", "valueFrom": {"name": "login", "key": "password"}}]
    spec = {"organization": "Default", "credentialType": "Machine", "inputsFrom": source}
    content.apply(Kind.CREDENTIAL, "login", spec)
    content.failed(Kind.CREDENTIAL, "login", 'Secret "login" not found')

    scene.release.install(note="cluster-wide")

    content.synced(Kind.CREDENTIAL, "login")


def test_nothing_happens_without_the_operator(scene: Scene, content: Content) -> None:
    scene.release.stop()
    ends = scene.stand_in.log.read_text().count("is no longer the ready pod")
    assert ends > 0
    content.apply(Kind.ORGANIZATION, "one", {})
    assert at(content.get(Kind.ORGANIZATION, "one"), "metadata", "finalizers") is None

    scene.release.install(note="back")

    content.synced(Kind.ORGANIZATION, "one")


def test_a_core_without_demo_data_has_no_default_organization(scene: Scene, content: Content) -> None:
    other = Core(scene.objects, scene.objects.namespace("core"))
    other.install(OTHER, preload=False)
    content.secret("token", token=OTHER)
    spec = {"url": other.url, "tokenSecretRef": {"name": "token", "key": "token"}}
    content.apply(Kind.FORAIL_INSTANCE, "bare", spec)
    content.apply(Kind.TEAM, "one", {"organization": "Default", "forailInstance": "bare"})

    content.failed(Kind.TEAM, "one", 'organization "Default" not found in Forail')
