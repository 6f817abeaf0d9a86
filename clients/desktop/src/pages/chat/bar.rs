//! How the connection stands, while it does not simply stand: a quiet bar that counts
//! the seconds, or says what is to be done where trying again does not help.
//!
//! It asks for nothing itself; the page acts. It paints again by the second only while
//! there are seconds to see.

use std::time::{Duration, Instant};

use eframe::egui::{Id, Label, RichText, Ui};
use taifas_client::{Fingerprint, Link, Password, Refusal};

use crate::pages::field::{self, Below};
use crate::pages::note;
use crate::pages::trust::{Answer, Question};
use crate::remembered::Remembered;
use crate::secret::Secret;
use crate::theme::{self, space};
use crate::words::{self, Plain};

/// What the connection needs.
#[derive(Default)]
pub struct Bar {
    /// When it is tried again; empty before the first loss.
    again_at: Option<Instant>,
    /// Why it was lost; until it is there again.
    why: Option<Plain>,
    question: Question,
    /// How high the question was in the last frame.
    height: f32,
    password: Secret,
    /// The password is to have the focus: it was just asked for.
    wants_focus: bool,
    /// What is wrong with what was typed.
    trouble: Option<Plain>,
}

/// What somebody wants to be done.
pub enum Act {
    /// Try to connect now.
    TryNow,
    /// Come back with this password.
    EnterAgain(Password),
    /// Try to come in once more.
    ComeBack,
    /// This certificate is the server's; `None`: nobody knows any more which one is.
    Trust(Option<Fingerprint>),
    /// Give it up.
    Menu,
}

impl Bar {
    /// The connection has changed.
    pub fn heard(&mut self, link: &Link) {
        match link {
            Link::Lost { why, again_in_ms } => {
                self.why = Some(words::lost(why));
                self.again_at = Instant::now().checked_add(Duration::from_millis(*again_in_ms));
            }
            Link::Stopped(_) => self.wants_focus = true,
            Link::Untrusted { .. } => self.question = Question::default(),
            Link::Live => self.why = None,
            _ => {}
        }
    }

    /// Whether there is anything to show.
    pub fn is_needed(link: &Link) -> bool {
        *link != Link::Live
    }

    /// Whether there is room for nothing else: a question of that weight is to be read
    /// as a whole.
    pub fn takes_all(&self, ui: &Ui, link: &Link) -> bool {
        let room = ui.available_height() - theme::MESSAGES_HEIGHT;
        matches!(link, Link::Untrusted { .. }) && self.height > room
    }

    /// Shows it. `remembered`: what is known of the server.
    pub fn show(&mut self, ui: &mut Ui, link: &Link, remembered: &Remembered) -> Option<Act> {
        match link {
            Link::Live => None,
            Link::Connecting | Link::Entering => self.coming(ui, "Connecting…"),
            Link::CatchingUp => self.coming(ui, "Reading what you have missed…"),
            Link::Lost { .. } => self.lost(ui),
            Link::Stopped(why) => self.stopped(ui, why),
            Link::Untrusted { fingerprint, .. } => self.untrusted(ui, *fingerprint, remembered),
            Link::Closed => {
                ui.label("The connection is closed.");
                ui.button("Back to menu").clicked().then_some(Act::Menu)
            }
        }
    }

    /// As high as what stands here between two tries, so that nothing below jumps with
    /// each of them.
    fn coming(&self, ui: &mut Ui, text: &str) -> Option<Act> {
        let palette = theme::palette(ui);
        ui.horizontal(|ui| {
            ui.set_height(ui.spacing().interact_size.y);
            ui.label(RichText::new(text).color(palette.muted));
        });
        self.why.iter().for_each(|why| reason(ui, why));
        None
    }

    fn lost(&self, ui: &mut Ui) -> Option<Act> {
        let warning = theme::palette(ui).warning;
        let mut act = None;
        ui.horizontal_wrapped(|ui| {
            let when = match self.seconds(ui) {
                0 => "now".into(),
                seconds => format!("in {seconds} s"),
            };
            let text = format!("Connection lost, trying again {when}");
            ui.label(RichText::new(text).color(warning));
            act = ui.button("Try now").clicked().then_some(Act::TryNow);
        });
        self.why.iter().for_each(|why| reason(ui, why));
        act
    }

