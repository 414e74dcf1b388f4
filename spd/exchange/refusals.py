"""This file is why a file is not read, each with the row and column to look at."""

from __future__ import annotations

from spd.core.errors import NotFound, Refused


class NoSuchFile(NotFound):
    """There is no file there."""

    code = "no-such-file"
    say = {"zh": "找不到文件 {file}。核对路径和文件名。", "en": "There is no file {file}. Check the path and the name."}


class EmptyFile(Refused):
    """The file has no rows."""

    code = "empty-file"
    say = {
        "zh": "文件 {file} 是空的。第一行应为列名, 其后每行一条记录。",
        "en": "File {file} is empty. The first row names the columns, every row after it is one record.",
    }


class TooLarge(Refused):
    """The file is larger than is read at once."""

    code = "too-large"
    say = {
        "zh": "文件 {file} 有 {size} 字节, 超过上限 {limit}。请拆分后分次导入。",
        "en": "File {file} has {size} bytes, more than {limit}. Split it and import the parts.",
    }


class WrongEncoding(Refused):
    """The bytes are no text that is read here."""

    code = "wrong-encoding"
    say = {
        "zh": "文件 {file} 的编码无法识别。请另存为 UTF-8 或 GBK (GB18030) 的 CSV 文件。",
        "en": "The encoding of {file} is not known. Save it as CSV in UTF-8 or GBK (GB18030).",
    }


class NotATable(Refused):
    """A row is not built like the first."""

    code = "not-a-table"
    say = {
        "zh": "文件 {file} 第 {row} 行有 {cells} 格, 列名有 {columns} 个。检查逗号和引号。",
        "en": "Row {row} of {file} has {cells} cells for {columns} columns. Check commas and quotation marks.",
    }


class OtherSeparator(Refused):
    """The columns are parted by something else than commas."""

    code = "other-separator"
    say = {
        "zh": "文件 {file} 的列不是用逗号分隔的 (是 {sign})。请另存为逗号分隔的 CSV 文件。",
        "en": "The columns of {file} are parted by {sign}, not by commas. Save it as CSV with commas.",
    }


class MissingColumns(Refused):
    """Columns that are needed are not there."""

    code = "missing-columns"
    say = {
        "zh": "文件 {file} 缺少列: {columns}。补上这些列, 或用映射文件指明对应的列。",
        "en": "File {file} has no columns {columns}. Add them, or say in a mapping which columns they are.",
    }


class DuplicateColumns(Refused):
    """Two columns have one name."""

    code = "duplicate-columns"
    say = {
        "zh": "文件 {file} 的列名重复: {columns}。每列只保留一个。",
        "en": "File {file} has columns twice: {columns}. Keep one of each.",
    }


class DuplicateRows(Refused):
    """Two rows speak of one thing."""

    code = "table-repeats-itself"
    say = {
        "zh": "文件 {file} 第 {rows} 行重复: {key}。只保留一行。",
        "en": "Rows {rows} of {file} are about the same {key}. Keep one of them.",
    }


class BadValue(Refused):
    """A cell cannot be what its column says."""

    code = "bad-value"
    say = {
        "zh": "文件 {file} 第 {row} 行 {column} 列的值“{value}”不可用。应为: {wants_zh}。",
        "en": "“{value}” in row {row}, column {column} of {file} cannot be used. Wanted: {wants}.",
    }


class BadMapping(Refused):
    """The mapping cannot be followed."""

    code = "bad-mapping"
    say = {
        "zh": "映射文件 {file} 不可用: {why_zh}。每行写“他们的列名: 我们的列名”。",
        "en": "The mapping {file} cannot be followed: {why}. Write “their column: our column”, one a line.",
    }


class MissingValue(Refused):
    """A new record needs a value that its row does not give."""

    code = "missing-value"
    say = {
        "zh": "第 {row} 行 {column} 列为空, 新记录必须填写。",
        "en": "Column {column} of row {row} is empty; a new record needs it.",
    }


class UnknownReference(Refused):
    """A cell names something that is not there."""

    code = "unknown-reference"
    say = {
        "zh": "第 {row} 行 {column} 列的“{value}”不存在。先导入或更正编码。",
        "en": "There is no “{value}” as column {column} of row {row} says. Import it first, or correct the code.",
    }


