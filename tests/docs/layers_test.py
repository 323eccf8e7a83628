"""Which folder of the sources may include what."""

import re
import unittest
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOP_LEVEL = ("model", "server", "storage")
TRANSPORTS = ("server/grpc", "server/http")

# The folders, with those below them, that may include such headers.
OWNERS = {
    r"grpc(\+\+|pp)?/|.*\.grpc\.pb\.h": {"server/grpc"},
    r"rocksdb/": {"storage/rocksdb"},
    r"boost/": {"server/http/listener", "server/http/health"},
    r"nghttp2/": {"server/http/health"},
    r"prometheus/": {"server/metrics/page"},
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


def parents(folder: str) -> list[str]:
    return [each.as_posix() for each in Path(folder).parents]


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
                for library, owners in OWNERS.items():
                    if re.match(library, header):
                        self.assertTrue(owners & {folder, *parents(folder)}, header)

    def test_the_api_knows_no_transport(self) -> None:
        for folder, included in included_folders().items():
            if folder.startswith("server/api"):
                self.assertFalse(
                    [each for each in included if each.startswith(TRANSPORTS)],
                    folder,
                )

    def test_transports_know_nothing_of_each_other(self) -> None:
        for folder, included in included_folders().items():
            for transport in TRANSPORTS:
                others = tuple(each for each in TRANSPORTS if each != transport)
                if folder.startswith(transport):
                    self.assertFalse(
                        [each for each in included if each.startswith(others)], folder
                    )

    def test_policies_know_no_protobuf(self) -> None:
        for folder in ("server/policy", "server/policy/curves", "server/policy/zeus"):
            self.assertFalse([name for name in includes()[folder] if ".pb.h" in name])


if __name__ == "__main__":
    unittest.main()
