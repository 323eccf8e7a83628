"""What the example trains: a small network that reads scikit-learn's digits."""

import os

# One thread each, set before NumPy is loaded: on matrices of this size more threads
# only add noise to the times.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

# flake8: noqa: E402
import collections
import functools
import statistics
import warnings
from typing import Any, Iterator

import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

# Fixed, as in most recurring jobs. It suits medium batches: large ones make too few
# steps an epoch, and with the smallest the training is slow and restless.
LEARNING_RATE = 0.05
MOMENTUM = 0.9
HIDDEN_LAYERS = (256, 128)

# Share of the images that the accuracy is measured on and that is never trained on.
HELD_OUT = 0.4

# The accuracy is the mean over so many epochs: a single one may be lucky.
SMOOTHING_EPOCHS = 3


def train_digits(batch_size: int, seed: int) -> Iterator[float]:
    """Trains a fresh network on a fresh split of the data, without end.

    Args:
        batch_size: How many images go into one step.
        seed: Decides the split, the first weights and the order of the images.

    Yields:
        After each epoch, the accuracy on the held-out images, in [0, 1]: the mean of
        the last SMOOTHING_EPOCHS epochs, where one that was never run counts as 0.
    """
    images, labels = _load()
    train_images, test_images, train_labels, test_labels = train_test_split(
        images, labels, test_size=HELD_OUT, stratify=labels, random_state=seed
    )
    network = MLPClassifier(
        HIDDEN_LAYERS,
        solver="sgd",
        learning_rate_init=LEARNING_RATE,
        momentum=MOMENTUM,
        batch_size=batch_size,
        random_state=np.random.RandomState(seed),
    )
    recent = collections.deque([0.0] * SMOOTHING_EPOCHS, maxlen=SMOOTHING_EPOCHS)
    while True:
        _train_epoch(network, train_images, train_labels)
        recent.append(network.score(test_images, test_labels))
        yield statistics.fmean(recent)


def _train_epoch(network: MLPClassifier, images: Any, labels: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        # scikit-learn answers Ctrl-C with a warning and goes on.
        warnings.filterwarnings("error", "Training interrupted by user")
        try:
            network.partial_fit(images, labels, classes=range(10))
        except UserWarning:
            raise KeyboardInterrupt from None


@functools.cache
def _load() -> tuple[Any, Any]:
    """The images, with pixels in [0, 1], and what they show, 0 to 9."""
    images, labels = load_digits(return_X_y=True)
    return images / 16.0, labels
