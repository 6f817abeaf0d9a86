//! The line of jobs that need a password looked at: registering, logging in, changing
//! and recovering a password.
//!
//! One job at a time, the others wait in a bounded line: each needs the users
//! database and the auth thread in turn, and a wait that failed tries have earned
//! is looked at when a job's turn comes, not when it is asked for.
//!
//! ```text
//!  asked ─► waiting ─► finding ─► hashing ─► writing ─► answered
//!                      (not REGISTER)        (not LOGIN)
//! ```

use std::collections::{BTreeMap, VecDeque};

use super::people::People;
use super::session::Doing;
use super::{Effect, Effects, Hub, SessionId, words};
use crate::protocol::line;
use crate::protocol::{
    Account, AccountAnswer, AccountId, AccountRequest, Code, HashAnswer, HashRequest, Name, Now,
    Phc, Secret, Ticket, Verb,
};

/// The line of jobs.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    /// At most `hash_queue`.
    waiting: VecDeque<(SessionId, Job)>,
    running: Option<Running>,
    /// ACCEPTs being written down.
    pub(super) accepting: BTreeMap<Ticket, SessionId>,
}

/// The job whose turn it is.
#[derive(Debug)]
struct Running {
    session: SessionId,
    /// What the next answer is marked with.
    ticket: Ticket,
    step: Step,
}

/// What was asked for.
#[derive(Debug)]
pub(super) enum Job {
    Register { name: Name, password: Secret },
    Login { name: Name, password: Secret },
    Passwd { name: Name, old: Secret, new: Secret },
    Recover { name: Name, code: Secret, new: Secret },
}

/// Where a job stands.
#[derive(Debug)]
enum Step {
    Finding(Job),
    HashingNew(Name),
    HashingLogin(Name, Option<Account>),
    HashingChange(Name, Option<Account>),
    HashingRecovery(Name, Option<Account>),
    WritingNew(Name, Secret),
    /// LOGIN's afterthought: its session has been answered.
    WritingRehash,
    WritingChange(Name, AccountId),
    WritingRecovery(Name, AccountId, Secret),
}

impl Jobs {
    /// How many jobs there are.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len() + usize::from(self.running.is_some()) + self.accepting.len()
    }

    /// How many wait for their turn: `hash_queue` bounds them.
    pub(super) fn queued(&self) -> usize {
        self.waiting.len()
    }

    /// A session is gone: what it asked for and is not begun is not done.
    pub(super) fn forget(&mut self, id: SessionId) {
        self.waiting.retain(|(session, _)| *session != id);
    }

    /// The accounts were changed from outside: the one that the running job has found
    /// may be none any more, and then no password is right.
    pub(super) fn recheck(&mut self, people: &People) {
        if let Some(Running { step, .. }) = &mut self.running
            && let Step::HashingLogin(_, account)
            | Step::HashingChange(_, account)
            | Step::HashingRecovery(_, account) = step
        {
            account.take_if(|found| people.account(&found.name) != Some(found.id));
        }
    }

    /// These accounts have other passwords: one that the running job has found is no
    /// longer right. A recovery code still is.
    pub(super) fn outdate(&mut self, names: &[Name]) {
        if let Some(Running { step, .. }) = &mut self.running
            && let Step::HashingLogin(_, account) | Step::HashingChange(_, account) = step
        {
            account.take_if(|found| names.contains(&found.name));
        }
    }
}

impl Job {
    fn verb(&self) -> Verb {
        match self {
            Job::Register { .. } => Verb::Register,
            Job::Login { .. } => Verb::Login,
            Job::Passwd { .. } => Verb::Passwd,
            Job::Recover { .. } => Verb::Recover,
        }
    }

    /// Whose password is tried; nobody's at REGISTER.
    fn tries(&self) -> Option<&Name> {
        match self {
            Job::Register { .. } => None,
            Job::Login { name, .. } | Job::Passwd { name, .. } | Job::Recover { name, .. } => {
                Some(name)
            }
        }
    }
}
impl Hub {
    /// Puts a job in the line, or says why not.
    pub(super) fn queue(&mut self, now: Now, id: SessionId, job: Job, fx: &mut Effects) {
        let verb = job.verb().as_str();
        if let Err(text) = self.may_try(now, id, &job) {
            return self.fail(id, verb, Code::TryLater, &text, fx);
        }
        let bound = self.settings.limits.hash_queue;
        if self.jobs.running.is_some() && self.jobs.waiting.len() >= bound {
            let text = "too many passwords are being looked at; try again in 5 seconds";
            return self.fail(id, verb, Code::TryLater, text, fx);
        }
        if let Some(s) = self.sessions.get_mut(id) {
            s.doing = Some(Box::new(Doing::Account));
            self.jobs.waiting.push_back((id, job));
            self.next_account_job(now, fx);
        }
    }

    fn may_try(&self, now: Now, id: SessionId, job: &Job) -> Result<(), String> {
        let (Some(s), Some(name)) = (self.sessions.get(id), job.tries()) else {
            return Ok(());
        };
        let wait = self.tries.check(now.mono_ms, s.peer, name);
        wait.map_err(|secs| {
            let s = if secs == 1 { "" } else { "s" };
            format!("too many tries have failed; try again in {secs} second{s}")
        })
    }

    /// Begins the next job, if none is running.
    pub(super) fn next_account_job(&mut self, now: Now, fx: &mut Effects) {
        while self.jobs.running.is_none() {
            let Some((session, job)) = self.jobs.waiting.pop_front() else {
                return;
            };
            if let Err(text) = self.may_try(now, session, &job) {
                self.fail(session, job.verb().as_str(), Code::TryLater, &text, fx);
                self.finish(session, fx);
                continue;
            }
            let ticket = self.ticket();
            let step = match job {
                Job::Register { name, password } => {
                    fx.push(Effect::Hash { ticket, request: HashRequest::Register { password } });
                    Step::HashingNew(name)
                }
                Job::Login { name, .. } | Job::Passwd { name, .. } | Job::Recover { name, .. } => {
                    fx.push(Effect::Account { ticket, request: AccountRequest::Find(name) });
                    Step::Finding(job)
                }
            };
            self.jobs.running = Some(Running { session, ticket, step });
        }
    }

    /// The running job goes on to this step.
    fn step(
        &mut self,
        session: SessionId,
        step: Step,
        effect: impl FnOnce(Ticket) -> Effect,
        fx: &mut Effects,
    ) {
        let ticket = self.ticket();
        self.jobs.running = Some(Running { session, ticket, step });
        fx.push(effect(ticket));
    }

    /// The running job is over; `fail` says so if it went wrong.
    fn job_done(
        &mut self,
        now: Now,
        id: SessionId,
        fail: Option<(Verb, Code, &str)>,
        fx: &mut Effects,
    ) {
        if let Some((verb, code, text)) = fail {
            self.fail(id, verb.as_str(), code, text, fx);
        }
        self.finish(id, fx);
        self.next_account_job(now, fx);
    }

    /// The users database has answered.
    pub(super) fn account_answered(
        &mut self,
        now: Now,
        ticket: Ticket,
        answer: AccountAnswer,
        fx: &mut Effects,
    ) {
        if let Some(id) = self.jobs.accepting.remove(&ticket) {
            return self.accepted(id, &answer, fx);
        }
        if self.order_written(now, ticket, &answer, fx) {
            return;
        }
        let Some(Running { session, step, .. }) =
            self.jobs.running.take_if(|running| running.ticket == ticket)
        else {
            return;
        };
        match step {
            Step::Finding(job) => self.found(now, session, job, answer, fx),
            Step::WritingNew(name, code) => self.created(now, session, name, &code, &answer, fx),
            Step::WritingRehash => self.next_account_job(now, fx),
            Step::WritingChange(name, account) => {
                let written = answer == AccountAnswer::Changed;
                if written {
                    self.ok(session, "PASSWD", format_args!(""), fx);
                    self.close_others(now, session, &name, account, fx);
                }
                let fail = (!written).then_some((Verb::Passwd, Code::NotStored, NOT_WRITTEN));
                self.job_done(now, session, fail, fx);
            }
            Step::WritingRecovery(name, account, code) => {
                let written = answer == AccountAnswer::Changed;
                if written {
                    let code = shown(&code);
                    self.ok(session, "RECOVER", format_args!("{name} {code}"), fx);
                    self.close_others(now, session, &name, account, fx);
                }
                let bad_code = words::wrong(self.slash(session), Verb::Recover);
                let fail = match answer {
                    AccountAnswer::Changed => None,
                    AccountAnswer::Gone => Some((Verb::Recover, Code::BadCredentials, &*bad_code)),
                    _ => Some((Verb::Recover, Code::NotStored, NOT_WRITTEN)),
                };
                self.job_done(now, session, fail, fx);
            }
            hashing => {
                // The auth thread's answer is awaited, not this one.
                self.jobs.running = Some(Running { session, ticket, step: hashing });
            }
        }
    }

    fn found(
        &mut self,
        now: Now,
        id: SessionId,
        job: Job,
        answer: AccountAnswer,
        fx: &mut Effects,
    ) {
        if self.sessions.get(id).is_none() {
            return self.job_done(now, id, None, fx);
        }
        let AccountAnswer::Found(account) = answer else {
            let text = "accounts cannot be read now; try again later";
            return self.job_done(now, id, Some((job.verb(), Code::NotStored, text)), fx);
        };
        let password = account.as_ref().map(|a| a.password.clone());
        let (step, request) = match job {
            Job::Login { name, password: typed } => {
                let request = HashRequest::Login { password: typed, against: password };
                (Step::HashingLogin(name, account), request)
            }
            Job::Passwd { name, old, new } => {
                let request = HashRequest::Change { old, against: password, new };
                (Step::HashingChange(name, account), request)
            }
            Job::Recover { name, code, new } => {
                let against = account.as_ref().map(|a| a.recovery.clone());
                let request = HashRequest::Recover { code, against, new };
                (Step::HashingRecovery(name, account), request)
            }
            Job::Register { .. } => return self.job_done(now, id, None, fx),
        };
        self.step(id, step, |ticket| Effect::Hash { ticket, request }, fx);
    }

    /// The auth thread has answered.
    pub(super) fn hash_answered(
        &mut self,
        now: Now,
        ticket: Ticket,
        answer: HashAnswer,
        fx: &mut Effects,
    ) {
        let Some(Running { session: id, step, .. }) =
            self.jobs.running.take_if(|running| running.ticket == ticket)
        else {
            return;
        };
        if self.sessions.get(id).is_none() {
            return self.job_done(now, id, None, fx);
        }
        let verb = step.verb();
        match (step, answer) {
            (Step::HashingNew(name), HashAnswer::NewCode { password, code, recovery }) => {
                let banned = self.is_banned(now, id, Verb::Register, &name, fx);
                if banned || !self.name_is_free(id, &name, fx) {
                    return self.job_done(now, id, None, fx);
                }
                let terms = self.settings.terms.version.clone();
                let request =
                    AccountRequest::Create { name, password, recovery, terms, at: now.wall };
                let step = Step::WritingNew(name, code);
                self.step(id, step, |ticket| Effect::Account { ticket, request }, fx);
            }
            (Step::HashingLogin(_, Some(account)), HashAnswer::Match { rehashed }) => {
                self.logged_in(now, id, account, rehashed, fx);
            }
            (Step::HashingChange(name, Some(account)), HashAnswer::Changed { password }) => {
                self.tries.right(&name);
                let request = AccountRequest::SetPassword {
                    id: account.id,
                    old: account.password,
                    new: password,
                };
                let step = Step::WritingChange(name, account.id);
                self.step(id, step, |ticket| Effect::Account { ticket, request }, fx);
            }
            (
                Step::HashingRecovery(name, Some(account)),
                HashAnswer::NewCode { password, code, recovery },
            ) => {
                self.tries.right(&name);
                let old_recovery = account.recovery;
                let request =
                    AccountRequest::Recover { id: account.id, old_recovery, password, recovery };
                let step = Step::WritingRecovery(account.name, account.id, code);
                self.step(id, step, |ticket| Effect::Account { ticket, request }, fx);
            }
            (
                Step::HashingLogin(name, _)
                | Step::HashingChange(name, _)
                | Step::HashingRecovery(name, _),
                HashAnswer::Mismatch,
            )
            // Removed, or given another one, while its password was looked at.
            | (Step::HashingLogin(name, None), HashAnswer::Match { .. })
            | (Step::HashingChange(name, None), HashAnswer::Changed { .. })
            | (Step::HashingRecovery(name, None), HashAnswer::NewCode { .. }) => {
                self.wrong(now, id, &name, fx);
                let text = words::wrong(self.slash(id), verb);
                self.job_done(now, id, Some((verb, Code::BadCredentials, &text)), fx);
            }
            _ => {
                let text = "the server cannot look at passwords now; try again in 10 seconds";
                self.job_done(now, id, Some((verb, Code::TryLater, text)), fx);
            }
        }
    }

    fn wrong(&mut self, now: Now, id: SessionId, name: &Name, fx: &mut Effects) {
        if let Some(s) = self.sessions.get(id) {
            let allowed = self.settings.limits.password_tries;
            self.tries.failed(now.mono_ms, s.peer, name, allowed);
            let line = format!("wrong password or code for {name} from {}", s.peer);
            fx.push(Effect::Log { important: true, line });
        }
    }

