//! What is wrong with a configuration, where, and what to write instead.
//!
//! Mistakes are gathered, never thrown at the first: whoever corrects a file wants
//! to correct it once.

use std::fmt;
use std::path::{Path, PathBuf};

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// Nowhere: it is the default.
    Default,
    /// Nowhere: it is what this profile says.
    Profile(&'static str),
    /// In a file as a whole, where no line is to blame.
    File(PathBuf),
    /// On a line of a file, counted from 1.
    Line(PathBuf, usize),
    /// On the command line: the flag as it was typed.
    Flag(String),
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    /// Where.
    pub(super) origin: Origin,
    /// What is wrong and what to do, in one plain sentence.
    pub(super) text: String,
}

/// Every mistake found, in the order of the file, then of the flags. Displayed one a
/// line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mistakes(pub(super) Vec<Mistake>);

impl Origin {
    /// The line, if there is one to blame.
    pub(super) fn line(&self) -> Option<usize> {
        if let Origin::Line(_, line) = self { Some(*line) } else { None }
    }

    /// The file that the value stands in, for paths relative to it.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Origin::File(path) | Origin::Line(path, _) => Some(path),
            Origin::Default | Origin::Profile(_) | Origin::Flag(_) => None,
        }
    }
}

impl Mistakes {
    pub(super) fn add(&mut self, origin: &Origin, text: impl Into<String>) {
        self.0.push(Mistake { origin: origin.clone(), text: text.into() });
    }

    /// What was built, or the mistakes if there are any: the file's in the order of
    /// its lines, whichever check found them, then the others as they were found.
    pub(super) fn or<T>(mut self, built: T) -> Result<T, Mistakes> {
        self.0.sort_by_key(|mistake| match &mistake.origin {
            Origin::File(_) => 0,
            Origin::Line(_, line) => *line,
            Origin::Default | Origin::Profile(_) | Origin::Flag(_) => usize::MAX,
        });
        if self.0.is_empty() { Ok(built) } else { Err(self) }
    }
}

impl std::error::Error for Mistakes {}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, Mistake { origin, text }) in self.0.iter().take(SHOWN).enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            match origin {
                Origin::Default => write!(f, "{text}")?,
                _ => write!(f, "{origin}: {text}")?,
            }
        }
        match self.0.len().checked_sub(SHOWN) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, "\nand {more} more"),
        }
    }
}

/// So many mistakes are shown. More of them are of a file that is something else.
const SHOWN: usize = 40;

/// `taifas.toml:7`, as compilers write it and editors find it.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("the default"),
            Origin::Profile(word) => write!(f, "the profile {word}"),
            Origin::File(path) => write!(f, "{}", path.display()),
            Origin::Line(path, line) => write!(f, "{}:{line}", path.display()),
            Origin::Flag(flag) => f.write_str(flag),
        }
    }
}

/// The candidate that was probably meant: at most a third of its letters differ.
pub(super) fn nearest<'a>(
    typed: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let typed = typed.to_ascii_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&typed, candidate), candidate))
        .filter(|(distance, candidate)| distance * 3 <= candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
