//! A session alone and a test that plays the server, line by line.

#![allow(dead_code)]

use taifas::protocol::{Now, Timestamp};
use taifas_client::session::{Session, Step};
use taifas_client::{Entry, Happening, Link, Mark, Place, Settings, Waits, Why};

use crate::support::{QUICK, login};

/// A session, what it has said, and what has happened, as text.
pub struct Case {
    pub session: Session,
    pub now: Now,
}

impl Case {
    /// Connected, nothing said.
    pub fn new(entry: Entry) -> Case {
        Case::patient(entry, QUICK)
    }

    pub fn patient(entry: Entry, waits: Waits) -> Case {
        let settings = Settings { waits, ..Settings::new("", entry) };
        Case::of(settings)
    }

    pub fn of(settings: Settings) -> Case {
        let session = Session::new(settings, 7);
        let mut case = Case { session, now: Now { mono_ms: 0, wall: Timestamp::from_ms(1) } };
        case.reconnect();
        case
    }

    /// Logged in, everything read: two messages, up to id 9.
    pub fn live() -> Case {
        let mut case = Case::new(login("ana"));
        case.log_in("password of ana");
        case.says(&["HISTORY #lobby", "NAMES #lobby", "TOPIC #lobby"]);
        case.hear(&[
            ":ion HIST #lobby 8 2026-11-23T01:52:07.123Z :a",
            ":ion HIST #lobby 9 2026-11-23T01:52:07.123Z :b",
            "OK HISTORY 2 9",
            "NAMES #lobby ana ion",
        ]);
        assert!(!case.happened().contains("Link(Live)"), "the names are not whole yet");
        case.hear(&["OK NAMES 2", "OK TOPIC #lobby :"]);
        assert!(case.happened().contains("Link(Live)"));
        case
    }

    pub fn reconnect(&mut self) {
        if let Some(due) = self.session.due_ms() {
            self.now.mono_ms = self.now.mono_ms.max(due);
        }
        assert_eq!(self.session.step(self.now), Step::Connect);
        self.session.connected(self.now);
        assert_eq!(self.session.step(self.now), Step::Talk);
    }

    pub fn log_in(&mut self, password: &str) {
        self.hear(&["NAME taifas taifas/1 :hello"]);
        self.says(&["TAGS ON", "LOGIN ana"]);
        self.hear(&["OK TAGS ON", "PASSWORD :type it"]);
        self.says(&[password]);
        self.hear(&["OK LOGIN ana 1"]);
    }

    pub fn cut(&mut self) {
        self.session.broken(self.now, Why::Broken);
        assert_eq!(self.session.step(self.now), Step::Rest);
    }

    pub fn hear(&mut self, lines: &[&str]) {
        lines.iter().for_each(|line| self.session.received(self.now, line.as_bytes()));
    }

    #[track_caller]
    pub fn says(&mut self, want: &[&str]) {
        let lines = self.session.take_lines();
        let said: Vec<&str> = lines
            .iter()
            .map(|line| std::str::from_utf8(line).unwrap().strip_suffix("\r\n").unwrap())
            .collect();
        assert_eq!(said, want);
    }

    pub fn say(&mut self, text: &str) -> Mark {
        self.session.say(self.now, &LOBBY, text).unwrap()
    }

    /// What has happened since the last call.
    pub fn happened(&mut self) -> String {
        format!("{:?}", self.session.take_happenings())
    }

    #[track_caller]
    pub fn stopped(&mut self, code: &str) {
        let found = self.session.take_happenings().into_iter().find_map(|h| match h {
            Happening::Link(Link::Stopped(why)) => Some(why.code),
            _ => None,
        });
        assert_eq!(found.as_deref(), Some(code));
        assert_eq!((self.session.step(self.now), self.session.due_ms()), (Step::Rest, None));
    }

    #[track_caller]
    pub fn lost(&mut self) -> u64 {
        let found = self.session.take_happenings().into_iter().find_map(|h| match h {
            Happening::Link(Link::Lost { again_in_ms, .. }) => Some(again_in_ms),
            _ => None,
        });
        assert_eq!(self.session.step(self.now), Step::Rest);
        found.expect("lost")
    }
}

/// Where everybody is.
pub const LOBBY: Place = Place::LOBBY;
/// What all marks begin with.
pub const NONCE: &str = "@nonce=0000000000000007";
