//! The terms that who registers must accept: a built-in text, or the operator's own.
//!
//! Read once, before the server starts, and checked like anything else that will be
//! sent to terminals. A changed text is a changed version, so that the one stored
//! with an account says what was accepted.

use std::path::Path;

use super::file::read_text;
use super::mistake::{Mistakes, Origin};
use crate::protocol::is_relayable;

/// The most lines of a text, …
const LINES_MAX: usize = 200;
/// … the most bytes of each, …
const LINE_BYTES_MAX: usize = 400;
/// … and the longest version, in bytes. Together an answer to `TERMS` stays below
/// 100 KB.
const VERSION_BYTES_MAX: usize = 32;

/// The version of [`BUILT_IN`]: raise it with every change.
const BUILT_IN_VERSION: &str = "1";

/// For a small server among people who know each other.
const BUILT_IN: &str = "\
This is a small private chat server. Somebody you probably know runs it.
What you say in a room is stored here, with your name and the time, and shown to
everybody who is in that room, now and later. Old messages are deleted in time.
Who runs the server can read all of it. Do not say here what they must not know.
Your password and your recovery code are stored only as hashes that cannot be read.
Your account keeps its name, when it was made and which terms you accepted.
Addresses are kept only while you are connected, and in the server's log.
Be decent: no harassment, no spam, nothing illegal. Who is not may be shut out.
To have your account deleted, ask who runs the server.
It comes without any warranty: it may be down, and it may lose what was said.
";

/// A text of terms, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedTerms {
    /// What `ACCEPT` names: 1 to 32 of letters, digits, `-`, `_`, `.`.
    pub version: Box<str>,
    /// The lines, each safe in a bare terminal; never none of them.
    pub lines: Vec<Box<str>>,
}

impl LoadedTerms {
    /// The built-in text.
    pub fn built_in() -> LoadedTerms {
        let lines = BUILT_IN.lines().map(Box::from).collect();
        LoadedTerms { version: BUILT_IN_VERSION.into(), lines }
    }

    /// The operator's text if there is one, or the built-in one.
    ///
    /// # Errors
    /// Every line that cannot be sent, and why.
    pub fn load(file: Option<&Path>) -> Result<LoadedTerms, Mistakes> {
        let Some(path) = file else { return Ok(LoadedTerms::built_in()) };
        let mut mistakes = Mistakes::default();
        let text = read_text(path, &mut mistakes).unwrap_or_default();
        if !mistakes.0.is_empty() {
            return Err(mistakes);
        }
        parse(path, &text)
    }
}

fn parse(path: &Path, text: &str) -> Result<LoadedTerms, Mistakes> {
    let mut mistakes = Mistakes::default();
    let mut lines: Vec<Box<str>> = Vec::new();
    let mut version = None;
    for (number, line) in (1..).zip(text.lines()) {
        let origin = Origin::Line(path.to_owned(), number);
        if let (1, Some(word)) = (number, line.strip_prefix("version:")) {
            let word = word.trim();
            if !is_version(word) {
                let text = format!(
                    "the version must be 1 to {VERSION_BYTES_MAX} letters, digits, - _ . as in \
                     \"version: 2\""
                );
                mistakes.add(&origin, text);
            }
            version = Some(word.into());
            continue;
        }
        match check_line(line) {
            Ok(line) => lines.push(line),
            Err(why) => mistakes.add(&origin, why),
        }
        if lines.len() > LINES_MAX {
            mistakes.add(&origin, format!("is beyond the {LINES_MAX} lines that terms may have"));
            break;
        }
    }
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    if lines.is_empty() && mistakes.0.is_empty() {
        mistakes.add(&Origin::File(path.to_owned()), "has no text; terms need at least one line");
    }
    let version = version.unwrap_or_else(|| fingerprint(&lines));
    mistakes.or(LoadedTerms { version, lines })
}

