"""The traffic programs as the lab holds them: one that ends by itself is noticed."""

import asyncio
import sys

import pytest

from qosbot.lab.kernel.namespaces import KernelError, Namespace
from qosbot.lab.kernel.programs import Program
from tests.needs import needs


async def started(code: str) -> Program:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    return Program(process, lambda _: None, "par: the sender")


def test_a_program_that_runs_is_well_until_it_ends_by_itself() -> None:
    async def watch() -> None:
        program = await started("input()")
        try:
            program.check()
            program.say({"do": "stop"})
            async with asyncio.timeout(30):
                while True:
                    program.check()
                    await asyncio.sleep(0)
        finally:
            await program.close()

    with pytest.raises(KernelError, match="par: the sender has ended by itself"):
        asyncio.run(watch())


def test_a_program_gets_inside_only_after_the_kernel_was_told_to_kill_it_with_us() -> None:
    needs("kernel")
    with Namespace("lonely") as inside:
        command = inside.lasting(["true"])
    assert command[0] == "setpriv"
    assert command.index("nsenter") > command.index("--pdeathsig")
