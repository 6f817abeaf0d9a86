//! taifas: a chat relay for the smallest machine in the house.
//!
//! Read the modules in this order; imports run downwards only, and
//! `tests/tidy.rs` holds them to it:
//!
//! ```text
//!   reactor   poll, sockets, timers, outboxes: does what the hub decides
//!      │
//!   hub · parser · telnet · store · auth · identity      siblings, strangers to each other
//!      │
//!   protocol · limits                         values and numbers, std only
//! ```
//!
//! Without its default features the library is protocol, parser, telnet and hub
//! alone: no sockets, no SQLite, no clock. Clients are built on just that.

pub mod limits;
pub mod protocol;

pub mod hub;
pub mod parser;
pub mod telnet;

#[cfg(feature = "server")]
pub mod auth;
#[cfg(feature = "server")]
pub mod identity;
#[cfg(feature = "server")]
pub mod store;

#[cfg(feature = "server")]
pub mod config;
#[cfg(feature = "server")]
pub mod reactor;
