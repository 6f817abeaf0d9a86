//! Settings that could not be written down: said once, on top of whatever page is shown,
//! until they can be written again or it is dismissed.
//!
//! Every page keeps something now and then; a full disk refuses each time, and need not
//! be told of each time.

use std::io;
use std::path::Path;

use eframe::egui::Ui;

use super::strip;
use crate::{stderr, theme};

/// What is to be said about it.
#[derive(Debug, Default)]
pub enum Unkept {
    /// Nothing: they are kept.
    #[default]
    Not,
    /// This, until it is read.
    Said(String),
    /// It was read, and is so still.
    Dismissed,
}

impl Unkept {
    /// They were to be written down here.
    pub fn heard(&mut self, kept: io::Result<()>, path: Option<&Path>) {
        match (kept, &self) {
            (Ok(()), _) => *self = Unkept::Not,
            (Err(error), Unkept::Not) => {
                let words = words(path, &error);
                stderr::say(&words);
                *self = Unkept::Said(words);
            }
            (Err(_), _) => {}
        }
    }

    /// What is to be read, if anything.
    pub fn words(&self) -> Option<&str> {
        match self {
            Unkept::Said(words) => Some(words),
            Unkept::Not | Unkept::Dismissed => None,
        }
    }

    /// Shows it.
    pub fn show(&mut self, ui: &mut Ui) {
        let warning = theme::palette(ui).warning;
        let dismiss = |ui: &mut Ui| strip::button(ui, "Dismiss").clicked();
        if let Some(words) = self.words()
            && strip::show(ui, words, warning, dismiss)
        {
            *self = Unkept::Dismissed;
        }
    }
}

/// Where and why, in plain words.
fn words(path: Option<&Path>, error: &io::Error) -> String {
    use io::ErrorKind::{
        NotADirectory, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
    };
    let place = path.map_or_else(String::new, |path| format!(" in {}", path.display()));
    let why = match error.kind() {
        StorageFull => "the disk is full".into(),
        QuotaExceeded => "no more may be stored there".into(),
        PermissionDenied => "nothing may be written there".into(),
        ReadOnlyFilesystem => "that disk can only be read".into(),
        NotADirectory => "that is not in a folder".into(),
        // As the system says it, without its number.
        _ => {
            let said = error.to_string();
            said.split(" (os error").next().unwrap_or_default().to_owned()
        }
    };
    format!(
        "Your settings could not be kept{place}: {why}. This window goes on; what it would \
         remember is forgotten when it is closed."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_once_until_they_are_kept_again() {
        let full = || Err(io::Error::from(io::ErrorKind::StorageFull));
        let path = Some(Path::new("/there/desktop.toml"));
        let mut unkept = Unkept::default();
        unkept.heard(full(), path);
        let said = "Your settings could not be kept in /there/desktop.toml: the disk is full. ";
        assert!(unkept.words().is_some_and(|words| words.starts_with(said)), "{unkept:?}");
        unkept = Unkept::Dismissed;
        unkept.heard(full(), path);
        assert_eq!(unkept.words(), None);
        unkept.heard(Ok(()), path);
        unkept.heard(full(), path);
        assert!(unkept.words().is_some());
        unkept.heard(Ok(()), path);
        assert_eq!(unkept.words(), None);
    }

    #[test]
    fn no_number_of_the_system_is_shown() {
        let strange = io::Error::from_raw_os_error(5);
        assert!(strange.to_string().contains("os error"));
        assert!(!words(None, &strange).contains("os error"), "{strange}");
    }
}
