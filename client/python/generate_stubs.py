"""Makes the package zeus_bso.v1 of the protos, messages and stubs, with types.

Not zeus.bso.v1, after the protos: zeus is the name of a package that our users have
installed. What protoc 3.21 makes loads with the runtimes of its time and with all since.
"""

import argparse
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

PROTOS = Path(__file__).resolve().parent.parent.parent / "proto"
NAMES = ("resources", "explanation", "batch_size_optimizer", "zeus_service")


def generate(
    root: Path, protoc: str = "protoc", plugin: str = "grpc_python_plugin"
) -> None:
    """Writes root/zeus_bso/v1. Each file is replaced at once, as others may import it.

    Args:
        root: Where the package is to be importable from.
        protoc: Name or path of the compiler.
        plugin: Name or path of its plugin for gRPC.

    Raises:
        RuntimeError: One of them is not installed.
        subprocess.CalledProcessError: The compiler failed.
    """
    with tempfile.TemporaryDirectory() as made:
        command = [
            _find(protoc),
            f"--proto_path={PROTOS}",
            f"--python_out={made}",
            f"--pyi_out={made}",
            f"--grpc_out={made}",
            f"--plugin=protoc-gen-grpc={_find(plugin)}",
            *(f"zeus/bso/v1/{name}.proto" for name in NAMES),
        ]
        subprocess.run(command, check=True)
        package = root / "zeus_bso" / "v1"
        package.mkdir(parents=True, exist_ok=True)
        for module in Path(made, "zeus", "bso", "v1").iterdir():
            text = re.sub(
                r"\bfrom zeus\.bso\.v1 import",
                "from zeus_bso.v1 import",
                module.read_text(),
            )
            new = package / f".{module.name}.{os.getpid()}"
            new.write_text(text)
            new.replace(package / module.name)


def _find(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise RuntimeError(
            f"{program} is needed; on Debian it is in protobuf-compiler or "
            "protobuf-compiler-grpc"
        )
    return path


def main() -> None:
    """The command that CMake runs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("--protoc", default="protoc")
    parser.add_argument("--plugin", default="grpc_python_plugin")
    options = parser.parse_args()
    generate(options.root, options.protoc, options.plugin)


if __name__ == "__main__":
    main()
