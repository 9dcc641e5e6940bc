"""A few letters against a path: whether they match, how well, and which letters to highlight."""

from __future__ import annotations

Match = tuple[float, tuple[int, ...]]

# What makes one match better than another, in points a word.
CONTIGUOUS = 24.0  # shared by the number of runs the word falls into
WORD_START = 12.0  # of each run at the beginning of a word, shared likewise
BASENAME = 20.0  # all of it behind the last "/"
FIRST = 6.0  # right behind that "/"
WHOLE = 10.0  # the whole name, ending left out
GAP = 0.5  # taken off for each letter between runs, at most 30
NAME_LETTER = 0.1  # taken off for each letter of the name
PATH_LETTER = 0.05  # and of the path


def fold(text: str) -> str:
    """Text without regard to case, letter for letter: position n stays position n."""
    folded = text.casefold()
    # "ß" folds to "ss": then everything behind it would be highlighted one letter too far.
    return folded if len(folded) == len(text) else "".join(one if len(one := c.casefold()) == 1 else c for c in text)


def match(letters: str, text: str) -> Match | None:
    """Score (more is better) and positions of the matched letters in `text`; None without a match.

    Each word of `letters` must occur in `text`, its letters in order, gaps allowed, case ignored. No letters match anything, with score 0.
    """
    folded = fold(text)
    base = folded.rfind("/") + 1
    score, positions = 0.0, set[int]()
    for word in fold(letters).split():
        runs = _contiguous(word, folded, text, base) or _runs(word, folded, text, base) or _runs(word, folded, text, 0)
        if runs is None:
            return None
        score += _score(word, runs, folded, text, base)
        positions.update(at for start, length in runs for at in range(start, start + length))
    return (score - lengths(len(folded) - base, len(folded)) if positions else 0.0), tuple(sorted(positions))


def lengths(name: int, path: int) -> float:
    """The points a long name and a long path lose."""
    return NAME_LETTER * min(name, 80) + PATH_LETTER * min(path, 200)


def _score(word: str, runs: list[tuple[int, int]], folded: str, text: str, base: int) -> float:
    first, last = runs[0][0], sum(runs[-1])
    score = CONTIGUOUS / len(runs) + WORD_START * sum(_word_start(text, start) for start, _ in runs) / len(runs)
    score -= GAP * min(last - first - len(word), 30)
    if first >= base:
        dot = folded.rfind(".")
        score += BASENAME + FIRST * (first == base) + WHOLE * (first == base and last in (len(folded), dot))
    return score


def _contiguous(word: str, folded: str, text: str, base: int) -> list[tuple[int, int]] | None:
    """The best place where the whole word stands in one piece."""
    best, at = None, folded.rfind(word)
    for _ in range(16):
        if at < 0:
            break
        rank = (at >= base, _word_start(text, at), at == base)
        if best is None or rank > best[0]:
            best = rank, at
        # Overlapping places count, too: "aa" in "aaa".
        at = folded.rfind(word, 0, at + len(word) - 1)
    return None if best is None else [(best[1], len(word))]


def _runs(word: str, folded: str, text: str, start: int) -> list[tuple[int, int]] | None:
    """The word in pieces from `start` on, each as long as the rest allows, rather at the beginning of a word."""
    if not _follows(word, folded, start):
        return None
    runs: list[tuple[int, int]] = []
    while word:
        at, length = next(found for size in range(len(word), 0, -1) if (found := _piece(word, size, folded, text, start)) is not None)
        runs.append((at, length))
        word, start = word[length:], at + length
    return runs


def _piece(word: str, size: int, folded: str, text: str, start: int) -> tuple[int, int] | None:
    piece, rest, chosen = word[:size], word[size:], None
    at = folded.find(piece, start)
    for _ in range(8):
        if at < 0 or not _follows(rest, folded, at + size):
            break
        if _word_start(text, at):
            return at, size
        chosen = (at, size) if chosen is None else chosen
        at = folded.find(piece, at + 1)
    return chosen


def _follows(letters: str, folded: str, start: int) -> bool:
    """Whether the letters occur in this order from `start` on."""
    for letter in letters:
        start = folded.find(letter, start) + 1
        if not start:
            return False
    return True


def _word_start(text: str, at: int) -> bool:
    if at == 0 or not text[at - 1].isalnum():
        return True
    before, here = text[at - 1], text[at]
    return (before.islower() and here.isupper()) or (before.isdigit() != here.isdigit())
