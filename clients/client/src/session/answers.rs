//! What the server's lines mean to the session: the greeting, answers in the order in
//! which they were asked for, and what others do.
//!
//! Called by the machine for each line, and after each for what is to be asked next.

use taifas::protocol::{MessageId, Name, Now};

use super::{Asked, Phase, Session};
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
    fn knock_first(&mut self) {
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

    /// A line after the greeting.
    pub(super) fn heard(&mut self, now: Now, line: Line<'_>) {
        match line {
            Line::Ok { verb, words } => match self.asked.pop_front() {
                Some(asked) if asked.verb() == verb => self.granted(now, asked, words),
                _ => self.lost(now, Why::Confused),
            },
            Line::Fail {
                verb: "LINE",
                code: code @ ("SERVER_FULL" | "NAME_TIMEOUT" | "BANNED"),
                text,
            } => {
                self.lost(now, Why::Refused(Refusal::new(code, text)));
            }
            Line::Fail { verb, code, text } => match self.asked.pop_front() {
                Some(asked) if asked.verb() == verb || verb == "LINE" => {
                    self.refused(now, asked, Refusal::new(code, text));
                }
                _ => self.lost(now, Why::Confused),
            },
            Line::Prompt => self.answer_prompt(now),
            Line::Said(message) => {
                self.history.said(message.id);
                self.tell(Happening::Said(message));
            }
            Line::Past(message) => self.history.past(message),
            Line::Gap(id) => self.history.gap(id),
            Line::Names(names) => self.people.names(names),
            Line::Joined(names) => {
                self.people.joined(&names);
                self.tell(Happening::Joined(names));
            }
            Line::Parted(names) => {
                self.people.parted(&names);
                self.tell(Happening::Parted(names));
            }
            Line::Renamed { old, new } => {
                self.people.parted(&[old]);
                self.people.joined(&[new]);
                self.tell(Happening::Renamed { old, new });
            }
            Line::Terms(line) => self.terms.push(line.into()),
            Line::Notice(text) => self.tell(Happening::Notice(text.into())),
            // While a password is asked for, this would be taken for one; what is sent
            // instead of it is a sign of life, too.
            Line::Ping(token) if !self.is_typing() => self.send(&Request::Pong(token)),
            Line::Ping(_) | Line::Greeting { .. } | Line::Other => {}
        }
    }

    /// Types the password that is asked for.
    fn answer_prompt(&mut self, now: Now) {
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

    /// `OK`
    fn granted(&mut self, now: Now, asked: Asked, words: [&str; 4]) {
        let secret = |word: &str| Password::new(word).ok();
        match asked {
            Asked::Tags | Asked::Accept | Asked::Ping => {}
            Asked::Terms => {
                let lines = std::mem::take(&mut self.terms);
                self.tell(Happening::Terms { version: words[0].into(), lines });
                self.quit(now);
            }
            Asked::Login { changed } => {
                self.doubt = false;
                if changed {
                    self.changed();
                }
                match self.entry {
                    Entry::Recover { .. } => {
                        self.tell(Happening::Recovered { code: None });
                        return self.quit(now);
                    }
                    Entry::Register { .. } => self.registered(None),
                    _ => {}
                }
                self.entered(now, words[0]);
            }
            Asked::Register => {
                self.registered(secret(words[2]));
                self.entered(now, words[0]);
            }
            Asked::Recover => {
                self.doubt = false;
                self.tell(Happening::Recovered { code: secret(words[1]) });
                self.quit(now);
            }
            Asked::Name => self.entered(now, words[0]),
            Asked::Passwd => self.changed(),
            Asked::Say(mark) => match words[0].parse() {
                Ok(id) if self.own.stored(mark) => {
                    self.tell(Happening::Stored { mark, id: MessageId(id) });
                }
                Ok(_) => {}
                Err(_) => self.lost(now, Why::Confused),
            },
            Asked::Names => {
                let people = self.people.take();
                self.tell(Happening::People(people));
            }
            Asked::History => match words[1].parse() {
                Ok(last) => self.page(MessageId(last), words[2] == "MORE"),
                Err(_) => self.lost(now, Why::Confused),
            },
            Asked::Quit => self.close(),
        }
    }

    /// The account is there; from now on it is logged in to.
    fn registered(&mut self, code: Option<Password>) {
        self.doubt = false;
        if let Entry::Register { name, password, .. } = &self.entry {
            self.entry = Entry::Login { name: *name, password: password.copy() };
        }
        self.tell(Happening::Registered { code });
    }

    /// The new password is the password.
    fn changed(&mut self) {
        if let (Some(change), Entry::Login { password, .. }) = (self.change.take(), &mut self.entry)
        {
            *password = change.new;
            self.tell(Happening::PasswordChanged);
        }
    }

    fn entered(&mut self, now: Now, name: &str) {
        let Ok(name) = name.parse::<Name>() else {
            return self.lost(now, Why::Confused);
        };
        self.was_in = true;
        self.phase = Phase::In;
        self.people.wanted = true;
        self.tell(Happening::Entered(name));
        self.tell(Happening::Link(Link::CatchingUp));
        for mark in self.own.expire(now.wall) {
            let why = "it was sent so long ago that the server may not know it again: it may have been said";
            self.tell(Happening::Failed { mark, why: Refusal::own(why) });
        }
    }

    fn page(&mut self, last: MessageId, more: bool) {
        let before = self.history.caught_up();
        if let Some(page) = self.history.page(last, more) {
            self.tell(Happening::Page(page));
        }
        if let (None, Some(id)) = (before, self.history.caught_up()) {
            self.tell(Happening::CaughtUp(id));
        }
    }

    /// `FAIL`
    fn refused(&mut self, now: Now, asked: Asked, why: Refusal) {
        let wrong = why.code == "BAD_CREDENTIALS";
        match asked {
            Asked::Say(mark) => {
                self.own.failed(mark);
                self.tell(Happening::Failed { mark, why });
            }
            Asked::Passwd => {
                self.change = None;
                self.tell(Happening::PasswordKept(why));
            }
            Asked::History => {
                if let Some(why) = self.history.failed(now.mono_ms, why) {
                    self.tell(Happening::OlderFailed(why));
                }
            }
            Asked::Names => drop(self.people.take()),
            Asked::Ping => {}
            Asked::Quit => self.close(),
            // It had not happened; now it may.
            Asked::Login { .. } if wrong && self.doubt => self.knock_first(),
            // It may be the other one already.
            Asked::Login { changed: false }
                if wrong && self.change.as_ref().is_some_and(|change| change.doubt) =>
            {
                if let Some(name) = self.name() {
                    self.ask(Asked::Login { changed: true }, &Request::Login(name));
                }
            }
            // Our own old connection may still be there, or others were too quick.
            Asked::Name if self.was_in && why.code == "NAME_IN_USE" => {
                self.lost(now, Why::Refused(why));
            }
            Asked::Login { .. } if why.code == "TRY_LATER" && (self.was_in || self.doubt) => {
                self.lost(now, Why::Refused(why));
            }
            _ => {
                self.doubt = false;
                self.stop(why);
            }
        }
    }

    /// Asks for whatever is wanted and may be asked now.
    pub(super) fn go_on(&mut self, now: Now) {
        if self.phase != Phase::In || self.is_typing() {
            return;
        }
        while let Some((mark, text)) = self.own.send_next(now.wall) {
            let text: Box<str> = text.into();
            let nonce = self.own.nonce(mark);
            let nonce = match self.entry {
                Entry::Guest { .. } => None,
                _ => Some(nonce.as_str()),
            };
            self.ask(Asked::Say(mark), &Request::Say { nonce, text: &text });
        }
        if let Some(part) = self.history.ask(now.mono_ms) {
            self.ask(Asked::History, &Request::History(part));
        }
        if self.people.wanted && !self.asked.contains(&Asked::Names) {
            self.people.ask();
            self.ask(Asked::Names, &Request::Names);
        }
        let here = self.history.caught_up().is_some() && !self.asked.contains(&Asked::Names);
        if here && !self.is_live {
            self.is_live = true;
            self.pauses.restart();
            self.tell(Happening::Link(Link::Live));
        }
        if self.change.is_some() {
            self.ask(Asked::Passwd, &Request::Passwd);
        }
    }
}
