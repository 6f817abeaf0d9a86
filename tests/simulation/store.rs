//! The store and the auth thread, without disk or hashing: what is asked of them is
//! carried out when chance says so, in the orders that the real ones can have, and
//! fails when chance or a count says so.
//!
//! A message is written with its batch and told about later, so that pages can see
//! messages that the hub has not heard of yet.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use taifas::hub::{Figures, Input, Kept, SessionId};
use taifas::protocol::line::hist_len;
use taifas::protocol::{
    Account, AccountAnswer, AccountId, AccountRequest, HashAnswer, HashRequest, Message, MessageId,
    Name, Page, Phc, Query, RoomName, RoomRecord, RoomRequest, Secret, Span, StoreFailed, Stored,
    Target, Ticket, Told,
};

use super::query_model::{is_about, is_talk};
use super::rng::Rng;

/// When requests fail.
#[derive(Default)]
pub struct Faults {
    /// Once in so many; 0 is never.
    pub one_in: usize,
    /// This request of all, from 0 on.
    pub at: Option<usize>,
    /// How many requests there were.
    pub asked: usize,
    /// How many failed.
    pub failed: usize,
}

impl Faults {
    fn strike(&mut self, rng: &mut Rng) -> bool {
        let strikes = self.at == Some(self.asked) || rng.one_in(self.one_in);
        self.asked += 1;
        self.failed += usize::from(strikes);
        strikes
    }
}

enum Read {
    Page(Query),
    /// Last lines of a room that were read already, and not told.
    Lines(Page),
    Find(Name),
}

/// Everything behind the hub.
#[derive(Default)]
pub struct Store {
    pub faults: Faults,
    /// No password is hashed anew: that is tried without a word, and may fail so.
    pub keeps_hashes: bool,
    /// Kinds of requests there were, for a scenario that wants to have had them all.
    pub kinds: BTreeSet<&'static str>,
    /// Every message on the disk, by id.
    pub written: BTreeMap<MessageId, Arc<Message>>,
    /// What was given an id and not written.
    passed: BTreeMap<MessageId, Arc<Message>>,
    /// Every room.
    pub rooms: BTreeMap<RoomName, RoomRecord>,
    /// Every account.
    pub accounts: BTreeMap<Name, Account>,
    /// The recovery code that each account's owner has on paper.
    pub codes: BTreeMap<Name, String>,
    /// Who is an operator, or was one.
    pub operators: BTreeSet<Name>,
    last_id: u64,
    last_account: u64,
    last_code: u64,
    nonces: BTreeMap<(AccountId, String), MessageId>,
    /// Up to which id each account has been told.
    told: BTreeMap<AccountId, MessageId>,
    /// Handed over, not written.
    gathering: VecDeque<(Ticket, Arc<Message>)>,
    /// Written or refused, not told.
    untold: VecDeque<(Ticket, Result<Kept, StoreFailed>)>,
    reads: Vec<(Ticket, Read)>,
    changes: VecDeque<(Ticket, AccountRequest)>,
    room_changes: VecDeque<(Ticket, RoomRequest)>,
    hash: Option<(Ticket, HashRequest)>,
    forgets: VecDeque<(Ticket, MessageId)>,
    /// Who wants to know how the reactor does.
    figures: VecDeque<SessionId>,
}

impl Store {
    /// A store in which these were said before the server was started.
    pub fn new(before: &[Stored]) -> Store {
        let written = before.iter().map(|s| (s.id, s.message.clone())).collect();
        let last_id = before.last().map_or(0, |s| s.id.0);
        let said_in = before.iter().filter_map(|s| s.message.room());
        let names = std::iter::once(RoomName::LOBBY).chain(said_in);
        let rooms = names.map(|name| (name, RoomRecord::new(name))).collect();
        Store { written, last_id, rooms, ..Store::default() }
    }

    /// The message that this id was given to.
    pub fn said(&self, id: MessageId) -> &Arc<Message> {
        self.written.get(&id).or_else(|| self.passed.get(&id)).expect("an id that was given")
    }

    pub fn append(&mut self, ticket: Ticket, message: Arc<Message>) {
        self.kinds.insert(if message.is_kept() { "append" } else { "pass" });
        self.gathering.push_back((ticket, message));
    }

