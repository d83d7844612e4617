"""The error that a person reads: what happened, and what to do."""


class UserError(Exception):
    """An error that the user can fix. `cure` says how; the command line prints both and exits with code 2."""

    def __init__(self, message: str, cure: str = ""):
        super().__init__(message)
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.message}\n  → {self.cure}" if self.cure else self.message
