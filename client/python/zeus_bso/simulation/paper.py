"""The jobs of the Zeus paper (NSDI'23)."""

from dataclasses import dataclass
from typing import Mapping


@dataclass(frozen=True)
class PaperJob:
    """What the paper says of a workload."""

    default_batch_size: int
    target_metric: float
    max_epochs: int
    """Not in the paper: what Zeus' own simulations of these traces use."""


PAPER_JOBS: Mapping[str, PaperJob] = {
    "cifar100/shufflenetv2/adadelta": PaperJob(1024, 0.6, 100),
    "imagenet/resnet50/adadelta": PaperJob(256, 0.65, 100),
    "librispeech/deepspeech2/adamw": PaperJob(192, 40.0, 16),
    "movielens-1m/ncf/adam": PaperJob(1024, 0.41, 100),
    "sentiment140/bert_base_uncased/adamw": PaperJob(128, 0.84, 10),
    "squad/bert_base_uncased/adamw": PaperJob(32, 84.0, 6),
}
