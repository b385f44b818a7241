"""Every mutant breaks a line that is there."""

import pytest

from tests.mutants import MUTANTS, Mutant, source


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_what_a_mutant_breaks_stands_once_in_its_module_and_stays_python(mutant: Mutant) -> None:
    broken = source(mutant).replace(mutant.was, mutant.becomes)
    compile(broken, mutant.module, "exec")