fn check_line(line: &str) -> Result<Box<str>, String> {
    let line = line.replace('\t', " ");
    if line.len() > LINE_BYTES_MAX {
        return Err(format!(
            "has {} bytes, a line of terms at most {LINE_BYTES_MAX}; break it in two",
            line.len()
        ));
    }
    match line.chars().find(|&c| !is_relayable(c)) {
        Some(bad) => Err(format!(
            "holds the character U+{:04X}, which may not be sent to terminals; take it out",
            u32::from(bad)
        )),
        None => Ok(line.into()),
    }
}

fn is_version(word: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=VERSION_BYTES_MAX).contains(&word.len()) && word.bytes().all(allowed)
}

/// FNV-1a of 32 bits: tells one text from the next, and nobody gains by making two
/// texts collide who may write both.
fn fingerprint(lines: &[Box<str>]) -> Box<str> {
    let bytes = lines.iter().flat_map(|line| line.bytes().chain([b'\n']));
    let hash = bytes
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{hash:08x}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Result<LoadedTerms, String> {
        parse(Path::new("terms.txt"), text).map_err(|mistakes| mistakes.to_string())
    }

    #[test]
    fn the_built_in_text_obeys_its_own_rules() {
        let built_in = LoadedTerms::built_in();
        let reread = terms(&format!("version: {BUILT_IN_VERSION}\n{BUILT_IN}")).unwrap();
        assert_eq!(built_in, reread);
        assert!((10..=15).contains(&built_in.lines.len()));
        // Narrow enough that a terminal of 100 columns breaks no line.
        assert!(built_in.lines.iter().all(|line| line.len() <= 92));
        assert_eq!(LoadedTerms::load(None).unwrap(), built_in);
    }

    #[test]
    fn a_text_with_a_version_and_one_without() {
        let named = terms("version:  2026-11_a.b \r\nBe\tkind.\r\n\r\nBye.\n\n\n").unwrap();
        assert_eq!(&*named.version, "2026-11_a.b");
        assert_eq!(named.lines, ["Be kind.", "", "Bye."].map(Box::from));
        let (a, b) = (terms("Be kind.\n").unwrap(), terms("Be kind!\n").unwrap());
        assert!(a.version.len() == 8 && is_version(&a.version));
        assert_ne!(a.version, b.version);
        assert_eq!(a.version, terms("Be kind.\r\n").unwrap().version);
        // The published value of FNV-1a for "foobar", less the line's end.
        let foobar: u32 = 0xbf9c_f968;
        let with_end = (foobar ^ 0x0a).wrapping_mul(0x0100_0193);
        assert_eq!(&*terms("foobar").unwrap().version, format!("{with_end:08x}"));
    }

    #[test]
    fn every_bound_of_a_text() {
        for (len, ok) in [(399, true), (400, true), (401, false)] {
            assert_eq!(terms(&"x".repeat(len)).is_ok(), ok, "{len}");
        }
        for (count, ok) in [(199, true), (200, true), (201, false)] {
            assert_eq!(terms(&"x\n".repeat(count)).is_ok(), ok, "{count}");
        }
        for (len, ok) in [(0, false), (1, true), (31, true), (32, true), (33, false)] {
            let text = format!("version: {}\nBe kind.\n", "v".repeat(len));
            assert_eq!(terms(&text).is_ok(), ok, "{len}");
        }
    }

    #[test]
    fn mistakes_say_their_lines_all_at_once() {
        let text = format!("version: a b\nfine\n\u{1b}[31mred\n{}\n\u{202e}\n", "x".repeat(401));
        assert_eq!(
            terms(&text).unwrap_err(),
            "terms.txt:1: the version must be 1 to 32 letters, digits, - _ . as in \
             \"version: 2\"\n\
             terms.txt:3: holds the character U+001B, which may not be sent to terminals; \
             take it out\n\
             terms.txt:4: has 401 bytes, a line of terms at most 400; break it in two\n\
             terms.txt:5: holds the character U+202E, which may not be sent to terminals; \
             take it out"
        );
        for empty in ["", "\n\n", "version: 2\n", " \n"] {
            assert_eq!(
                terms(empty).unwrap_err(),
                "terms.txt: has no text; terms need at least one line"
            );
        }
    }
}
