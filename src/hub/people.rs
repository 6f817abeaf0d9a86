//! Names: who has which, who came, went or is called something else now.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::room::{RoomId, Rooms};
use super::room_list::RoomList;
use super::session::{Flow, Session};
use super::timers::Timer;
use super::{Effects, Hub, SessionId};
use crate::limits::PRESENCE_GATHER_MS;
use crate::protocol::line;
use crate::protocol::{AccountId, Code, Name, Now, Verb};

/// The names in use, and the names that accounts have.
#[derive(Debug)]
pub(super) struct People {
    /// Whose sessions are here. A guest has one, an account may have several.
    here: BTreeMap<Name, Sessions>,
    /// Every account there is. What is told people never depends on its order.
    accounts: HashMap<Name, AccountId>,
    /// The last number given to a guest who had to make room for an account.
    last_guest: u64,
}

/// The sessions of one name: nearly everybody has one, and then it is no heap.
#[derive(Debug)]
enum Sessions {
    One(SessionId),
    Several(Box<SessionList>),
}

/// The sessions of an account that has several.
#[derive(Debug)]
struct SessionList(Vec<SessionId>);

impl People {
    /// Nobody is here; these are the accounts.
    pub(super) fn new(accounts: Vec<(Name, AccountId)>) -> People {
        let accounts = accounts.into_iter().collect();
        People { here: BTreeMap::new(), accounts, last_guest: 0 }
    }

    /// Whether an account has this name.
    pub(super) fn is_registered(&self, name: &Name) -> bool {
        self.accounts.contains_key(name)
    }

    /// The account of this name.
    pub(super) fn account(&self, name: &Name) -> Option<AccountId> {
        self.accounts.get(name).copied()
    }

    /// The account of this name, and the name as it was registered.
    pub(super) fn account_of(&self, name: &Name) -> Option<(Name, AccountId)> {
        self.accounts.get_key_value(name).map(|(name, id)| (*name, *id))
    }

    /// There is an account of this name now.
    pub(super) fn register(&mut self, name: Name, id: AccountId) {
        self.accounts.insert(name, id);
    }

    /// These are the accounts now.
    pub(super) fn set_accounts(&mut self, accounts: Vec<(Name, AccountId)>) {
        self.accounts = accounts.into_iter().collect();
    }

    /// The sessions of this name.
    pub(super) fn sessions(&self, name: &Name) -> &[SessionId] {
        match self.here.get(name) {
            None => &[],
            Some(Sessions::One(id)) => std::slice::from_ref(id),
            Some(Sessions::Several(list)) => &list.0,
        }
    }

    /// The name as the account has it.
    pub(super) fn registered_as(&self, name: &Name) -> Option<Name> {
        self.accounts.get_key_value(name).map(|(name, _)| *name)
    }

    /// Whose account this is. Goes through all of them: for what is seldom asked.
    pub(super) fn name_of(&self, id: AccountId) -> Option<Name> {
        self.accounts.iter().find(|(_, account)| **account == id).map(|(name, _)| *name)
    }

    /// How many accounts there are.
    pub(super) fn registered(&self) -> usize {
        self.accounts.len()
    }

    /// How many names are in use.
    pub(super) fn here(&self) -> usize {
        self.here.len()
    }

    fn add(&mut self, name: Name, id: SessionId) {
        match self.here.entry(name) {
            Entry::Vacant(free) => {
                free.insert(Sessions::One(id));
            }
            Entry::Occupied(mut taken) => match taken.get_mut() {
                Sessions::One(first) => {
                    let both = vec![*first, id];
                    taken.insert(Sessions::Several(Box::new(SessionList(both))));
                }
                Sessions::Several(list) => list.0.push(id),
            },
        }
    }

    fn remove(&mut self, name: &Name, id: SessionId) {
        let gone = match self.here.get_mut(name) {
            None => false,
            Some(Sessions::One(one)) => *one == id,
            Some(Sessions::Several(list)) => {
                list.0.retain(|s| *s != id);
                list.0.is_empty()
            }
        };
        if gone {
            self.here.remove(name);
        }
    }

    /// A name that nobody has, for a guest who has to give up theirs.
    fn free_guest_name(&mut self, server: &Name) -> Name {
        loop {
            self.last_guest += 1;
            let name = format!("guest{}", self.last_guest);
            let name: Name = name.parse().expect("guest and at most 20 digits are a name");
            let is_taken = self.here.contains_key(&name) || self.accounts.contains_key(&name);
            if !is_taken && name != *server {
                return name;
            }
        }
    }
}

