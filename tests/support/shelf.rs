//! A store and an auth thread in memory, as honest as the real ones: ids only grow,
//! a nonce is known again, a page ends at its bounds, a password is compared.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::query_model::{is_about, is_talk};
use taifas::hub::{Kept, Known};
use taifas::limits::{ENTRY_LINES, NONCE_KEPT_MS};
use taifas::protocol::line::hist_len;
use taifas::protocol::{
    Account, AccountAnswer, AccountId, AccountRequest, HashAnswer, HashRequest, Mask, Message,
    MessageId, Name, Nonce, Page, Penalty, PenaltyKind, Phc, Query, RoomName, RoomRecord,
    RoomRequest, Secret, Span, StoreFailed, Stored, Target, Told,
};

/// What would be on the disk.
#[derive(Debug, Default)]
pub struct Shelf {
    /// Oldest first.
    messages: Vec<Stored>,
    /// The highest id that was ever given.
    last: u64,
    /// The highest id that is gone.
    pruned: u64,
    /// How many messages are kept.
    history_messages: u64,
    /// First ids and moments by account and nonce.
    nonces: BTreeMap<(u64, String), (MessageId, u64)>,
    /// Up to which id each account has been told.
    told: BTreeMap<u64, MessageId>,
    /// Every room but the lobby, unless that has a topic.
    rooms: Vec<RoomRecord>,
    /// By number.
    accounts: Vec<Account>,
    /// The last number that was given to an account.
    last_account: u64,
    /// Recovery codes made so far.
    codes: u64,
    /// Accounts that are operators'.
    operators: BTreeSet<AccountId>,
    /// Bans and mutes.
    penalties: Vec<Penalty>,
    /// Whether the disk refuses.
    pub full: bool,
}

impl Shelf {
    /// An empty one that keeps so many messages.
    pub fn new(history_messages: u64) -> Shelf {
        Shelf { history_messages, ..Shelf::default() }
    }

    /// What a hub is told when the store opens.
    pub fn known(&self) -> Known {
        let lobby = self.messages.iter().filter(|s| s.message.room() == Some(RoomName::LOBBY));
        let mut last: Vec<Stored> = lobby.cloned().collect();
        last.drain(..last.len().saturating_sub(ENTRY_LINES));
        Known {
            rooms: self.rooms.clone(),
            last,
            names: self.accounts.iter().map(|a| (a.name, a.id)).collect(),
            last_id: MessageId(self.last),
            operators: self.operators.iter().copied().collect(),
            penalties: self.penalties.clone(),
        }
    }

    /// Makes an account an operator's, or an ordinary one.
    pub fn set_operator(&mut self, name: &str, operator: bool) {
        let name: Name = name.parse().expect("a name");
        let id = self.find(&name).expect("an account").id;
        if operator {
            self.operators.insert(id);
        } else {
            self.operators.remove(&id);
        }
    }

    /// Erases a message, and says whose it was.
    pub fn forget(&mut self, id: MessageId) -> Result<Option<Name>, StoreFailed> {
        if self.full {
            return Err(StoreFailed);
        }
        let at = self.messages.iter().position(|stored| stored.id == id);
        Ok(at.map(|at| self.messages.remove(at).message.sender))
    }

    /// Erases everything that an account has said, and says whose that was.
    pub fn erase(&mut self, name: &str) -> AccountId {
        let id = self.find(&name.parse().expect("a name")).expect("an account").id;
        self.messages.retain(|stored| stored.message.account != Some(id));
        id
    }

    fn pardon(&mut self, kind: PenaltyKind, mask: &Mask) -> bool {
        let before = self.penalties.len();
        self.penalties.retain(|p| (p.kind, &p.mask) != (kind, mask));
        self.penalties.len() < before
    }

    /// Makes an account without asking anybody.
    pub fn add(&mut self, name: &str, password: &str) {
        let recovery = Phc("none".into());
        let password = hashed(&Secret::new(password.as_bytes()));
        self.last_account += 1;
        let id = AccountId(self.last_account);
        let name = name.parse().expect("a name");
        self.accounts.push(Account { id, name, password, recovery });
    }

