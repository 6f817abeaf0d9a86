//! What stands above a message: whose it is, a new day, what is new, what is missing.
//!
//! Pure: it follows from the message and the one before, so that putting in an older
//! page changes the first row alone. Called by the timeline for each row in view.

use jiff::civil::Date;
use taifas_client::{At, Message, MessageId};

use crate::clock::Clock;

/// One person's lines within this time stand under one name, in milliseconds: longer
/// ago is another thought.
const GROUP_MS: u64 = 5 * 60 * 1000;

/// The lines above a message, from the top down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Above {
    /// Messages that stood here are deleted.
    pub(super) gap: bool,
    /// A day begins.
    pub(super) day: Option<Date>,
    /// From here on it is new.
    pub(super) news: bool,
    /// The name and the time.
    pub(super) head: bool,
}

impl Above {
    /// Above a message, after the one before it.
    pub(super) fn message(
        place: At<'_>,
        clock: &Clock,
        before: Option<&Message>,
        message: &Message,
        news: Option<MessageId>,
    ) -> Above {
        let gap = place.is_behind_gap(message.id);
        let today = clock.day(message.at);
        let day = before.is_none_or(|before| clock.day(before.at) != today).then_some(today);
        let news = news == Some(message.id);
        let head = gap || day.is_some() || news || !before.is_some_and(|b| is_group(b, message));
        Above { gap, day, news, head }
    }

    /// Above something of ours that is pending: a name, unless ours stands there.
    pub(super) fn pending(place: At<'_>, is_first: bool) -> Above {
        let after_ours = place.messages().back().is_some_and(|last| place.is_mine(last));
        Above { head: is_first && !after_ours, ..Above::default() }
    }
}

/// Whether two messages, one after the other, stand under one name. The day is not
/// looked at.
pub(super) fn is_group(before: &Message, message: &Message) -> bool {
    before.name == message.name && message.at.ms().saturating_sub(before.at.ms()) < GROUP_MS
}

/// Above which message the line "new since you looked" stands: the first of somebody
/// else's that is newer than what was seen.
pub(super) fn first_news(place: At<'_>, seen: Option<MessageId>) -> Option<MessageId> {
    newer(place, seen?).map(|message| message.id).next()
}

/// What others have said after this message, oldest first.
pub(super) fn newer(place: At<'_>, id: MessageId) -> impl Iterator<Item = &Message> {
    let messages = place.messages();
    let from = messages.partition_point(|message| message.id <= id);
    messages.range(from..).filter(move |message| !place.is_mine(message))
}

#[cfg(test)]
mod tests {
    use taifas_client::wire::Part;
    use taifas_client::{Happening, Model, Page, Place};

    use super::super::made_up::message;
    use super::*;

    fn room(messages: &[Message], gap: Option<MessageId>) -> Model {
        let mut model = Model::new();
        model.fold(&Happening::Entered("ana".parse().expect("a name")));
        let place = Place::LOBBY;
        let page =
            Page { place, part: Part::Newest, messages: messages.to_vec(), gap, more: false };
        model.fold(&Happening::Page(page));
        model
    }

    #[test]
    fn what_stands_above() {
        let clock = Clock::in_zone(jiff::tz::TimeZone::UTC);
        let messages = [
            message(1, "ion", 0, "first of the day"),
            message(2, "ion", 4, "within five minutes"),
            message(3, "ION", 8, "of the one before, the same name"),
            message(4, "ion", 13, "five minutes later"),
            message(5, "ana", 13, "somebody else"),
            message(7, "ana", 14, "behind a gap"),
            message(8, "ana", 719, "the last minute of the day"),
            message(9, "ana", 720, "the next day"),
            message(10, "ion", 720, "the first news of others"),
            message(11, "ion", 720, "the second"),
        ];
        let model = room(&messages, Some(MessageId::new(7)));
        let place = model.at(&Place::LOBBY);
        let news = first_news(place, Some(MessageId::new(8)));
        assert_eq!(news, Some(MessageId::new(10)));
        assert_eq!(first_news(place, Some(MessageId::new(11))), None);
        assert_eq!(first_news(place, None), None);
        let seen: Vec<(bool, bool, bool, bool)> = (0..messages.len())
            .map(|at| {
                let before = at.checked_sub(1).map(|before| &messages[before]);
                let above = Above::message(place, &clock, before, &messages[at], news);
                (above.gap, above.day.is_some(), above.news, above.head)
            })
            .collect();
        let (no, yes) = (false, true);
        assert_eq!(
            seen,
            [
                (no, yes, no, yes),
                (no, no, no, no),
                (no, no, no, no),
                (no, no, no, yes),
                (no, no, no, yes),
                (yes, no, no, yes),
                (no, no, no, yes),
                (no, yes, no, yes),
                (no, no, yes, yes),
                (no, no, no, no),
            ]
        );
    }
}
