//! The timeline over a model that is folded from made-up happenings: no server, no
//! window. What stands where, what is said aloud, what can be pressed, and that nothing
//! moves under the reader's eyes.

#![allow(missing_docs)]

mod links;
mod rows;
mod scroll;
mod stage;
