//! stub
mod durability;
pub use durability::Durability;
