"""Which folder of the sources may include what."""

import re
import unittest
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOP_LEVEL = ("model", "server", "storage")

# The one folder that may include headers of a library.
OWNERS = {
    "grpc++/": "server/rpc",
    "grpcpp/": "server/rpc",
    "rocksdb/": "storage/rocksdb",
}


def includes() -> dict[str, set[str]]:
    """For each folder, everything that its files include."""
    folders: dict[str, set[str]] = {}
    for top in TOP_LEVEL:
        for path in (ROOT / top).rglob("*"):
            if path.suffix not in (".h", ".cc"):
                continue
            folder = path.parent.relative_to(ROOT).as_posix()
            found = re.findall(
                r'^#include ["<](.+)[">]', path.read_text(), re.MULTILINE
            )
            folders.setdefault(folder, set()).update(found)
    return folders


def included_folders() -> dict[str, set[str]]:
    """For each folder, those of the project's folders whose headers it includes."""
    all_includes = includes()
    return {
        folder: {str(Path(header).parent) for header in headers}
        & all_includes.keys() - {folder}
        for folder, headers in all_includes.items()
    }


class LayersTest(unittest.TestCase):
    def test_no_cycles(self) -> None:
        order = list(TopologicalSorter(included_folders()).static_order())
        self.assertEqual(order[0], "model")

    def test_storage_knows_no_server(self) -> None:
        self.assertEqual(included_folders()["storage"], {"model"})
        self.assertEqual(included_folders()["storage/rocksdb"], {"model", "storage"})

    def test_each_library_stays_in_its_folder(self) -> None:
        for folder, headers in includes().items():
            for header in headers:
                for library, owner in OWNERS.items():
                    if header.startswith(library):
                        self.assertEqual(folder, owner, header)

    def test_policies_know_no_protobuf(self) -> None:
        for folder in ("server/policy", "server/policy/curves", "server/policy/zeus"):
            self.assertFalse([name for name in includes()[folder] if ".pb.h" in name])


if __name__ == "__main__":
    unittest.main()
