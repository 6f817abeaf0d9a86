//! The bare hub that the transcripts are played on.

#![allow(dead_code)]

#[path = "../../../tests/support/backend.rs"]
pub mod backend;
#[path = "../../../tests/support/hub.rs"]
pub mod hub;
#[path = "../../../tests/support/hub_input.rs"]
mod hub_input;
#[path = "../../../tests/query_model/mod.rs"]
mod query_model;
#[path = "../../../tests/support/shelf.rs"]
mod shelf;
