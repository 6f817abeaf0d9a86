//! Whether the server answers, and which terms it has, before anybody has a name there.
//!
//! Asks once for an address and keeps trying while it does not answer; the first page
//! shows it, and the page for registering reads the terms from here.

use eframe::egui::Context;
use taifas_client::{Entry, Happening, Link, Settings};

use crate::talk::{Departures, Talk};
use crate::words::{self, Plain};

/// What is known about a server.
#[derive(Default)]
pub struct Lookout {
    server: String,
    /// Empty once it has answered, or could not be started.
    talk: Option<Talk>,
    sight: Sight,
}

/// How a server stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Sight {
    /// Nobody has looked.
    #[default]
    Unknown,
    /// It was asked and has not answered yet.
    Asked,
    /// It answers.
    Answers(Terms),
    /// It does not; will be tried again by itself.
    Silent(Plain),
    /// It does not let us in, and trying again would not help.
    Refuses(Plain),
}

/// What a server asks of those who register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Which version they are.
    pub version: String,
    /// Their lines.
    pub lines: Vec<String>,
}

impl Lookout {
    /// Looks at this server, unless it is looked at already.
    pub fn look(&mut self, ctx: &Context, server: &str, departures: &Departures) {
        if self.server != server || self.sight == Sight::Unknown {
            self.look_again(ctx, server, departures);
        }
    }

    /// Looks at this server now, whatever is known.
    pub fn look_again(&mut self, ctx: &Context, server: &str, departures: &Departures) {
        server.clone_into(&mut self.server);
        self.sight = Sight::Asked;
        match Talk::start(ctx, Settings::new(server, Entry::Look), departures) {
            Ok(talk) => self.talk = Some(talk),
            Err(error) => {
                self.talk = None;
                self.sight = Sight::Refuses(Plain::own(&error.to_string()));
            }
        }
    }

    /// What is known.
    pub fn sight(&self) -> &Sight {
        &self.sight
    }

    /// Takes what has happened.
    pub fn take(&mut self) {
        let Some(talk) = &mut self.talk else {
            return;
        };
        for happening in talk.take() {
            match happening {
                Happening::Terms { version, lines } => {
                    self.sight = Sight::Answers(Terms { version, lines });
                }
                Happening::Link(Link::Lost { why, .. }) if !self.answers() => {
                    self.sight = Sight::Silent(words::lost(&why));
                }
                Happening::Link(Link::Stopped(why)) => {
                    self.sight = Sight::Refuses(words::refusal(&why));
                }
                _ => {}
            }
        }
        if self.answers() || matches!(self.sight, Sight::Refuses(_)) {
            self.talk = None;
        }
    }

    fn answers(&self) -> bool {
        matches!(self.sight, Sight::Answers(_))
    }
}