impl Hub {
    /// `NAME <name>`
    pub(super) fn name(&mut self, now: Now, id: SessionId, name: Name, fx: &mut Effects) {
        let Some(s) = self.sessions.get(id) else {
            return;
        };
        if s.account.is_some() {
            let text =
                "you are logged in, and an account keeps its name; QUIT and come back as a guest";
            return self.fail(id, "NAME", Code::NotAllowed, text, fx);
        }
        if self.is_banned(now, id, Verb::Name, &name, fx) {
            return;
        }
        if self.is_servers_name(id, Verb::Name, &name, fx) {
            return;
        }
        if self.people.is_registered(&name) {
            let text = format!(
                "{name} is somebody's account; type LOGIN {name} if it is yours, or choose another name"
            );
            return self.fail(id, "NAME", Code::NameRegistered, &text, fx);
        }
        if self.people.sessions(&name).iter().any(|other| *other != id) {
            let text = format!("{name} is already here; choose another name");
            return self.fail(id, "NAME", Code::NameInUse, &text, fx);
        }
        if s.name.is_some() {
            // A mute is of a name: another one would be a way out.
            if s.name != Some(name) && self.is_muted(now, id, Verb::Name, fx) {
                return;
            }
            let limits = &self.settings.limits;
            let (rate, burst) = (limits.message_rate, limits.message_burst);
            if let Some(s) = self.sessions.get_mut(id) {
                // `admits` has let it in, so there is budget.
                let _ = s.rate.take(now.mono_ms, rate, burst);
            }
        }
        fx.send(id, |o| line::ok(o, "NAME", format_args!("{name}")));
        self.take_name(now, id, name, None, fx);
    }

    /// Gives a session a name, and its account if it has logged in. Who had none before
    /// enters the lobby, and who logs in does unless they are in some room. The caller has
    /// made sure that the name is free, or is this account's.
    pub(super) fn take_name(
        &mut self,
        now: Now,
        id: SessionId,
        name: Name,
        account: Option<AccountId>,
        fx: &mut Effects,
    ) {
        let relayed = self.said.relayed();
        let Some(s) = self.sessions.get_mut(id) else {
            return;
        };
        let old = s.name.replace(name);
        s.account = account;
        if let Flow::Behind(behind) = &mut s.flow {
            behind.tells_after = relayed;
        }
        let (rooms, tagged) = (s.rooms.clone(), s.tagged);
        if let Some(old) = old {
            self.people.remove(&old, id);
            self.people.add(name, id);
            self.rename(now, &rooms, &old, name, account.is_some(), fx);
            if !rooms.is_empty() || account.is_none() {
                return;
            }
        } else {
            self.people.add(name, id);
            self.clear_session_timer(id);
            if tagged {
                self.watch(now, id);
            }
        }
        self.enter(now, id, Rooms::LOBBY, fx);
    }

    /// Tells everybody in these rooms that somebody there has another name, each of them
    /// once, in however many of the rooms they are.
    fn rename(
        &mut self,
        now: Now,
        rooms: &RoomList,
        old: &Name,
        new: Name,
        user: bool,
        fx: &mut Effects,
    ) {
        // A room that they have left and that was not told so knows them by the old name.
        for room in self.rooms.just_left_by(old) {
            self.tell_presence(room, fx);
        }
        let mut told = RoomList::default();
        for room in rooms.as_slice() {
            if self.rename_in(now, *room, old, new, user, fx) {
                told.push(*room);
            }
        }
        told.as_slice().iter().for_each(|room| self.spare(*room));
        fx.announce_to(told, |o| line::event(o, old, format_args!("NAME {new}")));
    }

    /// Somebody in a room has another name. Whether the room is to be told.
    fn rename_in(
        &mut self,
        now: Now,
        room_id: RoomId,
        old: &Name,
        new: Name,
        user: bool,
        fx: &mut Effects,
    ) -> bool {
        let room = self.rooms.get_mut(room_id);
        if old.is_spelled_like(&new) {
            room.rename(old, new, user);
            return false;
        }
        if *old != new && room.members.contains_key(&new) {
            // The account is there already through another session: the guest goes.
            room.enter(new, user, now.wall);
            room.leave(old);
            self.gather(now, room_id);
            // To the session itself the guest has gone now: should one of that name come
            // before the others hear of it, that is news.
            self.rooms.get_mut(room_id).is_listed();
            return false;
        }
        // Before the room hears of the new name it has to know the old one.
        self.tell_presence(room_id, fx);
        self.rooms.get_mut(room_id).rename(old, new, user);
        true
    }

