//! A Rust source file taken apart as far as tidiness needs it: its code without
//! comments and literals, and every path that the code names.
//!
//! Not a parser. It knows comments, literals, `use` trees, inline modules and paths,
//! and takes everything else for punctuation.

use std::collections::HashMap;

/// A path that the code names, in full: `crate::protocol::Name`, `std::net`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its line, from 1 on.
    pub line: usize,
    /// Its segments, `crate` first for one of this package.
    pub path: Vec<String>,
}

/// A word or a sign of the code, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    line: usize,
    text: String,
}

/// The code with comments and the insides of literals turned into spaces; lines stay
/// where they are.
pub fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = skipped(&chars, at);
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

/// Where the comment or literal that starts here ends; `at` if none does.
fn skipped(chars: &[char], at: usize) -> usize {
    let starts = |at: usize, word: &str| {
        word.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c))
    };
    let find = |from: usize, word: &str| {
        (from..chars.len())
            .find(|i| starts(*i, word))
            .map_or(chars.len(), |i| i + word.chars().count())
    };
    if starts(at, "//") {
        return find(at, "\n").saturating_sub(1).max(at + 2).min(chars.len());
    }
    if starts(at, "/*") {
        let (mut depth, mut i) = (1, at + 2);
        while depth > 0 && i < chars.len() {
            match () {
                () if starts(i, "/*") => (depth, i) = (depth + 1, i + 2),
                () if starts(i, "*/") => (depth, i) = (depth - 1, i + 2),
                () => i += 1,
            }
        }
        return i.min(chars.len());
    }
    let word_before = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    if !word_before {
        let raw = at + usize::from(matches!(chars[at], 'b' | 'c'));
        if chars.get(raw) == Some(&'r') {
            let hashes = chars[raw + 1..].iter().take_while(|c| **c == '#').count();
            if chars.get(raw + 1 + hashes) == Some(&'"') {
                return find(raw + 2 + hashes, &format!("\"{}", "#".repeat(hashes)));
            }
        }
    }
    if chars[at] == '"' {
        return quoted(chars, at, '"');
    }
    // 'a' and '\n' are literals, 'a without an end is a lifetime.
    let is_char = chars.get(at + 1) == Some(&'\\') || chars.get(at + 2) == Some(&'\'');
    if chars[at] == '\'' && is_char { quoted(chars, at, '\'') } else { at }
}

fn quoted(chars: &[char], at: usize, quote: char) -> usize {
    let mut i = at + 1;
    while i < chars.len() && chars[i] != quote {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    (i + 1).min(chars.len())
}

/// Every path that the code names, `use` trees spread out, names brought in by `use`
/// followed back, `self` and `super` resolved for a file of this module.
pub fn paths(code: &str, module: &[String]) -> Vec<Named> {
    let tokens = tokens(code);
    let mut named = Vec::new();
    let mut brought: HashMap<String, Vec<String>> = HashMap::new();
    // The inline modules around the place, each with the depth of its brace.
    let (mut inline, mut depth): (Vec<(String, usize)>, usize) = (Vec::new(), 0);
    let mut at = 0;
    while at < tokens.len() {
        let text = tokens[at].text.as_str();
        let next = |n: usize| tokens.get(at + n).map_or("", |token| token.text.as_str());
        let here: Vec<String> =
            module.iter().cloned().chain(inline.iter().map(|(name, _)| name.clone())).collect();
        match text {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                inline.pop_if(|(_, opened)| *opened == depth);
            }
            "mod" if next(2) == "{" => inline.push((next(1).to_string(), depth)),
            "use" => {
                let mut leaves = Vec::new();
                at = use_tree(&tokens, at + 1, &[], &mut leaves);
                for (line, path, alias) in leaves {
                    let path = resolved(path, &here);
                    let last = path.last().cloned().unwrap_or_default();
                    brought.insert(alias.unwrap_or(last), path.clone());
                    named.push(Named { line, path });
                }
                continue;
            }
            _ if is_word(text) && next(1) == "::" => {
                let (line, mut path) = (tokens[at].line, vec![text.to_string()]);
                while tokens.get(at + 1).is_some_and(|token| token.text == "::")
                    && tokens.get(at + 2).is_some_and(|token| is_word(&token.text))
                {
                    path.push(tokens[at + 2].text.clone());
                    at += 2;
                }
                let path = match brought.get(&path[0]) {
                    Some(start) => start.iter().chain(&path[1..]).cloned().collect(),
                    None => resolved(path, &here),
                };
                named.push(Named { line, path });
            }
            _ => {}
        }
        at += 1;
    }
    named
}

/// One `use` tree from `at` on; returns where it ends. A leaf is its line, its path,
/// and the name behind `as`.
fn use_tree(
    tokens: &[Token],
    mut at: usize,
    prefix: &[String],
    leaves: &mut Vec<(usize, Vec<String>, Option<String>)>,
) -> usize {
    let mut path = prefix.to_vec();
    while let Some(Token { line, text }) = tokens.get(at) {
        match text.as_str() {
            "::" => at += 1,
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token.text != "}") {
                    let before = at;
                    at = use_tree(tokens, at, &path, leaves);
                    at += usize::from(tokens.get(at).is_some_and(|token| token.text == ","));
                    at += usize::from(at == before);
                }
                return at + 1;
            }
            word if is_word(word) || word == "*" => {
                path.extend((word != "self" || path.is_empty()).then(|| word.to_string()));
                at += 1;
                let then = tokens.get(at).map(|token| token.text.as_str());
                if then != Some("::") {
                    let alias = (then == Some("as")).then(|| tokens.get(at + 1)).flatten();
                    leaves.push((*line, path, alias.map(|token| token.text.clone())));
                    return at + 2 * usize::from(alias.is_some());
                }
            }
            _ => return at,
        }
    }
    at
}

/// The path from the package's root on, if it starts with `self`, `super` or `taifas`.
fn resolved(path: Vec<String>, module: &[String]) -> Vec<String> {
    let own = || std::iter::once("crate".to_string());
    match path[0].as_str() {
        "taifas" => own().chain(path.into_iter().skip(1)).collect(),
        "self" => own().chain(module.iter().cloned()).chain(path.into_iter().skip(1)).collect(),
        "super" => {
            let up = path.iter().take_while(|segment| *segment == "super").count();
            let kept = module[..module.len().saturating_sub(up)].iter().cloned();
            own().chain(kept).chain(path.iter().skip(up).cloned()).collect()
        }
        _ => path,
    }
}

fn tokens(code: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for (line, text) in (1..).zip(code.lines()) {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let word =
                rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let len = match word {
                0 if rest.starts_with("::") => 2,
                0 => first.len_utf8(),
                word => word,
            };
            tokens.push(Token { line, text: rest[..len].to_string() });
            rest = rest[len..].trim_start();
        }
    }
    tokens
}

/// Whether a token is a word, and not a sign.
pub fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}