class RepeatedKey(Refused):
    """A row is about the same thing as an earlier one."""

    code = "duplicate-rows"
    say = {
        "zh": "第 {row} 行与第 {earlier} 行重复 ({key})。只保留一行。",
        "en": "Row {row} is about the same {key} as row {earlier}. Keep one of them.",
    }


class Taken(Refused):
    """A code that only one may have is another's."""

    code = "code-taken-by-another"
    say = {
        "zh": "第 {row} 行 {column} 列的“{value}”已属于 {owner}。核对编码。",
        "en": "“{value}” in row {row}, column {column} belongs to {owner}. Check the code.",
    }


class RowsDiffer(Refused):
    """Two rows about one thing say two things of it."""

    code = "rows-differ"
    say = {
        "zh": "第 {row} 行 {column} 列与第 {earlier} 行不一致 (该行为“{before}”)。同一单据、同一批号或同一箱只写一种。",
        "en": "Column {column} of row {row} is not what row {earlier} says (“{before}”). Of one note, lot or case, "
        "state one.",
    }


class NotForImport(Refused):
    """The record belongs to the house itself."""

    code = "not-for-import"
    say = {
        "zh": "第 {row} 行的 {key} 是系统内置记录, 不能导入修改。换一个编码。",
        "en": "{key} in row {row} belongs to the system and is not changed by an import. Use another code.",
    }


class UnknownKind(NotFound):
    """Nothing of this kind is imported."""

    code = "unknown-kind"
    say = {
        "zh": "不能导入“{kind}”。可导入: {kinds}。",
        "en": "“{kind}” is not imported. What can be imported: {kinds}.",
    }


class LockedWorkbook(Refused):
    """The workbook is under a password, or of the format before 2007."""

    code = "locked-workbook"
    say = {
        "zh": "文件 {file} 已加密或是旧版 .xls。去掉密码, 另存为 .xlsx 后再导入。",
        "en": "{file} is under a password or an old .xls. Take the password off, save it as .xlsx, then import it.",
    }


class UnsafeWorkbook(Refused):
    """The workbook is not opened: something about it is dangerous or broken."""

    code = "unsafe-workbook"
    say = {
        "zh": "未打开文件 {file}: {why_zh}。请用 Excel 或 WPS 另存为新的 .xlsx (只保留数据) 后再导入。",
        "en": "{file} was not opened: {why}. Save the data alone as a new .xlsx, then import that.",
    }


class TooManyRows(Refused):
    """The sheet has more rows than are read at once."""

    code = "too-many-rows"
    say = {
        "zh": "文件 {file} 超过 {most} 行。删除末尾的空行, 或拆分后分次导入。",
        "en": "{file} has more than {most} rows. Delete empty rows at its end, or split it and import the parts.",
    }


class TooManyColumns(Refused):
    """The sheet has more columns than are read."""

    code = "too-many-columns"
    say = {
        "zh": "文件 {file} 第 {row} 行超过 {most} 列。删除多余的列后再导入。",
        "en": "Row {row} of {file} has more than {most} columns. Delete those that are not needed, then import it.",
    }


class MergedCells(Refused):
    """Cells are merged: all but the first of them read as empty."""

    code = "merged-cells"
    say = {
        "zh": "文件 {file} 有合并单元格 {cells}, 只有第一格有值, 其余会被当作空格。取消合并并填满每一格后再导入。",
        "en": "{file} has merged cells {cells}: only the first of them says anything. Unmerge them, fill every cell, "
        "then import it.",
    }


class NumberRounded(Refused):
    """A long code was kept as a number, and its last digits are lost."""

    code = "number-rounded"
    say = {
        "zh": "文件 {file} 第 {row} 行 {column} 列的长编码被存成数字 {value}, 末尾数字已丢失。"
        "把该列设为文本格式, 重新填写后再导入。",
        "en": "The long code in row {row}, column {column} of {file} was kept as the number {value}: its last digits "
        "are lost. Format the column as text, enter the code again, then import it.",
    }