    /// What a session leaves behind when it goes: its rooms and its name.
    pub(super) fn depart(&mut self, now: Now, session: &Session, fx: &mut Effects) {
        let Some(name) = session.name else {
            return;
        };
        for room_id in session.rooms.as_slice() {
            self.leave_room(now, session.id, &name, *room_id, fx);
        }
        self.people.remove(&name, session.id);
        self.left_untold(session, fx);
    }

    /// An account logs in under a name that a guest has: the guest gets another.
    pub(super) fn displace_guest(
        &mut self,
        now: Now,
        name: &Name,
        by: SessionId,
        fx: &mut Effects,
    ) {
        let others: Vec<SessionId> = self.people.sessions(name).to_vec();
        for other in others.into_iter().filter(|other| *other != by) {
            let guest = self.sessions.get(other).is_some_and(|s| s.account.is_none());
            if !guest {
                continue;
            }
            let new = self.people.free_guest_name(&self.settings.server);
            let text =
                format!("{name} is an account's name, and its owner is here; you are {new} now");
            self.notice(other, &text, fx);
            self.take_name(now, other, new, None, fx);
        }
    }

    /// Whether it is the server's own name, by which its events are known; says so if it is.
    /// Nobody has it, not even an account that is older than the server's name.
    pub(super) fn is_servers_name(
        &self,
        id: SessionId,
        verb: Verb,
        name: &Name,
        fx: &mut Effects,
    ) -> bool {
        let is = *name == self.settings.server;
        if is {
            let text = format!("{name} is what the server is called; choose another name");
            self.fail(id, verb.as_str(), Code::NameInUse, &text, fx);
        }
        is
    }

    /// Accounts were changed from outside: sessions of those that are gone end.
    pub(super) fn registered(&mut self, now: Now, names: Vec<(Name, AccountId)>, fx: &mut Effects) {
        self.people.set_accounts(names);
        self.jobs.recheck(&self.people);
        let orphans: Vec<SessionId> = self
            .sessions
            .iter()
            .filter(|s| match (&s.name, s.account) {
                (Some(name), Some(account)) => self.people.account(name) != Some(account),
                _ => false,
            })
            .map(|s| s.id)
            .collect();
        for id in orphans {
            self.notice(id, "your account was removed by the operator", fx);
            self.close(now, id, fx);
        }
    }

    /// The operator has set these accounts' passwords: whoever knew the old one is out.
    pub(super) fn passwords_set(&mut self, now: Now, names: &[Name], fx: &mut Effects) {
        self.jobs.outdate(names);
        for name in names {
            for id in self.people.sessions(name).to_vec() {
                if self.sessions.get(id).is_some_and(|s| s.account.is_some()) {
                    let text = format!("the operator has set the password of {name}; log in again");
                    self.notice(id, &text, fx);
                    self.close(now, id, fx);
                }
            }
        }
    }

    /// Sees to it that the room is told who came and went, a moment later.
    pub(super) fn gather(&mut self, now: Now, room_id: RoomId) {
        let room = self.rooms.get_mut(room_id);
        if room.due_ms.is_none() {
            let due = now.mono_ms + PRESENCE_GATHER_MS;
            room.due_ms = Some(due);
            self.timers.set(due, Timer::Presence(room_id));
        }
    }

    /// Tells a room who came and went, if anybody did.
    pub(super) fn tell_presence(&mut self, room_id: RoomId, fx: &mut Effects) {
        let room = self.rooms.get_mut(room_id);
        let Some(due) = room.due_ms.take() else {
            return;
        };
        self.timers.clear(due, Timer::Presence(room_id));
        let server = self.settings.server;
        let mut lines = Vec::new();
        room.tell_news(&server, &mut lines);
        if !lines.is_empty() {
            self.spare(room_id);
            fx.announce(room_id, |o| o.extend_from_slice(&lines));
        }
    }

    /// A room is told who came, went or is renamed: who is behind is told by a fresh list
    /// of names later.
    fn spare(&mut self, room: RoomId) {
        for id in &self.behind {
            if let Some(s) = self.sessions.get_mut(*id)
                && s.rooms.contains(room)
            {
                let spared = s.spared.get_or_insert_default();
                if !spared.contains(room) {
                    spared.push(room);
                }
            }
        }
    }
}
