"""The table of stores says what the pinned rclone says of itself, and the pinned rclone is the image's."""

from components.settings.images import RELEASE, ImageName
from rehearsal.pins import RCLONE, pinned_version
from tests.files.rclone_options import NO_SECRET, NOT_A_STORE, TABLE, providers, table, text
from tests.files.stores import rclone


def test_the_table_is_made_from_the_pinned_version() -> None:
    found = providers()
    assert TABLE.read_text() == text(table(found)), "run python -m tests.files.rclone_options"
    names = {option["Name"] for provider in found for option in provider["Options"]}
    assert {provider["Prefix"] for provider in found} >= NOT_A_STORE
    assert names >= NO_SECRET


def test_the_pinned_version_is_the_images() -> None:
    assert pinned_version(RCLONE) == f"v{RELEASE[ImageName.RCLONE][1]}"
    assert rclone("version").splitlines()[0] == f"rclone v{RELEASE[ImageName.RCLONE][1]}"
