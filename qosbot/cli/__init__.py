"""The verbs: parse, call, print.  Imports are late, so that `--help` is instant."""

from typing import Annotated

import typer

from qosbot.cli import (
    audit,
    changes,
    codecs,
    decide,
    demo,
    health,
    init,
    inventory,
    lab,
    mos,
    paths,
    plan,
    poll,
    serve,
    slack_sim,
)

app = typer.Typer(
    name="qosbot",
    help="Watches voice paths over SNMP and scores their MOS with the ITU-T E-model.",
    invoke_without_command=True,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done; 1 a defect of qosbot; 2 wrong use or configuration; "
    "3 done, but something could not be read, or an audit failed; "
    "4 the database or network failed; 5 refused by the policy, a guard or another's decision.",
)


@app.callback()
def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True)
    ] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed

        print(f"qosbot {installed('qosbot')}")
        raise typer.Exit


app.command("init")(init.init_verb)
app.command("check")(inventory.check)
app.command("poll")(poll.poll)
app.command("paths")(paths.paths)
app.command("mos")(mos.mos)
app.command("codecs")(codecs.codecs)
app.command("audit")(audit.audit)
app.command("plan")(plan.plan)
app.command("alarms")(changes.alarms)
app.command("proposals")(changes.proposals)
app.command("show")(changes.show_one)
app.command("history")(changes.history)
app.command("approve")(decide.approve)
app.command("reject")(decide.reject)
app.command("rollback")(decide.rollback)
app.command("settle")(decide.settle)
app.command("pause")(decide.pause)
app.command("resume")(decide.resume)
app.command("serve")(serve.serve)
app.command("health")(health.health)
app.command("demo")(demo.demo)
app.add_typer(lab.app, name="lab")
app.command("slack-sim")(slack_sim.slack_sim)
