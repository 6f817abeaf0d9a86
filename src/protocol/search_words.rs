//! What somebody searches for: words that must all occur. Made by the parser, taken
//! literally by the store; nothing here knows how an index asks for them.

use std::fmt;

use crate::limits::SEARCH_WORDS;

/// Words that must all occur: at least one, at most [`SEARCH_WORDS`], and each has a
/// letter or a digit.
#[derive(Clone, PartialEq, Eq)]
pub struct SearchWords(Vec<SearchWord>);

/// One of them.
#[derive(Clone, PartialEq, Eq)]
pub struct SearchWord {
    /// The word; or several, which then must follow each other.
    pub text: Box<str>,
    /// Whether it is only how a word begins.
    pub begins: bool,
}

/// Why a list of words is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSearch {
    /// There is nothing to search for.
    Empty,
    /// There are more than [`SEARCH_WORDS`].
    TooMany,
}

impl SearchWords {
    /// A search for these. What has neither letter nor digit is in no index, and is
    /// passed over.
    ///
    /// # Errors
    /// If nothing is left, or too much.
    pub fn new(words: Vec<SearchWord>) -> Result<SearchWords, NoSearch> {
        let mut words = words;
        words.retain(|word| word.text.chars().any(char::is_alphanumeric));
        match words.len() {
            0 => Err(NoSearch::Empty),
            1..=SEARCH_WORDS => Ok(SearchWords(words)),
            _ => Err(NoSearch::TooMany),
        }
    }

    /// The words.
    pub fn as_slice(&self) -> &[SearchWord] {
        &self.0
    }
}

/// What people look for is as private as what they say.
impl fmt::Debug for SearchWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SearchWords({})", self.0.len())
    }
}

/// Likewise.
impl fmt::Debug for SearchWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SearchWord({} bytes)", self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(texts: &[&str]) -> Vec<SearchWord> {
        texts.iter().map(|text| SearchWord { text: (*text).into(), begins: false }).collect()
    }

    #[test]
    fn bounds_at_one_less_exactly_and_one_more() {
        for (count, ok) in [(0, false), (1, true), (15, true), (16, true), (17, false)] {
            assert_eq!(SearchWords::new(words(&vec!["a"; count])).is_ok(), ok, "{count}");
        }
    }

    #[test]
    fn what_no_index_has_is_passed_over() {
        let found = SearchWords::new(words(&["&", "ăîșț", "-", "42", "🦀"])).unwrap();
        assert_eq!(found.as_slice(), words(&["ăîșț", "42"]));
        assert_eq!(SearchWords::new(words(&["&", "!?"])), Err(NoSearch::Empty));
    }

    #[test]
    fn its_debug_form_tells_nothing() {
        let found = SearchWords::new(words(&["secret"])).unwrap();
        assert_eq!(
            format!("{found:?} {:?}", found.as_slice()),
            "SearchWords(1) [SearchWord(6 bytes)]"
        );
    }
}
