"""Making a cell with an error run without its broken parts.

Because of one unclosed bracket, Python reads none of a cell's definitions; because of an undefined
name, none that follow it. In the text of such a cell, a function or method that cannot be compiled
or defined is replaced by a stub, which raises `BrokenDefinition` with Python's error; so is a whole
class if its header is broken. Other statements that do not run are left out. Indentation decides
where a definition ends, since nothing else is reliable in such a text.

This module only changes text and runs nothing. Its time is proportional to the length of the text.
"""

from __future__ import annotations

import ast
import keyword
import re
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from IPython.core.inputtransformer2 import TransformerManager

from course.errors import BrokenDefinition

MAX_BROKEN = 20  # broken parts of one cell; a cell with more is not rescued
MAX_CELL = 100_000  # characters; a longer cell is not rescued
MAX_HEADER = 10  # lines of a class's header
TAB, WHITE = 4, " \t\f"  # columns; what indents
FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT  # as IPython compiles
DEFINITION = re.compile(r"(?:async\s+)?(def|class)\s+(\w+)")
BLOCK = re.compile(r"(?:async|def|class|if|for|while|with|try|match)\b")
CONTINUES = re.compile(r"[)\]}]|(?:else|elif|except|finally)\b")  # what starts no statement
TOKEN = re.compile(r"""#.*|"{3}|'{3}|"(?:[^"\\]++|\\.)*+"?|'(?:[^'\\]++|\\.)*+'?""")
IN_STRING = {quote: re.compile(rf"\\.|{quote}") for quote in ('"""', "'''")}
MISPLACED = re.compile(r"outside (?:async )?function|outside loop|not properly in loop")
LINE_NUMBER = re.compile(r"\bline (\d+)")
DETECTED = re.compile(r" \(detected at line \d+\)")


class _NoSlip(Exception):
    """The broken parts cannot be found, or are too many."""


@dataclass(frozen=True)
class Slip:
    """An error in a cell.

    at      its line, counted from 0, as all lines here
    column  of that line, -1 where it is not known
    """

    type: str
    message: str
    at: int
    column: int

    @property
    def of_indentation(self) -> bool:
        """Does the line most likely belong to the definition before it?"""
        return self.type in ("IndentationError", "TabError") or bool(MISPLACED.search(self.message))


@dataclass(frozen=True)
class Part:
    """A definition with its decorators, or statements that are none.

    first, stop  its lines; ``stop`` is the first that is not its own
    header       the line of its ``def`` or ``class``
    kind, name   "def" or "class", and what that defines; "" where it is no definition
    """

    first: int
    stop: int
    header: int
    kind: str = ""
    name: str = ""


@dataclass(frozen=True)
class Level:
    """Where definitions stand: in the cell itself, or in a class of it, indented by ``pad``."""

    owner: str = ""
    pad: str = ""

    @property
    def indentation(self) -> int:
        return _indentation(self.pad)


CELL = Level()


def rescued(source: str, error: BaseException | None, namespace: Mapping[str, Any]) -> str | None:
    """The rest of a cell that raised this error, without its broken parts.

    namespace  the globals that the cell ran in

    None if the error is neither one of syntax nor an undefined name, or if the broken parts cannot
    be found. Statements that ran before the error are left out; lines keep their numbers. Never
    raises an Exception.
    """
    if len(source) > MAX_CELL or "\0" in source:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if isinstance(error, SyntaxError):
                return _without_slips(source)
            if isinstance(error, NameError | BrokenDefinition):
                return _without_names(source, error, namespace)
    except Exception:  # such a text, or such an error, may be made to break this too
        pass
    return None


def broken(type: str, message: str, line: str, caret: int) -> NoReturn:
    """What a stub calls: raises BrokenDefinition."""
    raise BrokenDefinition(type, message, line, caret)


def _without_slips(source: str) -> str | None:
    """A cell that does not compile, without what does not. None where it does."""
    first = 0
    try:
        text = _transformed(source)
        statements = ast.parse(text).body
    except SyntaxError:
        cell = Cell(source)
    else:
        cell = Cell(text)
        slip = cell.slip(0, len(cell.lines))
        if slip is None:
            return None
        first = _part(_statement_at(slip.at, statements)).first  # IPython ran what stands before it
    cell.mend(0, len(cell.lines))
    if cell.text == source or cell.slip(0, len(cell.lines)) is not None:
        raise _NoSlip
    cell.blank(0, first)
    return cell.text


