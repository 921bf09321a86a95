"""The rehearsal on an official Kubernetes provider: which tests run again, and what differs from the stand-in.

`python -m tests.rehearsal.official built|installed [arguments of pytest]` runs them on the provider that
`make official` builds, or on the plugin of the SDK's version, which must be installed. `docs/official.md` is made from
these tables.
"""

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pytest

from rehearsal.plugins import VARIABLE, Choice, official_release, wanted_version

MODULES: Mapping[str, str] = {
    "test_operator.py": "custom resources: taking over definitions, `waitFor`, finalizers, order of removal",
    "test_platform.py": "every kind of the platform: waits, replacements, protection, a second `up` without changes",
    "test_variants.py": "what other stacks use: load balancers, shared claims, objects from outside the stack",
    "test_fleet.py": "two stacks in one cluster",
    "test_secrets_of_others.py": "objects that are only read: what the state keeps of them, and their secrets",
    "test_command.py": "provider processes of their own: interrupted, killed, adopted after a kill",
    "providers/test_kubernetes_preview.py": "server-side previews",
    "providers/test_kubernetes_refresh.py": "drift, names, deletion",
    "providers/test_kubernetes_waiting.py": "readiness by kind, limits, cancellation",
    "providers/test_kubernetes_writing.py": "creation, updates, field managers, secrets",
}
"""Tests whose result depends on the provider, and what they ask it. The others never call one, or test the stand-in."""


@dataclass(frozen=True)
class Difference:
    """A test that an official provider does not pass.

    Args:
        test: its id below `tests/rehearsal/`.
        official: what the provider does there.
        changed_in: the release from which on it does what the stand-in does; None where no release does.
        reason: why the stand-in is otherwise on purpose; only where no release does the same.
        race: whether it shows in some runs only.
    """

    test: str
    official: str
    changed_in: str | None = None
    reason: str = ""
    race: bool = False

    @property
    def explained(self) -> str:
        """The release, or the reason."""
        return f"changed in {self.changed_in}" if self.changed_in else self.reason

    def concerns(self, release: str) -> bool:
        """Whether an official provider of this release differs."""
        return self.changed_in is None or _numbers(release) < _numbers(self.changed_in)


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))


