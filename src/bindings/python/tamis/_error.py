"""The error that everything in tamis raises."""


class Error(Exception):
    """What tamis could not do, in a sentence that says what to do about it.

    `kind` is one of `invalid_input`, `not_found`, `unsupported`, `io`, `corrupt`, `interrupted` and `internal`.
    """

    kind: str

    def __init__(self, message: str, kind: str = "invalid_input") -> None:
        super().__init__(message)
        self.kind = kind
