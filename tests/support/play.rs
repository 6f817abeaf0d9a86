//! Walks through a transcript: types what is typed, compares what comes, and can
//! write down what came instead.

use std::collections::BTreeSet;

use super::backend::{Backend, Got};
use super::burst::is_presence;
use super::pattern::{Bindings, generalise};
use super::script::{Line, Script, Step};
use super::text::escape;

/// Plays a transcript. At its end nothing that came may be unread.
///
/// # Panics
/// At the first line that is not as it should be, and says which and what came.
pub fn play(script: &Script, backend: &mut dyn Backend) {
    let mut walk = Walk::new(backend);
    for line in &script.lines {
        if let Err(what) = walk.step(line) {
            panic!("\n{}:{} ({}): {what}\n", script.path, line.number, walk.backend.name());
        }
    }
    for who in walk.open.clone() {
        if let Err(what) = walk.silence(&who) {
            panic!("\n{}, at its end ({}): {what}\n", script.path, walk.backend.name());
        }
    }
    walk.backend.finish();
}

/// Plays what [`burst`](super::burst) has made of a transcript: what one client types
/// in a row is one send, and presence lines are passed over.
///
/// # Panics
/// As [`play`].
pub fn play_bursts(script: &Script, backend: &mut dyn Backend) {
    let mut walk = Walk { over_presence: true, ..Walk::new(backend) };
    let mut typed: Vec<u8> = Vec::new();
    for (at, line) in script.lines.iter().enumerate() {
        let result = match &line.step {
            Step::Send { who, text, whole } => {
                typed.extend_from_slice(&text.fill(&walk.bindings));
                typed.extend(whole.then_some(b'\n'));
                match script.lines.get(at + 1).map(|next| &next.step) {
                    Some(Step::Send { who: next, .. }) if next == who => Ok(()),
                    _ => walk.send(who, &std::mem::take(&mut typed)),
                }
            }
            _ => walk.step(line),
        };
        if let Err(what) = result {
            panic!("\n{}:{} (in bursts): {what}\n", script.path, line.number);
        }
    }
    for who in walk.open.clone() {
        if let Err(what) = walk.silence(&who) {
            panic!("\n{}, at its end (in bursts): {what}\n", script.path);
        }
    }
    walk.backend.finish();
}

/// Plays a transcript and returns it with what really came. A line that was right
/// stays as it was written.
pub fn update(script: &Script, backend: &mut dyn Backend) -> String {
    let mut walk = Walk::new(backend);
    let mut out = String::new();
    let mut settled = true;
    for line in &script.lines {
        match &line.step {
            Step::Expect(who, pattern) => match walk.backend.next(who) {
                Got::Line(came) if pattern.matches(&came, &mut walk.bindings) => {
                    put(&mut out, &line.text);
                }
                Got::Line(came) => {
                    settled = false;
                    put(&mut out, &walk.written(who, &came));
                }
                Got::Closed | Got::Nothing => settled = false,
            },
            Step::Nothing if line.text.is_empty() => {
                walk.drain(&mut out);
                settled = true;
                put(&mut out, "");
            }
            Step::Silence(_) => {
                walk.drain(&mut out);
                settled = true;
                put(&mut out, &line.text);
            }
            Step::Closed(who) => {
                walk.drain(&mut out);
                settled = true;
                // Otherwise that was written down a moment ago, or is not so.
                if walk.open.contains(who) && walk.step(line).is_ok() {
                    put(&mut out, &line.text);
                }
            }
            _ => {
                // Where an answer was another, there may be more of it than there was.
                if !settled {
                    walk.drain(&mut out);
                }
                settled = true;
                put(&mut out, &line.text);
                if let Err(what) = walk.step(line) {
                    panic!("\n{}:{}: {what}\n", script.path, line.number);
                }
            }
        }
    }
    walk.drain(&mut out);
    walk.backend.finish();
    out
}

fn put(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

struct Walk<'a> {
    backend: &'a mut dyn Backend,
    bindings: Bindings,
    /// Clients that are connected, as far as the transcript says.
    open: BTreeSet<String>,
    /// Whether presence lines are passed over.
    over_presence: bool,
}

