"""What is written to the log: never a phone number, whatever an exception repeats of the data it met."""

import logging

from backoffice.common.masking import mask_text


class MaskingFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return mask_text(super().format(record))
