"""Labels, selectors and annotations."""

from __future__ import annotations

import pytest

from components.kube.metadata import Scope

SCOPE = Scope(
    namespace="here",
    application="forail",
    part_of="forail-platform",
    labels={"team": "a"},
    annotations={"owner": "a", "shared": "scope"},
)


def test_a_selector_holds_no_label_that_may_change() -> None:
    assert SCOPE.selector("web") == {
        "app.kubernetes.io/name": "forail",
        "app.kubernetes.io/instance": "forail",
        "app.kubernetes.io/component": "web",
    }


def test_a_selector_is_part_of_the_labels() -> None:
    assert SCOPE.selector("web").items() <= SCOPE.labels_of("web").items()


@pytest.mark.parametrize(
    ("version", "labelled"),
    [
        ("2026.07.1", True),
        ("15-alpine", True),
        (f"sha256:{'5' * 64}", False),
        ("x" * 63, True),
        ("x" * 64, False),
        ("1.0-", False),
        ("", False),
        (None, False),
    ],
)
def test_a_version_that_is_no_label_value_is_left_out(version: str | None, labelled: bool) -> None:
    assert ("app.kubernetes.io/version" in SCOPE.labels_of("web", version)) is labelled


def test_nobody_overrides_the_labels_that_select() -> None:
    scope = Scope(namespace="here", application="forail", part_of="p", labels={"app.kubernetes.io/component": "other"})
    assert scope.labels_of("web")["app.kubernetes.io/component"] == "web"


def test_an_objects_own_annotations_win() -> None:
    metadata = SCOPE.meta("web", "name", annotations={"shared": "own"})
    assert metadata.annotations == {"owner": "a", "shared": "own"}
    assert (metadata.name, metadata.namespace) == ("name", "here")


def test_without_annotations_there_is_no_mapping() -> None:
    assert Scope(namespace="here", application="a", part_of="p").meta("web").annotations is None
