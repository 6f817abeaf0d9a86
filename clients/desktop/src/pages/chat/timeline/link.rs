//! Addresses of the web in a text: where they stand, and where they lead in truth.
//!
//! Pure: nothing here opens anything, and nothing but `http://` and `https://` is ever
//! taken for a link. Called by the timeline for each row in view, and by the question
//! that is asked before an address is opened.

use std::ops::Range;

use url::Url;

/// An address, as a browser reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address(Url);

/// Where the addresses stand in a text, in bytes, first to last.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find("://").map(|at| from + at) {
        from = at + "://".len();
        let Some(start) = scheme(&text[..at]) else {
            continue;
        };
        let rest = &text[start..];
        let end = rest.find(ends).map_or(text.len(), |end| start + end);
        let link = start..start + without_punctuation(&text[start..end]).len();
        if link.end > from && Address::read(&text[link.clone()]).is_some() {
            from = link.end;
            found.push(link);
        }
    }
    found
}

impl Address {
    /// Reads what `find` has found.
    pub(super) fn read(link: &str) -> Option<Address> {
        let url = Url::parse(link).ok()?;
        let is_web = matches!(url.scheme(), "http" | "https");
        (is_web && url.host_str().is_some_and(|host| !host.is_empty())).then_some(Address(url))
    }

    /// All of it, in ASCII: what looks like another letter shows.
    pub(super) fn whole(&self) -> &str {
        self.0.as_str()
    }

    /// The server that it leads to.
    pub(super) fn server(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// What is strange about it, in plain words.
    pub(super) fn warnings(&self) -> Vec<&'static str> {
        let mut warnings = Vec::new();
        if self.server().split('.').any(|label| label.starts_with("xn--")) {
            warnings.push(
                "Its server has unusual letters in its name, written here as xn--…: \
                 it may look like another one.",
            );
        }
        if !self.0.username().is_empty() || self.0.password().is_some() {
            warnings.push("What stands before the @ is not where it leads.");
        }
        warnings
    }
}

/// Where the scheme begins, if this ends with one.
fn scheme(before: &str) -> Option<usize> {
    ["https", "http"].into_iter().find_map(|scheme| {
        let start = before.len().checked_sub(scheme.len())?;
        let is_one = before.get(start..)?.eq_ignore_ascii_case(scheme);
        let is_word = !before[..start].ends_with(char::is_alphanumeric);
        (is_one && is_word).then_some(start)
    })
}

/// What no address goes on behind.
fn ends(c: char) -> bool {
    c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`' | '“' | '”' | '„' | '«' | '»')
}

/// Without the punctuation of the sentence around it. A bracket belongs to the address
/// if it was opened there.
fn without_punctuation(mut link: &str) -> &str {
    while let Some(last) = link.chars().next_back() {
        let opens = match last {
            ')' => Some('('),
            ']' => Some('['),
            '}' => Some('{'),
            _ => None,
        };
        let belongs = match opens {
            Some(open) => link.matches(open).count() >= link.matches(last).count(),
            None => last.is_alphanumeric() || "/#-_=&+~%@$".contains(last),
        };
        if belongs {
            break;
        }
        link = &link[..link.len() - last.len_utf8()];
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|link| &text[link]).collect()
    }

    #[test]
    fn links_end_where_the_sentence_goes_on() {
        for (text, links) in [
            ("see https://example.com.", vec!["https://example.com"]),
            ("(http://a.org/x_(y))", vec!["http://a.org/x_(y)"]),
            ("https://a.org/x, http://b.org!", vec!["https://a.org/x", "http://b.org"]),
            ("HTTPS://A.org/?q=1&r=%20#top", vec!["HTTPS://A.org/?q=1&r=%20#top"]),
            ("„https://a.ro/țară”…", vec!["https://a.ro/țară"]),
            ("<https://a.org>", vec!["https://a.org"]),
            ("http://[::1]:7667/", vec!["http://[::1]:7667/"]),
            ("https://a.org/…", vec!["https://a.org/"]),
            ("x:https://a.org", vec!["https://a.org"]),
            ("https://a.org/http://b.org", vec!["https://a.org/http://b.org"]),
            ("http://", vec![]),
            ("http://...", vec![]),
            ("http:// x", vec![]),
            ("xhttp://a.org", vec![]),
            ("ftp://a.org file:///etc/passwd javascript:alert(1)", vec![]),
            ("://", vec![]),
            ("ăhttp", vec![]),
        ] {
            assert_eq!(found(text), links, "{text}");
        }
    }

    #[test]
    fn no_text_breaks_it() {
        let pieces = ["http", "s", "://", "a.org", "/", "(", ")", "ț", "…", " ", "@", "[", "😀"];
        let mut random = super::super::made_up::Random::new(7);
        for _ in 0..20_000 {
            let text: String =
                (0..random.below(9)).map(|_| pieces[random.below(13) as usize]).collect();
            for link in find(&text) {
                assert!(Address::read(&text[link]).is_some(), "{text}");
            }
        }
    }

    #[test]
    fn an_address_shows_where_it_leads() {
        let read = |link: &str| Address::read(link).expect(link);
        let plain = read("https://example.com/a?b#c");
        assert_eq!((plain.whole(), plain.server()), ("https://example.com/a?b#c", "example.com"));
        assert!(plain.warnings().is_empty());
        // A Cyrillic а.
        let odd = read("https://exаmple.com/ț");
        assert_eq!(odd.whole(), "https://xn--exmple-4nf.com/%C8%9B");
        assert_eq!(odd.warnings().len(), 1);
        let hidden = read("https://bank.example@evil.example/");
        assert_eq!(hidden.server(), "evil.example");
        assert_eq!(hidden.warnings().len(), 1);
    }
}
