//! Bans and mutes: whom they are about, until when, by whom and why.
//!
//! Values only. The parser makes their parts, the hub holds people to them, the store
//! keeps them.

use std::fmt;

use super::mask::Mask;
use super::name::Name;
use super::text::{BadCharacter, Text};
use super::time::Timestamp;
use crate::limits::{PENALTY_SECS_MAX, REASON_BYTES};

/// A ban or a mute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Penalty {
    /// Which of the two.
    pub kind: PenaltyKind,
    /// Whom it is about; a mute is about a name.
    pub mask: Mask,
    /// When it ends; `None`: not by itself.
    pub until: Option<Timestamp>,
    /// The operator who made it.
    pub by: Name,
    /// The operator's words, without control characters; may be empty.
    pub reason: Box<str>,
    /// When it was made.
    pub made: Timestamp,
}

/// What somebody may not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PenaltyKind {
    /// Be here.
    Ban,
    /// Speak.
    Mute,
}

/// How long a penalty is to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    secs: u64,
}

/// Why an operator did something: a checked text of [`REASON_BYTES`] at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason<'a>(Text<'a>);

/// Why a text is no reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidReason {
    /// Longer than [`REASON_BYTES`].
    TooLong,
    /// It could harm somebody's terminal.
    BadCharacter,
}

impl Penalty {
    /// Whether it holds at this moment.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| until > now)
    }
}

impl PenaltyKind {
    /// The verb that makes one.
    pub fn as_str(self) -> &'static str {
        match self {
            PenaltyKind::Ban => "BAN",
            PenaltyKind::Mute => "MUTE",
        }
    }
}

impl Term {
    /// Reads `90s`, `30m`, `2h`, `7d` or `1w`. `None` if it is none of these, or 0, or
    /// longer than [`PENALTY_SECS_MAX`].
    pub fn parse(word: &str) -> Option<Term> {
        let unit_at = word.len().checked_sub(1)?;
        let (number, unit) = (word.get(..unit_at)?, word.get(unit_at..)?);
        let unit_secs = match unit.to_ascii_lowercase().as_str() {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            "w" => 604_800,
            _ => return None,
        };
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let secs = number.parse::<u64>().ok()?.checked_mul(unit_secs)?;
        (1..=PENALTY_SECS_MAX).contains(&secs).then_some(Term { secs })
    }

    /// When it is over, if it begins now.
    pub fn from(self, now: Timestamp) -> Timestamp {
        Timestamp::from_ms(now.ms().saturating_add(self.secs.saturating_mul(1000)))
    }
}

impl<'a> Reason<'a> {
    /// Checks a reason; blanks at its ends are taken off.
    ///
    /// # Errors
    /// [`InvalidReason`] says what is wrong.
    pub fn new(raw: &'a str) -> Result<Reason<'a>, InvalidReason> {
        let raw = raw.trim_matches([' ', '\t']);
        if raw.len() > REASON_BYTES {
            return Err(InvalidReason::TooLong);
        }
        Text::new(raw).map(Reason).map_err(|BadCharacter| InvalidReason::BadCharacter)
    }

    /// None at all.
    pub fn none() -> Reason<'static> {
        Reason::new("").expect("nothing in it is wrong")
    }

    /// The reason; may be empty.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// `until` as it is written in a line: a time, or `never`.
pub struct Until(pub Option<Timestamp>);

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(until) => until.fmt(f),
            None => f.write_str("never"),
        }
    }
}

/// A length of time in words, as two units at most and rounded up: `6 days 23 hours`,
/// `12 minutes`, `1 minute 1 second`.
pub struct InWords {
    /// The length, in milliseconds; nothing at all is a second.
    pub ms: u64,
}

impl fmt::Display for InWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.ms.div_ceil(1000).max(1);
        // Nobody wants to know the seconds of half an hour.
        let step = match secs {
            0..600 => 1,
            600..DAY => 60,
            _ => HOUR,
        };
        let mut left = secs.next_multiple_of(step);
        let mut space = "";
        for (unit, word) in [(DAY, "day"), (HOUR, "hour"), (60, "minute"), (1, "second")] {
            let number = left / unit;
            if number > 0 {
                let plural = if number == 1 { "" } else { "s" };
                write!(f, "{space}{number} {word}{plural}")?;
                space = " ";
            }
            left %= unit;
        }
        Ok(())
    }
}

const HOUR: u64 = 3600;
const DAY: u64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_in_every_unit_and_what_is_none() {
        for (word, secs) in
            [("1s", 1), ("90S", 90), ("30m", 1800), ("2h", 7200), ("7d", 604_800), ("1w", 604_800)]
        {
            assert_eq!(Term::parse(word), Some(Term { secs }), "{word}");
        }
        for word in ["", "m", "0m", "+1m", "1", "1x", "1.5h", "30 m", "m30", "1ă", "99999999999w"]
        {
            assert_eq!(Term::parse(word), None, "{word}");
        }
        for (secs, fits) in
            [(PENALTY_SECS_MAX - 1, true), (PENALTY_SECS_MAX, true), (PENALTY_SECS_MAX + 1, false)]
        {
            assert_eq!(Term::parse(&format!("{secs}s")).is_some(), fits, "{secs}");
        }
        let near_the_end = Timestamp::from_ms(Timestamp::MAX.ms() - 5);
        assert_eq!(Term { secs: 1 }.from(near_the_end), Timestamp::MAX);
    }

    #[test]
    fn a_reason_has_a_bound() {
        for (len, fits) in
            [(REASON_BYTES - 1, true), (REASON_BYTES, true), (REASON_BYTES + 1, false)]
        {
            assert_eq!(Reason::new(&"x".repeat(len)).is_ok(), fits, "{len}");
        }
        assert_eq!(Reason::new(" a\tb  ").unwrap().as_str(), "a b");
        assert_eq!(Reason::new("a\u{1b}b"), Err(InvalidReason::BadCharacter));
    }

    #[test]
    fn time_in_words() {
        for (ms, words) in [
            (0, "1 second"),
            (1, "1 second"),
            (1001, "2 seconds"),
            (60_000, "1 minute"),
            (61_000, "1 minute 1 second"),
            (599_001, "10 minutes"),
            (601_000, "11 minutes"),
            (1_740_001, "30 minutes"),
            (3_540_001, "1 hour"),
            (3_600_000, "1 hour"),
            (3_600_001, "1 hour 1 minute"),
            (7_260_000, "2 hours 1 minute"),
            (86_340_001, "1 day"),
            (86_400_001, "1 day 1 hour"),
            (604_799_000, "7 days"),
            (601_200_000, "6 days 23 hours"),
        ] {
            assert_eq!(InWords { ms }.to_string(), words, "{ms}");
        }
    }

    #[test]
    fn it_ends_at_its_moment() {
        let at = Timestamp::from_ms;
        let mut penalty = Penalty {
            kind: PenaltyKind::Mute,
            mask: "ana".parse().unwrap(),
            until: Some(at(1000)),
            by: "op".parse().unwrap(),
            reason: "".into(),
            made: at(0),
        };
        assert!(penalty.holds(at(999)) && !penalty.holds(at(1000)) && !penalty.holds(at(1001)));
        penalty.until = None;
        assert!(penalty.holds(Timestamp::MAX));
    }
}
