//! Local times for people: `HH:MM`, the day, and the whole date.
//!
//! The only place that knows a time zone. Nothing here reads the clock but
//! [`Clock::today`] and [`Clock::rest_of_today`].

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use taifas_client::Timestamp;

/// Where we are.
#[derive(Debug, Clone)]
pub struct Clock {
    zone: TimeZone,
}

impl Clock {
    /// The time zone of this machine; UTC if it has none.
    pub fn system() -> Clock {
        Clock { zone: TimeZone::system() }
    }

    /// A certain time zone, for tests.
    pub fn in_zone(zone: TimeZone) -> Clock {
        Clock { zone }
    }

    /// Which day it is now.
    pub fn today(&self) -> Date {
        jiff::Timestamp::now().to_zoned(self.zone.clone()).date()
    }

    /// How long this day still lasts, for who shows it: then it is called otherwise.
    pub fn rest_of_today(&self) -> Duration {
        rest_of_day(&jiff::Timestamp::now().to_zoned(self.zone.clone()))
    }

    /// `HH:MM`.
    pub fn time(&self, at: Timestamp) -> String {
        let at = self.zoned(at);
        format!("{:02}:{:02}", at.hour(), at.minute())
    }

    /// The day, for comparing.
    pub fn day(&self, at: Timestamp) -> Date {
        self.zoned(at).date()
    }

    /// The line above a day: `Today`, `Yesterday`, or `Monday, 23 November 2026`.
    pub fn day_line(day: Date, today: Date) -> String {
        if day == today {
            return "Today".into();
        }
        if day.tomorrow().is_ok_and(|next| next == today) {
            return "Yesterday".into();
        }
        day.strftime("%A, %-d %B %Y").to_string()
    }

    /// Everything: `Monday, 23 November 2026, 07:40:56`.
    pub fn whole(&self, at: Timestamp) -> String {
        self.zoned(at).strftime("%A, %-d %B %Y, %H:%M:%S").to_string()
    }

    /// A moment that may be long ago or still to come: `today, 07:40`, `tomorrow, 07:40`,
    /// or `Monday, 23 November 2026, 07:40`.
    pub fn moment(&self, at: Timestamp, today: Date) -> String {
        let day = self.day(at);
        let day = match today.tomorrow().is_ok_and(|next| next == day) {
            true => "tomorrow".into(),
            false => match Clock::day_line(day, today) {
                near if near == "Today" || near == "Yesterday" => near.to_lowercase(),
                far => far,
            },
        };
        format!("{day}, {}", self.time(at))
    }

    fn zoned(&self, at: Timestamp) -> jiff::Zoned {
        // A server's timestamp ends with the year 9999, as the library's does.
        let at = jiff::Timestamp::from_millisecond(at.ms() as i64)
            .unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        at.to_zoned(self.zone.clone())
    }
}

/// How long the day of this moment still lasts.
fn rest_of_day(now: &jiff::Zoned) -> Duration {
    let next = now.tomorrow().and_then(|next| next.start_of_day());
    // The last day there is has no end, and nobody to wait for it.
    next.map_or(Duration::from_secs(25 * 3600), |next| next.duration_since(now).unsigned_abs())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn bucharest() -> Clock {
        let zone = TimeZone::posix("EET-2EEST,M3.5.0/3,M10.5.0/4").expect("a POSIX rule");
        Clock::in_zone(zone)
    }

    #[test]
    fn local_times() {
        let clock = bucharest();
        let winter = Timestamp::from_ms(1_795_420_856_789);
        assert_eq!(clock.time(winter), "10:00");
        assert_eq!(clock.whole(winter), "Monday, 23 November 2026, 10:00:56");
        let summer = Timestamp::from_ms(1_782_853_200_000);
        assert_eq!(clock.time(summer), "00:00");
        assert_eq!(clock.day(summer), jiff::civil::date(2026, 7, 1));
        assert_eq!(clock.time(Timestamp::MAX).len(), 5, "the far end does not panic");
    }

    #[test]
    fn moments() {
        let clock = bucharest();
        let at = Timestamp::from_ms(1_795_420_856_789);
        let said = |month, day| clock.moment(at, jiff::civil::date(2026, month, day));
        assert_eq!(said(11, 22), "tomorrow, 10:00");
        assert_eq!(said(11, 23), "today, 10:00");
        assert_eq!(said(11, 24), "yesterday, 10:00");
        assert_eq!(said(12, 24), "Monday, 23 November 2026, 10:00");
    }

    #[test]
    fn a_day_ends() {
        let clock = bucharest();
        let rest = |ms| rest_of_day(&clock.zoned(Timestamp::from_ms(ms))).as_secs();
        assert_eq!(rest(1_795_420_856_000), 13 * 3600 + 59 * 60 + 4, "10:00:56 in winter");
        assert_eq!(rest(1_795_471_199_000), 1, "23:59:59");
        assert_eq!(rest(1_795_471_200_000), 24 * 3600, "midnight");
        // Clocks go back an hour on the last Sunday of October, and forward in March.
        assert_eq!(rest(1_792_875_600_000), 25 * 3600);
        assert_eq!(rest(1_774_735_200_000), 23 * 3600);
        rest(Timestamp::MAX.ms());
    }

    #[test]
    fn days() {
        let today = jiff::civil::date(2026, 3, 1);
        let line = |year, month, day| Clock::day_line(jiff::civil::date(year, month, day), today);
        assert_eq!(line(2026, 3, 1), "Today");
        assert_eq!(line(2026, 2, 28), "Yesterday");
        assert_eq!(line(2026, 2, 27), "Friday, 27 February 2026");
        assert_eq!(line(2026, 3, 2), "Monday, 2 March 2026");
    }
}
