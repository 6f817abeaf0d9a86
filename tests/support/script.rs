//! A transcript as a list of steps, each with the line it stands in.

use std::net::IpAddr;

use super::backend::{Operation, Special};
use super::pattern::Pattern;

/// A transcript.
#[derive(Debug, Clone)]
pub struct Script {
    /// The file, for messages.
    pub path: String,
    /// On which backend alone it can be played.
    pub only: Option<Only>,
    /// Keys of the configuration and their values.
    pub set: Vec<(String, String)>,
    /// Every line, in order.
    pub lines: Vec<Line>,
}

/// One line of a transcript.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its number in the file, from 1.
    pub number: usize,
    /// As it stands there.
    pub text: String,
    /// What it says.
    pub step: Step,
}

/// One backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only {
    /// The bare hub: time, disk or address are not the machine's.
    Hub,
    /// The real binary.
    Binary,
}

/// What a line says.
#[derive(Debug, Clone)]
pub enum Step {
    /// Nothing: a comment, a header, an empty line.
    Nothing,
    /// `ana connects`, `ana connects from 192.0.2.1`
    Connect(String, Option<IpAddr>),
    /// `ana> text`, or `ana>> text` without a line's end.
    Send {
        /// Who.
        who: String,
        /// What.
        text: Pattern,
        /// Whether a LF is sent behind it.
        whole: bool,
    },
    /// `ana< line`
    Expect(String, Pattern),
    /// `ana<|`: nothing more has come.
    Silence(String),
    /// `ana eof`: half-close.
    EndInput(String),
    /// `ana vanishes`: the connection breaks.
    Vanish(String),
    /// `ana closed`: the server has closed, and nothing more has come.
    Closed(String),
    /// `server restarts`
    Restart,
    /// `operator adds ana password`, `operator removes ana`, `operator erases ana`,
    /// `operator ops ana`, `operator deops ana`
    Operate(Operation),
    /// `after 60 s`, `after 100 ms`, `disk full`, `disk fine`, `ana stops reading`,
    /// `ana reads again`.
    Special(Special),
}

impl Script {
    /// Reads a transcript whose first line has this number in its file.
    ///
    /// # Panics
    /// On a line that is none of a transcript's, and says which.
    pub fn parse(path: &str, first: usize, text: &str) -> Script {
        let mut script =
            Script { path: path.to_owned(), only: None, set: Vec::new(), lines: Vec::new() };
        for (number, line) in (first..).zip(text.lines()) {
            let place = format!("{path}:{number}");
            let step = script.header(&place, line).unwrap_or_else(|| step(&place, line));
            script.lines.push(Line { number, text: line.to_owned(), step });
        }
        script
    }

    /// `only: hub`, `set: limits.connections=2`
    fn header(&mut self, place: &str, line: &str) -> Option<Step> {
        if let Some(only) = line.strip_prefix("only: ") {
            self.only = Some(match only.trim() {
                "hub" => Only::Hub,
                "binary" => Only::Binary,
                other => panic!("{place}: there is no backend {other}"),
            });
        } else if let Some(pair) = line.strip_prefix("set: ") {
            let pair = pair.split_once('=').unwrap_or_else(|| panic!("{place}: key=value"));
            self.set.push((pair.0.trim().to_owned(), pair.1.trim().to_owned()));
        } else {
            return None;
        }
        Some(Step::Nothing)
    }

    /// Whether it can be played on this backend.
    pub fn plays_on(&self, backend: Only) -> bool {
        self.only.is_none_or(|only| only == backend)
    }

    /// Every line that is expected, as it stands in the file.
    pub fn expected(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter_map(|line| match &line.step {
            Step::Expect(who, _) => Some(line.text[who.len() + 1..].trim_start()),
            _ => None,
        })
    }

    /// Every line that is typed, as it stands in the file.
    pub fn typed(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter_map(|line| match &line.step {
            Step::Send { who, .. } => Some(line.text[who.len()..].trim_start_matches(['>', ' '])),
            _ => None,
        })
    }
}

/// What one line says.
fn step(place: &str, line: &str) -> Step {
    if line.trim().is_empty() || line.starts_with('#') {
        return Step::Nothing;
    }
    let name_len = line.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let (who, rest) = line.split_at(name_len);
    let who = who.to_owned();
    let pattern = |text: &str| Pattern::new(place, text.strip_prefix(' ').unwrap_or(text));
    if let Some(text) = rest.strip_prefix(">>") {
        return Step::Send { who, text: pattern(text), whole: false };
    }
    if let Some(text) = rest.strip_prefix('>') {
        return Step::Send { who, text: pattern(text), whole: true };
    }
    if rest.starts_with("<|") {
        return Step::Silence(who);
    }
    if let Some(text) = rest.strip_prefix('<') {
        return Step::Expect(who, pattern(text));
    }
    sentence(&who, rest.trim()).unwrap_or_else(|| panic!("{place}: what is {line:?}?"))
}

/// `ana connects`, and its like.
fn sentence(who: &str, rest: &str) -> Option<Step> {
    let name = who.to_owned();
    Some(match (who, rest) {
        ("server", "restarts") => Step::Restart,
        ("operator", what) => {
            let (verb, rest) = what.split_once(' ')?;
            Step::Operate(match (verb, rest.split_once(' ')) {
                ("adds", Some((name, password))) => Operation::Add(name.into(), password.into()),
                ("removes", None) => Operation::Remove(rest.into()),
                ("erases", None) => Operation::RemoveWithMessages(rest.into()),
                ("ops", None) => Operation::Op(rest.into()),
                ("deops", None) => Operation::Deop(rest.into()),
                _ => return None,
            })
        }
        ("disk", "full") => Step::Special(Special::DiskFull(true)),
        ("disk", "fine") => Step::Special(Special::DiskFull(false)),
        ("after", time) => {
            let (number, unit) = time.split_once(' ')?;
            let unit_ms = match unit {
                "s" => 1000,
                "ms" => 1,
                _ => return None,
            };
            Step::Special(Special::Wait(number.parse::<u64>().ok()? * unit_ms))
        }
        (_, "stops reading") => Step::Special(Special::Reads(name, false)),
        (_, "reads again") => Step::Special(Special::Reads(name, true)),
        (_, "connects") => Step::Connect(name, None),
        (_, "eof") => Step::EndInput(name),
        (_, "vanishes") => Step::Vanish(name),
        (_, "closed") => Step::Closed(name),
        (_, rest) => Step::Connect(name, Some(rest.strip_prefix("connects from ")?.parse().ok()?)),
    })
}
