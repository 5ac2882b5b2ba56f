"""What a person is told about an error."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """The HTTP status, one sentence, and what to do next."""

    status: int
    sentence: str
    advice: str = ""
    action_url: str = "/"
    action_text: str = ""

    @property
    def text(self) -> str:
        """Sentence and advice, for a place beside a form."""
        return f"{self.sentence} {self.advice}".rstrip()