    /// Removes an account.
    pub fn remove(&mut self, name: &str) {
        let name: Name = name.parse().expect("a name");
        self.accounts.retain(|account| account.name != name);
    }

    /// Writes a message.
    pub fn append(&mut self, message: &Arc<Message>) -> Result<Kept, StoreFailed> {
        let marked = message.nonce.is_some() && message.account.is_some();
        if self.full && (message.is_kept() || marked) {
            return Err(StoreFailed);
        }
        if let (Some(nonce), Some(account)) = (&message.nonce, message.account)
            && let Some(first) = self.seen(account, nonce, message.at.ms())
        {
            return Ok(Kept::Before(first));
        }
        self.last += 1;
        let id = MessageId(self.last);
        if !message.is_kept() {
            return Ok(Kept::New(id));
        }
        if let Target::Person(to) = message.to
            && !to.away
        {
            self.told(&Told { account: to.account, upto: id, back: false });
        }
        self.messages.push(Stored { id, message: message.clone() });
        while self.messages.len() as u64 > self.history_messages {
            self.pruned = self.messages.remove(0).id.0;
        }
        Ok(Kept::New(id))
    }

    /// The id that this nonce had within a day; otherwise it is noted with the next.
    fn seen(&mut self, account: AccountId, nonce: &Nonce, at_ms: u64) -> Option<MessageId> {
        let key = (account.0, nonce.as_str().to_owned());
        match self.nonces.get(&key) {
            Some((first, when)) if at_ms.saturating_sub(*when) < NONCE_KEPT_MS => Some(*first),
            _ => {
                self.nonces.insert(key, (MessageId(self.last + 1), at_ms));
                None
            }
        }
    }

    /// Notes how far an account has been told.
    pub fn told(&mut self, told: &Told) {
        let mark = self.told.entry(told.account.0).or_default();
        *mark = if told.back { told.upto.min(*mark) } else { told.upto.max(*mark) };
    }

    /// Reads.
    pub fn page(&self, query: &Query) -> Page {
        let (span, upto, mut lines, mut bytes) = match query {
            Query::History { span, upto, lines, bytes, .. }
            | Query::Talk { span, upto, lines, bytes, .. } => (*span, *upto, *lines, *bytes),
            Query::CatchUp { after, upto, lines, bytes, .. } => {
                (Span::After(*after), *upto, *lines, *bytes)
            }
            Query::Untold { account, upto, lines, bytes } => {
                let told = self.told.get(&account.0).copied().unwrap_or_default();
                (Span::After(told), *upto, *lines, *bytes)
            }
            Query::Search { upto, lines, bytes, .. } => (Span::Latest, *upto, *lines, *bytes),
        };
        let covered = |stored: &&Stored| {
            is_about(query, &stored.message)
                && stored.id <= upto
                && match span {
                    Span::Latest => true,
                    Span::After(id) => stored.id > id,
                    Span::Before(id) => stored.id < id,
                }
        };
        let mut found: Vec<Stored> = self.messages.iter().filter(covered).cloned().collect();
        let newest_first = !matches!(span, Span::After(_));
        if newest_first {
            found.reverse();
        }
        let mut page = Page::default();
        for stored in found {
            let fits = lines > 0 && hist_len(&stored) <= bytes;
            if !fits && !page.lines.is_empty() {
                page.more = true;
                break;
            }
            lines = lines.saturating_sub(1);
            bytes = bytes.saturating_sub(hist_len(&stored));
            page.lines.push(stored);
        }
        if newest_first {
            page.lines.reverse();
        }
        if let Query::Talk { account, with, .. } = query {
            let talks = |stored: &Stored| is_talk(&stored.message, *account, with);
            page.strangers = !self.messages.iter().any(talks);
        }
        if let Span::After(id) = span
            && id.0 < self.pruned
        {
            let first = self.messages.iter().map(|stored| stored.id).find(|first| *first > id);
            page.gap = Some(first.unwrap_or(MessageId(self.last + 1)));
        }
        page
    }