    /// How many are left until the next try; paints again when it is one less.
    fn seconds(&self, ui: &Ui) -> u64 {
        let left = self.again_at.map(|at| at.saturating_duration_since(Instant::now()));
        let left = left.unwrap_or_default();
        if left.is_zero() {
            return 0;
        }
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        let next = left.saturating_sub(Duration::from_secs(seconds - 1));
        // A moment later, so that it has changed by then.
        ui.request_repaint_after(next + Duration::from_millis(10));
        seconds
    }

    /// Another certificate than the one that was trusted; or the one that was is
    /// forgotten meanwhile.
    fn untrusted(
        &mut self,
        ui: &mut Ui,
        shown: Fingerprint,
        remembered: &Remembered,
    ) -> Option<Act> {
        let prints = [Some(shown), remembered.trusted()];
        let server = &remembered.server;
        let shown = ui.scope(|ui| {
            // Wide, so that it is low, and messages stay in view below it.
            let most = theme::TEXT_WIDTH + theme::margin().sum().x;
            ui.set_max_width(most.min(ui.available_width()));
            self.question.show(ui, server, prints, "Back to menu", true)
        });
        let height = shown.response.rect.height();
        if (self.height - height).abs() > 0.5 {
            self.height = height;
            ui.ctx().request_discard("the question's height was not known");
        }
        Some(match shown.inner? {
            Answer::Trust(print) => Act::Trust(Some(print)),
            Answer::Forget => Act::Trust(None),
            Answer::Distrust => Act::Menu,
        })
    }

    /// The server does not let us in, or has sent us away. What is to be done depends on
    /// why.
    fn stopped(&mut self, ui: &mut Ui, why: &Refusal) -> Option<Act> {
        let palette = theme::palette(ui);
        let text = match why.code.as_str() {
            "KICKED" => "You were sent away",
            "BANNED" => "You are shut out",
            _ => "You are not connected any more",
        };
        note::say_strong(ui, text, palette.error);
        reason(ui, &words::refusal(why));
        let kept = "What you have written is kept, and sent when you are back.";
        ui.label(RichText::new(kept).small().color(palette.muted));
        let act = match why.code.as_str() {
            "BAD_CREDENTIALS" => self.ask_password(ui),
            "KICKED" => self.ask_to_come_back(ui, "Come back"),
            _ => self.ask_to_come_back(ui, "Try again"),
        };
        ui.add_space(space::XS);
        act
    }

    fn ask_to_come_back(&mut self, ui: &mut Ui, words: &str) -> Option<Act> {
        ui.horizontal(|ui| {
            let back = ui.button(words);
            if std::mem::take(&mut self.wants_focus) {
                back.request_focus();
            }
            let menu = ui.button("Back to menu").clicked().then_some(Act::Menu);
            back.clicked().then_some(Act::ComeBack).or(menu)
        })
        .inner
    }

    fn ask_password(&mut self, ui: &mut Ui) -> Option<Act> {
        let mut act = None;
        ui.scope(|ui| {
            ui.set_max_width(theme::CARD_WIDTH);
            let id = Id::unique("password to come back");
            let below = Below::fault(&self.trouble);
            let field = field::secret(ui, id, "Your password", &mut self.password, below);
            if std::mem::take(&mut self.wants_focus) {
                field.request_focus();
            }
            if field.changed() {
                self.trouble = None;
            }
            let entered = field::entered(ui, &field);
            ui.horizontal(|ui| {
                let again = ui.button("Enter again").clicked();
                if again || entered {
                    act = self.enter();
                    self.wants_focus = act.is_none();
                }
                if ui.button("Back to menu").clicked() {
                    act = Some(Act::Menu);
                }
            });
        });
        act
    }

    fn enter(&mut self) -> Option<Act> {
        let password = self.password.password();
        self.password.empty();
        self.trouble = password.is_err().then(|| Plain::own("Type your password."));
        password.ok().map(Act::EnterAgain)
    }
}

fn reason(ui: &mut Ui, why: &Plain) {
    let text = RichText::new(&why.text).small().color(theme::palette(ui).muted);
    let label = ui.add(Label::new(text).wrap());
    if !why.code.is_empty() {
        label.on_hover_text(&why.code);
    }
}
