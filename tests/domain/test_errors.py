from qosbot.domain.errors import Problem


def test_a_problem_names_its_line_and_only_if_it_has_one() -> None:
    assert str(Problem(file="a.yaml", line=3, what="is odd")) == "a.yaml:3: is odd"
    assert str(Problem(file="a.yaml", line=0, what="is odd", hint="x")) == "a.yaml: is odd; x"