impl<'a> Walk<'a> {
    fn new(backend: &'a mut dyn Backend) -> Walk<'a> {
        Walk { backend, bindings: Bindings::new(), open: BTreeSet::new(), over_presence: false }
    }

    fn step(&mut self, line: &Line) -> Result<(), String> {
        match &line.step {
            Step::Nothing => {}
            Step::Connect(who, from) => {
                if !self.open.insert(who.clone()) {
                    return Err(format!("{who} is connected already"));
                }
                self.backend.connect(who, *from);
            }
            Step::Send { who, text, whole } => {
                let mut bytes = text.fill(&self.bindings);
                bytes.extend(whole.then_some(b'\n'));
                return self.send(who, &bytes);
            }
            Step::Expect(who, pattern) => {
                self.greet(who)?;
                let got = self.next(who);
                let came = match &got {
                    Got::Line(line) if pattern.matches(line, &mut self.bindings) => return Ok(()),
                    got => self.told(who, got),
                };
                return Err(format!("expected\n  {}\nbut {came}", line.text));
            }
            Step::Silence(who) => return self.silence(who),
            Step::Closed(who) => {
                self.open.remove(who);
                let got = self.next(who);
                if got != Got::Closed {
                    return Err(format!("{who} should be closed, but {}", self.told(who, &got)));
                }
            }
            Step::EndInput(who) => {
                self.greet(who)?;
                self.backend.end_input(who);
            }
            Step::Vanish(who) => {
                self.open.remove(who);
                self.backend.vanish(who);
            }
            Step::Restart => {
                self.open.clear();
                self.backend.restart();
            }
            Step::Operate(what) => self.backend.operate(what),
            Step::Special(what) => self.backend.special(what),
        }
        Ok(())
    }

    fn send(&mut self, who: &str, bytes: &[u8]) -> Result<(), String> {
        self.greet(who)?;
        self.backend.send(who, bytes);
        Ok(())
    }

    fn next(&mut self, who: &str) -> Got {
        loop {
            match self.backend.next(who) {
                Got::Line(line) if self.passes_over(&line) => {}
                got => return got,
            }
        }
    }

    fn passes_over(&self, line: &[u8]) -> bool {
        self.over_presence && std::str::from_utf8(line).is_ok_and(is_presence)
    }

    /// Who was not said to connect does so now, and has read the greeting.
    fn greet(&mut self, who: &str) -> Result<(), String> {
        if !self.open.insert(who.to_owned()) {
            return Ok(());
        }
        self.backend.connect(who, None);
        match self.backend.next(who) {
            Got::Line(line) if line.starts_with(b"NAME ") => Ok(()),
            got => Err(format!("{who} was not greeted, but {}", self.told(who, &got))),
        }
    }

    fn silence(&mut self, who: &str) -> Result<(), String> {
        match self.backend.unread(who) {
            Got::Nothing => Ok(()),
            Got::Line(line) if self.passes_over(&line) => self.silence(who),
            got => Err(format!("{who} should have nothing to read, but {}", self.told(who, &got))),
        }
    }

    /// What came, for people.
    fn told(&self, who: &str, got: &Got) -> String {
        match got {
            Got::Line(line) => format!("there came\n  {who}< {}", escape(line)),
            Got::Closed => "the server has closed".into(),
            Got::Nothing => "nothing came".into(),
        }
    }

    /// A line that came, as a transcript has it.
    fn written(&self, who: &str, came: &[u8]) -> String {
        format!("{who}< {}", generalise(came, &self.bindings))
    }

    /// Writes down whatever has come and was not expected.
    fn drain(&mut self, out: &mut String) {
        for who in self.open.clone() {
            loop {
                match self.backend.unread(&who) {
                    Got::Line(came) => put(out, &self.written(&who, &came)),
                    Got::Closed => {
                        self.open.remove(&who);
                        put(out, &format!("{who} closed"));
                        break;
                    }
                    Got::Nothing => break,
                }
            }
        }
    }
}
