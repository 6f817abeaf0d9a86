//! One attempt at coming in: a talk of its own, until the server has said yes or no,
//! or the connection is gone.
//!
//! Given up, it is dropped, and leaves the server by itself. Called by the pages for
//! logging in, registering and recovering; it never shows anything.

use taifas_client::{Entry, Happening, Link, Name, Password, Refusal, Settings, Why};

use super::Desk;
use crate::address;
use crate::talk::Talk;
use crate::words::Plain;

/// An attempt that is under way.
pub struct Attempt {
    talk: Box<Talk>,
    /// An account or a password would be another one afterwards.
    is_for_good: bool,
    /// The server has answered, so it may have been asked already.
    was_met: bool,
    /// The connection broke after that: whether it was done is being found out.
    is_in_doubt: bool,
}

/// What has become of one.
pub enum Outcome {
    /// Still under way.
    Open(Attempt),
    /// We are in.
    Entered(Box<Talk>),
    /// The account was made, and we are in.
    Registered {
        /// Its recovery code, unless the connection broke before it came.
        code: Option<Password>,
        /// The talk that goes on.
        talk: Box<Talk>,
    },
    /// The password was replaced.
    Recovered {
        /// The next recovery code; likewise.
        code: Option<Password>,
    },
    /// The server said no.
    Refused(Refusal),
    /// The server shows a certificate that is not the trusted one; nothing was said to it.
    Untrusted,
    /// There is no connection.
    Lost(Why),
}

impl Attempt {
    /// Begins one.
    ///
    /// # Errors
    /// What is wrong with the address, or with this machine.
    pub fn start(desk: &Desk, entry: Entry) -> Result<Attempt, Plain> {
        let is_encrypted = desk.remembered.is_encrypted();
        let server = address::read(&desk.remembered.server, is_encrypted).map_err(Plain::own)?;
        let is_for_good = matches!(entry, Entry::Register { .. } | Entry::Recover { .. });
        let mut read = Vec::new();
        let places = match &entry {
            Entry::Login { name, .. } => {
                let places = desk.remembered.places(name);
                let talks = places.iter().flat_map(|(_, talks)| talks);
                let known = |with: &Name| Some((*with, desk.remembered.read(name, with)?));
                read.extend(talks.filter_map(known));
                places
            }
            _ => None,
        };
        let mut settings = Settings { server, ..desk.remembered.settings(entry) };
        if let Some((rooms, talks)) = places {
            (settings.rooms, settings.talks) = (rooms, talks);
        }
        let talk = Talk::start(&desk.ctx, settings, &desk.departures);
        match talk {
            Ok(mut talk) => {
                read.into_iter().for_each(|(with, id)| talk.read_before(&with.into(), id));
                let talk = Box::new(talk);
                Ok(Attempt { talk, is_for_good, was_met: false, is_in_doubt: false })
            }
            Err(error) => Err(Plain::own(&format!("This machine is at its end: {error}."))),
        }
    }

    /// Takes what has happened.
    pub fn take(mut self) -> Outcome {
        let mut happenings = self.talk.take().into_iter();
        while let Some(happening) = happenings.next() {
            match happening {
                Happening::Registered { code } => {
                    self.talk.put_back(happenings);
                    return Outcome::Registered { code, talk: self.talk };
                }
                Happening::Recovered { code } => return Outcome::Recovered { code },
                Happening::Entered(_) => {
                    // The chat page begins with what has happened since.
                    self.talk.put_back(happenings);
                    return Outcome::Entered(self.talk);
                }
                Happening::Link(Link::Stopped(why)) => return Outcome::Refused(why),
                Happening::Link(Link::Untrusted { .. }) => return Outcome::Untrusted,
                Happening::Link(Link::Entering) => self.was_met = true,
                Happening::Link(Link::Lost { why, .. }) => {
                    let is_told = matches!(why, Why::Refused(_) | Why::Confused);
                    self.is_in_doubt |= self.is_for_good && self.was_met && !is_told;
                    // The client finds out by itself whether it was done.
                    if !self.is_in_doubt {
                        return Outcome::Lost(why);
                    }
                }
                _ => {}
            }
        }
        Outcome::Open(self)
    }

    /// Given up now, it may still be done: the server was asked for an account or another
    /// password, and may be at it.
    pub fn may_be_done(&self) -> bool {
        self.is_for_good && self.was_met
    }

    /// The connection broke, and whether it was done is being found out.
    pub fn is_in_doubt(&self) -> bool {
        self.is_in_doubt
    }
}
