//! One line of one session: which command it is, and who may use it.

use std::fmt;

use super::session::{Doing, Prompt, Session, Waits};
use super::{Effect, Effects, Hub, SessionId, words};
use crate::limits::PING_AFTER_MS;
use crate::protocol::line;
use crate::protocol::{Code, Command, Fault, Name, Now, Verb};

impl Hub {
    /// Carries out a line, or says what is wrong with it.
    pub(super) fn line(
        &mut self,
        now: Now,
        id: SessionId,
        line: Result<Command<'_>, Fault>,
        fx: &mut Effects,
    ) {
        self.heard(now, id);
        match line {
            Ok(command) => self.command(now, id, command, fx),
            Err(fault) => {
                let slash = self.slash(id);
                fx.send(id, |o| words::fault(o, &fault, slash));
            }
        }
    }

    /// What this session has to type in front of a command.
    pub(super) fn slash(&self, id: SessionId) -> &'static str {
        if self.sessions.get(id).is_some_and(|s| s.chat) { "/" } else { "" }
    }

    fn command(&mut self, now: Now, id: SessionId, command: Command<'_>, fx: &mut Effects) {
        let Some(s) = self.sessions.get(id) else {
            return;
        };
        let verb = command.verb();
        if verb.is_operators() && self.operator(id).is_none() {
            return self.operators_only(id, verb, fx);
        }
        if s.name.is_none() && verb.needs_name() {
            return self.name_first(id, verb.as_str(), fx);
        }
        match command {
            Command::Name(name) => self.name(now, id, name, fx),
            Command::Register(name, password) => self.register(now, id, name, password, fx),
            Command::Login(name, password) => self.login(now, id, name, password, fx),
            Command::Passwd(both) => self.passwd(now, id, both, fx),
            Command::Recover { name, code, new } => self.recover(now, id, name, code, new, fx),
            Command::Terms => self.terms(id, fx),
            Command::Accept(version) => self.accept(now, id, version, fx),
            Command::Msg { room, text, nonce } => self.msg(now, id, room, &text, nonce, fx),
            Command::Tell { to, text, nonce } => self.tell(now, id, to, &text, nonce, fx),
            Command::Join(room) => self.join(now, id, room, fx),
            Command::Part(room) => self.part(now, id, room, fx),
            Command::List => self.list_rooms(id, fx),
            Command::Topic { room, text } => self.topic(now, id, room, text.as_ref(), fx),
            Command::Names(room) => self.names(id, room, fx),
            Command::Who(room) => self.who(id, room, fx),
            Command::History { target, span, count } => self.history(id, target, span, count, fx),
            Command::Search { room, words } => self.search(id, room, words, fx),
            Command::Tags(on) => self.tags(now, id, on, fx),
            Command::Chat(on) => self.chat(id, on, fx),
            Command::Ping(token) => {
                fx.send(id, |o| match token {
                    None => line::ok(o, "PING", format_args!("")),
                    Some(token) if token.contains(' ') || token.starts_with(':') => {
                        line::ok(o, "PING", format_args!(":{token}"));
                    }
                    Some(token) => line::ok(o, "PING", format_args!("{token}")),
                });
            }
            // An answer, which itself gets none.
            Command::Pong => {}
            Command::Help(about) => self.help(id, about, fx),
            Command::Quit => {
                fx.send(id, |o| line::ok(o, "QUIT", format_args!("")));
                self.close(now, id, fx);
            }
            Command::Kick { room, name, reason } => self.kick(now, id, (room, name), &reason, fx),
            Command::Penalise { kind, mask, term, reason } => {
                self.penalise(now, id, (kind, mask, term), &reason, fx);
            }
            Command::Pardon(kind, mask) => self.pardon(now, id, kind, mask, fx),
            Command::Bans => self.bans(now, id, fx),
            Command::Whois(name) => self.whois(now, id, name, fx),
            Command::Notice(text) => self.notice_to_all(now, id, &text, fx),
            Command::Forget(message) => self.forget(id, message, fx),
            Command::Stats => self.stats(id, fx),
        }
    }

    /// A session has said something.
    pub(super) fn heard(&mut self, now: Now, id: SessionId) {
        if let Some(s) = self.sessions.get_mut(id) {
            s.heard_ms = now.mono_ms;
            s.pinged = false;
        }
    }

    /// `TAGS ON` or `TAGS OFF`
    fn tags(&mut self, now: Now, id: SessionId, on: bool, fx: &mut Effects) {
        let Some(s) = self.sessions.get_mut(id) else {
            return;
        };
        let (before, named) = (std::mem::replace(&mut s.tagged, on), s.name.is_some());
        if before != on {
            if on {
                self.tagged += 1;
            } else {
                self.tagged -= 1;
            }
            fx.push(Effect::View { session: id, tagged: on });
            if named && on {
                self.watch(now, id);
            } else if named {
                self.clear_session_timer(id);
            }
        }
        fx.send(id, |o| line::ok(o, "TAGS", format_args!("{}", on_off(on))));
    }

    /// From here on a silent session is asked PING: programs answer, people do not.
    pub(super) fn watch(&mut self, now: Now, id: SessionId) {
        if let Some(s) = self.sessions.get_mut(id) {
            s.heard_ms = now.mono_ms;
            self.set_session_timer(id, now.mono_ms + PING_AFTER_MS);
        }
    }

    /// `CHAT ON` or `CHAT OFF`
    fn chat(&mut self, id: SessionId, on: bool, fx: &mut Effects) {
        if let Some(s) = self.sessions.get_mut(id) {
            s.chat = on;
            fx.send(id, |o| line::ok(o, "CHAT", format_args!("{}", on_off(on))));
        }
    }

    /// Asks for a password: the next line is one.
    pub(super) fn prompt(&mut self, id: SessionId, prompt: Prompt, fx: &mut Effects) {
        let what = match &prompt {
            Prompt::Login(name) => format!("the password of {name}"),
            Prompt::Register(name) => format!("a password for {name}, 8 characters or more,"),
            Prompt::PasswdOld => "your password as it is now".into(),
            Prompt::PasswdNew(_) => "the new password, 8 characters or more,".into(),
            Prompt::Recover(name, _) => {
                format!("a new password for {name}, 8 characters or more,")
            }
        };
        if let Some(s) = self.sessions.get_mut(id) {
            s.doing = Some(Box::new(Doing::Prompt(prompt)));
            let text = words::prompt(&what);
            // First, so that who answers at once is not too early.
            fx.push(Effect::Hide { session: id });
            fx.send(id, |o| line::data(o, format_args!("PASSWORD :{text}")));
        }
    }

    /// A session has finished what it was in the middle of.
    pub(super) fn finish(&mut self, id: SessionId, fx: &mut Effects) {
        if let Some(s) = self.sessions.get_mut(id) {
            s.doing = None;
            s.waits = Waits::Nothing;
            fx.push(Effect::Ready { session: id });
        }
    }

    /// Says `OK`, if the session is still there.
    pub(super) fn ok(
        &self,
        id: SessionId,
        verb: &str,
        params: fmt::Arguments<'_>,
        fx: &mut Effects,
    ) {
        if self.sessions.get(id).is_some() {
            fx.send(id, |o| line::ok(o, verb, params));
        }
    }

    /// Says `FAIL`, if the session is still there.
    pub(super) fn fail(&self, id: SessionId, verb: &str, code: Code, text: &str, fx: &mut Effects) {
        if self.sessions.get(id).is_some() {
            fx.send(id, |o| line::fail(o, verb, code, format_args!("{text}")));
        }
    }

    /// Says that a name comes first.
    pub(super) fn name_first(&self, id: SessionId, verb: &str, fx: &mut Effects) {
        let text = "who are you? Type NAME and the name you like, for example NAME ana";
        self.fail(id, verb, Code::NameFirst, text, fx);
    }

    /// Tells one session something.
    pub(super) fn notice(&self, id: SessionId, text: &str, fx: &mut Effects) {
        let server = self.settings.server;
        fx.send(id, |o| line::event(o, &server, format_args!("NOTICE :{text}")));
    }
}

impl Verb {
    /// Whether the command is only for those who have a name.
    fn needs_name(self) -> bool {
        let rooms = matches!(self, Verb::Join | Verb::Part | Verb::List | Verb::Topic);
        let said = matches!(self, Verb::Msg | Verb::Tell | Verb::History | Verb::Search);
        rooms || said || matches!(self, Verb::Names | Verb::Who | Verb::Chat)
    }
}

impl Session {
    /// Name and account of a session that is logged in.
    pub(super) fn logged_in(&self) -> Option<(Name, crate::protocol::AccountId)> {
        Some((self.name?, self.account?))
    }
}

fn on_off(on: bool) -> &'static str {
    if on { "ON" } else { "OFF" }
}
