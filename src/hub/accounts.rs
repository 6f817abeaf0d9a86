//! The commands about accounts: REGISTER, LOGIN, PASSWD, RECOVER and ACCEPT, and the
//! passwords that are asked for. What can be said at once is said here; the rest
//! is a [`Job`]'s.

use super::jobs::Job;
use super::session::{Doing, Prompt};
use super::{Effect, Effects, Hub, SessionId, words};
use crate::limits::PASSWORD_CHARS_MIN;
use crate::protocol::line;
use crate::protocol::{AccountRequest, Code, Name, Now, Secret, Verb};

impl Hub {
    /// `REGISTER <name> [<password>]`
    pub(super) fn register(
        &mut self,
        now: Now,
        id: SessionId,
        name: Name,
        password: Option<Secret>,
        fx: &mut Effects,
    ) {
        let Some(s) = self.sessions.get(id) else {
            return;
        };
        if s.account.is_some() {
            let text = "you are logged in already; QUIT first to make another account";
            return self.fail(id, "REGISTER", Code::NotAllowed, text, fx);
        }
        if self.is_banned(now, id, Verb::Register, &name, fx) {
            return;
        }
        if !s.accepted {
            let version = &self.settings.terms.version;
            let text =
                format!("type TERMS to read the terms, then ACCEPT {version}, then REGISTER");
            return self.fail(id, "REGISTER", Code::TermsRequired, &text, fx);
        }
        if !self.name_is_free(id, &name, fx) {
            return;
        }
        let Some(password) = password else {
            return self.prompt(id, Prompt::Register(name), fx);
        };
        if self.is_long_enough(id, Verb::Register, &password, fx) {
            self.queue(now, id, Job::Register { name, password }, fx);
        }
    }

    /// `LOGIN <name> [<password>]`
    pub(super) fn login(
        &mut self,
        now: Now,
        id: SessionId,
        name: Name,
        password: Option<Secret>,
        fx: &mut Effects,
    ) {
        let Some(s) = self.sessions.get(id) else {
            return;
        };
        if s.account.is_some() {
            let text = "you are logged in already; QUIT first to log in as somebody else";
            return self.fail(id, "LOGIN", Code::NotAllowed, text, fx);
        }
        if self.is_servers_name(id, Verb::Login, &name, fx)
            || self.is_banned(now, id, Verb::Login, &name, fx)
        {
            return;
        }
        match password {
            None => self.prompt(id, Prompt::Login(name), fx),
            Some(password) => self.queue(now, id, Job::Login { name, password }, fx),
        }
    }

    /// `PASSWD [<old> <new>]`
    pub(super) fn passwd(
        &mut self,
        now: Now,
        id: SessionId,
        both: Option<(Secret, Secret)>,
        fx: &mut Effects,
    ) {
        let Some(s) = self.sessions.get(id) else {
            return;
        };
        let Some((name, _)) = s.logged_in() else {
            let text = "only an account has a password; LOGIN or REGISTER first";
            return self.fail(id, "PASSWD", Code::NotLoggedIn, text, fx);
        };
        let Some((old, new)) = both else {
            return self.prompt(id, Prompt::PasswdOld, fx);
        };
        if self.is_long_enough(id, Verb::Passwd, &new, fx) {
            self.queue(now, id, Job::Passwd { name, old, new }, fx);
        }
    }

    /// `RECOVER <name> <code> [<new>]`
    pub(super) fn recover(
        &mut self,
        now: Now,
        id: SessionId,
        name: Name,
        code: Secret,
        new: Option<Secret>,
        fx: &mut Effects,
    ) {
        let Some(new) = new else {
            return self.prompt(id, Prompt::Recover(name, code), fx);
        };
        if self.is_long_enough(id, Verb::Recover, &new, fx) {
            self.queue(now, id, Job::Recover { name, code, new }, fx);
        }
    }

