"""Checks that docs/concepts.md has every way in which a trial can end, every warning, and
its picture; and that README.md names every document.
"""

import re
import unittest
import xml.etree.ElementTree
from pathlib import Path

from zeus_bso.types import EndReason, TrialFailure, WarningReason

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TEXT = (DOCS / "concepts.md").read_text()


class ConceptsTest(unittest.TestCase):
    def test_the_table_names_every_end_of_a_trial(self) -> None:
        section = TEXT.split("## How a trial can end\n")[1].split("\n## ")[0]
        rows = [line for line in section.splitlines() if line.startswith("| ")]
        recorded = {word for row in rows for word in re.findall("[A-Z_]{4,}", row)}
        ends = {each.name for each in (*EndReason, *TrialFailure)} - {"UNSPECIFIED"}
        self.assertEqual(ends - recorded, set())
        self.assertEqual({row.count(" | ") for row in rows}, {3})

    def test_the_table_names_every_warning(self) -> None:
        section = TEXT.split("## Warnings\n")[1].split("\n## ")[0]
        named = re.findall(r"^\| `([A-Z_]+)` \| ", section, re.MULTILINE)
        reasons = [each.name for each in WarningReason if each.value]
        self.assertEqual(named, reasons)

    def test_pictures(self) -> None:
        pictures = re.findall(r"!\[[^]]+\]\((\S+)\)", TEXT)
        self.assertEqual(pictures, ["pictures/beliefs.svg"])
        for picture in pictures:
            root = xml.etree.ElementTree.parse(DOCS / picture).getroot()
            self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")

    def test_the_readme_names_every_document(self) -> None:
        readme = (ROOT / "README.md").read_text()
        for document in DOCS.glob("*.md"):
            self.assertIn(f"(docs/{document.name})", readme)

    def test_links_between_documents(self) -> None:
        for document in (ROOT / "README.md", *DOCS.glob("*.md")):
            for link in re.findall(r"\]\(([^):#]+)[^):]*\)", document.read_text()):
                self.assertTrue((document.parent / link).exists(), (document, link))


if __name__ == "__main__":
    unittest.main()