_FULLER = "the stand-in says more, for whoever reads it"
_OWN_KEYS = "the stand-in keeps to what the program wrote"
DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "providers/test_kubernetes_refresh.py::test_an_edit_of_a_field_of_the_program_shows_as_drift",
        "a zero value (`hostNetwork: false`) is dropped from the inputs, so that its change is not seen as drift",
        reason=_OWN_KEYS,
    ),
    Difference(
        "providers/test_kubernetes_refresh.py::test_an_edited_secret_shows_as_drift_under_the_programs_own_key",
        "`stringData` becomes `data` before it is compared",
        reason=_OWN_KEYS,
    ),
    Difference(
        "providers/test_kubernetes_refresh.py::test_a_refresh_after_an_update_shows_no_change",
        "an update of a Deployment can end on conditions of the rollout before; the refresh then finds it not ready",
        reason="the stand-in looks at the observed generation",
        race=True,
    ),
    Difference(
        "providers/test_kubernetes_refresh.py::test_what_a_finalizer_holds_is_reported_with_it",
        "a deletion that is held ends with `timed out waiting for the condition`",
        reason=_FULLER,
    ),
    Difference(
        "providers/test_kubernetes_waiting.py::test_an_update_is_over_when_the_new_pods_have_replaced_the_old",
        "an update of a Deployment can end on conditions of the rollout before, while old pods still run",
        reason="the stand-in looks at the observed generation",
        race=True,
    ),
    Difference(
        "providers/test_kubernetes_waiting.py::"
        "test_time_that_runs_out_leaves_the_object_in_the_state_and_the_next_update_resumes",
        "says `timed out waiting to be Ready` and the Deployment's conditions, not how many replicas there are",
        reason=_FULLER,
    ),
    Difference(
        "providers/test_kubernetes_waiting.py::test_a_refresh_of_an_object_that_is_not_ready_says_so",
        "says `Minimum number of live Pods was not attained`, not how many there are",
        reason=_FULLER,
    ),
    Difference(
        "providers/test_kubernetes_waiting.py::test_a_failed_job_ends_the_wait_with_what_its_container_said",
        "says first that the Job failed to initialize, and its reason after that",
        reason=_FULLER,
    ),
    Difference(
        "providers/test_kubernetes_waiting.py::test_the_annotation_limits_the_wait",
        "`waitFor` ends with `timed out waiting for the condition`, without which one",
        reason=_FULLER,
    ),
    Difference(
        "providers/test_kubernetes_waiting.py::test_an_ingress_waits_for_its_address_and_the_services_of_its_paths",
        "says `Ingress has at least one rule with an unavailable target endpoint`",
        reason=_FULLER,
    ),
    Difference(
        "providers/test_kubernetes_waiting.py::test_a_service_waits_until_its_endpoints_have_settled",
        "counts time in whole seconds: a limit below one is none, and the endpoints settle in 10 s",
        reason="the stand-in takes fractions, so that its tests need not wait",
    ),
    Difference(
        "providers/test_kubernetes_writing.py::test_create_posts_the_object_and_names_it_by_namespace",
        "creates by server-side apply, with a field manager of its own",
        changed_in="4.29.0",
    ),
    Difference(
        "providers/test_kubernetes_writing.py::test_what_exists_already_is_refused_with_the_ways_out",
        "an object that exists is taken over, or refused for a conflict of field managers",
        changed_in="4.29.0",
    ),
    Difference(
        "providers/test_kubernetes_writing.py::test_a_definition_and_its_first_object",
        "creates by server-side apply, with a field manager of its own",
        changed_in="4.29.0",
    ),
    Difference(
        "providers/test_kubernetes_writing.py::test_a_field_that_another_manager_took_is_a_conflict_unless_forced",
        "a conflict is a failure to initialize: the object's state is kept, and the message has other words",
        reason=_FULLER,
    ),
    Difference(
        "providers/test_kubernetes_writing.py::"
        "test_an_object_deleted_behind_the_programs_back_is_not_made_anew_by_an_update",
        "says that the object was not found, not to run `pulumi refresh`",
        reason=_FULLER,
    ),
    Difference(
        "providers/test_kubernetes_writing.py::test_a_refusal_never_shows_a_secret",
        "the API server's message is passed on, with a secret value in it",
        reason="the stand-in masks it",
    ),
    Difference(
        "providers/test_kubernetes_writing.py::test_what_another_manager_owns_is_taken_over_only_by_force",
        "the conflict is said in other words, without the annotation that forces it",
        reason=_FULLER,
    ),
    Difference(
        "providers/test_kubernetes_writing.py::test_a_provider_may_force_everything",
        "does not know `enable_patch_force`",
        changed_in="4.29.0",
    ),
)
ABOUT_THE_STAND_IN: Mapping[str, str] = {
    "providers/test_kubernetes_waiting.py::test_an_engine_that_dies_leaves_nobody_waiting": "looks at its threads",
    "providers/test_kubernetes_writing.py::test_what_the_stand_in_cannot_do_is_refused_with_the_reason": "its limits",
}
"""Tests in those modules that ask nothing of a provider in general, and so are left out."""


def expect_differences(items: Iterable[pytest.Item], release: str, *, whole_modules: bool) -> None:
    """Make each test of the table one that must fail: a difference that has gone is an error like a new one.

    Args:
        items: the collected tests.
        release: the official provider's.
        whole_modules: whether they are all tests of their modules, so that an entry for a test that does not exist
            can be told.

    Raises:
        pytest.UsageError: an entry names no test.
    """
    known = {difference.test: difference for difference in DIFFERENCES}
    modules: set[str] = set()
    for item in items:
        test = item.nodeid.removeprefix("tests/rehearsal/")
        modules.add(test.partition("::")[0])
        if why := ABOUT_THE_STAND_IN.get(test.partition("[")[0]):
            item.add_marker(pytest.mark.skip(reason=f"about the stand-in itself: {why}"))
        difference = known.pop(test, None)
        if difference and difference.concerns(release):
            reason = f"{difference.official} ({difference.explained})"
            item.add_marker(pytest.mark.xfail(reason=reason, strict=not difference.race))
    unknown = [test for test in known if test.partition("::")[0] in modules]
    if whole_modules and unknown:
        raise pytest.UsageError(f"tests/rehearsal/official.py names tests that do not exist: {', '.join(unknown)}")


def main(arguments: list[str]) -> int:
    """Run the modules on the chosen official provider, and return pytest's exit code, 2 where there is none."""
    choices = (Choice.BUILT, Choice.INSTALLED)
    if not arguments or arguments[0] not in choices:
        sys.stderr.write(f"usage: python -m tests.rehearsal.official {'|'.join(choices)} [arguments of pytest]\n")
        return 2
    os.environ[VARIABLE] = arguments[0]
    if official_release("kubernetes") is None:
        version = wanted_version("kubernetes")
        sys.stderr.write(
            f"the Kubernetes plugin {version} is not installed\n"
            f"  fix: pulumi plugin install resource kubernetes {version} --exact\n"
        )
        return 2
    return pytest.main([*arguments[1:], *(f"tests/rehearsal/{module}" for module in MODULES)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
