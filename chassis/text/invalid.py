"""The one error of this package: a text that is not what its field asks for."""


class InvalidText(ValueError):
    """A phone number or an e-mail address that cannot be accepted.

    `reason` is a stable UPPER_SNAKE code for programs; `sentence` tells a person what is wrong. The
    sentence never repeats the refused text, because that is personal data and errors are logged.
    """

    def __init__(self, sentence: str, *, reason: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.reason = reason
