"""The verbs: parse, call, print.  Imports are late, so that `--help` is instant."""

import typer

from qosbot.cli import demo, health, init, inventory, lab, paths, poll, serve

app = typer.Typer(
    name="qosbot",
    help="Watches voice paths over SNMP and scores their MOS with the ITU-T E-model.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done; 1 a defect of qosbot; 2 wrong use or configuration; "
    "3 done, but something could not be read; 4 the database or network failed.",
)
app.command("init")(init.init_verb)
app.command("check")(inventory.check)
app.command("poll")(poll.poll)
app.command("paths")(paths.paths)
app.command("serve")(serve.serve)
app.command("health")(health.health)
app.command("demo")(demo.demo)
app.add_typer(lab.app, name="lab")
