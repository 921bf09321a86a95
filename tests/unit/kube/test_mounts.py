"""Volumes: one for each name, and never two things under one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.kube.container import Container, ImageRef
from components.kube.mounts import (
    ClaimMount,
    FileMount,
    Holder,
    KeyMount,
    Mount,
    NodeFolderMount,
    PreparedMount,
    ScratchMount,
    SecretMount,
    TemplateMount,
    volumes,
)

KEY = KeyMount("key", Holder.SECRET, "cas", "ca.pem", "ca.crt", "/cas", "trust.existingSecret")
PREPARED = PreparedMount("made", "/made", Container(name="maker", image=ImageRef("image:1", "1")))
FILE = FileMount("files", "map", "a.conf", "/etc/a.conf", "a")


def test_files_of_one_map_share_a_volume() -> None:
    other = FileMount("files", "map", "b.conf", "/etc/b.conf", "b")
    assert [volume.name for volume in volumes([FILE, other])] == ["files"]


def test_volumes_come_in_the_order_of_their_first_mount() -> None:
    mounts = [ScratchMount("b", "/b"), ClaimMount("a", "claim", "/a"), ScratchMount("b", "/c")]
    assert [volume.name for volume in volumes(mounts)] == ["b", "a"]


def test_a_template_brings_its_own_volume() -> None:
    assert volumes([TemplateMount("data", "/data")]) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(FILE, FileMount("files", "other", "a.conf", "/etc/b.conf", "a"), id="two maps"),
        pytest.param(FILE, FileMount("files", "map", "b.sh", "/b.sh", "b", executable=True), id="two file modes"),
        pytest.param(FILE, ScratchMount("files", "/scratch"), id="a map and scratch space"),
        pytest.param(FILE, TemplateMount("files", "/data"), id="a map and a claim template"),
        pytest.param(TemplateMount("files", "/data"), FILE, id="a claim template and a map"),
        pytest.param(ClaimMount("a", "one", "/a"), ClaimMount("a", "two", "/b"), id="two claims"),
        pytest.param(ScratchMount("a", "/a"), ScratchMount("a", "/b", in_memory=True), id="disk and memory"),
        pytest.param(ScratchMount("a", "/a"), ScratchMount("a", "/b", size="1Gi"), id="two sizes"),
        pytest.param(KEY, replace(KEY, holder=Holder.CONFIG_MAP), id="a key of two kinds"),
        pytest.param(KEY, replace(KEY, key="other"), id="two keys"),
        pytest.param(KEY, replace(KEY, file="other"), id="two names of a key's file"),
        pytest.param(PREPARED, ScratchMount("made", "/made", in_memory=True), id="prepared on disk and in memory"),
        pytest.param(SecretMount("a", "one", "/a"), SecretMount("a", "two", "/b"), id="two Secrets"),
        pytest.param(NodeFolderMount("a", "/sys"), NodeFolderMount("a", "/proc"), id="two folders of the node"),
    ],
)
def test_one_name_for_two_things_is_refused(first: Mount, second: Mount) -> None:
    with pytest.raises(ValueError, match="defined twice"):
        volumes([first, second])


def test_files_cannot_be_written() -> None:
    mount = FILE.mount()
    assert (mount.mount_path, mount.sub_path, mount.read_only) == ("/etc/a.conf", "a.conf", True)


def test_what_is_prepared_can_be_written_only_by_who_prepares_it() -> None:
    writing = ScratchMount("made", "/made")
    assert len(volumes([PREPARED, writing])) == 1
    assert [mount.mount().read_only for mount in (PREPARED, writing)] == [True, None]


def test_a_key_of_an_object_that_exists_is_a_file_of_its_own_name() -> None:
    secret = KEY.source().secret
    assert secret is not None
    assert getattr(secret, "secret_name") == "cas"  # noqa: B009 the union of Args class and mapping has no such field
    assert getattr(secret, "default_mode") == 0o444  # noqa: B009 the same
    assert getattr(secret, "optional") is None  # noqa: B009 the same
    assert (KEY.mount().mount_path, KEY.mount().sub_path, KEY.mount().read_only) == ("/cas", None, True)


@pytest.mark.parametrize(("executable", "mode"), [(False, 0o444), (True, 0o555)])
def test_only_scripts_can_be_executed(executable: bool, mode: int) -> None:
    source = FileMount("files", "map", "a", "/a", "text", executable).source().config_map
    assert source is not None
    assert getattr(source, "default_mode") == mode  # noqa: B009 the union of Args class and mapping has no such field


def test_a_secret_is_for_root_and_the_pods_group_and_is_a_folder_that_stays_current() -> None:
    mount = SecretMount("a", "theirs", "/a")
    source = mount.source().secret
    assert source is not None
    assert getattr(source, "default_mode") == 0o440  # noqa: B009 the union of Args class and mapping has no such field
    assert (mount.mount().sub_path, mount.mount().read_only) == (None, True)


@pytest.mark.parametrize(("in_memory", "medium"), [(False, None), (True, "Memory")])
def test_scratch_space_is_on_disk_unless_asked(in_memory: bool, medium: str | None) -> None:
    source = ScratchMount("a", "/a", in_memory).source().empty_dir
    assert source is not None
    assert getattr(source, "medium") == medium  # noqa: B009 the same


def test_scratch_space_ends_where_it_is_told() -> None:
    source = ScratchMount("a", "/a", size="10Gi").source().empty_dir
    assert source is not None
    assert getattr(source, "size_limit") == "10Gi"  # noqa: B009 the same


def test_a_claim_can_be_written_unless_told_otherwise() -> None:
    """One volume all the same: a pod may mount it twice."""
    one, two = ClaimMount("a", "claim", "/a"), ClaimMount("a", "claim", "/b", read_only=True)
    assert [mount.mount().read_only for mount in (one, two)] == [None, True]
    assert len(volumes([one, two])) == 1
