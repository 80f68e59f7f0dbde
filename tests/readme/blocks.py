"""Fenced code blocks of a Markdown file, and how to act on them as a reader would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SLOW_ELSEWHERE = ("pip install", "pytest")  # what a reader runs once, and CI on its own
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
_PLACE = re.compile(r"^# (?P<more>append to )?(?P<path>[\w./-]+\.(?:py|yaml))$")


@dataclass(frozen=True)
class Block:
    """One fenced block: the language it names, its text and the line it starts in."""

    language: str
    text: str
    line: int

    @property
    def place(self) -> re.Match[str] | None:
        """The file that a first line like `# scenarios/caps.yaml` asks to write."""
        return _PLACE.match(self.text.partition("\n")[0])


def blocks_of(path: Path) -> list[Block]:
    """List the fenced blocks of a Markdown file that name a language, in order."""
    text = path.read_text(encoding="utf-8")
    return [Block(m[1], m[2], 1 + text.count("\n", 0, m.start()))
            for m in _FENCE.finditer(text) if m[1]]  # fmt: skip


def act_on(block: Block, clone: Path, home: Path, with_pytest: bool = False) -> str:
    """Write the file a block names, or run the block in `clone`; return what it prints.

    home : folder whose `sim` and `analysis` are imported
    """
    place = block.place
    if place:
        with (clone / place["path"]).open("a" if place["more"] else "w", encoding="utf-8") as file:
            file.write(("\n\n" if place["more"] else "") + block.text)
        return ""
    if block.language == "python":
        return run([sys.executable, "-c", block.text], clone, home)
    if block.language == "bash":
        skipped = SLOW_ELSEWHERE[:1] if with_pytest else SLOW_ELSEWHERE
        lines = [x for x in block.text.splitlines() if not any(word in x for word in skipped)]
        return run(["bash", "-e", "-c", "\n".join(lines)], clone, home)
    assert block.language in ("yaml", "text"), f"line {block.line}: {block.language}"
    return ""


def run(words: list[str], clone: Path, home: Path) -> str:
    """Run a command as a user in `clone` would; fail with all it printed if it fails."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    # Runs are small: starting worker processes would cost more than it saves.
    world = {**os.environ, "PATH": path, "PYTHONPATH": str(home), "MPLBACKEND": "Agg",
             "COLUMNS": "120", "LOKY_MAX_CPU_COUNT": "1"}  # fmt: skip
    ended = subprocess.run(words, cwd=clone, env=world, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, f"{words[-1]}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout
