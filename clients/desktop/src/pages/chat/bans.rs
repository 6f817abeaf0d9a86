//! Who is shut out: the list of bans, each with a button that lifts it.
//!
//! The page hands the orders to the client, and the answers back to here. Who asks is no
//! operator as far as is known here; the server says so where it matters.

use eframe::egui::{Align, Context, Label, Layout, RichText, ScrollArea, Ui, vec2};
use jiff::civil::Date;
use taifas_client::Order;

use super::over;
use super::who::Ban;
use crate::clock::Clock;
use crate::pages::{card, note};
use crate::theme::{self, space};
use crate::words::Plain;

/// The list, while it is open.
#[derive(Default)]
pub struct Bans {
    /// As the server has told it; nothing before it has, or where it does not.
    list: Option<Vec<Ban>>,
    /// What was done, or is being asked.
    remark: Option<String>,
    trouble: Option<Plain>,
    /// It is as high as what it says, and stands in the middle one frame later.
    has_changed: bool,
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// To let this one in again.
    Lift(String),
    /// Nothing more.
    Close,
}

impl Bans {
    /// Just opened; the list is being asked for.
    pub fn new() -> Bans {
        Bans { remark: Some("Asking the server…".into()), ..Bans::default() }
    }

    /// It was done.
    pub fn done(&mut self, order: &Order, lines: &[String]) {
        self.has_changed = true;
        match order {
            Order::Bans => {
                self.list = Some(lines.iter().filter_map(|line| Ban::read(line)).collect());
                self.remark = None;
            }
            Order::Unban(whom) => {
                self.lifted(whom);
                self.remark = Some(format!("The ban of {whom} is lifted."));
            }
            _ => {}
        }
    }

    /// It was not done.
    pub fn refused(&mut self, order: &Order, why: Plain) {
        match order {
            // Somebody else was quicker, or its time was over.
            Order::Unban(whom) if why.code.starts_with("NO_SUCH_NAME") => self.lifted(whom),
            Order::Bans | Order::Unban(_) => {}
            _ => return,
        }
        self.has_changed = true;
        self.remark = None;
        self.trouble = Some(why);
    }

    /// The client does not take it.
    pub fn unfit(&mut self, why: &str) {
        self.remark = None;
        self.trouble = Some(Plain::own(why));
    }

    fn lifted(&mut self, whom: &str) {
        self.list.iter_mut().for_each(|list| list.retain(|ban| ban.whom != whom));
    }

    /// Shows it over the page.
    pub fn show(&mut self, ctx: &Context, clock: &Clock, is_fresh: bool) -> Option<Wish> {
        if std::mem::take(&mut self.has_changed) {
            ctx.request_repaint();
        }
        let modal = over::modal(ctx, "bans").show(ctx, |ui| {
            ui.set_width(over::width(ctx));
            card::heading(ui, "Bans");
            ui.add_space(space::S);
            let lift = match self.list.as_deref() {
                None => None,
                Some([]) => {
                    ui.label("Nobody is shut out.");
                    None
                }
                Some(bans) => list(ui, bans, clock, clock.today()),
            };
            if let Some(trouble) = &self.trouble {
                note::fault(ui, trouble);
            }
            if let Some(remark) = &self.remark {
                card::remark(ui, remark);
            }
            let close = card::secondary(ui, "Close");
            if is_fresh {
                close.request_focus();
            }
            if let Some(whom) = &lift {
                self.trouble = None;
                self.remark = Some(format!("Lifting the ban of {whom}…"));
            }
            lift.map(Wish::Lift).or(close.clicked().then_some(Wish::Close))
        });
        let closes = modal.should_close().then_some(Wish::Close);
        modal.inner.or(closes)
    }
}

/// Only those in view are made. Says whose ban is to be lifted.
fn list(ui: &mut Ui, bans: &[Ban], clock: &Clock, today: Date) -> Option<String> {
    let scroll = ScrollArea::vertical().id_salt("list of bans").max_height(theme::POPUP_HEIGHT);
    // Two lines, and what is between them.
    let row = (theme::TEXT_SIZE + theme::SMALL_SIZE) * theme::LINE_HEIGHT + space::XS;
    let row = row.max(ui.spacing().interact_size.y);
    let mut lift = None;
    scroll.show_rows(ui, row, bans.len(), |ui, rows| {
        for ban in &bans[rows] {
            let line = |ui: &mut Ui| {
                ui.set_height(row);
                let button = ui.button("Lift");
                card::follow(&button);
                if button.accessible_name(format!("Lift the ban of {}", ban.whom)).clicked() {
                    lift = Some(ban.whom.clone());
                }
                let size = vec2(ui.available_width(), row);
                ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
                    ui.spacing_mut().item_spacing.y = space::XS;
                    ui.add(Label::new(RichText::new(&ban.whom)).truncate());
                    let details = RichText::new(ban.details(clock, today)).font(theme::small());
                    let details = details.color(theme::palette(ui).muted);
                    ui.add(Label::new(details).truncate());
                });
            };
            let size = vec2(ui.available_width(), row);
            ui.push_id(&ban.whom, |ui| {
                ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), line);
            });
        }
    });
    lift
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lifted_is_gone() {
        let lines = ["192.0.2.0/24 never ana :", "ion never ana :spam", "strange"];
        let lines: Vec<String> = lines.map(str::to_owned).into();
        let mut bans = Bans::new();
        bans.done(&Order::Bans, &lines);
        let left = |bans: &Bans| -> Vec<String> {
            bans.list.iter().flatten().map(|ban| ban.whom.clone()).collect()
        };
        assert_eq!(left(&bans), ["192.0.2.0/24", "ion"]);
        bans.done(&Order::Unban("ion".into()), &[]);
        assert_eq!(left(&bans), ["192.0.2.0/24"]);
        let gone = Plain { text: "No.".into(), code: "NO_SUCH_NAME: no".into() };
        let failed = Plain { text: "No.".into(), code: "NOT_STORED: no".into() };
        let network = Order::Unban("192.0.2.0/24".into());
        bans.refused(&network, failed);
        assert_eq!(left(&bans), ["192.0.2.0/24"]);
        bans.refused(&network, gone);
        assert!(left(&bans).is_empty() && bans.trouble.is_some());
    }
}
