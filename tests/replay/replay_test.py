"""Tests that a replay notices what differs, and only that.

The tests with a server take its binary from ZEUS_BSO_SERVER_BINARY and are skipped
without.
"""

import gzip
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, Callable
from unittest import mock

from google.protobuf import json_format

import replay
from player import Player, build_request
from recording import Call, UnreadableRecording, read_recording

HERE = Path(__file__).resolve().parent
RECORDINGS = HERE / "recordings"
SERVER_BINARY = os.environ.get("ZEUS_BSO_SERVER_BINARY")


class PlayTest(unittest.TestCase):
    def test_first_difference_is_named_with_its_line(self) -> None:
        calls = [Call(line, "predict", {}, 200, {}, None) for line in (1, 2, 3, 4)]
        player = mock.create_autospec(Player, instance=True)
        player.play.side_effect = [None, None, "resp: wrong", None]
        self.assertEqual(
            replay.play(player, calls).describe("name"),
            "name: 3 calls compared, first difference at line 3: resp: wrong",
        )

    def test_no_difference(self) -> None:
        player = mock.create_autospec(Player, instance=True)
        player.play.return_value = None
        outcome = replay.play(player, [Call(1, "predict", {}, 200, {}, None)])
        self.assertEqual(
            outcome.describe("name"), "name: 1 calls compared, no difference"
        )


class RequestTest(unittest.TestCase):
    def spec(self, **request: Any) -> Any:
        call = Call(1, "register", request, 201, {}, None)
        return build_request(call).spec

    def test_register(self) -> None:
        spec = self.spec(job_id="a", beta_knob=None, mab_seed=None, eta_knob=0, other=1)
        self.assertEqual(spec.job_id, "a")
        self.assertTrue(spec.disable_early_stop)
        self.assertFalse(spec.HasField("beta_knob"))
        self.assertFalse(spec.HasField("mab_seed"))
        self.assertTrue(spec.HasField("eta_knob"))
        self.assertFalse(spec.HasField("target_metric"))

    def test_missing_beta_knob_keeps_its_default(self) -> None:
        self.assertFalse(self.spec(job_id="a").disable_early_stop)

    def test_values_that_the_schema_refuses(self) -> None:
        requests: list[dict[str, Any]] = [
            {"mab_seed": -1},
            {"max_epochs": 2**63},
            {"max_epochs": 1.5},
            {"max_epochs": None},
            {"batch_sizes": 8},
            {"gpu_model": 5},
            {"higher_is_better_metric": "yes"},
        ]
        for request in requests:
            with self.subTest(request), self.assertRaises(json_format.ParseError):
                self.spec(**request)


class ReportTest(unittest.TestCase):
    def test_zeros_are_sent(self) -> None:
        request = {
            "job_id": "a",
            "batch_size": 8,
            "trial_number": 1,
            "time": 0.0,
            "energy": 0,
            "metric": 0.0,
            "current_epoch": 0,
        }
        sent: Any = build_request(Call(1, "report", request, 200, {}, None))
        for field in ("time_seconds", "energy_joules", "metric", "current_epoch"):
            self.assertTrue(sent.HasField(field), field)

    def test_recordings_have_all_four(self) -> None:
        for path in RECORDINGS.glob("*.jsonl.gz"):
            for call in read_recording(path):
                if call.op == "report":
                    fields = {"time", "energy", "metric", "current_epoch"}
                    self.assertLessEqual(fields, call.request.keys(), path.name)


class UnreadableTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def reason(self, name: str, content: bytes) -> str:
        path = self.directory / name
        path.write_bytes(content)
        with self.assertRaises(UnreadableRecording) as caught:
            read_recording(path)
        return str(caught.exception)

    def test_damaged_files(self) -> None:
        whole = (RECORDINGS / "fuzz-013.jsonl.gz").read_bytes()
        self.assertIn("end-of-stream", self.reason("a.jsonl.gz", whole[:-100]))
        self.assertIn("gzip", self.reason("b.jsonl.gz", b"plain"))
        self.assertIn("empty", self.reason("c.jsonl", b""))

    def test_damaged_lines(self) -> None:
        good = b'{"op":"delete","req":{},"status":404,"resp":null,"state":null}\n'
        for line, reason in (
            (b'{"op":', "line 2: bad JSON"),
            (b"7", "line 2: not a JSON object"),
            (good.replace(b"delete", b"rename"), "line 2: unknown op 'rename'"),
            (good.replace(b"404", b"418"), "line 2: unknown status 418"),
            (good.replace(b',"state":null', b""), "line 2: state missing"),
            (
                good.replace(b'"state":null', b'"state":{"trial":{}}'),
                "line 2: state.trial.trial_number is not an integer",
            ),
        ):
            with self.subTest(reason):
                self.assertTrue(
                    self.reason("a.jsonl", good + line).startswith(reason),
                )

    def test_exit_status(self) -> None:
        path = self.directory / "bad.jsonl"
        path.write_text("{}\n")
        ended = run_replay("--server_binary", "unused", str(path))
        self.assertEqual(ended.returncode, 2)
        self.assertIn(f"{path}: line 1: ", ended.stderr)


@unittest.skipUnless(SERVER_BINARY, "ZEUS_BSO_SERVER_BINARY is not set")
class ServerTest(unittest.TestCase):
    def test_recordings(self) -> None:
        paths = sorted(map(str, RECORDINGS.glob("*.jsonl.gz")))
        ended = run_replay("--server_binary", str(SERVER_BINARY), *paths)
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        self.assertEqual(
            ended.stdout.splitlines()[-1], f"{len(paths)} passed, 0 failed"
        )

    def test_alterations(self) -> None:
        alterations: dict[str, tuple[int, Callable[[Any], object]]] = {
            "state.min_cost": (39, lambda r: scale(r["state"], "min_cost")),
            "state.arms[3][4]": (
                40,
                lambda r: r["state"]["arms"][3].__setitem__(4, 12),
            ),
            "state.trial": (50, lambda r: r["state"]["trial"].update(trial_number=99)),
            "state.rng.state": (90, lambda r: r["state"]["rng"].update(state="1")),
            "state.arms": (100, lambda r: r["state"]["arms"].pop()),
            "status": (3, lambda r: r.update(status=404)),
            "created": (1, lambda r: r.update(status=200)),
            "resp.batch_size": (2, lambda r: r["resp"].update(batch_size=1)),
            "state": (20, lambda r: r.update(state=None)),
        }
        with tempfile.TemporaryDirectory() as directory:
            paths = [
                write_altered(Path(directory) / name, line, alter)
                for name, (line, alter) in alterations.items()
            ]
            ended = run_replay("--server_binary", str(SERVER_BINARY), *paths)
        self.assertEqual(ended.returncode, 1, ended.stdout + ended.stderr)
        for (name, (line, _)), said in zip(
            alterations.items(), ended.stdout.splitlines()
        ):
            with self.subTest(name):
                self.assertIn(f"first difference at line {line}: {name}: ", said)


def scale(record: dict[str, Any], key: str) -> None:
    record[key] *= 1 + 1e-9


def write_altered(path: Path, line: int, alter: Callable[[Any], object]) -> str:
    """Writes a recording with one line altered; returns its path."""
    source = RECORDINGS / "sim-sentiment140-v100-seed1.jsonl.gz"
    records = [json.loads(each) for each in gzip.open(source)]
    alter(records[line - 1])
    path.write_text("".join(json.dumps(each) + "\n" for each in records))
    return str(path)


def run_replay(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(HERE / "replay.py"), *arguments],
        capture_output=True,
        text=True,
    )


if __name__ == "__main__":
    unittest.main()
