//! The words behind `SEARCH`: bare ones, beginnings and phrases.
//!
//! Everything else that looks like a query language is taken literally: there is no
//! text that is a mistake of syntax. Called by `params` alone.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{take_till, take_while};
use nom::character::complete::char;
use nom::combinator::{eof, value};
use nom::multi::many0;
use nom::sequence::{delimited, preceded};

use super::words::{Parsed, spaces0, word};
use crate::protocol::{NoSearch, SearchWord, SearchWords};

/// `words = 1*( *SP ( phrase / bare ) )`
pub(super) fn search_words(input: &str) -> Result<SearchWords, NoSearch> {
    // Nothing fails but the end of the line.
    let words = many0(preceded(spaces0, alt((phrase, bare)))).parse(input);
    SearchWords::new(words.map_or_else(|_| Vec::new(), |(_, words)| words))
}

/// `phrase = DQUOTE *<any but DQUOTE> ( DQUOTE / <end of the line> )`
fn phrase(input: &str) -> Parsed<'_, SearchWord> {
    let end = alt((value((), char('"')), value((), eof)));
    let (input, text) = delimited(char('"'), take_till(|c| c == '"'), end).parse(input)?;
    Ok((input, SearchWord { text: text.into(), begins: false }))
}

/// `bare = 1*<any but SP and DQUOTE>`; one that ends in `*` is how a word begins.
fn bare(input: &str) -> Parsed<'_, SearchWord> {
    let (_, text) = word(input)?;
    let (_, text) = take_while(|c| c != '"').parse(text)?;
    let found = SearchWord { text: text.trim_end_matches('*').into(), begins: text.ends_with('*') };
    Ok((&input[text.len()..], found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &str) -> Vec<(String, bool)> {
        let words = search_words(input).unwrap();
        words.as_slice().iter().map(|word| (word.text.to_string(), word.begins)).collect()
    }

    fn one(text: &str) -> (String, bool) {
        (text.into(), false)
    }

    #[test]
    fn words_beginnings_and_phrases() {
        assert_eq!(read("a  b"), [one("a"), one("b")]);
        assert_eq!(read(" back* up"), [("back".into(), true), one("up")]);
        assert_eq!(read("\"two words\" three"), [one("two words"), one("three")]);
        assert_eq!(read("one\"two words\"three"), [one("one"), one("two words"), one("three")]);
        assert_eq!(read("\"never closed"), [one("never closed")]);
    }

    #[test]
    fn nothing_is_a_mistake() {
        assert_eq!(read("a OR (b AND NOT c)"), ["a", "OR", "(b", "AND", "NOT", "c)"].map(one));
        assert_eq!(read("text:x ^y a+b {z} NEAR(p, 2)").len(), 6);
        assert_eq!(read("\"\" * ** x"), [one("x")]);
        assert_eq!(read("'; DROP"), [one("DROP")]);
        assert_eq!(search_words("\"\"\" * - &&"), Err(NoSearch::Empty));
    }
}
