//! What is said to one person: TELL, who hears it, and what is announced to an account
//! that was away.
//!
//! Between accounts it is a message like any other: stored first, spoken then, and part
//! of what a session that is behind has missed. A guest has nothing that lasts, so what
//! guests tell or are told is given an id by the store, passed on and not kept.

use std::ops::Range;

use super::said::Reach;
use super::session::{Doing, Flow, Session};
use super::{Asked, Effect, Effects, Hub, SessionId, words};
use crate::limits::{UNTOLD_BYTES, UNTOLD_LINES, UNTOLD_NAMES};
use crate::protocol::line;
use crate::protocol::{
    AccountId, Code, MessageId, Name, Nonce, Now, Page, Query, Recipient, StoreFailed, Stored,
    Target, Text, Told, Verb,
};

impl Hub {
    /// `TELL <name> [:]<text>`
    pub(super) fn tell(
        &mut self,
        now: Now,
        id: SessionId,
        to: Name,
        text: &Text<'_>,
        nonce: Option<Nonce>,
        fx: &mut Effects,
    ) {
        let Some(Session { account: own, .. }) = self.sessions.get(id) else {
            return;
        };
        let own = *own;
        if self.is_muted(now, id, Verb::Tell, fx) {
            return;
        }
        if nonce.is_some() && own.is_none() {
            return self.fail(id, "TELL", Code::NotLoggedIn, words::NONCE_OF_GUEST, fx);
        }
        match (own, self.people.account_of(&to)) {
            (Some(_), Some((name, account))) => {
                let away = !self.hears_tells(&name, account);
                let to = Target::Person(Recipient { name, account, away });
                self.say(now, id, to, Reach::Accounts, text, nonce, fx);
            }
            (None, Some((name, account))) => {
                let hearers = self.sessions_of(&name, Some(account));
                if hearers.is_empty() {
                    let text = words::away(self.slash(id), &name);
                    return self.fail(id, "TELL", Code::NotLoggedIn, &text, fx);
                }
                let reach = self.with_own(id, hearers);
                self.say(now, id, Target::Passing(name), reach, text, nonce, fx);
            }
            (_, None) => {
                let hearers = self.sessions_of(&to, None);
                let name = hearers.first().and_then(|guest| self.name_of(*guest));
                let Some(name) = name else {
                    let text = words::nobody(self.slash(id), &to);
                    return self.fail(id, "TELL", Code::NoSuchName, &text, fx);
                };
                let reach = self.with_own(id, hearers);
                self.say(now, id, Target::Passing(name), reach, text, nonce, fx);
            }
        }
    }

    /// Whether what a session would tell somebody goes to the store, to be kept or for an
    /// id: exactly then [`tell`](Hub::tell) hands it over, unless they are muted.
    pub(super) fn is_told(&self, id: SessionId, to: &Name, is_marked: bool) -> bool {
        let Some(Session { name: Some(_), account: own, .. }) = self.sessions.get(id) else {
            return false;
        };
        match (own, self.people.account(to)) {
            (Some(_), Some(_)) => true,
            (None, _) if is_marked => false,
            (_, account) => self.are_here(to, account),
        }
    }

    /// Whom something that is not kept reaches: these, and the sender's own sessions.
    fn with_own(&self, id: SessionId, hearers: Vec<SessionId>) -> Reach {
        let Some(Session { name: Some(name), account, .. }) = self.sessions.get(id) else {
            return Reach::Sessions(hearers.into());
        };
        let mut all = self.sessions_of(name, *account);
        let own = all.len();
        all.extend(hearers);
        // To oneself it is a note.
        let (own, others) = all.split_at(own);
        let others = others.iter().filter(|hearer| !own.contains(hearer));
        Reach::Sessions(own.iter().chain(others).copied().collect())
    }

    /// What is not kept has its id, and is relayed. Those that are behind get it in its
    /// place: until then it is unsent like the rest.
    pub(super) fn passed(
        &mut self,
        said: &Stored,
        sender: SessionId,
        hearers: &[SessionId],
        fx: &mut Effects,
    ) {
        self.said.passed(said.id);
        let is_live = |id: &SessionId| self.sessions.get(*id).map(|s| s.flow == Flow::Live);
        let (behind, live): (Vec<SessionId>, Vec<SessionId>) =
            hearers.iter().partition(|hearer| is_live(hearer) == Some(false));
        let lines = self.both_views(
            fx,
            |o| line::message(o, &said.message),
            |o| line::tagged_message(o, said.id, &said.message),
        );
        self.tell_each(&live, lines, fx);
        let most = self.settings.limits.held_back_bytes();
        for session in behind {
            // Who says it has no more of it than was in flight.
            if self.said.pass_later(session, said) > most && session != sender {
                fx.push(Effect::Evict { session });
            }
        }
    }

    /// What an account told another is stored: the sessions of both hear it. Those that
    /// are behind are fed it when its turn comes.
    pub(super) fn told(&mut self, stored: Stored, to: Recipient, fx: &mut Effects) {
        let said = &stored.message;
        let mut hearers = self.sessions_of(&said.sender, said.account);
        if said.account != Some(to.account) {
            hearers.extend(self.sessions_of(&to.name, Some(to.account)));
        }
        hearers.retain(|id| self.sessions.get(*id).is_some_and(|s| s.flow == Flow::Live));
        let lines = self.both_views(
            fx,
            |o| line::message(o, said),
            |o| line::tagged_message(o, stored.id, said),
        );
        self.tell_each(&hearers, lines, fx);
        // They came or went while it was being stored.
        let heard = self.hears_tells(&to.name, to.account);
        if to.away == heard {
            let upto = match heard {
                true => stored.id,
                false => before(self.said.first_unheard(to.account, stored.id)),
            };
            fx.push(Effect::Told(Told { account: to.account, upto, back: !heard }));
        }
        self.said.remember(stored);
    }

