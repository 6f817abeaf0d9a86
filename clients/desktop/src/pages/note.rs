//! The line of result under a page's button: what is being done, that it is done, or
//! in plain words what is wrong; and how long to wait, counted down.
//!
//! The server's code is in the hover text. Read aloud by screen readers when it
//! changes.

use std::time::{Duration, Instant};

use eframe::egui::accesskit::Live;
use eframe::egui::{Color32, Label, Response, RichText, Ui};
use taifas_client::{Refusal, Why};

use crate::theme;
use crate::words::{self, Plain};

/// The line.
#[derive(Debug, Clone, Default)]
pub enum Note {
    /// Nothing to say.
    #[default]
    Nothing,
    /// Something is being done.
    Busy(Plain),
    /// It is done.
    Done(Plain),
    /// It is not.
    Wrong(Plain),
    /// It may be tried again then.
    Wait {
        /// When.
        until: Instant,
        /// The server's code and words.
        code: String,
    },
}

impl Note {
    /// A refusal, said like this. One that says how long to wait is counted down.
    pub fn refused(refusal: &Refusal, plain: Plain) -> Note {
        match refusal.wait_secs() {
            Some(secs) => {
                // No server says more than a quarter of an hour; one that is mad must
                // not stop the clock.
                let until = Instant::now() + Duration::from_secs(secs.min(WAIT_SECS_MOST));
                Note::Wait { until, code: plain.code }
            }
            None => Note::Wrong(plain),
        }
    }

    /// There is no connection.
    pub fn lost(why: &Why) -> Note {
        match why {
            Why::Refused(refusal) => Note::refused(refusal, words::refusal(refusal)),
            _ => Note::Wrong(words::lost(why)),
        }
    }

    /// Something is being done.
    pub fn busy(text: &str) -> Note {
        Note::Busy(Plain::own(text))
    }

    /// Whether nothing may be tried yet.
    pub fn is_waiting(&self) -> bool {
        matches!(self, Note::Wait { until, .. } if *until > Instant::now())
    }

    /// Shows it, and has it painted again when it will say something else.
    pub fn show(&self, ui: &mut Ui) {
        let palette = theme::palette(ui);
        match self {
            Note::Nothing => {}
            Note::Busy(plain) => drop(say(ui, plain, palette.muted)),
            Note::Done(plain) => drop(say(ui, plain, palette.accent)),
            Note::Wrong(plain) => drop(say(ui, plain, palette.error)),
            Note::Wait { until, code } => {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return drop(say(ui, &Plain::own("You can try again now."), palette.accent));
                }
                let text = words::too_many(whole_secs(left));
                drop(say(ui, &Plain { text, code: code.clone() }, palette.warning));
                ui.ctx().request_repaint_after(next_words(left));
            }
        }
    }
}

/// What is wrong with a field, below it.
pub fn fault(ui: &mut Ui, fault: &Plain) -> Response {
    let colour = theme::palette(ui).error;
    let text = RichText::new(&fault.text).font(theme::small()).color(colour);
    announce(ui, Label::new(text), &fault.code)
}

/// A sentence in this colour.
pub fn say(ui: &mut Ui, plain: &Plain, colour: Color32) -> Response {
    announce(ui, Label::new(RichText::new(&plain.text).color(colour)), &plain.code)
}

/// A few words in this colour that must not be missed.
pub fn say_strong(ui: &mut Ui, words: &str, colour: Color32) -> Response {
    announce(ui, Label::new(RichText::new(words).strong().color(colour)), "")
}

const WAIT_SECS_MOST: u64 = 24 * 60 * 60;

fn announce(ui: &mut Ui, label: Label, code: &str) -> Response {
    let response = ui.add(label.wrap());
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_live(Live::Polite));
    if code.is_empty() { response } else { response.on_hover_text(code) }
}

/// Seconds, begun ones too: nobody is told to try too early.
fn whole_secs(left: Duration) -> u64 {
    left.as_secs() + u64::from(left.subsec_nanos() > 0)
}

/// How long until the words for what is left change: each second at the end, each
/// minute before.
fn next_words(left: Duration) -> Duration {
    let secs = whole_secs(left);
    let next = if secs <= 120 { secs - 1 } else { (secs.div_ceil(60) - 1) * 60 };
    // A little later than that: a frame that comes too early would change nothing.
    left - Duration::from_secs(next) + Duration::from_millis(20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_painted_when_its_words_change() {
        for (left_ms, secs, again_ms) in [
            (1, 1, 1),
            (1000, 1, 1000),
            (1001, 2, 1),
            (29_500, 30, 500),
            (120_000, 120, 1000),
            (121_000, 121, 1000),
            (180_000, 180, 60_000),
            (899_000, 899, 59_000),
        ] {
            let left = Duration::from_millis(left_ms);
            let again = next_words(left) - Duration::from_millis(20);
            assert_eq!((whole_secs(left), again.as_millis()), (secs, again_ms));
            let then = whole_secs(left - again);
            assert_ne!(words::wait(secs), words::wait(then), "{left_ms}");
        }
    }

    #[test]
    fn a_wait_is_counted_down_and_anything_else_is_said() {
        let later = Refusal::new("TRY_LATER", "try again in 30 seconds");
        assert!(Note::refused(&later, words::refusal(&later)).is_waiting());
        let mad = Refusal::new("TRY_LATER", "try again in 18446744073709551615 seconds");
        assert!(Note::refused(&mad, words::refusal(&mad)).is_waiting());
        let full = Refusal::new("SERVER_FULL", "in 30 seconds");
        let note = Note::refused(&full, words::refusal(&full));
        assert!(matches!(note, Note::Wrong(_)));
        assert!(!note.is_waiting());
    }
}
