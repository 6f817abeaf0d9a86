//! A password while it is typed.
