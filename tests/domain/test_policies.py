from dataclasses import replace

from qosbot.domain.policies import ClassMap, DscpMatch, PolicyClass, PolicyMap, Share


def test_policies_and_classes_of_one_name_have_one_hash_only_if_they_say_the_same() -> None:
    # What is judged of one is kept; with one hash for all a night would compare each with each.
    policies = [
        PolicyMap(name="WAN", classes=(PolicyClass(name="V", shape=Share(bps=1e6 * mbps)),))
        for mbps in (*range(1, 200), 1)
    ]
    assert len({hash(one) for one in policies}) == len(set(policies)) == 199
    voice = ClassMap(name="V", match_all=False, matches=(DscpMatch(values=frozenset({46})),))
    wider = replace(voice, matches=(DscpMatch(values=frozenset({46, 44})),))
    assert hash(voice) == hash(replace(wider, matches=voice.matches)) != hash(wider)