def _without_names(source: str, error: BaseException, namespace: Mapping[str, Any]) -> str:
    """What follows a statement that raised an error, and a stub of what that defines."""
    cell = Cell(_transformed(source))
    outer, *inner = _lines_of(error, namespace)
    statement = _statement_at(outer, ast.parse(cell.text).body)
    part = _part(statement)
    if isinstance(error, BrokenDefinition) or not part.kind:
        cell.blank(part.first, part.stop)
    elif isinstance(statement, ast.ClassDef) and any(part.header < at < part.stop for at in inner):
        _stub_method(cell, statement, error, next(at for at in inner if part.header < at))
    else:
        cell.stub(part, cell.name_slip(error, outer))
    cell.blank(0, part.first)
    return cell.text


def _stub_method(cell: Cell, owner: ast.ClassDef, error: BaseException, at: int) -> None:
    """Stub the method whose definition raised the error; where a line between methods did, the
    method that it most likely belongs to, the one above.
    """
    members = [_part(member) for member in owner.body]
    slip = cell.name_slip(error, at)
    number = next(i for i, member in enumerate(members) if at < member.stop)
    methods = [member for member in members[: number + 1] if member.kind]
    if not methods:
        cell.stub(_part(owner), slip)
        return
    level = Level(owner.name, _white_space(cell.lines[methods[-1].header]))
    for stray in members[members.index(methods[-1]) + 1 :]:
        if stray.kind:
            break
        cell.blank(stray.first, stray.stop)
    cell.stub(methods[-1], slip, level)


