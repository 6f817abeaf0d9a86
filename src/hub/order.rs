//! Keeping order: who is an operator, and what they decide about names and addresses:
//! BAN, UNBAN, BANS, MUTE, UNMUTE. Holding people to it is here too.
//!
//! Nothing is said to be done before it is on the disk. Operators can be banned and
//! muted by nobody: who made them operators can unmake them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::penalties::Penalties;
use super::session::{Doing, Session, Waits};
use super::{Effect, Effects, Hub, SessionId};
use crate::protocol::line;
use crate::protocol::{
    AccountAnswer, AccountId, AccountRequest, Code, InWords, Mask, MessageId, Name, Now, Penalty,
    PenaltyKind, Reason, Stored, Term, Ticket, Timestamp, Until, Verb,
};

/// Bytes of BANS produced at a time: well below the soft bound.
const PORTION_BYTES: usize = 16 * 1024;

/// Who keeps order, and what they have decided.
#[derive(Debug)]
pub(super) struct Order {
    /// Accounts whose sessions may use the operators' verbs.
    pub(super) operators: BTreeSet<AccountId>,
    /// What holds.
    pub(super) penalties: Penalties,
    /// What is being written, and who asked for it.
    writing: BTreeMap<Ticket, (SessionId, Name, Change)>,
    /// Messages being erased, and who asked for it.
    pub(super) forgetting: BTreeMap<Ticket, (SessionId, Name, MessageId)>,
}

/// What the store has erased, and nobody is to be shown any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Erased {
    /// One message.
    Message(MessageId),
    /// Everything that an account has said.
    Account(AccountId),
}

impl Erased {
    /// Whether this was erased.
    pub(super) fn is(self, stored: &Stored) -> bool {
        match self {
            Erased::Message(id) => stored.id == id,
            Erased::Account(account) => stored.message.account == Some(account),
        }
    }
}

#[derive(Debug)]
enum Change {
    Penalise(Penalty),
    Pardon(PenaltyKind, Mask),
}

impl Order {
    /// These are operators, and this is what they have decided.
    pub(super) fn new(operators: Vec<AccountId>, penalties: Vec<Penalty>) -> Order {
        Order {
            operators: operators.into_iter().collect(),
            penalties: Penalties::new(penalties),
            writing: BTreeMap::new(),
            forgetting: BTreeMap::new(),
        }
    }

    /// How many decisions are being written.
    pub(super) fn under_way(&self) -> usize {
        self.writing.len() + self.forgetting.len()
    }

    /// How many of a kind there will be when what is being written is.
    fn promised(&self, kind: PenaltyKind) -> usize {
        let new = |(_, _, change): &&(SessionId, Name, Change)| matches!(change, Change::Penalise(p) if p.kind == kind);
        self.penalties.len(kind) + self.writing.values().filter(new).count()
    }
}

impl Hub {
    /// The name of an operator's session; `None` for everybody else's.
    pub(super) fn operator(&self, id: SessionId) -> Option<Name> {
        let s = self.sessions.get(id)?;
        self.keeps_order(s).then_some(s.name).flatten()
    }

    /// Whether a session is an operator's.
    pub(super) fn keeps_order(&self, s: &Session) -> bool {
        s.account.is_some_and(|account| self.order.operators.contains(&account))
    }

    /// Whether the account of this name is an operator's.
    pub(super) fn is_operator(&self, name: &Name) -> bool {
        self.people.account(name).is_some_and(|id| self.order.operators.contains(&id))
    }

    /// Says that a verb is for operators.
    pub(super) fn operators_only(&self, id: SessionId, verb: Verb, fx: &mut Effects) {
        let text = "only operators may; ask whoever runs the server";
        self.fail(id, verb.as_str(), Code::NotAllowed, text, fx);
    }

    /// Whoever runs the server has said who is an operator.
    pub(super) fn operators_set(&mut self, accounts: Vec<AccountId>, fx: &mut Effects) {
        let now: BTreeSet<AccountId> = accounts.into_iter().collect();
        let before = std::mem::replace(&mut self.order.operators, now);
        let changed: BTreeSet<AccountId> =
            before.symmetric_difference(&self.order.operators).copied().collect();
        let told: Vec<(SessionId, AccountId)> = self
            .sessions
            .iter()
            .filter_map(|s| Some((s.id, s.account.filter(|account| changed.contains(account))?)))
            .collect();
        for account in &changed {
            let is = self.order.operators.contains(account);
            if let Some(name) = self.people.name_of(*account) {
                let what = if is { "an operator now" } else { "no longer an operator" };
                log(fx, format!("{name} is {what}"));
            }
        }
        for (id, account) in told {
            let text = if self.order.operators.contains(&account) {
                "you are an operator now; HELP lists what operators may do"
            } else {
                "you are an operator no longer"
            };
            self.notice(id, text, fx);
        }
    }

