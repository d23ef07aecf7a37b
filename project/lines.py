"""What the machine says about itself, one line for one thing."""

import logging
import re

# Controls, the separators that some readers take for the end of a line, and the marks that turn text round.
BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class OneLine(logging.Formatter):
    """Nobody writes a line of their own by putting the end of one into an address or a name.

    What an exception says of itself follows on lines of its own, as ever.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", record.message)
        return super().formatMessage(record)
