"""Reading and checking content without any engine: how long, and whether it grows with the content alone."""

from tests.unit.content.generate import seconds

COUNT = 10_000
TARGET = 2.0


def run() -> None:
    """Print one line."""
    tenth, whole = seconds(COUNT // 10), seconds(COUNT)
    print(
        f"\nform and graph checks of {COUNT} content resources: {whole:.2f} s of CPU   target {TARGET:.2f} s; "
        f"{whole / tenth:.1f} times those of {COUNT // 10}"
    )