    /// Notes how far an account has been told.
    pub fn told(&mut self, told: &Told) {
        let mark = self.told.entry(told.account).or_default();
        *mark = if told.back { told.upto.min(*mark) } else { told.upto.max(*mark) };
    }

    pub fn ask(&mut self, ticket: Ticket, query: Query) {
        self.kinds.insert(match query {
            Query::History { .. } => "page",
            Query::CatchUp { .. } => "catch-up",
            Query::Talk { .. } => "talk",
            Query::Untold { .. } => "untold",
            Query::Search { .. } => "search",
        });
        self.reads.push((ticket, Read::Page(query)));
    }

    pub fn room(&mut self, ticket: Ticket, request: RoomRequest) {
        self.kinds.insert(match request {
            RoomRequest::Make { .. } => "make room",
            RoomRequest::SetTopic { .. } => "set topic",
        });
        self.room_changes.push_back((ticket, request));
    }

    /// What the hub has asked about rooms and was not told: changes, and lines for those
    /// who enter.
    pub fn room_requests(&self) -> usize {
        let lines = self.reads.iter().filter(|(_, read)| match read {
            Read::Page(query) => is_for_entering(query),
            Read::Lines(_) => true,
            Read::Find(_) => false,
        });
        self.room_changes.len() + lines.count()
    }

    pub fn account(&mut self, ticket: Ticket, request: AccountRequest) {
        self.kinds.insert(match request {
            AccountRequest::Find(_) => "find",
            AccountRequest::Create { .. } => "create",
            AccountRequest::SetPassword { .. } => "set password",
            AccountRequest::Recover { .. } => "recover",
            AccountRequest::AcceptTerms { .. } => "accept",
            AccountRequest::Penalise(_) | AccountRequest::Pardon(..) => "order",
        });
        match request {
            AccountRequest::Find(name) => self.reads.push((ticket, Read::Find(name))),
            request => self.changes.push_back((ticket, request)),
        }
    }

    pub fn hash(&mut self, ticket: Ticket, request: HashRequest) {
        self.kinds.insert("hash");
        let before = self.hash.replace((ticket, request));
        assert!(before.is_none(), "two requests to the auth thread at a time");
    }

    pub fn forget(&mut self, ticket: Ticket, id: MessageId) {
        self.kinds.insert("forget");
        self.forgets.push_back((ticket, id));
    }

    pub fn figures(&mut self, session: SessionId) {
        self.figures.push_back(session);
    }

    /// Messages that were handed over and are not told about.
    pub fn messages_under_way(&self) -> usize {
        self.gathering.len() + self.untold.len()
    }

    /// Changes of accounts that were asked for and are not told about.
    pub fn changes_under_way(&self) -> usize {
        self.changes.len()
    }

    /// Messages that are to be erased and are not told about.
    pub fn forgets_under_way(&self) -> usize {
        self.forgets.len()
    }

    pub fn is_idle(&self) -> bool {
        self.messages_under_way() == 0
            && self.reads.is_empty()
            && self.changes.is_empty()
            && self.room_changes.is_empty()
            && self.hash.is_none()
            && self.forgets.is_empty()
            && self.figures.is_empty()
    }

    pub fn names(&self) -> Vec<(Name, AccountId)> {
        self.accounts.iter().map(|(name, account)| (*name, account.id)).collect()
    }

    /// The operator makes an account, as `taifas user add` does.
    pub fn add(&mut self, name: Name, password: &str) {
        if !self.accounts.contains_key(&name) {
            self.last_code += 1;
            let code = format!("CODE-{}", self.last_code);
            self.insert(name, phc(password.as_bytes()), phc(code.as_bytes()));
            self.codes.insert(name, code);
        }
    }

