"""Every mutant breaks a line that is there."""

from tests.mutants import MUTANTS, source


def test_what_a_mutant_breaks_stands_once_in_its_module_and_stays_python() -> None:
    for mutant in MUTANTS:
        compile(source(mutant).replace(mutant.was, mutant.becomes), mutant.module, "exec")