class Cell:
    """The lines of a cell, in which what is broken is replaced one by one."""

    def __init__(self, source: str) -> None:
        self.lines = source.replace("\r\n", "\n").split("\n")
        self._written = list(self.lines)
        self._stubs: set[int] = set()  # their headers
        self._left = MAX_BROKEN
        self._room = MAX_BROKEN * len(self.lines)

    @property
    def text(self) -> str:
        """The cell; it does not begin with empty lines, which IPython does not count."""
        return "\n".join([self.lines[0] or "#", *self.lines[1:]])

    def mend(self, first: int, stop: int, level: Level = CELL) -> None:
        """Replace what does not compile among these lines."""
        before, bodiless = None, False
        for part in [*self.parts(first, stop, level)]:
            if part.kind:
                slip = self.slip(part.first, part.stop, level)
                if slip is not None:
                    self._mend_definition(part, slip, level)
                before, bodiless = part, slip is not None and self._is_bodiless(part, slip)
            elif bodiless:
                self.blank(part.first, part.stop)
            else:
                for statement, slip in self._broken_statements(part, level):
                    if before is not None and slip.of_indentation:
                        self._blame(before, slip, level)
                    self.blank(statement.first, statement.stop)
                    self._count()

    def _mend_definition(self, part: Part, slip: Slip, level: Level) -> None:
        body = self._body(part) if part.kind == "class" and level is CELL else None
        if body is None:
            self.stub(part, slip, level)
            return
        inside = self._inside(part, body)
        self.mend(body, part.stop, inside)
        while rest := self.slip(part.first, part.stop):
            methods = self.parts(body, part.stop, inside)
            culprits = [m for m in methods if m.kind and m.first <= rest.at < m.stop]
            if not culprits or culprits[0].header in self._stubs:
                self.stub(part, slip)
                return
            self.stub(culprits[0], rest, inside)

    def _blame(self, part: Part, slip: Slip, level: Level) -> None:
        """Stub a definition for a line below it that most likely belongs to it."""
        body = self._body(part) if part.kind == "class" and level is CELL else None
        if body is not None:
            inside = self._inside(part, body)
            methods = [m for m in self.parts(body, part.stop, inside) if m.kind]
            if methods:
                part, level = methods[-1], inside
        if part.header not in self._stubs:
            self.stub(part, slip, level)

    def _broken_statements(self, part: Part, level: Level) -> Iterator[tuple[Part, Slip]]:
        """The statements that do not compile, one by one; each is to be blanked before the next."""
        while slip := self.slip(part.first, part.stop, level):
            first = part.first
            while (stop := self._end(first, part.stop, level)) <= slip.at:
                first = stop
            yield Part(first, stop, first), slip

    def parts(self, first: int, stop: int, level: Level) -> Iterator[Part]:
        """The definitions of a level, and the statements between two of them as one."""
        between = first
        while first < stop:
            header = first
            while self._starts_with(header, "@"):
                header = self._end(header, stop, level)
            kind, name = self._defines(header) if header < stop else ("", "")
            end = self._end(header, stop, level) if kind or header == first else header
            if kind:
                if between < first and any(map(self._is_code, range(between, first))):
                    yield Part(between, first, between)
                yield Part(first, end, header, kind, name)
                between = end
            first = end
        if any(map(self._is_code, range(between, stop))):
            yield Part(between, stop, between)

    def slip(self, first: int, stop: int, level: Level = CELL) -> Slip | None:
        """Why these lines do not compile where they stand; None where they do."""
        start = self._code_from(first)
        if start >= stop:
            return None
        if level is not CELL and self._depth(start) != level.indentation:
            message = "unindent does not match any outer indentation level"
            return Slip("IndentationError", message, start, self._depth(start))
        above = "" if level is CELL else "class _:\n"
        text = above + "\n".join(self.lines[first:stop]) + "\n"
        try:
            _compile(text)
        except SyntaxError as error:
            try:
                _compile(_transformed(text))  # magics cost a second look only where there are any
            except SyntaxError:
                return self._slip_of(error, first - above.count("\n"), stop)
        return None

    def _slip_of(self, error: SyntaxError, offset: int, stop: int) -> Slip:
        """The slip that an error is, in a text whose first line is the cell's ``offset``."""
        if error.lineno is None:
            raise _NoSlip
        at = min(error.lineno - 1 + offset, stop - 1)
        message = LINE_NUMBER.sub(
            lambda found: f"line {int(found[1]) + offset}", DETECTED.sub("", error.msg)
        )
        line = self._written[at]
        same = error.text is None or error.text.rstrip() == line.rstrip()
        column = error.offset - 1 if same and error.offset else -1
        return Slip(type(error).__name__, message, at, column)

    def name_slip(self, error: BaseException, at: int) -> Slip:
        """The slip that an undefined name in a line is."""
        name = getattr(error, "name", None)
        found = re.search(rf"\b{re.escape(name)}\b", self._written[at]) if name else None
        return Slip("NameError", str(error), at, found.start() if found else -1)

    def stub(self, part: Part, slip: Slip, level: Level = CELL) -> None:
        """Put a stub in the place of a definition, with its decorators if they can be kept."""
        self._count()
        self._stubs.add(part.header)
        written = self._written[slip.at]
        line = written.strip().replace("\t", " ")
        column = slip.column - (len(written) - len(written.lstrip()))
        caret = min(max(column, 0), len(line)) if slip.column >= 0 else -1
        name = f"{level.owner}.{part.name}" if level.owner else part.name
        message = f"{slip.message} ({name}, line {slip.at + 1})"
        what = ", ".join(map(ascii, (slip.type, message, line, caret)))
        call = f'__import__("course.rescue").rescue.broken({what})'
        if part.kind == "class":
            stub = f"class {part.name}: __new__ = lambda cls, *args, **kwargs: {call}"
        else:
            stub = f"{level.pad}def {part.name}(*args, **kwargs): {call}"
        decorators = self.lines[part.first : part.header]
        in_them = part.first <= slip.at < part.header
        self.blank(part.first, part.stop)
        self.lines[part.header] = stub
        if decorators and not in_them:
            self.lines[part.first : part.header] = decorators
        if self.slip(part.first, part.stop, level) or (in_them and level is not CELL):
            self.blank(part.first, part.header)
            if decorators and level is not CELL:
                # Whatever it was to be, a property raises when it is read, called or not.
                self.lines[part.header - 1] = f"{level.pad}@property"

    def blank(self, first: int, stop: int) -> None:
        """Leave lines out."""
        self.lines[first:stop] = [""] * (stop - first)

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise _NoSlip

    def _in_vain(self, lines: int) -> None:
        """Bound the lines that are read up to the end for a string that never ends."""
        self._room -= lines
        if self._room < 0:
            raise _NoSlip

    def _is_bodiless(self, part: Part, slip: Slip) -> bool:
        """Does a definition end where its body, or that of its last line, should begin?"""
        last = max(n for n in range(part.first, part.stop) if self._written[n].strip())
        return slip.message.startswith("expected an indented block") and slip.at == last

    def _body(self, part: Part) -> int | None:
        """The first line of a class below its header; None where the header does not compile."""
        for body in range(part.header + 1, min(part.header + MAX_HEADER, part.stop)):
            text = "\n".join([*self.lines[part.first : body], " pass\n"])
            try:
                _compile(text)
            except SyntaxError:
                continue
            return body
        return None

    def _inside(self, part: Part, body: int) -> Level:
        """The level of a class's methods, even where one of its first lines is out of place."""
        first = self._code_from(body)
        method = next((n for n in range(first, part.stop) if self._is_method(n)), first)
        pads = [_white_space(self.lines[n]) for n in (first, method) if n < part.stop]
        usual = " " * TAB
        return Level(part.name, usual if usual in pads else next(filter(None, pads), usual))

    def _is_method(self, n: int) -> bool:
        return self._depth(n) > 0 and self._defines(n)[0] != ""

    def _end(self, first: int, stop: int, level: Level) -> int:
        """The next line of this level that begins a statement, after the one at a line.

        Lines within a string begin nothing; but if it never ends, its end is what is missing.
        """
        body = None
        if level is CELL and self._defines(first)[0] == "class":
            body = self._inside(Part(first, stop, first), first + 1).indentation
        for with_strings in (True, False):
            quote = ""
            for n in range(first, stop):
                if n > first and not quote and self._begins(n, level, body):
                    return n
                if with_strings:
                    quote = _open_string(self.lines[n], quote)
            if not quote:
                return stop
            self._in_vain(stop - first)
        return stop

    def _begins(self, n: int, level: Level, body: int | None) -> bool:
        """Does a line begin a statement of this level?

        body  the indentation in the class above it, None where there is none: a line of it that
              has lost its own does not end it
        """
        return (
            self._is_code(n)
            and self._depth(n) <= level.indentation
            and not CONTINUES.match(self._code(n))
            and (body is None or not self._has_lost_its_indentation(n, body))
        )

    def _has_lost_its_indentation(self, n: int, body: int) -> bool:
        """Is what follows a line deeper without a reason?"""
        line, following = self._code(n).rstrip(), self._code_from(n + 1)
        opened = sum(map(line.count, "([{")) > sum(map(line.count, ")]}"))
        if opened or line.endswith("\\") or following == len(self.lines):
            return False
        return self._depth(following) > (body if BLOCK.match(line) else self._depth(n))

    def _defines(self, n: int) -> tuple[str, str]:
        """What a line defines, ("", "") for nothing."""
        found = DEFINITION.match(self._code(n))
        if found is None or not found[2].isidentifier() or keyword.iskeyword(found[2]):
            return "", ""
        return found[1], found[2]

    def _starts_with(self, n: int, text: str) -> bool:
        return n < len(self.lines) and self._code(n).startswith(text)

    def _code(self, n: int) -> str:
        """A line without its indentation."""
        return self.lines[n].lstrip(WHITE)

    def _is_code(self, n: int) -> bool:
        return self._code(n) != "" and not self._code(n).startswith("#")

    def _code_from(self, n: int) -> int:
        """The first line from here that is neither empty nor a comment."""
        while n < len(self.lines) and not self._is_code(n):
            n += 1
        return n

    def _depth(self, n: int) -> int:
        return _indentation(self.lines[n])


