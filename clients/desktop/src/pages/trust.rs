//! Whom one talks to, where a connection is encrypted: asked once for a server that
//! nobody knows, refused loudly where it shows another certificate than it did.
//!
//! Only asks; the page does what was answered. A certificate that has changed is not
//! trusted here: the old one has to be forgotten first, which is asked twice.

use eframe::egui::{Label, Response, RichText, Stroke, Ui};
use taifas_client::Fingerprint;

use super::{card, strip};
use crate::theme::{self, space};

/// The question.
#[derive(Debug, Default)]
pub struct Question {
    /// It has just come, and wants the focus on what does no harm.
    is_old: bool,
    /// Whether to forget the old one is being asked.
    asks_twice: bool,
}

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// This is the server.
    Trust(Fingerprint),
    /// Or it may not be.
    Distrust,
    /// Nobody knows any more which one is.
    Forget,
}

impl Question {
    /// Shows it. `no`: what the button says that trusts nobody. `wants_focus`: it may
    /// take the focus when it comes.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        server: &str,
        [shown, trusted]: [Option<Fingerprint>; 2],
        no: &str,
        wants_focus: bool,
    ) -> Option<Answer> {
        let shown = shown?;
        let comes = !std::mem::replace(&mut self.is_old, true) && wants_focus;
        let palette = theme::palette(ui);
        let colour = if trusted.is_some() { palette.error } else { palette.warning };
        let frame = card::surface(ui).stroke(Stroke::new(theme::FOCUS_WIDTH, colour));
        frame
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.spacing_mut().item_spacing.y = space::S;
                match trusted {
                    None => unknown(ui, server, shown, no, comes),
                    Some(trusted) => self.changed(ui, server, [shown, trusted], no, comes),
                }
            })
            .inner
    }

    fn changed(
        &mut self,
        ui: &mut Ui,
        server: &str,
        [shown, trusted]: [Fingerprint; 2],
        no: &str,
        comes: bool,
    ) -> Option<Answer> {
        let palette = theme::palette(ui);
        title(ui, "This may not be your server", palette.error);
        if !self.asks_twice {
            text(
                ui,
                &format!(
                    "The fingerprint of {server} differs from the one you trusted. Nothing was \
                     sent to it. Somebody may stand between you and the server and read along; \
                     or the server has a new certificate. Ask whoever runs the server."
                ),
            );
        }
        card::remark(ui, "You trusted:");
        print(ui, trusted);
        card::remark(ui, "It shows now:");
        print(ui, shown);
        if !self.asks_twice {
            let [back, forget] = pair(ui, [no, "Forget the old fingerprint…"], comes);
            self.asks_twice = forget.clicked();
            if self.asks_twice {
                // So that the answer that does no harm gets the focus.
                self.is_old = false;
                ui.request_repaint();
            }
            return back.clicked().then_some(Answer::Distrust);
        }
        title(ui, "Forget it?", palette.error);
        text(
            ui,
            "Only if whoever runs the server has told you that it has a new certificate. You \
             are asked next whether to trust the new one.",
        );
        let [keep, forget] = pair(ui, ["Keep it", "Forget it"], comes);
        if keep.clicked() || forget.clicked() {
            *self = Question::default();
            ui.request_repaint();
        }
        forget.clicked().then_some(Answer::Forget)
    }
}

fn unknown(ui: &mut Ui, server: &str, shown: Fingerprint, no: &str, comes: bool) -> Option<Answer> {
    title(ui, "Is this your server?", theme::palette(ui).text);
    text(ui, &format!("You have not talked to {server} before. Its fingerprint is:"));
    print(ui, shown);
    text(ui, "Ask whoever runs the server, who sees it with this command:");
    ui.add(Label::new(RichText::new("taifas fingerprint").font(theme::fixed())).wrap());
    text(ui, "Trust it only if both are the same. You are asked this once.");
    let distrust = card::secondary(ui, no);
    if comes {
        distrust.request_focus();
    }
    let trust = card::primary(ui, "Trust");
    let yes = trust.clicked().then_some(Answer::Trust(shown));
    yes.or(distrust.clicked().then_some(Answer::Distrust))
}

/// Two buttons, beside each other where there is room: the question is to be seen as a
/// whole. The first one does no harm, and has the focus if that comes here.
fn pair(ui: &mut Ui, words: [&str; 2], comes: bool) -> [Response; 2] {
    let pair = ui.horizontal_wrapped(|ui| words.map(|words| strip::button(ui, words))).inner;
    if comes {
        pair[0].request_focus();
    }
    pair
}

fn title(ui: &mut Ui, words: &str, colour: eframe::egui::Color32) {
    super::note::say_strong(ui, words, colour);
}

fn text(ui: &mut Ui, words: &str) {
    ui.add(Label::new(words).wrap());
}

/// As `taifas fingerprint` shows it, so that it can be compared letter by letter.
fn print(ui: &mut Ui, print: Fingerprint) {
    let text = RichText::new(format!("SHA256:{print}")).font(theme::fixed());
    ui.add(Label::new(text).wrap());
}
