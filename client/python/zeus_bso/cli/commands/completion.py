"""`zeus-bso completion`: makes a shell complete commands, options and job IDs."""

import click
from click.shell_completion import ShellComplete, get_completion_class

_SHELLS = ("bash", "zsh", "fish")

# In click's script for bash: a field such as "beta_knob=" gets no space after it, so that
# its value can follow.
_BASH_ADDS = "COMPREPLY+=($value)"
_NO_SPACE = """
            if [[ $value == *= ]]; then
                compopt -o nospace 2> /dev/null
            fi"""


@click.command("completion")
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Prints a script that makes a shell complete zeus-bso.

    \b
    ~/.bashrc:    eval "$(zeus-bso completion bash)"
    ~/.zshrc:     eval "$(zeus-bso completion zsh)"
    config.fish:  zeus-bso completion fish | source
    """
    root = ctx.find_root()
    kind = get_completion_class(shell)
    assert kind is not None and root.info_name is not None
    variable = f"_{root.info_name}_COMPLETE".replace("-", "_").upper()
    completer = kind(root.command, {}, root.info_name, variable)
    # Not that of bash, which looks at the bash of this machine first.
    script = ShellComplete.source(completer)
    if shell == "bash":
        script = script.replace(_BASH_ADDS, _BASH_ADDS + _NO_SPACE)
    click.echo(script)