    /// Looks after the rooms.
    pub fn room(&mut self, request: RoomRequest) -> Result<(), StoreFailed> {
        if self.full {
            return Err(StoreFailed);
        }
        let (name, made_by, topic) = match request {
            RoomRequest::Make { room, account, .. } => (room, account, None),
            RoomRequest::SetTopic { room, topic } => (room, None, Some(topic)),
        };
        let at = self.rooms.iter().position(|record| record.name == name);
        let at = at.unwrap_or_else(|| {
            self.rooms.push(RoomRecord { made_by, ..RoomRecord::new(name) });
            self.rooms.len() - 1
        });
        if topic.is_some() {
            self.rooms[at].topic = topic;
        }
        Ok(())
    }

    /// Looks after the accounts.
    pub fn account(&mut self, request: AccountRequest) -> AccountAnswer {
        if self.full && !matches!(request, AccountRequest::Find(_)) {
            return AccountAnswer::Failed;
        }
        match request {
            AccountRequest::Find(name) => AccountAnswer::Found(self.find(&name).cloned()),
            AccountRequest::Create { name, password, recovery, .. } => {
                if self.find(&name).is_some() {
                    return AccountAnswer::NameTaken;
                }
                self.last_account += 1;
                let id = AccountId(self.last_account);
                self.accounts.push(Account { id, name, password, recovery });
                AccountAnswer::Created(id)
            }
            AccountRequest::SetPassword { id, old, new } => self.change(id, |account| {
                let fits = account.password == old;
                if fits {
                    account.password = new;
                }
                fits
            }),
            AccountRequest::Recover { id, old_recovery, password, recovery } => {
                self.change(id, |account| {
                    let fits = account.recovery == old_recovery;
                    if fits {
                        (account.password, account.recovery) = (password, recovery);
                    }
                    fits
                })
            }
            AccountRequest::AcceptTerms { id, .. } => self.change(id, |_| true),
            AccountRequest::Penalise(penalty) => {
                self.pardon(penalty.kind, &penalty.mask);
                self.penalties.push(penalty);
                AccountAnswer::Changed
            }
            AccountRequest::Pardon(kind, mask) => match self.pardon(kind, &mask) {
                true => AccountAnswer::Changed,
                false => AccountAnswer::Gone,
            },
        }
    }

    fn find(&self, name: &Name) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == *name)
    }

    fn change(
        &mut self,
        id: AccountId,
        change: impl FnOnce(&mut Account) -> bool,
    ) -> AccountAnswer {
        let changed = self.accounts.iter_mut().find(|account| account.id == id).map(change);
        if changed == Some(true) { AccountAnswer::Changed } else { AccountAnswer::Gone }
    }

    /// Looks at passwords. A hash here is the password behind a word of its own.
    pub fn hash(&mut self, request: &HashRequest) -> HashAnswer {
        let matches = |typed: Phc, against: &Option<Phc>| against.as_ref() == Some(&typed);
        match request {
            HashRequest::Register { password } => self.new_code(password),
            HashRequest::Login { password, against } if matches(hashed(password), against) => {
                HashAnswer::Match { rehashed: None }
            }
            HashRequest::Change { old, against, new } if matches(hashed(old), against) => {
                HashAnswer::Changed { password: hashed(new) }
            }
            HashRequest::Recover { code, against, new } if matches(code_hash(code), against) => {
                self.new_code(new)
            }
            _ => HashAnswer::Mismatch,
        }
    }

    fn new_code(&mut self, password: &Secret) -> HashAnswer {
        self.codes += 1;
        let code = Secret::new(format!("TEST0-CODE0-NUMB3-{:05}", self.codes).as_bytes());
        HashAnswer::NewCode { password: hashed(password), recovery: code_hash(&code), code }
    }
}

fn hashed(password: &Secret) -> Phc {
    Phc(format!("password {:?}", password.expose()).into())
}

/// A code is read in any case, with or without its dashes.
fn code_hash(code: &Secret) -> Phc {
    let shown: Vec<u8> = code.expose().iter().filter(|byte| **byte != b'-').copied().collect();
    Phc(format!("code {:?}", shown.to_ascii_uppercase()).into())
}
