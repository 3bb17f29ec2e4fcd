"""How long Redis is waited for before a process goes on without it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Waits:
    """Seconds. `tokens`: for an answer about tokens. `answers`: for a kept answer; the engine would be as quick.

    `blind_after`: since the stream of tokens was last asked and answered; nobody reads what was true longer ago.
    """

    tokens: float = 0.25
    answers: float = 0.05
    blind_after: float = 0.4

    @property
    def outage_after(self) -> float:
        """A process that was blind for shorter was perhaps busy itself, and may not throw away what others keep."""
        return 3 * self.blind_after


PROMPT = Waits()
