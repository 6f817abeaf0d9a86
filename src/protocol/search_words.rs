//! What somebody searches for: words that must all occur. Made by the parser, taken
//! literally by the store; nothing here knows how an index asks for them.

use std::fmt;

use crate::limits::{SEARCH_BEGINNINGS, SEARCH_WORD_CHARS, SEARCH_WORDS};

/// Words that must all occur: at least one, at most [`SEARCH_WORDS`] counting those
/// within phrases, and each has a letter or a digit.
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
    /// There are more than [`SEARCH_WORDS`], or than [`SEARCH_BEGINNINGS`].
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
        if words.iter().filter(|word| word.begins).count() > SEARCH_BEGINNINGS {
            return Err(NoSearch::TooMany);
        }
        match words.iter().map(SearchWord::count).sum() {
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

impl SearchWord {
    /// As how many words it counts: what an index makes of it is one for each run of
    /// letters and digits. In scripts that write vowels as marks, and with characters
    /// that are nobody's, it may see more of them than we do: the length bounds those.
    fn count(&self) -> usize {
        let runs = self.text.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty());
        runs.count().max(self.text.chars().count().div_ceil(SEARCH_WORD_CHARS))
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
    fn beginnings_at_one_less_exactly_and_one_more() {
        for (count, ok) in [(3, true), (4, true), (5, false)] {
            let mut words = words(&["a"; 6]);
            words.iter_mut().take(count).for_each(|word| word.begins = true);
            assert_eq!(SearchWords::new(words).is_ok(), ok, "{count}");
        }
    }

    #[test]
    fn words_within_phrases_count_and_long_ones_for_several() {
        let count = |text: String| words(&[&text])[0].count();
        assert_eq!(count("back-up".into()), 2);
        assert_eq!(count("a.".repeat(16)), 16);
        assert_eq!(count("a ".repeat(2000)), 2000);
        assert_eq!(count("\u{e000} ".repeat(1000)), 63);
        for (chars, expected) in [(1, 1), (31, 1), (32, 1), (33, 2), (512, 16), (513, 17)] {
            assert_eq!(count("é".repeat(chars)), expected, "{chars}");
        }
        assert!(SearchWords::new(words(&["a b c d e f g h", "i-j-k-l-m-n-o-p"])).is_ok());
        let more = words(&["a b c d e f g h", "i-j-k-l-m-n-o-p-q"]);
        assert_eq!(SearchWords::new(more), Err(NoSearch::TooMany));
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
