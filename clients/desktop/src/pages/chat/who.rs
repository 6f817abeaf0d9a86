//! Who somebody is, and who is shut out: the server's lines about it in plain words and
//! local time.
//!
//! Pure. A line of a kind that is not known here is shown as it came. Called by the
//! order about somebody, and by the list of bans.

use jiff::civil::Date;
use taifas_client::Timestamp;

use crate::clock::Clock;
use crate::words;

/// Somebody or something that is shut out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// A name, an address, or a network.
    pub whom: String,
    /// A time, or `never`.
    until: String,
    by: String,
    /// May be empty.
    reason: String,
}

impl Ban {
    /// `<whom> <until> <by> :<reason>`
    pub fn read(line: &str) -> Option<Ban> {
        let (words, reason) = line.split_once(" :").unwrap_or((line, ""));
        let mut words = words.split_ascii_whitespace().map(str::to_owned);
        let (whom, until, by) = (words.next()?, words.next()?, words.next()?);
        Some(Ban { whom, until, by, reason: reason.into() })
    }

    /// Until when, by whom, and why.
    pub fn details(&self, clock: &Clock, today: Date) -> String {
        let until = until(&self.until, clock, today);
        let (first, rest) = until.split_at(1);
        let up_to = format!("{}{rest}, by {}", first.to_ascii_uppercase(), self.by);
        with_reason(&up_to, &self.reason)
    }
}

/// A line of who somebody is: `<name> <kind> …`.
pub fn line(line: &str, clock: &Clock, today: Date) -> String {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let why = |what: &str| with_reason(what, line.split_once(" :").map_or("", |(_, why)| why));
    match words[..] {
        [name, "guest"] => format!("{name} is a guest."),
        [name, "user", account] => format!("{name} has the account {account}."),
        [name, "operator", account] => format!("{name} is an operator, account {account}."),
        [_, "session", address, since, idle, ref rooms @ ..] => {
            let quiet = idle.parse().map_or_else(|_| idle.to_owned(), words::wait);
            let rooms = if rooms.is_empty() { "no room".into() } else { rooms.join(", ") };
            let since = moment(since, clock, today);
            format!("From {address} since {since}, silent for {quiet}, in {rooms}.")
        }
        [_, "muted", end, by, ..] => why(&format!("Muted by {by} {}", until(end, clock, today))),
        [_, "banned", end, by, ..] => {
            why(&format!("Shut out by {by} {}", until(end, clock, today)))
        }
        _ => line.to_owned(),
    }
}

fn with_reason(what: &str, reason: &str) -> String {
    if reason.is_empty() { format!("{what}.") } else { format!("{what}: {reason}") }
}

fn until(word: &str, clock: &Clock, today: Date) -> String {
    match word {
        "never" => "for good".into(),
        word => format!("until {}", moment(word, clock, today)),
    }
}

/// As it came, if it is no time.
fn moment(word: &str, clock: &Clock, today: Date) -> String {
    Timestamp::parse(word).map_or_else(|| word.to_owned(), |at| clock.moment(at, today))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::clock::tests::bucharest;

    #[test]
    fn who_somebody_is_in_plain_words() {
        for (said, words) in [
            ("ion guest", "ion is a guest."),
            ("ion user 7", "ion has the account 7."),
            ("ana operator 1", "ana is an operator, account 1."),
            (
                "ion session 192.0.2.7 2026-11-23T10:00:00.000Z 180 #lobby #dev",
                "From 192.0.2.7 since today, 12:00, silent for 3 minutes, in #lobby, #dev.",
            ),
            ("ion session ::1 now 5", "From ::1 since now, silent for 5 seconds, in no room."),
            (
                "ion muted 2026-11-23T22:30:00.000Z ana :too loud: again",
                "Muted by ana until tomorrow, 00:30: too loud: again",
            ),
            ("ion muted never ana :", "Muted by ana for good."),
            ("ion banned never ana :spam", "Shut out by ana for good: spam"),
            ("ion something new", "ion something new"),
            ("", ""),
        ] {
            assert_eq!(line(said, &bucharest(), date(2026, 11, 23)), words);
        }
    }

    #[test]
    fn a_ban_in_plain_words() {
        let told = |line: &str| {
            let ban = Ban::read(line).expect("a ban");
            let details = ban.details(&bucharest(), date(2026, 11, 23));
            (ban.whom, details)
        };
        let pair = |whom: &str, details: &str| (whom.to_owned(), details.to_owned());
        assert_eq!(told("192.0.2.0/24 never ana :"), pair("192.0.2.0/24", "For good, by ana."));
        assert_eq!(
            told("ion 2026-11-25T10:00:00.000Z ana :a : b"),
            pair("ion", "Until Wednesday, 25 November 2026, 12:00, by ana: a : b")
        );
        assert_eq!(told("::1/64 x ana :"), pair("::1/64", "Until x, by ana."));
        for wrong in ["", "ion", "ion never", "ion never :x"] {
            assert_eq!(Ban::read(wrong), None, "{wrong}");
        }
    }
}
