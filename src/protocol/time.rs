//! Time as the protocol has it: milliseconds, handed in from outside.

use std::fmt;

/// The two clocks of one turn, read once by the reactor and passed down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    /// Milliseconds on a clock that never jumps; for waits and deadlines.
    pub mono_ms: u64,
    /// The wall clock, which may jump; only ever shown and stored.
    pub wall: Timestamp,
}

/// Milliseconds since 1970-01-01T00:00:00Z. Displayed as RFC 3339 with
/// milliseconds, as in IRCv3's `time` tag: `2026-11-23T01:52:07.123Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The last moment that four digits of a year can write.
    pub const MAX: Timestamp = Timestamp(253_402_300_799_999);

    /// A moment by its milliseconds since 1970, at most [`Timestamp::MAX`].
    pub fn from_ms(ms: u64) -> Timestamp {
        Timestamp(ms.min(Self::MAX.0))
    }

    /// Milliseconds since 1970.
    pub fn ms(self) -> u64 {
        self.0
    }

    /// The 24 bytes of its RFC 3339 form.
    pub fn to_bytes(self) -> [u8; 24] {
        let (secs, ms) = (self.0 / 1000, self.0 % 1000);
        let (days, day_secs) = (secs / 86_400, secs % 86_400);
        let (year, month, day) = civil(days);
        let mut out = *b"0000-00-00T00:00:00.000Z";
        put(&mut out[0..4], year);
        put(&mut out[5..7], month);
        put(&mut out[8..10], day);
        put(&mut out[11..13], day_secs / 3600);
        put(&mut out[14..16], day_secs / 60 % 60);
        put(&mut out[17..19], day_secs % 60);
        put(&mut out[20..23], ms);
        out
    }

    /// Reads the form that [`Timestamp::to_bytes`] writes.
    pub fn parse(text: &str) -> Option<Timestamp> {
        let b = text.as_bytes();
        let shape = b"0000-00-00T00:00:00.000Z";
        let fits = b.len() == 24
            && b.iter().zip(shape).all(|(have, want)| match want {
                b'0' => have.is_ascii_digit(),
                other => have == other,
            });
        if !fits {
            return None;
        }
        let number = |range: std::ops::Range<usize>| {
            b[range].iter().fold(0u64, |n, digit| n * 10 + u64::from(digit - b'0'))
        };
        let (year, month, day) = (number(0..4), number(5..7), number(8..10));
        if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let day_secs = number(11..13) * 3600 + number(14..16) * 60 + number(17..19);
        let secs = days_from_civil(year, month, day) * 86_400 + day_secs;
        Some(Timestamp::from_ms(secs * 1000 + number(20..23)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.to_bytes();
        f.write_str(std::str::from_utf8(&bytes).expect("digits and punctuation are ASCII"))
    }
}

/// Writes a number right-aligned into its digits.
fn put(digits: &mut [u8], mut value: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

/// Days since 1970-01-01 to (year, month, day) in the proleptic Gregorian calendar:
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
fn civil(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let era = z / 146_097;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + u64::from(month <= 2), month, day)
}

/// The inverse of [`civil`], from the same source; years from 1970 on.
fn days_from_civil(year: u64, month: u64, day: u64) -> u64 {
    let y = if month <= 2 { year - 1 } else { year };
    let (era, yoe) = (y / 400, y % 400);
    let doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_795_398_727_123, "2026-11-23T01:52:07.123Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Timestamp::from_ms(ms).to_string(), text);
            assert_eq!(Timestamp::parse(text), Some(Timestamp::from_ms(ms)));
        }
        assert_eq!(Timestamp::from_ms(u64::MAX), Timestamp::MAX);
    }

    #[test]
    fn every_day_of_four_centuries_there_and_back() {
        for day in 0..146_097u64 {
            let t = Timestamp::from_ms(day * 86_400_000);
            assert_eq!(Timestamp::parse(&t.to_string()), Some(t));
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in
            ["", "2026-11-23T01:52:07Z", "2026-13-23T01:52:07.123Z", "1969-11-23T01:52:07.123Z"]
        {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
