//! How the session comes in: the greeting, who it says it is, the password, and what
//! follows when the server has let it in.
//!
//! Called by the machine for the first line of a connection, and for answers to what is
//! said before anything else.

use taifas::protocol::{Name, Now, RoomName};

use super::asked::Asked;
use super::{OLD, Phase, Session};
use crate::happening::{Happening, Link, Refusal, Why};
use crate::password::Password;
use crate::settings::Entry;
use crate::wire::{Line, Request};

/// What servers of this protocol call it.
const PROTOCOL: &str = "taifas/1";

impl Session {
    /// The first line.
    pub(super) fn greeted(&mut self, now: Now, line: Line<'_>) {
        match line {
            Line::Greeting { protocol: PROTOCOL, .. } => {
                self.phase = Phase::Entering;
                self.tell(Happening::Link(Link::Entering));
                self.knock();
            }
            Line::Greeting { .. } => self.stop(Refusal::own(
                "that server speaks another version of the protocol; a newer client is needed",
            )),
            // Whoever keeps knocking is not let in earlier.
            Line::Fail { code: code @ "BANNED", text, .. } => self.stop(Refusal::new(code, text)),
            Line::Fail { code, text, .. } => self.lost(now, Why::Refused(Refusal::new(code, text))),
            _ => self.stop(Refusal::own("there is no taifas server at that address")),
        }
    }

    /// Says who we are, or what we want instead.
    fn knock(&mut self) {
        self.ask(Asked::Tags, &Request::Tags);
        match &self.entry {
            Entry::Login { name, .. } => {
                let name = *name;
                self.ask(Asked::Login { changed: false }, &Request::Login(name));
            }
            // Did it happen? Then the new password is right.
            Entry::Register { name, .. } | Entry::Recover { name, .. } if self.doubt => {
                let name = *name;
                self.ask(Asked::Login { changed: false }, &Request::Login(name));
            }
            Entry::Register { .. } | Entry::Recover { .. } => self.knock_first(),
            Entry::Guest { name } => {
                let name = *name;
                self.ask(Asked::Name, &Request::Name(name));
            }
            Entry::Look => self.ask(Asked::Terms, &Request::Terms),
        }
    }

    /// For who has no account or no password yet.
    pub(super) fn knock_first(&mut self) {
        self.doubt = false;
        match &self.entry {
            Entry::Register { name, terms, .. } => {
                let (accept, register) =
                    (Request::Accept(terms).line(), Request::Register(*name).line());
                self.asked.extend([Asked::Accept, Asked::Register]);
                self.lines.extend([accept, register]);
            }
            Entry::Recover { name, code, .. } => {
                let recover = Request::Recover(*name, code).line();
                self.asked.push_back(Asked::Recover);
                self.lines.push_back(recover);
            }
            Entry::Login { .. } | Entry::Guest { .. } | Entry::Look => {}
        }
    }

    /// Types the password that is asked for.
    pub(super) fn answer_prompt(&mut self, now: Now) {
        let password = match (self.asked.front(), &self.entry, &mut self.change) {
            (Some(Asked::Passwd), _, Some(change)) => {
                change.sent += 1;
                if change.sent == 1 { &change.old } else { &change.new }
            }
            (Some(Asked::Login { changed: true }), _, Some(change)) => &change.new,
            (
                Some(Asked::Login { .. } | Asked::Register | Asked::Recover),
                Entry::Login { password, .. }
                | Entry::Register { password, .. }
                | Entry::Recover { password, .. },
                _,
            ) => {
                self.doubt = matches!(self.entry, Entry::Register { .. } | Entry::Recover { .. });
                password
            }
            _ => return self.lost(now, Why::Confused),
        };
        let line = Request::Answer(password).line();
        self.lines.push_back(line);
    }

    /// The account is there; from now on it is logged in to.
    pub(super) fn registered(&mut self, code: Option<Password>) {
        self.doubt = false;
        if let Entry::Register { name, password, .. } = &self.entry {
            self.entry = Entry::Login { name: *name, password: password.copy() };
        }
        self.tell(Happening::Registered { code });
    }

    /// The new password is the password.
    pub(super) fn changed(&mut self) {
        if let (Some(change), Entry::Login { password, .. }) = (self.change.take(), &mut self.entry)
        {
            *password = change.new;
            self.tell(Happening::PasswordChanged);
        }
    }

    /// The server has let us in, and into the lobby.
    pub(super) fn entered(&mut self, now: Now, name: &str) {
        let Ok(name) = name.parse::<Name>() else {
            return self.lost(now, Why::Confused);
        };
        self.was_in = true;
        self.phase = Phase::In;
        self.me = Some(name);
        self.tell(Happening::Entered(name));
        self.tell(Happening::Link(Link::CatchingUp));
        let lobby = self.places.rooms.entry(RoomName::LOBBY).or_default();
        lobby.entered();
        lobby.wants_topic = lobby.is_wanted;
        if lobby.is_wanted {
            self.tell(Happening::RoomEntered { room: RoomName::LOBBY, topic: None });
        }
        let failed = self.own.expire(now.wall);
        self.failed(failed, OLD);
    }
}
