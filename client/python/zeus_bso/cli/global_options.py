"""The options of the program, wherever they stand on the command line."""

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
    taken: set[str] = set()
    remaining = iter(args)
    for argument in remaining:
        name, has_value, _ = argument.partition("=")
        if argument == "--":
            rest += [argument, *remaining]
        elif name in own and name not in taken:
            front.append(argument)
            if own[name] and not has_value:
                front.append(_next(remaining, argument, ctx))
        elif not rest:
            rest.append(argument)
            command = group.get_command(ctx, argument)
            taken = set(_options(command)) if command is not None else set()
        else:
            rest.append(argument)
    return front + rest


def _next(remaining: Iterator[str], option: str, ctx: click.Context) -> str:
    """The value of an option."""
    value = next(remaining, None)
    if value is None:
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
