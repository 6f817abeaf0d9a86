//! Whether a text names somebody: the whole name, in any case, with or without @.
//!
//! Pure. Called by the model for what is counted, and by screens for what they mark.

use taifas::protocol::Name;

/// Whether this name stands in the text as a word of its own.
pub fn mentions(text: &str, name: &Name) -> bool {
    let name = name.as_str();
    // Names are ASCII and have `-`, `_` and `.` in them: "ana-maria" is somebody else,
    // but the full stop behind "ana." ends the sentence.
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))).any(|word| {
        word.eq_ignore_ascii_case(name) || word.trim_matches(['-', '.']).eq_ignore_ascii_case(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_whole_word() {
        let ana = "ana".parse().unwrap();
        for text in [
            "ana",
            "Ana?",
            "hello ANA",
            "@ana look",
            "ana: hello",
            "it is ana's",
            "…ana…",
            "(ana)",
            "yes, ana.",
            "ana...",
            "- ana-",
            "ion,ana,maria",
        ] {
            assert!(mentions(text, &ana), "{text}");
        }
        for text in ["", "banana", "anac", "ana-maria", "ana.maria", "ana_", "anaă", "an a", "ana2"]
        {
            assert!(!mentions(text, &ana), "{text}");
        }
        assert!(mentions("Ana-Maria, come", &"ana-maria".parse().unwrap()));
        assert!(mentions("to x. and so on", &"x.".parse().unwrap()), "a name may end so");
    }
}
