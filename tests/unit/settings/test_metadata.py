"""Labels and annotations: what the API server takes is taken."""

from __future__ import annotations

import pytest

from tests.unit.settings.stackfile import problems


@pytest.mark.parametrize(
    ("annotations", "fits"),
    [
        ({"a": "x" * 258047}, True),
        ({"a": "x" * 258048}, False),
        # Bytes are counted, not characters; keys count too.
        ({"a": "ä" * 129023}, True),
        ({"a": "ä" * 129024}, False),
        ({f"k{number:05}": "x" * 250 for number in range(1008)}, True),
        ({f"k{number:05}": "x" * 250 for number in range(1009)}, False),
    ],
)
def test_annotations_of_an_object_have_252_kib_in_all(annotations: dict[str, str], fits: bool) -> None:
    """256 KiB is the API server's limit for an object; 4 KiB are left for what the cluster's controllers add."""
    assert (problems({"commonAnnotations": annotations}) == {}) is fits
    assert (problems({"exposure": {"annotations": annotations}}) == {}) is fits


def test_the_keys_of_annotations_may_have_capitals_in_their_prefix() -> None:
    assert problems({"commonAnnotations": {"Example.com/Owner": "a"}}) == {}
    assert problems({"commonLabels": {"Example.com/Owner": "a"}}) != {}


@pytest.mark.parametrize(
    "file",
    [
        {"commonLabels": {"pod-security.kubernetes.io/audit": "restricted"}},
        {"commonLabels": {"pod-security.kubernetes.io/warn-version": "v1.30"}},
        {"commonAnnotations": {"controller.kubernetes.io/pod-deletion-cost": "-2147483648"}},
        {"exposure": {"className": "nginx", "annotations": {"kubernetes.io/ingress.class": "nginx"}}},
        {"secrets": {"redisPassword": {"secretName": "s" * 200, "key": ".value"}}},
        {"images": {"registry": f"a.b/{'c' * 214}"}},
        {"content": {"fleet": {"a" * 208: {"stack": "a/b/c"}}}},
    ],
)
def test_metadata_that_the_api_server_takes_is_taken(file: dict[str, object]) -> None:
    assert problems(file) == {}
