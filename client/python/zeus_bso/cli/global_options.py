"""The options of the program, wherever they stand on the command line."""

import itertools
from typing import Iterator

import click


def move_to_front(group: click.Group, ctx: click.Context, args: list[str]) -> list[str]:
    """The same arguments, with the options of the group before the command.

    An option that the command has too stays where it is, as does all behind `--`.

    Raises:
        click.BadOptionUsage: The value of an option is missing.
    """
    own = _options(group)
    front: list[str] = []
    rest: list[str] = []
    taken: dict[str, bool] = {}
    remaining = iter(args)
    for argument in remaining:
        name, has_value, _ = argument.partition("=")
        if argument == "--":
            rest += [argument, *remaining]
        elif name in taken or name not in own:
            if not rest:
                command = group.get_command(ctx, argument)
                taken = _options(command) if command is not None else {}
            rest.append(argument)
            if taken.get(name) and not has_value:
                rest += itertools.islice(remaining, 1)
        else:
            front.append(argument)
            if own[name] and not has_value:
                front += _value(remaining, argument, ctx)
    return front + rest


def _value(remaining: Iterator[str], option: str, ctx: click.Context) -> list[str]:
    """The value of an option. Empty: it is missing, and a shell completes it."""
    value = list(itertools.islice(remaining, 1))
    if not value and not ctx.resilient_parsing:
        said = f"Option {option!r} requires an argument."
        raise click.BadOptionUsage(option, said, ctx)
    return value


def _options(command: click.Command) -> dict[str, bool]:
    """Its options, and whether a value follows each. Not --help, which all have."""
    return {
        name: not parameter.is_flag
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for name in parameter.opts
    }