    /// An account's first session has logged in: it is told who told it something while
    /// it was away. Until then it waits.
    pub(super) fn ask_untold(&mut self, id: SessionId, account: AccountId, fx: &mut Effects) {
        let upto = self.said.relayed();
        self.said.is_back(account);
        let ticket = self.ticket();
        if let Some(s) = self.sessions.get_mut(id) {
            s.doing = Some(Box::new(Doing::Untold { ticket }));
            self.asked.insert(ticket, Asked { session: id, upto });
            let (lines, bytes) = (UNTOLD_LINES, UNTOLD_BYTES);
            fx.push(Effect::Ask { ticket, query: Query::Untold { account, upto, lines, bytes } });
        }
    }

    /// The store has read what an account was told while it was away.
    pub(super) fn untold_read(
        &mut self,
        id: SessionId,
        page: Result<Page, StoreFailed>,
        fx: &mut Effects,
    ) {
        match page {
            Err(StoreFailed) => self.notice(id, words::UNTOLD_UNREADABLE, fx),
            Ok(page) => {
                self.announce_untold(id, &page, fx);
                // What was relayed since it logged in, it has heard.
                let account = self.sessions.get(id).and_then(|s| s.account);
                if let Some(account) = account.filter(|_| !page.lines.is_empty()) {
                    let upto = self.said.relayed();
                    fx.push(Effect::Told(Told { account, upto, back: false }));
                }
            }
        }
        self.finish(id, fx);
    }

    /// One line for each who told them something, in the order in which they did.
    fn announce_untold(&self, id: SessionId, page: &Page, fx: &mut Effects) {
        let mut senders: Vec<(Name, usize)> = Vec::new();
        for Stored { message, .. } in &page.lines {
            match senders.iter_mut().find(|(name, _)| *name == message.sender) {
                Some((_, count)) => *count += 1,
                None => senders.push((message.sender, 1)),
            }
        }
        let slash = self.slash(id);
        for (name, count) in senders.iter().take(UNTOLD_NAMES) {
            self.notice(id, &words::untold(slash, name, *count), fx);
        }
        let others = senders.iter().skip(UNTOLD_NAMES);
        let (people, count) = others.fold((0, 0), |(people, all), (_, n)| (people + 1, all + n));
        if people > 0 {
            self.notice(id, &format!("and {count} more from {people} others"), fx);
        }
        if page.more {
            self.notice(id, "and later ones, which were not counted", fx);
        }
    }

    /// A session has gone. If it was its account's last and was behind, what it was not
    /// fed is announced at the next login.
    pub(super) fn left_untold(&mut self, session: &Session, fx: &mut Effects) {
        if let (Some(name), Some(account)) = (session.name, session.account)
            && let Flow::Behind(behind) = &session.flow
            && self.sessions_of(&name, Some(account)).is_empty()
        {
            let heard = behind.seen.max(behind.tells_after);
            let upto = before(self.said.first_unheard(account, heard.next()));
            fx.push(Effect::Told(Told { account, upto, back: true }));
        }
    }

    /// Whether somebody is there who hears what an account is told, and need not hear of
    /// it at their next login. Who has just logged in and was not told yet what they
    /// missed does not count: the mark would pass over that.
    fn hears_tells(&self, name: &Name, account: AccountId) -> bool {
        let sessions = self.sessions_of(name, Some(account));
        let waits = |id: &SessionId| {
            let doing = self.sessions.get(*id).and_then(|s| s.doing.as_deref());
            matches!(doing, Some(Doing::Untold { .. }))
        };
        !sessions.is_empty() && !sessions.iter().any(waits)
    }

    /// The sessions of an account; or with `None`, a guest's one. (A guest may for a
    /// while have a name that an operator has just made an account of.)
    pub(super) fn sessions_of(&self, name: &Name, account: Option<AccountId>) -> Vec<SessionId> {
        let sessions = self.people.sessions(name).iter().copied();
        sessions.filter(|id| self.is_of(*id, account)).collect()
    }

    /// Whether there are any such.
    fn are_here(&self, name: &Name, account: Option<AccountId>) -> bool {
        self.people.sessions(name).iter().any(|id| self.is_of(*id, account))
    }

    fn is_of(&self, id: SessionId, account: Option<AccountId>) -> bool {
        self.sessions.get(id).is_some_and(|s| s.account == account)
    }

    /// Writes a line in both views, once each; the tagged one only if somebody has it.
    fn both_views(
        &self,
        fx: &mut Effects,
        plain: impl FnOnce(&mut Vec<u8>),
        tagged: impl FnOnce(&mut Vec<u8>),
    ) -> [Range<usize>; 2] {
        let start = fx.bytes.len();
        plain(&mut fx.bytes);
        let middle = fx.bytes.len();
        if self.tagged > 0 {
            tagged(&mut fx.bytes);
        }
        [start..middle, middle..fx.bytes.len()]
    }

    /// Queues one of the two for each of these.
    fn tell_each(&self, hearers: &[SessionId], lines: [Range<usize>; 2], fx: &mut Effects) {
        for to in hearers.iter().copied() {
            if let Some(s) = self.sessions.get(to) {
                let bytes = lines[usize::from(s.tagged)].clone();
                fx.push(Effect::Send { to, bytes });
            }
        }
    }
}

/// The id before this one.
fn before(id: MessageId) -> MessageId {
    MessageId(id.0.saturating_sub(1))
}
