//! Files of contacts: CSV as people and programs write it, and as we do.
//!
//! A file is UTF-8 with a header line, its cells between commas or semicolons. What an export writes, an import reads back
//! as it was: texts that a spreadsheet would take for formulas are guarded by an apostrophe, and tags stand in one cell with
//! `|` between them.

use csv::{ReaderBuilder, StringRecord, WriterBuilder};

/// The largest file, in bytes.
pub const MAX_FILE: u64 = 20 << 20;
/// Rows of a file at most, without the header.
pub const MAX_ROWS: usize = 100_000;
/// Columns of a file at most.
const MAX_COLUMNS: usize = 200;
/// What begins an attribute's column.
const ATTRIBUTE: &str = "attribute.";
/// Columns of an export that an import passes over.
const PASSED_OVER: [&str; 3] = ["id", "cursor", "createdAt"];

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// The number, in any form in which it is dialled.
    Phone,
    /// The name that the business gives.
    Name,
    /// BCP 47.
    Language,
    /// All tags.
    Tags,
    /// The e-mail address of who answers for the contact.
    Owner,
    /// The value of the attribute with this key.
    Attribute(String),
    /// What only exports have.
    PassedOver,
}

impl Column {
    /// The column of a header cell. None if there is no such.
    fn of(name: &str) -> Option<Self> {
        let name = name.trim();
        if PASSED_OVER.iter().any(|passed| passed.eq_ignore_ascii_case(name)) {
            return Some(Self::PassedOver);
        }
        let name = name.to_ascii_lowercase();
        Some(match name.as_str() {
            "phone" => Self::Phone,
            "name" => Self::Name,
            "language" => Self::Language,
            "tags" => Self::Tags,
            "owner" => Self::Owner,
            _ => Self::Attribute(name.strip_prefix(ATTRIBUTE)?.to_owned()),
        })
    }

    /// Its name in the header.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Phone => "phone".to_owned(),
            Self::Name => "name".to_owned(),
            Self::Language => "language".to_owned(),
            Self::Tags => "tags".to_owned(),
            Self::Owner => "owner".to_owned(),
            Self::Attribute(key) => format!("{ATTRIBUTE}{key}"),
            Self::PassedOver => PASSED_OVER[0].to_owned(),
        }
    }
}

/// What is wrong with a file as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileFault {
    /// It is not UTF-8.
    NotUtf8,
    /// There is no header, or nothing below it.
    Empty,
    /// The header's cell at this place, counted from 1, is no column.
    Unknown(usize),
    /// The header's cell at this place, counted from 1, names a column once more.
    Repeated(usize),
    /// There is no column for the phone.
    NoPhone,
    /// A quote is opened and never closed.
    OpenQuote,
    /// There are more than [`MAX_ROWS`].
    TooManyRows,
}

/// How a file is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    separator: u8,
    /// What the cells of each row are.
    pub columns: Vec<Column>,
    /// The byte at which the rows begin.
    pub start: usize,
    /// How many rows there are.
    pub rows: usize,
}

/// One row: what its cells say, without the guard of formulas; and the byte at which the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// One for each column; or how many there are instead.
    pub cells: Result<Vec<String>, usize>,
    /// Where the next row begins.
    pub end: usize,
}

impl Layout {
    /// Reads the header, and counts the rows. `known` says which attributes there are.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn of(file: &[u8], known: impl Fn(&str) -> bool) -> Result<Self, FileFault> {
        let text = std::str::from_utf8(file).map_err(|_| FileFault::NotUtf8)?;
        let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let line = text[mark..].lines().find(|line| !line.trim().is_empty()).ok_or(FileFault::Empty)?;
        let count = |separator: char| line.matches(separator).count();
        let separator = if count(';') > count(',') { b';' } else { b',' };
        let mut records = records(file, separator, mark);
        let header = records.next().ok_or(FileFault::Empty)?;
        let columns = columns(&header.0, known)?;
        let mut layout = Self { separator, columns, start: header.1, rows: 0 };
        layout.rows = records.take(MAX_ROWS + 1).count();
        if ends_within_quotes(&file[mark..], separator) {
            return Err(FileFault::OpenQuote);
        }
        match layout.rows {
            0 => Err(FileFault::Empty),
            MAX_ROWS.. if layout.rows > MAX_ROWS => Err(FileFault::TooManyRows),
            _ => Ok(layout),
        }
    }

    /// The rows from a byte on at which one begins.
    pub fn rows<'a>(&'a self, file: &'a [u8], from: usize) -> impl Iterator<Item = Row> + 'a {
        records(file, self.separator, from).map(|(record, end)| {
            let cells = if record.len() == self.columns.len() {
                Ok(record.iter().map(|cell| unguarded(cell).to_owned()).collect())
            } else {
                Err(record.len())
            };
            Row { cells, end }
        })
    }
}

