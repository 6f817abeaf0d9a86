//! taifas-desktop: the window. It registers, logs in, chats, and comes back having
//! missed nothing; the wire is [`taifas_client`]'s, and no frame ever waits for it.
//!
//! ```text
//!   app          which page is shown; takes what has happened, before each frame
//!     │
//!   pages        menu, log in, register, recover, recovery code, chat
//!     │
//!   talk         a client and its model        lookout   does the server answer
//!   remembered   server, name, theme, window   theme     every colour and size
//!   secret       passwords while typed         words     refusals for people
//!   clock        local times                   fonts     text and colour emoji
//!   address      a server's, as it is typed        notify    what the desktop shows
//!   stderr       words where there is no window
//! ```
//!
//! Everything is shown by plain functions over an [`egui::Ui`](eframe::egui::Ui), so
//! that tests press its buttons without a window.

pub mod address;
pub mod app;
pub mod clock;
pub mod fonts;
pub mod lookout;
pub mod notify;
pub mod pages;
pub mod remembered;
pub mod secret;
pub mod stderr;
pub mod talk;
pub mod theme;
pub mod words;
