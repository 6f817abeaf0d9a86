//! What somebody is waiting for at the other end of a connection, in the order of the
//! commands, and whether a page of history is what was asked for.

use taifas::protocol::{MessageId, Query, RoomName, Span};

use super::peer::Log;

/// What a command waits for.
#[derive(Debug)]
pub enum Want {
    /// One OK or FAIL of this verb.
    Answer(String),
    /// A FAIL of this verb and this code.
    Fault(String, String),
    /// A line of its own, in this room if it is MSG, or a FAIL: MSG or TELL in the plain
    /// view.
    Spoken(&'static str, Option<RoomName>, String),
    /// `OK MSG <id>` or a FAIL: MSG or TELL in the tagged view.
    Stored(&'static str),
    /// `OK HISTORY` or `OK SEARCH` with what was relayed until then.
    Page {
        verb: &'static str,
        /// What is asked; `None` if it may not, as it was then: it may have been sent out
        /// since.
        about: Option<Box<Query>>,
        span: Span,
        count: usize,
        until: usize,
        got: Vec<MessageId>,
    },
}

impl Want {
    pub fn page(
        verb: &'static str,
        about: Option<Query>,
        span: Span,
        count: usize,
        log: &Log,
    ) -> Want {
        let (about, until) = (about.map(Box::new), log.relayed.len());
        Want::Page { verb, about, span, count, until, got: Vec::new() }
    }
}

/// A page is the nearest part of what the question covers, and says if it is not all.
pub fn check_page(asked: &[MessageId], span: Span, count: usize, got: &[MessageId], more: bool) {
    let covered: Vec<MessageId> = asked
        .iter()
        .copied()
        .filter(|id| match span {
            Span::Latest => true,
            Span::After(after) => *id > after,
            Span::Before(before) => *id < before,
        })
        .collect();
    let fits = match span {
        Span::After(_) => covered.starts_with(got),
        Span::Latest | Span::Before(_) => covered.ends_with(got),
    };
    assert!(fits, "{span:?} gave {got:?} of {covered:?}");
    assert!(got.len() <= count && (!got.is_empty() || covered.is_empty()), "{span:?} {count}");
    assert_eq!(more, got.len() < covered.len(), "MORE, of {} {}", got.len(), covered.len());
}