def _indentation(line: str) -> int:
    """Columns of the white space that a line starts with."""
    return len(_white_space(line).expandtabs(TAB))


def _white_space(line: str) -> str:
    return line[: len(line) - len(line.lstrip(WHITE))]


def _open_string(line: str, quote: str) -> str:
    """The quotes of the string that is open at a line's end, if they were at its start."""
    at = 0
    while True:
        if quote:
            closing = next((m for m in IN_STRING[quote].finditer(line, at) if m[0] == quote), None)
            if closing is None:
                return quote
            at, quote = closing.end(), ""
        opening = next((m for m in TOKEN.finditer(line, at) if m[0] in IN_STRING), None)
        if opening is None:
            return ""
        at, quote = opening.end(), opening[0]


def _transformed(source: str) -> str:
    """The cell as Python, as IPython reads it. Raises SyntaxError."""
    return TransformerManager().transform_cell(source)


def _compile(text: str) -> None:
    compile(text, "<cell>", "exec", FLAGS, dont_inherit=True)


def _lines_of(error: BaseException, namespace: Mapping[str, Any]) -> list[int]:
    """The lines of the cell that an error came through, the outermost first."""
    frames = [f for f in traceback.walk_tb(error.__traceback__) if f[0].f_globals is namespace]
    own = frames[0][0].f_code.co_filename
    return [number - 1 for frame, number in frames if frame.f_code.co_filename == own]


def _statement_at(at: int, statements: Sequence[ast.stmt]) -> ast.stmt:
    return next(s for s in statements if _part(s).first <= at < _part(s).stop)


def _part(node: ast.stmt) -> Part:
    """The lines of a statement that Python could parse."""
    header, stop = node.lineno - 1, node.end_lineno or node.lineno
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        first = min([header, *(d.lineno - 1 for d in node.decorator_list)])
        return Part(
            first, stop, header, "class" if isinstance(node, ast.ClassDef) else "def", node.name
        )
    return Part(header, stop, header)
