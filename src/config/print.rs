//! `taifas default-config`: the whole table as a file to begin with.

use std::fmt::Write;

use super::keys::KEYS;
use super::{Config, Environment};

/// A configuration file that says nothing: every key with what it means and its
/// default behind a `#`. Taking that `#` away changes nothing either.
pub fn default_config(environment: &Environment) -> String {
    let config = Config::defaults(environment);
    let mut out = String::from(
        "# taifas.toml: every key there is, with its default. Take the # away from the ones\n\
         # you change, and check the result with: taifas check taifas.toml\n",
    );
    let mut section = "";
    for key in &KEYS {
        let its_section = key.path.split_once('.').map_or("", |(section, _)| section);
        if its_section != section {
            section = its_section;
            let _ = write!(out, "\n[{section}]\n");
        }
        out.push('\n');
        for line in key.meaning.lines().chain(key.beyond.lines()) {
            let _ = writeln!(out, "# {line}");
        }
        match key.written(&config) {
            Some(value) => drop(writeln!(out, "#{} = {value}", key.name())),
            // Behind "# " and not "#": it is an example, not the default.
            None => drop(writeln!(out, "# {} = \"{}\"", key.name(), key.example())),
        }
    }
    out
}
