//! Whether the server answers, and which terms it has, before anybody has a name there.
//!
//! Asks when it is told to, which is once for an address and not once for each of its
//! letters, and keeps trying while it does not answer. The first page shows it, and the
//! page for registering reads the terms from here.

use eframe::egui::Context;
use taifas_client::{Entry, Fingerprint, Happening, Link, Security, Why};

use crate::remembered::Remembered;
use crate::talk::{Departures, Talk};
use crate::words::{self, Plain};

/// What is known about a server.
#[derive(Default)]
pub struct Lookout {
    server: String,
    security: Security,
    /// Empty once it has answered or refused, or could not be started.
    talk: Option<Talk>,
    sight: Sight,
}

/// Why nothing comes: where TLS is spoken, plain lines get no answer.
const MAY_BE_TLS: &str = "The server does not answer. Check the address. If it takes encrypted \
     connections there, tick Encrypted.";

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
    /// It shows a certificate that is not the trusted one; nothing was said to it.
    Untrusted {
        /// Of the certificate that it shows.
        shown: Fingerprint,
        /// Of the one that is trusted; `None`: none is.
        trusted: Option<Fingerprint>,
    },
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
    /// Looks at this server. Where it has answered before, that stands until it is known
    /// whether it still does.
    pub fn look(&mut self, ctx: &Context, whom: &Remembered, departures: &Departures) {
        let is_same = {
            let settings = whom.settings(Entry::Look);
            (settings.server, settings.security) == (self.server.clone(), self.security)
        };
        let known = std::mem::take(&mut self.sight);
        match (known, &self.talk) {
            // Being looked at; the next try need not wait for its time.
            (known @ (Sight::Asked | Sight::Silent(_)), Some(talk)) if is_same => {
                talk.client().try_now();
                self.sight = known;
            }
            (known @ Sight::Answers(_), _) if is_same => {
                self.look_again(ctx, whom, departures);
                if self.talk.is_some() {
                    self.sight = known;
                }
            }
            _ => self.look_again(ctx, whom, departures),
        }
    }

    /// Looks at this server now, as if nothing was known.
    pub fn look_again(&mut self, ctx: &Context, whom: &Remembered, departures: &Departures) {
        let settings = whom.settings(Entry::Look);
        (self.server, self.security) = (settings.server.clone(), settings.security);
        self.sight = Sight::Asked;
        match Talk::start(ctx, settings, departures) {
            Ok(talk) => self.talk = Some(talk),
            Err(error) => {
                self.talk = None;
                self.sight = Sight::Refuses(Plain::own(&error.to_string()));
            }
        }
    }

    /// It is not to be talked to.
    pub fn distrust(&mut self) {
        self.talk = None;
        self.sight =
            Sight::Refuses(Plain::own("You do not trust this server, so nothing was said to it."));
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
            self.sight = match happening {
                Happening::Terms { version, lines } => Sight::Answers(Terms { version, lines }),
                Happening::Link(Link::Lost { why: Why::Silent, .. })
                    if self.security == Security::Plain =>
                {
                    Sight::Silent(Plain::own(MAY_BE_TLS))
                }
                Happening::Link(Link::Lost { why, .. }) => Sight::Silent(words::lost(&why)),
                Happening::Link(Link::Untrusted { fingerprint, expected }) => {
                    Sight::Untrusted { shown: fingerprint, trusted: expected }
                }
                Happening::Link(Link::Stopped(why)) => Sight::Refuses(words::refusal(&why)),
                // It has said goodbye, as it was asked to.
                Happening::Link(Link::Closed) => {
                    self.talk = None;
                    return;
                }
                _ => continue,
            };
        }
        if matches!(self.sight, Sight::Refuses(_) | Sight::Untrusted { .. }) {
            self.talk = None;
        }
    }
}
