"""Tests of the loops: PyTorch's, and Hugging Face's by its documented protocol."""

import sys
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from torch.utils.data import TensorDataset

from server_case import ServerCase, make_spec
from zeus_bso.integrations.pytorch import TrainingLoop
from zeus_bso.monitor import FixedPowerMonitor
from zeus_bso.optimizer.batch_size import BatchSizeOptimizer
from zeus_bso.optimizer.batch_size.exceptions import ZeusBSOConfigError
from zeus_bso.types import TrialFailure, TrialStatus

HOST_LIBRARIES = str(Path(__file__).parent / "host_libraries")


class LoopCase(ServerCase):
    def setUp(self) -> None:
        self.client = self.new_client()

    def make(self, **changes: Any) -> BatchSizeOptimizer:
        optimizer = BatchSizeOptimizer(
            FixedPowerMonitor(watts=100), self.client, make_spec(**changes)
        )
        self.addCleanup(optimizer.close)
        return optimizer


class PytorchTest(LoopCase):
    def test_trains_until_it_converges(self) -> None:
        loop = TrainingLoop(self.make())
        batches = loop.data_loader(TensorDataset(torch.arange(100)), drop_last=True)
        epochs = []
        for epoch in loop.epochs():
            self.assertEqual({len(batch) for (batch,) in batches}, {16})
            loop.evaluate(0.2 * epoch)
            epochs.append(epoch)
        self.assertEqual(epochs, [1, 2, 3])
        self.assertTrue(loop.converged)
        (trial,) = self.client.list_trials("job")
        self.assertIs(trial.status, TrialStatus.SUCCEEDED)

    def test_ends_without_having_converged(self) -> None:
        loop = TrainingLoop(self.make(max_epochs=2))
        for _ in loop.epochs():
            loop.evaluate(0.0)
        self.assertFalse(loop.converged)
        (trial,) = self.client.list_trials("job")
        self.assertIs(trial.converged, False)

    def test_an_evaluation_after_the_end_changes_nothing(self) -> None:
        loop = TrainingLoop(self.make(max_epochs=1))
        for _ in loop.epochs():
            loop.evaluate(0.0)
        loop.evaluate(0.9)
        self.assertFalse(loop.converged)

    def test_each_epoch_is_evaluated(self) -> None:
        loop = TrainingLoop(self.make())
        with self.assertRaisesRegex(RuntimeError, "not called in epoch 1"):
            for _ in loop.epochs():
                pass


class HuggingFaceTest(LoopCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(sys, "path", [HOST_LIBRARIES, *sys.path]))
        import transformers
        from zeus_bso.integrations import huggingface

        self.transformers: Any = transformers
        self.integration: Any = huggingface

    def prepare(self, optimizer: BatchSizeOptimizer, step: float) -> tuple[Any, Any]:
        """The callback and the trainer, before the training."""
        arguments = self.transformers.TrainingArguments(
            num_train_epochs=10, gradient_accumulation_steps=2, world_size=2, n_gpu=1
        )
        self.integration.set_batch_size(arguments, optimizer)
        callback = self.integration.BatchSizeCallback(optimizer)
        trainer = self.transformers.Trainer(
            arguments, [callback], lambda epoch: {"accuracy": step * epoch}
        )
        return callback, trainer

    def train(self, optimizer: BatchSizeOptimizer, step: float) -> tuple[Any, Any]:
        """The callback and the trainer, after the training."""
        callback, trainer = self.prepare(optimizer, step)
        trainer.train()
        return callback, trainer

    def test_stops_when_it_has_converged(self) -> None:
        callback, trainer = self.train(self.make(), 0.2)
        self.assertEqual(trainer.args.per_device_train_batch_size, 4)
        self.assertEqual(trainer.state.epoch, 3)
        self.assertTrue(callback.converged)

    def test_stops_when_it_has_not(self) -> None:
        callback, trainer = self.train(self.make(max_epochs=4), 0.0)
        self.assertEqual(trainer.state.epoch, 4)
        self.assertFalse(callback.converged)

    def test_evaluations_that_are_of_no_epoch(self) -> None:
        callback, trainer = self.prepare(self.make(max_epochs=4), 0.0)
        trainer.evaluate()
        trainer.evaluate(metric_key_prefix="test")
        trainer.train()
        trainer.evaluate()
        trainer.evaluate(metric_key_prefix="test")
        self.assertEqual(trainer.state.epoch, 4)
        self.assertFalse(callback.converged)

    def test_evaluations_after_a_training_that_was_too_short(self) -> None:
        optimizer = self.make(max_epochs=20)
        callback, trainer = self.train(optimizer, 0.0)
        trainer.evaluate(metric_key_prefix="test")
        trainer.evaluate()
        self.assertEqual(optimizer.cur_epoch, 10)
        self.assertFalse(callback.converged)
        optimizer.close()
        (trial,) = self.client.list_trials("job")
        self.assertEqual(trial.failure, TrialFailure.NOT_CONVERGED)

    def test_a_size_that_cannot_be_divided(self) -> None:
        optimizer = self.make()
        for parts in ({"world_size": 3}, {"n_gpu": 3}):
            arguments = self.transformers.TrainingArguments(**parts)
            with self.assertRaisesRegex(ZeusBSOConfigError, "batch size of 16"):
                self.integration.set_batch_size(arguments, optimizer)

    def test_a_metric_that_is_not_evaluated(self) -> None:
        optimizer = self.make()
        optimizer.get_batch_size()
        callback = self.integration.BatchSizeCallback(optimizer, "eval_f1")
        callback.on_train_begin(None, None, None)
        with self.assertRaisesRegex(ZeusBSOConfigError, "'eval_f1', but eval_loss"):
            callback.on_evaluate(None, None, None, metrics={"eval_loss": 0.1})


if __name__ == "__main__":
    unittest.main()
