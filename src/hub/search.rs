//! SEARCH: which rooms and whose TELLs are looked through, and the answer.

use super::session::Doing;
use super::{Asked, Effect, Effects, Hub, SessionId, words};
use crate::limits::{HISTORY_BYTES, HISTORY_LINES};
use crate::protocol::line;
use crate::protocol::{Code, Page, Query, RoomName, SearchWords, StoreFailed, Verb};

impl Hub {
    /// `SEARCH [#room] <words>`
    pub(super) fn search(
        &mut self,
        id: SessionId,
        room: Option<RoomName>,
        words: SearchWords,
        fx: &mut Effects,
    ) {
        let Some(s) = self.sessions.get(id) else {
            return;
        };
        let (rooms, account) = match (room, s.account) {
            (None, Some(account)) => (s.rooms.as_slice().to_vec(), Some(account)),
            (None, None) if s.current.is_some() => (s.rooms.as_slice().to_vec(), None),
            (room, _) => match self.own_room(id, Verb::Search.as_str(), room, fx) {
                Some(room) => (vec![room], None),
                None => return,
            },
        };
        let rooms = rooms.into_iter().map(|room| self.rooms.get(room).name).collect();
        let upto = self.said.relayed();
        let (lines, bytes) = (HISTORY_LINES, HISTORY_BYTES);
        let query = Query::Search { rooms, account, words, upto, lines, bytes };
        let ticket = self.ticket();
        if let Some(s) = self.sessions.get_mut(id) {
            s.doing = Some(Box::new(Doing::Search { ticket }));
            self.asked.insert(ticket, Asked { session: id, upto });
            fx.push(Effect::Ask { ticket, query });
        }
    }

    /// The store has searched.
    pub(super) fn searched(
        &mut self,
        id: SessionId,
        page: Result<Page, StoreFailed>,
        fx: &mut Effects,
    ) {
        match page {
            Err(StoreFailed) => {
                let text = "nothing can be searched now; try again later";
                self.fail(id, "SEARCH", Code::NotStored, text, fx);
            }
            Ok(page) if page.lines.is_empty() && page.more => {
                self.fail(id, "SEARCH", Code::TryLater, words::SEARCH_TOOK_TOO_LONG, fx);
            }
            Ok(page) => fx.send(id, |o| {
                page.lines.iter().for_each(|stored| line::hist(o, stored));
                let more = if page.more { " MORE" } else { "" };
                line::ok(o, "SEARCH", format_args!("{}{more}", page.lines.len()));
            }),
        }
        self.finish(id, fx);
    }
}
