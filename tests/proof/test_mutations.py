"""The table of mutations: what is sound passes, and each fault that is put into it is found."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from tests.proof.jobs import JOBS, REQUIRED, published, told
from tfbpattern import verifying
from tfbpattern.cli.tables import trials_table
from tfbpattern.model.finding import CHECKS, Trial
from tfbpattern.proof.mutations import MUTATIONS

# Occasions that a job does not give: no straight line, no other pass, no terminal, no field ...
_GANTRY = {name for name in MUTATIONS if "field" not in name}


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, verifying.Proved]:
    class Made(dict[str, verifying.Proved]):
        def __missing__(self, name: str) -> verifying.Proved:
            folder: Path = tmp_path_factory.mktemp("job") / "out"
            self[name] = verifying.verify(published(JOBS[name], folder))
            return self[name]

    return Made()


@functools.cache
def _trials_of(proved: verifying.Proved) -> tuple[Trial, ...]:
    return tuple(verifying.self_test(proved))


@pytest.mark.parametrize("job", JOBS)
def test_what_is_sound_passes(job: str, proved: dict[str, verifying.Proved]) -> None:
    verdict = proved[job].verdict
    assert told(verdict) == ""
    assert verdict.passed
    assert set(verdict.checks) == set(CHECKS)


@pytest.mark.parametrize("job", JOBS)
def test_every_fault_of_the_table_is_found_where_it_can_be_made(job: str, proved: dict[str, verifying.Proved]) -> None:
    missed = [trial for trial in _trials_of(proved[job]) if trial.caught is False]
    assert missed == []


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_every_fault_of_the_table_can_be_made_in_some_job(mutation: str, proved: dict[str, verifying.Proved]) -> None:
    jobs = REQUIRED if mutation in _GANTRY else ("scan fields",)
    made = [job for job in jobs for trial in _trials_of(proved[job]) if trial.name == mutation and trial.caught]
    assert made


@pytest.mark.parametrize("job", REQUIRED)
def test_few_faults_of_the_table_have_no_occasion(job: str, proved: dict[str, verifying.Proved]) -> None:
    none = {trial.name for trial in _trials_of(proved[job]) if trial.caught is None} & _GANTRY
    assert none <= {
        "stroke of the cut drawing opened",
        "ring offset twice",
        "terminal moved in the map",
        "pass left out",
        "sheet mirrored",
        "arc turned the other way",
        "sites of the tester swapped",
        "needles of the prober moved by a site",
        "site of the prober masked",
    }


def test_the_table_of_a_self_test_says_how_many_faults_were_found() -> None:
    outcomes = [True, True, False, None]
    trials = [Trial(name="a fault", harm="some", rules=(), caught=caught) for caught in outcomes]
    told = "2 of 3 faults that were put in were found; this job gives no occasion for 1 others"
    assert trials_table(trials).caption == told


def test_every_fault_says_what_harm_it_does(proved: dict[str, verifying.Proved]) -> None:
    assert all(trial.harm for trial in _trials_of(proved["a grid"]) if trial.caught is not None)
