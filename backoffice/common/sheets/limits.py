from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may ask of the machine before it is refused."""

    file_bytes: int = 512 * MIB
    inflated_bytes: int = 2_048 * MIB
    members: int = 1_000
    rows: int = 5_000_000
    columns: int = 702  # up to column ZZ
    cell_characters: int = 131_072
