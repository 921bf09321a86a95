"""The one exception of the rehearsal: what is wrong, and what to do about it."""


class RehearsalError(Exception):
    """A failure that the reader can act on; it is shown without a traceback.

    Args:
        problem: what is wrong, in one or a few lines.
        fix: what to do next.
    """

    def __init__(self, problem: str, fix: str = "") -> None:
        super().__init__(f"{problem}\n  fix: {fix}" if fix else problem)
        self.problem = problem
        self.fix = fix


def last_lines(text: str, count: int = 15) -> str:
    """The last `count` lines of a log that are not empty, each indented, for use inside an error message."""
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join(f"    {line[:400]}" for line in lines[-count:]) or "    (it wrote nothing)"