    /// `BAN` and `MUTE`
    pub(super) fn penalise(
        &mut self,
        now: Now,
        id: SessionId,
        penalty: (PenaltyKind, Mask, Option<Term>),
        reason: &Reason<'_>,
        fx: &mut Effects,
    ) {
        let (kind, mask, term) = penalty;
        let Some(by) = self.operator(id) else {
            return;
        };
        if let Err((code, text)) = self.may_penalise(id, kind, &mask) {
            return self.fail(id, kind.as_str(), code, &text, fx);
        }
        self.order.penalties.forget_over(now.wall);
        let bound = self.settings.limits.bans;
        let is_new = self.order.penalties.get(kind, &mask, now.wall).is_none();
        if is_new && self.order.promised(kind) >= bound {
            let text = match kind {
                PenaltyKind::Ban => format!("there are {bound} bans already; UNBAN one first"),
                PenaltyKind::Mute => format!("there are {bound} mutes already; UNMUTE one first"),
            };
            return self.fail(id, kind.as_str(), Code::NotAllowed, &text, fx);
        }
        let penalty = Penalty {
            kind,
            mask,
            until: term.map(|term| term.from(now.wall)),
            by,
            reason: reason.as_str().into(),
            made: now.wall,
        };
        let request = AccountRequest::Penalise(penalty.clone());
        self.write_decision(id, by, Change::Penalise(penalty), request, fx);
    }

    /// Whether this one may be banned or muted; otherwise what to say.
    fn may_penalise(
        &self,
        id: SessionId,
        kind: PenaltyKind,
        mask: &Mask,
    ) -> Result<(), (Code, String)> {
        let name = match mask {
            Mask::Name(name) => name,
            Mask::Network(network) => {
                let operator = self
                    .sessions
                    .iter()
                    .find(|s| network.holds(s.peer) && self.operator(s.id).is_some());
                return match operator.and_then(|s| Some((s, s.name?))) {
                    None => Ok(()),
                    Some((s, name)) if self.operator(id) == Some(name) => {
                        let peer = s.peer.to_canonical();
                        let text =
                            format!("you are there yourself, at {peer}: it would lock you out");
                        Err((Code::NotAllowed, text))
                    }
                    Some((_, name)) => Err((Code::NotAllowed, hands_off(&name))),
                };
            }
        };
        if self.operator(id) == Some(*name) {
            let text = match kind {
                PenaltyKind::Ban => "that is you: it would lock you out",
                PenaltyKind::Mute => "that is you: it would silence you",
            };
            return Err((Code::NotAllowed, text.into()));
        }
        if self.is_operator(name) {
            return Err((Code::NotAllowed, hands_off(name)));
        }
        let is_known = self.people.is_registered(name) || !self.people.sessions(name).is_empty();
        if kind == PenaltyKind::Mute && !is_known {
            let text =
                format!("nobody here is called {name}, and no account; NAMES lists who is here");
            return Err((Code::NoSuchName, text));
        }
        Ok(())
    }

    /// `UNBAN` and `UNMUTE`
    pub(super) fn pardon(
        &mut self,
        now: Now,
        id: SessionId,
        kind: PenaltyKind,
        mask: Mask,
        fx: &mut Effects,
    ) {
        let Some(by) = self.operator(id) else {
            return;
        };
        if self.order.penalties.get(kind, &mask, now.wall).is_none() {
            let text = match kind {
                PenaltyKind::Ban => format!("{mask} is not banned; BANS lists who is"),
                PenaltyKind::Mute => format!("{mask} is not muted"),
            };
            return self.fail(id, lifting(kind).as_str(), Code::NoSuchName, &text, fx);
        }
        let request = AccountRequest::Pardon(kind, mask);
        self.write_decision(id, by, Change::Pardon(kind, mask), request, fx);
    }

    fn write_decision(
        &mut self,
        id: SessionId,
        by: Name,
        change: Change,
        request: AccountRequest,
        fx: &mut Effects,
    ) {
        let ticket = self.ticket();
        if let Some(s) = self.sessions.get_mut(id) {
            s.doing = Some(Box::new(Doing::Order));
            self.order.writing.insert(ticket, (id, by, change));
            fx.push(Effect::Account { ticket, request });
        }
    }