    /// Does one thing of all there is to do, and says what the hub is to be told.
    pub fn work(&mut self, rng: &mut Rng) -> Option<Input<'static>> {
        let mut can = Vec::new();
        can.extend((!self.gathering.is_empty()).then_some(0));
        can.extend((!self.untold.is_empty()).then_some(1));
        can.extend((!self.reads.is_empty()).then_some(2));
        can.extend((!self.changes.is_empty()).then_some(3));
        can.extend((!self.room_changes.is_empty()).then_some(4));
        can.extend((!self.forgets.is_empty()).then_some(5));
        can.extend((!self.figures.is_empty()).then_some(6));
        can.extend(self.hash.is_some().then_some(7));
        if can.is_empty() {
            return None;
        }
        match rng.pick(&can) {
            0 => {
                self.commit(rng);
                None
            }
            1 => self.tell(),
            2 => {
                let at = rng.below(self.reads.len());
                let (ticket, read) = self.reads.swap_remove(at);
                Some(self.read(ticket, &read, rng))
            }
            3 => {
                let (ticket, request) = self.changes.pop_front()?;
                let answer = match self.faults.strike(rng) {
                    true => AccountAnswer::Failed,
                    false => self.change(request),
                };
                Some(Input::Account { ticket, answer })
            }
            4 => {
                let (ticket, request) = self.room_changes.pop_front()?;
                let outcome = match self.faults.strike(rng) {
                    true => Err(StoreFailed),
                    false => {
                        self.change_room(request);
                        Ok(())
                    }
                };
                Some(Input::Room { ticket, outcome })
            }
            5 => {
                if !self.faults.strike(rng) {
                    return self.forget_next();
                }
                let (ticket, _) = self.forgets.pop_front()?;
                Some(Input::Forgotten { ticket, outcome: Err(StoreFailed) })
            }
            6 => {
                let session = self.figures.pop_front()?;
                Some(Input::Figures { session, figures: Figures::default() })
            }
            _ => {
                let (ticket, request) = self.hash.take()?;
                let answer = match self.faults.strike(rng) {
                    true => HashAnswer::Failed,
                    false => self.hashed(request, rng),
                };
                Some(Input::Hashed { ticket, answer })
            }
        }
    }

    /// Whatever was handed over is written now, or refused.
    pub fn commit_all(&mut self, fails: bool, rng: &mut Rng) {
        let faults = Faults { at: fails.then_some(0), ..Faults::default() };
        let own = std::mem::replace(&mut self.faults, faults);
        while !self.gathering.is_empty() {
            self.faults.asked = 0;
            self.commit(rng);
        }
        self.faults = own;
    }

    /// The first of that is a batch of its own.
    pub fn commit_one(&mut self, fails: bool, rng: &mut Rng) {
        let rest = self.gathering.split_off(1);
        self.commit_all(fails, rng);
        self.gathering = rest;
    }

    /// Tells of a message that is written, or was refused, and nothing else.
    pub fn tell(&mut self) -> Option<Input<'static>> {
        let (ticket, outcome) = self.untold.pop_front()?;
        Some(Input::Stored { ticket, outcome })
    }

    /// Answers the first question, and does nothing else.
    pub fn read_one(&mut self, rng: &mut Rng) -> Option<Input<'static>> {
        let (ticket, read) = (!self.reads.is_empty()).then(|| self.reads.remove(0))?;
        Some(self.read(ticket, &read, rng))
    }

    /// Reads what the first question is about, the last lines of a room, and tells nobody.
    pub fn read_lines(&mut self, rng: &mut Rng) {
        let Some((_, read)) = self.reads.first() else { panic!("nothing is asked") };
        let Read::Page(query) = read else { panic!("no lines are asked for") };
        assert!(is_for_entering(query));
        self.reads[0].1 = Read::Lines(self.page(query, rng));
    }

    /// The next message is erased now, whatever else there is to do.
    pub fn forget_next(&mut self) -> Option<Input<'static>> {
        let (ticket, id) = self.forgets.pop_front()?;
        let outcome = Ok(self.written.remove(&id).map(|message| message.sender));
        Some(Input::Forgotten { ticket, outcome })
    }

    /// The next change of users.db is written now, whatever else there is to do.
    pub fn change_next(&mut self) -> Option<Input<'static>> {
        let (ticket, request) = self.changes.pop_front()?;
        Some(Input::Account { ticket, answer: self.change(request) })
    }

    /// Whether the auth thread has something to do.
    pub fn is_hashing(&self) -> bool {
        self.hash.is_some()
    }

    /// Group commit: a batch is written as a whole or not at all.
    fn commit(&mut self, rng: &mut Rng) {
        let batch = 1 + rng.below(self.gathering.len());
        let fails = self.faults.strike(rng);
        let batch: Vec<_> = self.gathering.drain(..batch).collect();
        let is_mixed = batch.iter().any(|(_, message)| message.is_kept());
        for (ticket, message) in batch {
            // What needs nothing written but an id may pass nevertheless.
            let passes = is_mixed && !message.is_kept() && message.nonce.is_none();
            if fails && !(passes && rng.one_in(2)) {
                self.untold.push_back((ticket, Err(StoreFailed)));
                continue;
            }
            // Ids only grow; not each of them is used.
            let id = MessageId(self.last_id + 1 + rng.below(3) as u64);
            let key =
                message.nonce.as_ref().and_then(|n| Some((message.account?, n.as_str().into())));
            if let Some(before) = key.as_ref().and_then(|key| self.nonces.get(key)) {
                self.untold.push_back((ticket, Ok(Kept::Before(*before))));
                continue;
            }
            self.last_id = id.0;
            if let Some(key) = key {
                self.nonces.insert(key, id);
            }
            if let Target::Person(to) = message.to
                && !to.away
            {
                self.told(&Told { account: to.account, upto: id, back: false });
            }
            if message.is_kept() {
                self.written.insert(id, message);
            } else {
                self.passed.insert(id, message);
            }
            self.untold.push_back((ticket, Ok(Kept::New(id))));
        }
    }

    fn read(&mut self, ticket: Ticket, read: &Read, rng: &mut Rng) -> Input<'static> {
        let fails = self.faults.strike(rng);
        match read {
            Read::Find(name) => {
                let found = AccountAnswer::Found(self.accounts.get(name).cloned());
                Input::Account { ticket, answer: if fails { AccountAnswer::Failed } else { found } }
            }
            Read::Lines(page) => Input::Page { ticket, page: Ok(page.clone()) },
            Read::Page(query) => {
                let page = if fails { Err(StoreFailed) } else { Ok(self.page(query, rng)) };
                Input::Page { ticket, page }
            }
        }
    }

    /// A page as the real one is; now and then a shorter one.
    fn page(&self, query: &Query, rng: &mut Rng) -> Page {
        let (span, upto, lines, bytes) = match query {
            Query::History { span, upto, lines, bytes, .. }
            | Query::Talk { span, upto, lines, bytes, .. } => (*span, upto, *lines, *bytes),
            Query::CatchUp { after, upto, lines, bytes, .. } => {
                (Span::After(*after), upto, *lines, *bytes)
            }
            Query::Untold { account, upto, lines, bytes } => {
                let told = self.told.get(account).copied().unwrap_or_default();
                (Span::After(told), upto, *lines, *bytes)
            }
            Query::Search { upto, lines, bytes, .. } => (Span::Latest, upto, *lines, *bytes),
        };
        // Those for who enters are never cut: no answer of the real one's is so short.
        let lines = if !is_for_entering(query) && rng.one_in(4) {
            lines.min(1 + rng.below(3))
        } else {
            lines
        };
        let mut all: Vec<Stored> = self
            .written
            .iter()
            .filter(|(id, m)| *id <= upto && is_about(query, m))
            .filter(|(id, _)| match span {
                Span::Latest => true,
                Span::After(after) => **id > after,
                Span::Before(before) => **id < before,
            })
            .map(|(id, message)| Stored { id: *id, message: message.clone() })
            .collect();
        let oldest_first = matches!(span, Span::After(_));
        if !oldest_first {
            all.reverse();
        }
        let strangers = matches!(query, Query::Talk { account, with, .. }
            if !self.written.values().any(|m| is_talk(m, *account, with)));
        let mut page = Page { strangers, ..Page::default() };
        let mut len = 0;
        for stored in all {
            len += hist_len(&stored);
            if !page.lines.is_empty() && (page.lines.len() >= lines || len > bytes) {
                page.more = true;
                break;
            }
            page.lines.push(stored);
        }
        if !oldest_first {
            page.lines.reverse();
        }
        page
    }

    fn change_room(&mut self, request: RoomRequest) {
        match request {
            RoomRequest::Make { room, account, .. } => {
                let made = RoomRecord { made_by: account, ..RoomRecord::new(room) };
                self.rooms.entry(room).or_insert(made);
            }
            RoomRequest::SetTopic { room, topic } => {
                let record = self.rooms.get_mut(&room).expect("a topic of a room there is");
                assert!(
                    self.operators.contains(&topic.by),
                    "{} says what {room} is about",
                    topic.by
                );
                record.topic = Some(topic);
            }
        }
    }

    fn insert(&mut self, name: Name, password: Phc, recovery: Phc) -> AccountId {
        self.last_account += 1;
        let id = AccountId(self.last_account);
        self.accounts.insert(name, Account { id, name, password, recovery });
        id
    }

    fn change(&mut self, request: AccountRequest) -> AccountAnswer {
        match request {
            AccountRequest::Find(_) => unreachable!("a question, not a change"),
            AccountRequest::Create { name, .. } if self.accounts.contains_key(&name) => {
                AccountAnswer::NameTaken
            }
            AccountRequest::Create { name, password, recovery, .. } => {
                self.codes.insert(name, text_of(&recovery));
                AccountAnswer::Created(self.insert(name, password, recovery))
            }
            AccountRequest::SetPassword { id, old, new } => {
                match self.accounts.values_mut().find(|a| a.id == id && a.password == old) {
                    Some(account) => {
                        account.password = new;
                        AccountAnswer::Changed
                    }
                    None => AccountAnswer::Gone,
                }
            }
            AccountRequest::Recover { id, old_recovery, password, recovery } => {
                let found =
                    self.accounts.values_mut().find(|a| a.id == id && a.recovery == old_recovery);
                match found {
                    Some(account) => {
                        account.password = password;
                        account.recovery = recovery.clone();
                        self.codes.insert(account.name, text_of(&recovery));
                        AccountAnswer::Changed
                    }
                    None => AccountAnswer::Gone,
                }
            }
            AccountRequest::Penalise(_) | AccountRequest::Pardon(..) => AccountAnswer::Changed,
            AccountRequest::AcceptTerms { id, .. } => {
                match self.accounts.values().any(|a| a.id == id) {
                    true => AccountAnswer::Changed,
                    false => AccountAnswer::Gone,
                }
            }
        }
    }

    fn hashed(&mut self, request: HashRequest, rng: &mut Rng) -> HashAnswer {
        let fits = |typed: &Secret, against: &Option<Phc>| {
            against.as_ref().is_some_and(|phc| text_of(phc).as_bytes() == typed.expose())
        };
        match request {
            HashRequest::Register { password } => self.new_code(&password),
            HashRequest::Login { password, against } if fits(&password, &against) => {
                // Now and then the parameters have changed since: the same password in
                // another form.
                let anew = !self.keeps_hashes && rng.one_in(3);
                let rehashed = anew.then(|| phc_salted(password.expose(), rng.next()));
                HashAnswer::Match { rehashed }
            }
            HashRequest::Change { old, against, new } if fits(&old, &against) => {
                HashAnswer::Changed { password: phc(new.expose()) }
            }
            HashRequest::Recover { code, against, new } if fits(&code, &against) => {
                self.new_code(&new)
            }
            HashRequest::Login { .. }
            | HashRequest::Change { .. }
            | HashRequest::Recover { .. } => HashAnswer::Mismatch,
        }
    }

    fn new_code(&mut self, password: &Secret) -> HashAnswer {
        self.last_code += 1;
        let code = format!("CODE-{}", self.last_code);
        HashAnswer::NewCode {
            password: phc(password.expose()),
            recovery: phc(code.as_bytes()),
            code: Secret::new(code.as_bytes()),
        }
    }
}

/// Whether it asks for the last lines of a room that somebody enters.
fn is_for_entering(query: &Query) -> bool {
    matches!(query, Query::History { bytes: usize::MAX, .. })
}

/// No hash at all: the secret behind a salt.
fn phc(secret: &[u8]) -> Phc {
    phc_salted(secret, 0)
}

fn phc_salted(secret: &[u8], salt: u64) -> Phc {
    Phc(format!("{salt}${}", String::from_utf8_lossy(secret)).into())
}

fn text_of(phc: &Phc) -> String {
    phc.0.split_once('$').map_or_else(String::new, |(_, secret)| secret.into())
}