/// The records from a byte on, each with the byte at which the next begins. Empty lines are none.
fn records(file: &[u8], separator: u8, from: usize) -> impl Iterator<Item = (StringRecord, usize)> {
    let rest = file.get(from..).unwrap_or_default();
    let mut reader =
        ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(rest);
    std::iter::from_fn(move || {
        let mut record = StringRecord::new();
        // Nothing but other text than UTF-8 can fail, and that was refused before.
        let more = reader.read_record(&mut record).unwrap_or(false);
        let end = from + usize::try_from(reader.position().byte()).unwrap_or(rest.len());
        more.then_some((record, end))
    })
}

fn columns(header: &StringRecord, known: impl Fn(&str) -> bool) -> Result<Vec<Column>, FileFault> {
    if header.len() > MAX_COLUMNS {
        return Err(FileFault::Unknown(MAX_COLUMNS + 1));
    }
    let mut columns: Vec<Column> = Vec::with_capacity(header.len());
    for (place, name) in (1..).zip(header) {
        let column = Column::of(name).ok_or(FileFault::Unknown(place))?;
        match &column {
            Column::Attribute(key) if !known(key) => return Err(FileFault::Unknown(place)),
            Column::PassedOver => {}
            named if columns.contains(named) => return Err(FileFault::Repeated(place)),
            _ => {}
        }
        columns.push(column);
    }
    if columns.contains(&Column::Phone) { Ok(columns) } else { Err(FileFault::NoPhone) }
}

/// Whether the last quote was opened and not closed: then all that follows it became one cell.
fn ends_within_quotes(text: &[u8], separator: u8) -> bool {
    let (mut quoted, mut at_start) = (false, true);
    let mut bytes = text.iter().peekable();
    while let Some(&byte) = bytes.next() {
        if quoted {
            if byte == b'"' && bytes.next_if(|next| **next == b'"').is_none() {
                quoted = false;
                at_start = false;
            }
        } else {
            quoted = byte == b'"' && at_start;
            at_start = byte == separator || byte == b'\n' || byte == b'\r';
        }
    }
    quoted
}

/// One line of a file, with its end. Texts that a spreadsheet would take for a formula get an apostrophe in front, except
/// for phone numbers, which are no formulas with a plus either; give them as `plain`.
#[must_use]
pub fn line<'a>(cells: impl IntoIterator<Item = Cell<'a>>) -> Vec<u8> {
    let mut writer = WriterBuilder::new().from_writer(Vec::new());
    let mut record = StringRecord::new();
    for cell in cells {
        match cell {
            Cell::Plain(text) => record.push_field(text),
            Cell::Text(text) if is_formula(text) => record.push_field(&format!("'{text}")),
            Cell::Text(text) => record.push_field(text),
        }
    }
    // Memory takes everything.
    let _ = writer.write_record(&record);
    writer.into_inner().unwrap_or_default()
}

/// A cell of a line to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// What can be no formula: numbers of phones, ids, moments.
    Plain(&'a str),
    /// What somebody wrote.
    Text(&'a str),
}

/// Begins as formulas do, behind any number of guards: so that a guard is taken off exactly where one was put.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|_| is_formula(text)).unwrap_or(text)
}

/// Tags in one cell, with `|` between them; a `|` or `\` of a tag has a `\` before it.
#[must_use]
pub fn join_tags<T: AsRef<str>>(tags: &[T]) -> String {
    let escaped = tags.iter().map(|tag| tag.as_ref().replace('\\', "\\\\").replace('|', "\\|"));
    escaped.collect::<Vec<_>>().join("|")
}

