//! The same transcript with everything that somebody types until somebody else has a
//! say sent at once, as programs do.

use super::script::{Line, Script, Step};

/// The transcript in bursts. Presence is gathered over time, so in a burst it comes
/// when it comes: its lines are left out, and [`is_presence`] tells them.
///
/// `None` if what is typed depends on what came before.
pub fn burst(script: &Script) -> Option<Script> {
    let depends = script
        .lines
        .iter()
        .any(|line| matches!(&line.step, Step::Send { text, .. } if text.has_name()));
    if depends {
        return None;
    }
    let mut out = Script { lines: Vec::new(), ..script.clone() };
    // What is typed goes up to the first thing that this one has typed since
    // anybody else did anything.
    let mut typing: Option<(String, usize)> = None;
    for line in &script.lines {
        match &line.step {
            Step::Send { who, .. } => match &typing {
                Some((same, at)) if same == who => {
                    let at = *at;
                    out.lines.insert(at, line.clone());
                    typing = Some((who.clone(), at + 1));
                }
                _ => {
                    out.lines.push(line.clone());
                    typing = Some((who.clone(), out.lines.len()));
                }
            },
            Step::Expect(_, _) if is_presence(expected(line)) => {}
            Step::Expect(..) | Step::Nothing => out.lines.push(line.clone()),
            // Silence in the middle of a burst is none.
            Step::Silence(_) => {}
            _ => {
                out.lines.push(line.clone());
                typing = None;
            }
        }
    }
    Some(out)
}

/// Whether a line tells who came or went.
pub fn is_presence(line: &str) -> bool {
    let mut words = line.split(' ');
    words.next().is_some_and(|source| source == ":taifas")
        && matches!(words.next(), Some("JOIN" | "PART"))
}

fn expected(line: &Line) -> &str {
    line.text.split_once("< ").map_or("", |(_, text)| text)
}