    /// The line that PASSWORD asked for.
    pub(super) fn password(&mut self, now: Now, id: SessionId, secret: Secret, fx: &mut Effects) {
        self.heard(now, id);
        let Some(s) = self.sessions.get_mut(id) else {
            return;
        };
        let Some(doing) = s.doing.take() else {
            return;
        };
        let prompt = match *doing {
            Doing::Prompt(prompt) => prompt,
            other => {
                s.doing = Some(Box::new(other));
                return;
            }
        };
        let cancels = secret.expose().is_empty();
        // PASSWD asks for one more, and the screen does not flicker in between.
        if cancels || !matches!(prompt, Prompt::PasswdOld) {
            fx.push(Effect::Show { session: id });
        }
        if cancels {
            return self.cancelled(id, &prompt, fx);
        }
        match prompt {
            Prompt::Login(name) => self.login(now, id, name, Some(secret), fx),
            Prompt::Register(name) => self.register(now, id, name, Some(secret), fx),
            Prompt::PasswdOld => self.prompt(id, Prompt::PasswdNew(secret), fx),
            Prompt::PasswdNew(old) => self.passwd(now, id, Some((old, secret)), fx),
            Prompt::Recover(name, code) => self.recover(now, id, name, code, Some(secret), fx),
        }
    }

    /// Nobody will type anything any more: a password that was asked for is none.
    pub(super) fn end_of_input(&mut self, now: Now, id: SessionId, fx: &mut Effects) {
        if let Some(s) = self.sessions.get_mut(id)
            && let Some(Doing::Prompt(prompt)) = s.doing.take().map(|doing| *doing)
        {
            self.cancelled(id, &prompt, fx);
        }
        self.close(now, id, fx);
    }

    fn cancelled(&self, id: SessionId, prompt: &Prompt, fx: &mut Effects) {
        let verb = match prompt {
            Prompt::Login(_) => Verb::Login,
            Prompt::Register(_) => Verb::Register,
            Prompt::PasswdOld | Prompt::PasswdNew(_) => Verb::Passwd,
            Prompt::Recover(..) => Verb::Recover,
        };
        let (slash, usage) = (self.slash(id), verb.usage());
        let text = format!("nothing was typed, nothing is changed; type {slash}{usage} again");
        self.fail(id, verb.as_str(), Code::Cancelled, &text, fx);
    }

    /// `ACCEPT <version>`
    pub(super) fn accept(&mut self, now: Now, id: SessionId, version: &str, fx: &mut Effects) {
        let current = self.settings.terms.version.clone();
        if version != &*current {
            let text = format!(
                "the terms are version {current}; read them with TERMS, then ACCEPT {current}"
            );
            return self.fail(id, "ACCEPT", Code::Params, &text, fx);
        }
        let ticket = self.ticket();
        let Some(s) = self.sessions.get_mut(id) else {
            return;
        };
        s.accepted = true;
        if let Some(account) = s.account {
            s.doing = Some(Box::new(Doing::Accept));
            self.jobs.accepting.insert(ticket, id);
            let request = AccountRequest::AcceptTerms { id: account, terms: current, at: now.wall };
            fx.push(Effect::Account { ticket, request });
        } else {
            fx.send(id, |o| line::ok(o, "ACCEPT", format_args!("{current}")));
        }
    }

    pub(super) fn name_is_free(&self, id: SessionId, name: &Name, fx: &mut Effects) -> bool {
        if self.is_servers_name(id, Verb::Register, name, fx) {
            return false;
        }
        if self.people.is_registered(name) {
            let text = format!(
                "{name} is an account already; LOGIN {name} if it is yours, or choose another"
            );
            self.fail(id, "REGISTER", Code::NameRegistered, &text, fx);
            return false;
        }
        if self.people.sessions(name).iter().any(|other| *other != id) {
            let text = format!("somebody here is called {name}; choose another name");
            self.fail(id, "REGISTER", Code::NameInUse, &text, fx);
            return false;
        }
        true
    }

    fn is_long_enough(&self, id: SessionId, verb: Verb, new: &Secret, fx: &mut Effects) -> bool {
        let long_enough = new.chars() >= PASSWORD_CHARS_MIN;
        if !long_enough {
            let text = words::too_short(self.slash(id), verb);
            self.fail(id, verb.as_str(), Code::PasswordTooShort, &text, fx);
        }
        long_enough
    }
}