    fn logged_in(
        &mut self,
        now: Now,
        id: SessionId,
        account: Account,
        rehashed: Option<Phc>,
        fx: &mut Effects,
    ) {
        let Account { id: number, name, password: old, .. } = account;
        self.tries.right(&name);
        // It may have been while the password was looked at.
        if self.is_banned(now, id, Verb::Login, &name, fx) {
            return self.job_done(now, id, None, fx);
        }
        fx.send(id, |o| line::ok(o, "LOGIN", format_args!("{name} {number}")));
        fx.push(Effect::Log { important: false, line: format!("{name} logged in") });
        let was_away = self.sessions_of(&name, Some(number)).is_empty();
        self.become_user(now, id, name, number, fx);
        match rehashed {
            None => self.job_done(now, id, None, fx),
            Some(new) => {
                // The session does not wait for this, but the next job does: it has to
                // find the new hash. If it fails, the next login tries again.
                let request = AccountRequest::SetPassword { id: number, old, new };
                self.finish(id, fx);
                let effect = |ticket| Effect::Account { ticket, request };
                self.step(id, Step::WritingRehash, effect, fx);
            }
        }
        if was_away {
            self.ask_untold(id, number, fx);
        }
    }

    fn created(
        &mut self,
        now: Now,
        id: SessionId,
        name: Name,
        code: &Secret,
        answer: &AccountAnswer,
        fx: &mut Effects,
    ) {
        let taken = format!("{name} is an account already; choose another name");
        let fail = match answer {
            AccountAnswer::Created(number) => {
                self.people.register(name, *number);
                let code = shown(code);
                self.ok(id, "REGISTER", format_args!("{name} {number} {code}"), fx);
                fx.push(Effect::Log { important: true, line: format!("{name} registered") });
                self.become_user(now, id, name, *number, fx);
                self.shut_out_if_banned(now, id, fx);
                None
            }
            AccountAnswer::NameTaken => {
                Some((Verb::Register, Code::NameRegistered, taken.as_str()))
            }
            _ => Some((Verb::Register, Code::NotStored, NOT_WRITTEN)),
        };
        self.job_done(now, id, fail, fx);
    }

    /// A session is an account's now, under the account's name.
    fn become_user(
        &mut self,
        now: Now,
        id: SessionId,
        name: Name,
        account: AccountId,
        fx: &mut Effects,
    ) {
        self.people.register(name, account);
        self.displace_guest(now, &name, id, fx);
        self.take_name(now, id, name, Some(account), fx);
    }

    fn accepted(&mut self, id: SessionId, answer: &AccountAnswer, fx: &mut Effects) {
        if self.sessions.get(id).is_some() {
            if *answer == AccountAnswer::Changed {
                let version = self.settings.terms.version.clone();
                fx.send(id, |o| line::ok(o, "ACCEPT", format_args!("{version}")));
            } else {
                self.fail(id, "ACCEPT", Code::NotStored, NOT_WRITTEN, fx);
            }
            self.finish(id, fx);
        }
    }

    /// The password is another one: whoever still uses the old one is out.
    fn close_others(
        &mut self,
        now: Now,
        id: SessionId,
        name: &Name,
        account: AccountId,
        fx: &mut Effects,
    ) {
        let others: Vec<SessionId> = self.people.sessions(name).to_vec();
        for other in others.into_iter().filter(|other| *other != id) {
            if self.sessions.get(other).is_some_and(|s| s.account == Some(account)) {
                let text = format!("the password of {name} was changed; log in again");
                self.notice(other, &text, fx);
                self.close(now, other, fx);
            }
        }
    }
}

impl Step {
    fn verb(&self) -> Verb {
        match self {
            Step::Finding(job) => job.verb(),
            Step::HashingNew(_) | Step::WritingNew(..) => Verb::Register,
            Step::HashingLogin(..) | Step::WritingRehash => Verb::Login,
            Step::HashingChange(..) | Step::WritingChange(..) => Verb::Passwd,
            Step::HashingRecovery(..) | Step::WritingRecovery(..) => Verb::Recover,
        }
    }
}

/// The code as it is shown, this once.
fn shown(code: &Secret) -> &str {
    std::str::from_utf8(code.expose()).expect("a recovery code is ASCII")
}

const NOT_WRITTEN: &str = "it could not be written down, nothing is changed; try again later";
