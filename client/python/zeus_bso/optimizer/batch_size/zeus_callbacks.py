"""What a CallbackSet of Zeus calls and a BatchSizeOptimizer does not need."""


class ZeusCallbacks:
    """Methods that do nothing."""

    def on_train_end(self) -> None:
        """Does nothing."""

    def on_epoch_begin(self) -> None:
        """Does nothing."""

    def on_epoch_end(self) -> None:
        """Does nothing."""

    def on_step_begin(self) -> None:
        """Does nothing."""

    def on_step_end(self) -> None:
        """Does nothing."""

    def on_instruction_begin(self, name: str) -> None:
        """Does nothing."""

    def on_instruction_end(self, name: str) -> None:
        """Does nothing."""
