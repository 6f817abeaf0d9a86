//! What is asked or shown over the chat page, one at a time, and what is done with the
//! answers.
//!
//! Each of them keeps what was typed into it; here they are only shown, and given back
//! until they are closed.

use eframe::egui::Context;

use super::bans::Bans;
use super::change::{self, Change};
use super::join::Join;
use super::jump::Jump;
use super::order::Ask;
use super::question::{self, Leave};
use super::topic::Topic;
use super::{Chat, keys};
use crate::clock::Clock;
use crate::pages::Go;

/// What is asked or shown over the page.
pub(super) enum Over {
    /// Who is shut out.
    Bans(Box<Bans>),
    /// Change password.
    Change(Box<Change>),
    /// Join a room.
    Join(Box<Join>),
    /// Go somewhere by its name.
    Jump(Jump),
    /// The list of keys.
    Keys,
    /// Leave although messages wait?
    Leave(Leave),
    /// An operator's order.
    Order(Box<Ask>),
    /// Send so many at once?
    Send,
    /// What a room is about.
    Topic(Topic),
}

impl Chat {
    /// Shows what is over the page, if anything is.
    pub(super) fn show_over(&mut self, ctx: &Context, clock: &Clock) -> Option<Go> {
        let (mut over, is_fresh) = self.over.take()?;
        let mut go = None;
        let stays = match &mut over {
            Over::Keys => !keys::show(ctx, is_fresh),
            Over::Change(change) => match change.show(ctx) {
                Some(change::Wish::Change(old, new)) => {
                    self.talk.client().change_password(old, new);
                    true
                }
                Some(change::Wish::Close) => false,
                None => true,
            },
            Over::Join(join) => {
                let wish = join.show(ctx, self.talk.model(), is_fresh);
                wish.is_none_or(|wish| self.join(wish, ctx))
            }
            Over::Jump(jump) => {
                let wish = jump.show(ctx, self.talk.at(&self.spots.here()), is_fresh);
                wish.into_iter().for_each(|wish| self.jumped(wish, ctx));
                wish.is_none()
            }
            Over::Topic(topic) => {
                let wish = topic.show(ctx, is_fresh);
                wish.is_none_or(|wish| self.set_topic(topic, wish))
            }
            Over::Order(ask) => {
                let wish = ask.show(ctx, clock, is_fresh);
                wish.is_none_or(|wish| self.order(ask, wish))
            }
            Over::Bans(bans) => {
                let wish = bans.show(ctx, clock, is_fresh);
                wish.is_none_or(|wish| self.lift(bans, wish))
            }
            Over::Leave(leave) => {
                let answer = question::to_leave(ctx, self.waiting(), is_fresh);
                if answer == Some(true) {
                    self.may_close = true;
                    go = Some(if *leave == Leave::Exit { Go::Exit } else { Go::Menu });
                }
                answer.is_none()
            }
            Over::Send => {
                let answer = question::to_send(ctx, self.composer.lines().len(), is_fresh);
                if answer == Some(true) {
                    self.send(ctx, true);
                }
                answer.is_none()
            }
        };
        if stays {
            self.over = Some((over, false));
        }
        go
    }
}
