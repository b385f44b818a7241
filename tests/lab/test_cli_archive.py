"""The archive and the timers: what reverts, when, and whom it waits for."""

from qosbot.lab.cli.device import Reload
from tests.lab.cli_bench import NOON, VOICE, bench

EDIT = "interface gi0/1\nno service-policy output WAN"


def test_a_revert_timer_needs_an_archive() -> None:
    router = bench("")
    assert "%Please turn config archive on" in router.type("configure terminal revert timer 5")
    assert router.session.prompt == "lil-ce1#"


def test_what_is_not_confirmed_is_undone_when_the_timer_is_due() -> None:
    router = bench()
    before = router.running()
    router.type(f"configure terminal revert timer 5\n{EDIT}\nend")
    edited = router.running()
    router.clock.at += 299.0
    assert router.running() == edited != before
    router.clock.at += 1.0
    assert router.running() == before


def test_history_has_the_revert_at_its_due_time_whoever_asks_and_when() -> None:
    router = bench()
    before = router.running()
    router.clock.at += 10.0
    router.type(f"configure terminal revert timer 2\n{EDIT}\nend")
    edited = router.running()
    router.clock.at += 5000.0
    assert router.device.config_history(router.clock.now()) == (
        (NOON, before), (NOON + 10.0, edited), (NOON + 130.0, before),
    )  # fmt: skip


def test_a_revert_undoes_the_edits_of_others_too() -> None:
    router, before = bench(), ""
    before = router.running()
    router.type("configure terminal revert timer 5\nend")
    router.configure("interface gi0/0\ndescription theirs")
    router.clock.at += 300.0
    assert router.running() == before


def test_a_confirmed_change_stays() -> None:
    router = bench()
    router.type(f"configure terminal revert timer 5\n{EDIT}\nend\nconfigure confirm")
    edited = router.running()
    router.clock.at += 3600.0
    assert router.running() == edited


def test_nothing_is_confirmed_after_the_timer() -> None:
    router = bench()
    router.type("configure terminal revert timer 1\nend")
    router.clock.at += 60.0
    assert router.type("configure confirm") == "%No Rollback Confirmed Change pending"


def test_revert_now_does_not_wait() -> None:
    router = bench()
    before = router.running()
    router.type(f"configure terminal revert timer 5\n{EDIT}\nend\nconfigure revert now")
    assert router.running() == before
    assert "%No Rollback" in router.type("show archive config rollback timer")


def test_a_timer_may_be_set_anew() -> None:
    router = bench()
    router.type(f"configure terminal revert timer 1\n{EDIT}\nend")
    router.clock.at += 30.0
    router.type("configure revert timer 10")
    edited = router.running()
    router.clock.at += 599.0
    assert router.running() == edited
    assert "Timer value: 10 min" in router.type("show archive config rollback timer")


def test_an_idle_timer_waits_while_someone_types() -> None:
    router = bench()
    router.type(f"configure terminal revert timer idle 1\n{EDIT}\nend")
    edited = router.running()
    for _ in range(3):
        router.clock.at += 50.0
        router.type("show clock")
    assert router.running() == edited
    router.clock.at += 60.0
    assert router.running() != edited


def test_differences_name_the_section_and_the_sign() -> None:
    router = bench()
    router.configure(EDIT)
    said = router.type("show archive config differences nvram:startup-config system:running-config")
    assert said == (
        "!Contextual Config Diffs:\ninterface GigabitEthernet0/1\n -service-policy output WAN"
    )


def test_without_differences_ios_says_so() -> None:
    assert bench().type("show archive config differences") == "!No changes were found"


def test_write_memory_makes_running_startup_and_archives_it() -> None:
    router = bench(VOICE + " write-memory\n maximum 2\n")
    for _ in range(3):
        router.clock.at += 1.0
        router.configure(EDIT)
        assert router.type("wr") == "Building configuration...\n[OK]"
    assert router.device.startup_config() == router.running()
    assert "There are currently 2 archive configurations saved." in router.type("show archive")


def test_a_saved_copy_replaces_what_runs() -> None:
    router = bench()
    before = router.running()
    reply = router.type("copy running-config flash:before.cfg")
    assert reply == ""
    router.device.files["flash:before.cfg"] = before
    router.configure(f"{EDIT}\nno policy-map WAN")
    assert "Rollback Done" in router.type("configure replace flash:before.cfg force")
    assert router.running() == before


def test_a_missing_file_is_not_replaced_with() -> None:
    assert bench().type("configure replace flash:nothing force").startswith("%Error opening")


def test_a_scheduled_reload_boots_the_startup_configuration_when_it_is_due() -> None:
    router = bench()
    before = router.device.startup_config()
    router.configure(EDIT)
    router.device.scheduled_reload = Reload(due=NOON + 60.0, user="qosbot", reason="")
    router.clock.at += 59.0
    assert router.running() != before
    router.clock.at += 3600.0
    assert router.running() == before
    assert router.device.booted_at == NOON + 60.0


def test_a_reload_forgets_the_revert_timer() -> None:
    router = bench()
    router.type("configure terminal revert timer 5\nend")
    router.device.reload(router.clock.now())
    assert router.device.revert is None


def test_a_listed_replace_says_what_it_types() -> None:
    router = bench()
    router.device.files["flash:before.cfg"] = router.running()
    router.configure(f"{EDIT}\ndescription new")
    said = router.type("configure replace flash:before.cfg list force")
    assert "!List of Commands:\ninterface GigabitEthernet0/1\n no description new\n" in said
    assert "interface GigabitEthernet0/1\n service-policy output WAN\nend" in said


def test_stamps_say_when_the_configuration_changed_and_was_saved() -> None:
    router = bench()
    router.clock.at += 10.0
    router.configure(EDIT)
    router.clock.at += 10.0
    router.type("write memory")
    device = router.device
    assert (device.running_last_changed, device.running_last_saved) == (NOON + 10.0, NOON + 20.0)
    assert device.revision == 1
