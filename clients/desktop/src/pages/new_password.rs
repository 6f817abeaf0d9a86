//! A new password, typed twice: long enough, and both times the same.
//!
//! Says right below each field what is wrong with it: when the field is left, and when
//! the page is about to send it. Called by the pages for registering and recovering.

use eframe::egui::{Id, Ui};
use taifas_client::{PASSWORD_CHARS_MIN, Password};

use super::field::{self, Below};
use crate::secret::Secret;
use crate::words::{self, Plain};

/// The two fields.
#[derive(Default)]
pub struct NewPassword {
    first: Secret,
    first_fault: Option<Plain>,
    again: Secret,
    again_fault: Option<Plain>,
}

impl NewPassword {
    /// Shows them; the first one is called this. Whether one was left with Enter.
    pub fn show(&mut self, ui: &mut Ui, label: &str) -> bool {
        let [first, again] = self.wanting().map(|(id, _)| id);
        let hint = format!("At least {PASSWORD_CHARS_MIN} characters.");
        let below = Below::fault_or(&self.first_fault, &hint);
        let first = field::secret(ui, first, label, &mut self.first, below);
        if first.changed() {
            self.first_fault = None;
        } else if first.lost_focus() && !self.first.is_empty() {
            self.check_first();
        }
        let below = Below::fault(&self.again_fault);
        let label = format!("{label} again");
        let again = field::secret(ui, again, &label, &mut self.again, below);
        if first.changed() || again.changed() {
            self.again_fault = None;
        } else if again.lost_focus() && !self.again.is_empty() {
            self.check_again();
        }
        field::entered(ui, &first) || field::entered(ui, &again)
    }

    /// The fields, and whether they are empty or wrong.
    pub fn wanting(&self) -> [(Id, bool); 2] {
        let wants = |secret: &Secret, fault: &Option<Plain>| secret.is_empty() || fault.is_some();
        [
            (Id::unique("new password"), wants(&self.first, &self.first_fault)),
            (Id::unique("new password again"), wants(&self.again, &self.again_fault)),
        ]
    }

    /// To be shown or hidden.
    pub fn secrets(&mut self) -> [&mut Secret; 2] {
        [&mut self.first, &mut self.again]
    }

    /// The password, if nothing is wrong with it; what is wrong is shown from now on.
    pub fn checked(&mut self) -> Option<Password> {
        self.check_first();
        self.check_again();
        let is_good = self.first_fault.is_none() && self.again_fault.is_none();
        self.first.password().ok().filter(|_| is_good)
    }

    /// The server says what is wrong with it.
    pub fn refused(&mut self, why: Plain) {
        self.first_fault = Some(why);
    }

    /// Wipes both.
    pub fn empty(&mut self) {
        *self = NewPassword::default();
    }

    fn check_first(&mut self) {
        self.first_fault = match self.first.password() {
            Err(_) => Some(Plain::own("Choose a password.")),
            Ok(password) if !password.is_long_enough() => Some(Plain::own(&words::too_short())),
            Ok(_) => None,
        };
    }

    fn check_again(&mut self) {
        let differs = !self.first.is(&self.again);
        self.again_fault = differs.then(|| {
            Plain::own(match self.again.is_empty() {
                true => "Type the password a second time.",
                false => "The two passwords differ. Type the same one twice.",
            })
        });
    }
}
