//! The TOML file: from bytes to keys, values and the lines they stand on.
//!
//! Knows the shape of the file (keys, and sections of keys) and nothing of what any
//! key may be.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use toml::de::DeTable;

use super::keys::KEYS;
use super::mistake::{Mistakes, Origin, nearest};
use super::value::Value;

/// The most that a configuration or a text of terms may have, in bytes: more is not
/// one, and `--config /dev/zero` should end.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// One line `key = value` of the file.
pub(super) struct Assignment {
    /// The key's full name as written.
    pub(super) path: String,
    /// Its value.
    pub(super) value: Value,
    /// Where it stands.
    pub(super) origin: Origin,
}

/// Reads a text file of at most [`FILE_BYTES_MAX`].
pub(super) fn read_text(path: &Path, mistakes: &mut Mistakes) -> Option<String> {
    let origin = Origin::File(path.to_owned());
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|f| f.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
    if let Err(why) = read {
        mistakes.add(&origin, format!("cannot be read: {why}"));
        return None;
    }
    if bytes.len() as u64 > FILE_BYTES_MAX {
        mistakes.add(&origin, format!("has more than {FILE_BYTES_MAX} bytes"));
        return None;
    }
    let text = String::from_utf8(bytes).map_err(|not| {
        let good = &not.as_bytes()[..not.utf8_error().valid_up_to()];
        let line = 1 + good.iter().filter(|&&b| b == b'\n').count();
        let origin = Origin::Line(path.to_owned(), line);
        mistakes.add(&origin, "is not UTF-8; save the file as UTF-8");
    });
    // Some editors begin a file with a byte order mark.
    Some(text.ok()?.trim_start_matches('\u{feff}').to_owned())
}

/// Takes the file apart, in the order of its lines.
pub(super) fn parse(path: &Path, text: &str, mistakes: &mut Mistakes) -> Vec<Assignment> {
    let place = |span: Range<usize>| Origin::Line(path.to_owned(), line_of(text, span.start));
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut broken = Vec::new();
    for error in errors {
        let origin = error.span().map_or(Origin::File(path.to_owned()), place);
        // One sentence a line: the parser says several things about the same one.
        if !broken.contains(&origin) {
            mistakes.add(&origin, format!("is not TOML: {}", one_line(error.message())));
            broken.push(origin);
        }
    }
    let mut found = Vec::new();
    // What stands on a line that is not TOML was guessed by the parser, and so was the
    // section of everything below a broken `[section`.
    let lost = broken.iter().filter_map(Origin::line).filter(|&line| is_header(text, line)).min();
    let guessed = |origin: &Origin| {
        broken.contains(origin) || lost.is_some_and(|lost| origin.line() > Some(lost))
    };
    for (key, value) in table.get_ref() {
        let origin = place(key.span());
        if guessed(&origin) {
            continue;
        }
        let Some(section) = value.get_ref().as_table() else {
            if is_section(key.get_ref()) {
                mistakes.add(&origin, format!("{} is a section; write [{0}]", key.get_ref()));
                continue;
            }
            let value = Value::from_toml(value.get_ref());
            found.push(Assignment { path: key.get_ref().to_string(), value, origin });
            continue;
        };
        if !is_section(key.get_ref()) {
            mistakes.add(&origin, unknown_section(key.get_ref()));
            continue;
        }
        for (inner, value) in section {
            let origin = place(inner.span());
            if !guessed(&origin) {
                let path = format!("{}.{}", key.get_ref(), inner.get_ref());
                let value = Value::from_toml(value.get_ref());
                found.push(Assignment { path, value, origin });
            }
        }
    }
    // The parser's table is in the order of the alphabet; people read lines.
    found.sort_by_key(|assignment| assignment.origin.line());
    found
}

fn is_section(name: &str) -> bool {
    sections().any(|section| section == name)
}

fn sections() -> impl Iterator<Item = &'static str> {
    KEYS.iter().filter_map(|key| key.path.split_once('.')).map(|(section, _)| section)
}

fn unknown_section(name: &str) -> String {
    if KEYS.iter().any(|key| key.path == name) {
        return format!("{name} is a key, not a section; write {name} = …");
    }
    match nearest(name, sections()) {
        Some(meant) => {
            format!("unknown section [{}]; did you mean [{meant}]?", name.escape_debug())
        }
        None => format!(
            "unknown section [{}]; the one section there is is [limits]",
            name.escape_debug()
        ),
    }
}

fn is_header(text: &str, line: usize) -> bool {
    text.lines().nth(line - 1).is_some_and(|line| line.trim_start().starts_with('['))
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|&b| b == b'\n').count()
}

/// The parser's message may have several lines.
fn one_line(message: &str) -> String {
    message.lines().map(str::trim).collect::<Vec<_>>().join(", ")
}