    /// The users database has answered; whether it was about a ban or a mute.
    pub(super) fn order_written(
        &mut self,
        now: Now,
        ticket: Ticket,
        answer: &AccountAnswer,
        fx: &mut Effects,
    ) -> bool {
        let Some((id, by, change)) = self.order.writing.remove(&ticket) else {
            return false;
        };
        let verb = match &change {
            Change::Penalise(penalty) => penalty.kind.as_str(),
            Change::Pardon(kind, _) => lifting(*kind).as_str(),
        };
        match (answer, change) {
            (AccountAnswer::Changed, Change::Penalise(penalty)) => {
                let (mask, until) = (penalty.mask, Until(penalty.until));
                self.ok(id, verb, format_args!("{mask} {until}"), fx);
                self.hold_to(now, penalty, fx);
            }
            // A row that is gone already is one that holds nobody.
            (AccountAnswer::Changed | AccountAnswer::Gone, Change::Pardon(kind, mask)) => {
                self.ok(id, verb, format_args!("{mask}"), fx);
                self.order.penalties.lift(kind, &mask);
                let what = kind.as_str().to_ascii_lowercase();
                log(fx, format!("{by} lifted the {what} of {mask}"));
                if let (PenaltyKind::Mute, Mask::Name(name)) = (kind, mask) {
                    self.tell_all_of(&name, "you are no longer muted", fx);
                }
            }
            _ => {
                let text = "it could not be written down, nothing is changed; try again later";
                self.fail(id, verb, Code::NotStored, text, fx);
            }
        }
        self.finish(id, fx);
        true
    }

    /// A ban or a mute is on the disk: from here on it holds.
    fn hold_to(&mut self, now: Now, penalty: Penalty, fx: &mut Effects) {
        let (by, mask) = (penalty.by, penalty.mask);
        let term = in_words(&penalty, now.wall);
        let why = because(&penalty);
        let did = match penalty.kind {
            PenaltyKind::Ban => "banned",
            PenaltyKind::Mute => "muted",
        };
        log(fx, format!("{by} {did} {mask} {term}{why}"));
        let text = format!("you are {did} {term}{why}");
        let kind = penalty.kind;
        self.order.penalties.set(penalty);
        match (kind, mask) {
            (PenaltyKind::Mute, Mask::Name(name)) => self.tell_all_of(&name, &text, fx),
            (PenaltyKind::Mute, Mask::Network(_)) => {}
            (PenaltyKind::Ban, _) => {
                let out = self.sessions.iter().filter(|s| match &mask {
                    Mask::Name(name) => s.name == Some(*name),
                    Mask::Network(network) => network.holds(s.peer),
                });
                let out: Vec<SessionId> = out.map(|s| s.id).collect();
                out.into_iter().for_each(|id| self.shut_out_if_banned(now, id, fx));
            }
        }
    }

    fn tell_all_of(&self, name: &Name, text: &str, fx: &mut Effects) {
        for id in self.people.sessions(name) {
            self.notice(*id, text, fx);
        }
    }

    /// The ban that holds for somebody of this name from this address. A name that is
    /// an operator's is never banned: it may have been before it was one's.
    fn ban(&self, now: Timestamp, name: Option<&Name>, peer: IpAddr) -> Option<&Penalty> {
        let penalties = &self.order.penalties;
        let name = name.filter(|name| !self.is_operator(name));
        name.and_then(|name| penalties.get(PenaltyKind::Ban, &Mask::Name(*name), now))
            .or_else(|| penalties.ban_of(peer, now))
    }

    /// Whether an address is banned: what a newcomer from there is told.
    pub(super) fn address_ban(&self, now: Timestamp, peer: IpAddr) -> Option<String> {
        self.ban(now, None, peer).map(|ban| held(ban, "you are", now))
    }

    /// Whether somebody who wants this name is banned; then that is the answer.
    pub(super) fn is_banned(
        &self,
        now: Now,
        id: SessionId,
        verb: Verb,
        name: &Name,
        fx: &mut Effects,
    ) -> bool {
        let Some(s) = self.sessions.get(id) else {
            return false;
        };
        let Some(ban) = self.ban(now.wall, Some(name), s.peer) else {
            return false;
        };
        let who = match ban.mask {
            Mask::Name(_) => format!("{name} is"),
            Mask::Network(_) => "you are".into(),
        };
        self.fail(id, verb.as_str(), Code::Banned, &held(ban, &who, now.wall), fx);
        true
    }

