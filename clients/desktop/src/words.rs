//! What the server says no with, in plain words: what is wrong and what to do. The code
//! stays beside it, for those who report a fault.
//!
//! Pure. Called by every page that shows a refusal.

use taifas_client::{Refusal, Why};

/// A sentence for people, and the server's code behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plain {
    /// What is wrong and what to do.
    pub text: String,
    /// The server's code and words, for the hover; empty where the words are ours.
    pub code: String,
}

impl Plain {
    /// Words of our own.
    pub fn own(text: &str) -> Plain {
        Plain { text: text.into(), code: String::new() }
    }
}

/// A refusal in plain words.
pub fn refusal(refusal: &Refusal) -> Plain {
    Plain { text: refusal.text.clone(), code: refusal.code.clone() }
}

/// Why a connection is gone, in plain words.
pub fn lost(why: &Why) -> Plain {
    match why {
        Why::Refused(why) => refusal(why),
        other => Plain::own(&other.to_string()),
    }
}