/// The tags of a cell as they stand there; those of nothing but space are left out.
#[must_use]
pub fn split_tags(cell: &str) -> Vec<String> {
    let mut tags = vec![String::new()];
    let mut characters = cell.chars().peekable();
    while let Some(character) = characters.next() {
        let last = tags.len() - 1;
        match character {
            '|' => tags.push(String::new()),
            '\\' => tags[last].push(characters.next_if(|next| "\\|".contains(*next)).unwrap_or('\\')),
            other => tags[last].push(other),
        }
    }
    tags.retain(|tag| !tag.trim().is_empty());
    tags
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn layout(text: &str) -> Result<Layout, FileFault> {
        Layout::of(text.as_bytes(), |key| key == "size")
    }

    fn cells(text: &str) -> Vec<Result<Vec<String>, usize>> {
        let layout = layout(text).unwrap();
        let rows = layout.rows(text.as_bytes(), layout.start).map(|row| row.cells);
        rows.collect()
    }

    #[test]
    fn headers_are_understood_or_refused() {
        use Column::{Attribute, Language, Name, Owner, PassedOver, Phone, Tags};
        let all = "phone,name,language,tags,owner,attribute.size,id,cursor,createdAt\nx";
        let size = Attribute("size".to_owned());
        let everything = vec![Phone, Name, Language, Tags, Owner, size, PassedOver, PassedOver, PassedOver];
        let table = [
            (all, Ok(everything)),
            ("phone\n1", Ok(vec![Phone])),
            ("\u{feff}\"Phone\"; NAME\n1;2", Ok(vec![Phone, Name])),
            ("\r\n\r\nname,phone\r\na,1", Ok(vec![Name, Phone])),
            ("", Err(FileFault::Empty)),
            ("\n \n", Err(FileFault::Empty)),
            ("phone\n", Err(FileFault::Empty)),
            ("phone,nickname\n1,2", Err(FileFault::Unknown(2))),
            ("phone,attribute.shoe\n1,2", Err(FileFault::Unknown(2))),
            ("phone,\n1,2", Err(FileFault::Unknown(2))),
            ("phone,name,Name\n1,2,3", Err(FileFault::Repeated(3))),
            ("name\nAna", Err(FileFault::NoPhone)),
            ("phone,name\n1,\"Ana\n2,Eva", Err(FileFault::OpenQuote)),
        ];
        for (text, expected) in table {
            assert_eq!(layout(text).map(|layout| layout.columns), expected, "{text:?}");
        }
        assert_eq!(Layout::of(b"phone\nJos\xe9", |_| true), Err(FileFault::NotUtf8));
        assert_eq!(Layout::of(b"\xff\xfep\0h\0", |_| true), Err(FileFault::NotUtf8));
        let rows = |count| format!("phone\n{}", "1\n".repeat(count));
        assert_eq!(layout(&rows(MAX_ROWS)).map(|layout| layout.rows), Ok(MAX_ROWS));
        assert_eq!(layout(&rows(MAX_ROWS + 1)), Err(FileFault::TooManyRows));
    }

    #[test]
    fn rows_are_read_as_spreadsheets_write_them() {
        let row = |cells: &[&str]| Ok(cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
        let text =
            "phone;name\r\n600;\"Ana; \"\"la\"\"\nGil\"\r\n\r\n601\r\n602;a;b\r\n603;'=1+1\r\n604;''tis";
        let expected = [
            row(&["600", "Ana; \"la\"\nGil"]),
            Err(1),
            Err(3),
            row(&["603", "=1+1"]),
            row(&["604", "''tis"]),
        ];
        assert_eq!(cells(text), expected);
    }

    #[test]
    fn tags_share_a_cell() {
        let table: [(&str, &[&str]); 6] = [
            ("a|b", &["a", "b"]),
            ("", &[]),
            (" | a |", &[" a "]),
            ("a\\|b|c", &["a|b", "c"]),
            ("a\\\\|b", &["a\\", "b"]),
            ("a\\b", &["a\\b"]),
        ];
        for (cell, expected) in table {
            assert_eq!(split_tags(cell), expected, "{cell:?}");
        }
    }

    proptest! {
        /// Whatever a file holds, it is refused, or each of its rows is read once and from any row on the rest is the same.
        #[test]
        fn no_file_breaks_the_reader(mut file in proptest::collection::vec(prop_oneof![
            8 => proptest::sample::select(b"\"\",;\n\r'=|\\ a1".to_vec()), 1 => any::<u8>()], 0..200)) {
            let mut whole = b"phone,name\n".to_vec();
            whole.append(&mut file);
            let Ok(layout) = Layout::of(&whole, |_| true) else { return Ok(()) };
            let rows: Vec<Row> = layout.rows(&whole, layout.start).collect();
            prop_assert_eq!(rows.len(), layout.rows);
            for (index, row) in rows.iter().enumerate() {
                let rest: Vec<Row> = layout.rows(&whole, row.end).collect();
                prop_assert_eq!(&rest[..], &rows[index + 1..]);
            }
        }

        #[test]
        fn any_bytes_are_a_file_or_a_fault(file in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Layout::of(&file, |_| true);
        }

        #[test]
        fn what_is_written_is_read_back(texts in proptest::collection::vec("['=+@\\-\t,;\"|a \n]{0,6}\\PC{0,6}", 1..5)) {
            let mut file = b"phone,name\n".to_vec();
            for text in &texts {
                file.extend(line([Cell::Plain("+34600111222"), Cell::Text(text)]));
            }
            let layout = Layout::of(&file, |_| true).unwrap();
            let rows: Vec<Vec<String>> = layout.rows(&file, layout.start).map(|row| row.cells.unwrap()).collect();
            let expected: Vec<Vec<String>> =
                texts.iter().map(|text| vec!["+34600111222".to_owned(), text.clone()]).collect();
            prop_assert_eq!(rows, expected);
            let formula = |cell: &str| cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
            let raw: Vec<_> = records(&file, b',', layout.start).map(|(record, _)| record[1].to_owned()).collect();
            prop_assert!(!raw.iter().any(|cell| formula(cell)), "{:?}", raw);
        }

        #[test]
        fn tags_come_back(tags in proptest::collection::vec("[a|\\\\]{1,5}[a-z]", 0..5)) {
            prop_assert_eq!(split_tags(&join_tags(&tags)), tags);
        }
    }
}