    /// Tells a session that is banned so, and closes it. Operators stay.
    pub(super) fn shut_out_if_banned(&mut self, now: Now, id: SessionId, fx: &mut Effects) {
        let Some(s) = self.sessions.get(id) else {
            return;
        };
        if self.operator(id).is_some() {
            return;
        }
        if let Some(ban) = self.ban(now.wall, s.name.as_ref(), s.peer) {
            let text = held(ban, "you are", now.wall);
            self.fail(id, "LINE", Code::Banned, &text, fx);
            self.close(now, id, fx);
        }
    }

    /// The mute that this session is held to.
    pub(super) fn mute(&self, now: Timestamp, s: &Session) -> Option<&Penalty> {
        let mute = self.order.penalties.mute_of(s.name.as_ref()?, now)?;
        // Made an operator since.
        (!self.keeps_order(s)).then_some(mute)
    }

    /// Whether a session may not speak; then that is the answer.
    pub(super) fn is_muted(&self, now: Now, id: SessionId, verb: Verb, fx: &mut Effects) -> bool {
        let Some(mute) = self.sessions.get(id).and_then(|s| self.mute(now.wall, s)) else {
            return false;
        };
        let text = held(mute, "you are", now.wall);
        self.fail(id, verb.as_str(), Code::Muted, &text, fx);
        true
    }

    /// `BANS`
    pub(super) fn bans(&mut self, now: Now, id: SessionId, fx: &mut Effects) {
        self.order.penalties.forget_over(now.wall);
        if let Some(s) = self.sessions.get_mut(id) {
            s.doing = Some(Box::new(Doing::Bans { after: None, count: 0 }));
            self.bans_on(id, fx);
        }
    }

    /// The next portion of BANS.
    pub(super) fn bans_on(&mut self, id: SessionId, fx: &mut Effects) {
        let Some(s) = self.sessions.get_mut(id) else {
            return;
        };
        let Some(Doing::Bans { after, count }) = s.doing.as_deref_mut() else {
            return;
        };
        let mut finished = true;
        fx.send(id, |out| {
            let start = out.len();
            for ban in self.order.penalties.bans_after(*after) {
                let Penalty { mask, until, by, reason, .. } = ban;
                line::data(out, format_args!("BAN {mask} {} {by} :{reason}", Until(*until)));
                *count += 1;
                *after = Some(*mask);
                if out.len() - start >= PORTION_BYTES {
                    finished = false;
                    break;
                }
            }
            if finished {
                line::ok(out, Verb::Bans.as_str(), format_args!("{count}"));
            }
        });
        if finished {
            s.doing = None;
            s.waits = Waits::Nothing;
            // It may have fallen behind meanwhile, and been spared who came and went.
            self.refresh(id, fx);
        } else {
            fx.push(Effect::WhenDrained { session: id });
        }
    }
}

/// What an operator is told who wants to do something to another one.
pub(super) fn hands_off(name: &Name) -> String {
    format!("{name} is an operator; ask whoever runs the server to type: taifas user deop {name}")
}

/// `you are banned for 2 hours more: the reason`
pub(super) fn held(penalty: &Penalty, who: &str, now: Timestamp) -> String {
    let what = match penalty.kind {
        PenaltyKind::Ban => "banned",
        PenaltyKind::Mute => "muted",
    };
    let more = if penalty.until.is_some() { " more" } else { "" };
    format!("{who} {what} {}{more}{}", in_words(penalty, now), because(penalty))
}

/// `for 2 hours`, `for good`
fn in_words(penalty: &Penalty, now: Timestamp) -> String {
    match penalty.until {
        None => "for good".into(),
        Some(until) => format!("for {}", InWords { ms: until.ms().saturating_sub(now.ms()) }),
    }
}

/// `: the reason`, if there is one.
fn because(penalty: &Penalty) -> String {
    why(&penalty.reason)
}

/// The same of a reason alone.
pub(super) fn why(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

/// What an operator did, for the log: names, masks, terms and the operator's own
/// reason, never anybody's message.
pub(super) fn log(fx: &mut Effects, line: String) {
    fx.push(Effect::Log { important: true, line });
}

fn lifting(kind: PenaltyKind) -> Verb {
    match kind {
        PenaltyKind::Ban => Verb::Unban,
        PenaltyKind::Mute => Verb::Unmute,
    }
}
