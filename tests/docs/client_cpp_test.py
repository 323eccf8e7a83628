"""Checks that docs/client-cpp.md shows the loop of the example, and names every reason."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "client-cpp.md").read_text()


class ClientCppTest(unittest.TestCase):
    def test_the_loop_is_that_of_the_example(self) -> None:
        blocks = re.findall(r"```cpp\n(.*?)```", TEXT, re.DOTALL)
        example = (ROOT / "client" / "cpp" / "examples" / "train.cc").read_text()
        self.assertIn(blocks[0], example)
        readme = (ROOT / "README.md").read_text()
        (block,) = re.findall(r"```cpp\n(.*?)```", readme, re.DOTALL)
        self.assertIn(block, example)

    def test_names_every_reason(self) -> None:
        header = (ROOT / "model" / "error.h").read_text()
        reasons = set(re.findall(r"^  k\w+, +// ([A-Z_]+)", header, re.MULTILINE))
        self.assertIn("JOB_NOT_FOUND", reasons)
        reasons.remove("STORE_REFUSED")  # Ends the start of the server.
        self.assertEqual(reasons - set(re.findall(r"`([A-Z_]+)`", TEXT)), set())


if __name__ == "__main__":
    unittest.main()
