"""What a process costs, its children and theirs included, as the kernel counts it (Linux only)."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def seconds(pid: int) -> float:
    """Return the CPU seconds of a running process and of everybody under it."""
    return sum(_own(one) for one in (pid, *_descendants(pid)))


def resident_kb(pid: int) -> int:
    """Return the memory of a running process and of everybody under it; what they share counts for each."""
    return sum(_resident_kb(one) for one in (pid, *_descendants(pid)))


def _resident_kb(pid: int) -> int:
    _, _, rest = Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")
    return int(rest.split()[0])


def _own(pid: int) -> float:
    # After the name, which may hold blanks, the 12th and 13th fields are the ticks in user and system mode.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [found for child in children for found in (int(child), *_descendants(int(child)))]
