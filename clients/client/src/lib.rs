//! taifas-client: talks to a taifas server on behalf of a desktop client, a bot, or
//! anything else that wants to miss nothing. No window, no async.
//!
//! ```text
//!   Client     what the owner holds; two threads, one sends, one receives
//!     │
//!   session    the pure machine: who we are, what is asked, what is resent
//!     │
//!   wire       lines both ways, over taifas::parser
//!
//!   Model      what a screen shows: folded from the happenings, by the owner
//! ```
//!
//! A [`Client`] comes back by itself when the connection breaks, reads what it has
//! missed, and says again what was not answered, so that each message is there exactly
//! once. What happens is handed over as [`Happening`]s; [`Model`] makes people,
//! messages and delivery marks of them. A bot needs no model:
//!
//! ```no_run
//! use taifas_client::{Client, Happening, Settings};
//!
//! let bot = Client::connect(Settings::guest("127.0.0.1:7667", "echo")?, || ())?;
//! while let Some(happening) = bot.wait() {
//!     if let Happening::Said { place, message } = happening
//!         && let Some(text) = message.text.strip_prefix("echo ")
//!     {
//!         bot.say(&place, text).ok();
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod client;
mod link;
pub mod session;
pub mod wire;

mod fingerprint;
mod happening;
mod id;
mod model;
mod order;
mod password;
mod pipe;
mod place;
mod settings;
mod trust;

pub use client::{Client, HAPPENINGS_MOST, StartError};
pub use fingerprint::{BadFingerprint, Fingerprint};
pub use happening::{Found, Happening, Link, Mark, Page, Refusal, RoomInfo, Why};
pub use id::MessageId;
pub use model::{
    At, BYTES_EACH_MOST, Delivery, MESSAGES_MOST, Model, PEOPLE_MOST, Pending, PlaceModel, mentions,
};
pub use order::Order;
pub use password::{BadPassword, PASSWORD_BYTES, Password};
pub use place::Place;
pub use session::{BadText, OWN_MOST, TALKS_MOST, check_text};
pub use settings::{BadName, Entry, Security, Settings, Waits, name};
pub use taifas::limits::{PASSWORD_CHARS_MIN, TOPIC_BYTES};
pub use taifas::protocol::{Name, RoomName, Timestamp, Verb, is_relayable};
pub use wire::{Message, TEXT_BYTES};
