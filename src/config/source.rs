//! From everything that was said to one checked configuration.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::file::{self, Assignment};
use super::keys::{self, KEYS};
use super::mistake::{Mistakes, Origin};
use super::value::Value;
use super::{Config, Environment, Size};

/// The two keys that are bound to each other.
const SOFT: &str = "limits.outbox_soft_bytes";
const HARD: &str = "limits.outbox_hard_bytes";

/// What was said on the command line, not yet believed.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// `--config FILE`.
    pub file: Option<PathBuf>,
    /// Every `--set KEY=VALUE`, in order.
    pub set: Vec<String>,
    /// `--data DIR`.
    pub data: Option<PathBuf>,
    /// Every `--listen ADDR`, in order; together they replace the file's.
    pub listen: Vec<String>,
    /// Every `--listen-tls ADDR`; likewise.
    pub listen_tls: Vec<String>,
    /// Every `--listen-telnet ADDR`; likewise.
    pub listen_telnet: Vec<String>,
    /// `--metrics ADDR`.
    pub metrics: Option<String>,
    /// `--sync WORD`.
    pub sync: Option<String>,
    /// `--profile WORD`.
    pub profile: Option<String>,
}

impl Sources {
    /// Reads and checks everything: defaults, then the profile, then the file, then
    /// `--set` in order, then the flags of their own.
    ///
    /// # Errors
    /// Every mistake there is, not just the first.
    pub fn load(&self, environment: &Environment) -> Result<Config, Mistakes> {
        self.resolve(environment).map(|(config, _)| config)
    }

    /// Every key with its value, and where that comes from, for people.
    ///
    /// # Errors
    /// As [`Sources::load`].
    pub fn values(&self, environment: &Environment) -> Result<String, Mistakes> {
        let (config, origins) = self.resolve(environment)?;
        let lines = KEYS.iter().filter_map(|key| {
            let origin = origins.get(key.path).unwrap_or(&Origin::Default);
            Some(format!("{} = {}  # {origin}\n", key.path, key.written(&config)?))
        });
        Ok(lines.collect())
    }

    fn resolve(
        &self,
        environment: &Environment,
    ) -> Result<(Config, HashMap<&'static str, Origin>), Mistakes> {
        let mut mistakes = Mistakes::default();
        let mut config = Config::defaults(environment);
        let mut origins = HashMap::new();
        let mut refused = Vec::new();
        for Assignment { path, value, origin } in self.assignments(&mut mistakes) {
            let key = match keys::find(&path) {
                Ok(key) => key,
                Err(why) => {
                    mistakes.add(&origin, why);
                    continue;
                }
            };
            if let Err(why) = key.set(&mut config, &value, &origin) {
                mistakes.add(&origin, why);
                refused.push(key.path);
            }
            origins.insert(key.path, origin);
        }
        if let Some(data) = &self.data
            && data.to_str().is_none()
        {
            // Keys take texts, a folder's name need not be one.
            config.data.clone_from(data);
        }
        if config.data.as_os_str().is_empty() && mistakes.0.is_empty() {
            let text = "there is no folder for the data: neither $HOME nor $STATE_DIRECTORY is \
                        set; say where with --data DIR";
            mistakes.add(&Origin::Default, text);
        }
        if !refused.contains(&SOFT) && !refused.contains(&HARD) {
            check_outbox_bounds(&config, &origins, &mut mistakes);
        }
        check_certificate_and_key(&config, &origins, &refused, &mut mistakes);
        check_addresses(&config, &origins, &mut mistakes);
        mistakes.or((config, origins))
    }

    fn assignments(&self, mistakes: &mut Mistakes) -> Vec<Assignment> {
        let mut all = match &self.file {
            Some(path) => file::read_text(path, mistakes)
                .map(|text| file::parse(path, &text, mistakes))
                .unwrap_or_default(),
            None => Vec::new(),
        };
        for flag in &self.set {
            let origin = Origin::Flag(format!("--set {flag}"));
            match flag.split_once('=') {
                Some((path, value)) if !path.trim().is_empty() => {
                    let (path, value) = (path.trim().to_owned(), Value::from_flag(value.trim()));
                    all.push(Assignment { path, value, origin });
                }
                _ => mistakes.add(&origin, "write --set KEY=VALUE, as in --set sync=everysec"),
            }
        }
        if let Some(data) = self.data.as_deref().and_then(Path::to_str) {
            let origin = Origin::Flag(format!("--data {data}"));
            all.push(Assignment { path: "data".into(), value: Value::Text(data.into()), origin });
        }
        if let Some(sync) = &self.sync {
            let origin = Origin::Flag(format!("--sync {sync}"));
            all.push(Assignment { path: "sync".into(), value: Value::Text(sync.clone()), origin });
        }
        if let Some(metrics) = &self.metrics {
            let origin = Origin::Flag(format!("--metrics {metrics}"));
            let value = Value::Text(metrics.clone());
            all.push(Assignment { path: "metrics".into(), value, origin });
        }
        let addresses = [
            ("listen", "--listen ", &self.listen),
            ("listen_tls", "--listen-tls ", &self.listen_tls),
            ("listen_telnet", "--listen-telnet ", &self.listen_telnet),
        ];
        for (path, flag, list) in addresses {
            if !list.is_empty() {
                let typed: Vec<String> = list.iter().map(|text| format!("{flag}{text}")).collect();
                let value = Value::List(list.iter().cloned().map(Value::Text).collect());
                let origin = Origin::Flag(typed.join(" "));
                all.push(Assignment { path: path.into(), value, origin });
            }
        }
        if let Some(profile) = &self.profile {
            let origin = Origin::Flag(format!("--profile {profile}"));
            let value = Value::Text(profile.clone());
            all.push(Assignment { path: "profile".into(), value, origin });
        }
        // Last said, and yet first: it is other defaults.
        let said = all.iter().rev().find(|assignment| assignment.path == "profile");
        if let Some(Value::Text(word)) = said.map(|assignment| &assignment.value)
            && let Some(size) = Size::of(word)
        {
            all.splice(0..0, size.assignments());
        }
        all
    }
}

/// The soft bound is met first, or nobody would ever be merely behind.
fn check_outbox_bounds(config: &Config, origins: &HashMap<&str, Origin>, mistakes: &mut Mistakes) {
    let (soft, hard) = (config.limits.outbox_soft_bytes, config.limits.outbox_hard_bytes);
    if soft < hard {
        return;
    }
    let said = |path: &str| match origins.get(path).unwrap_or(&Origin::Default) {
        nobody @ (Origin::Default | Origin::Profile(_)) => format!(", {nobody}"),
        _ => String::new(),
    };
    let text =
        format!("{SOFT} ({soft}{}) must be less than {HARD} ({hard}{})", said(SOFT), said(HARD));
    let origin = origins.get(SOFT).or(origins.get(HARD)).unwrap_or(&Origin::Default);
    mistakes.add(origin, text);
}

/// A certificate is of no use without its key, nor a key without its certificate.
fn check_certificate_and_key(
    config: &Config,
    origins: &HashMap<&str, Origin>,
    refused: &[&str],
    mistakes: &mut Mistakes,
) {
    let (there, missing) = match (&config.tls_certificate, &config.tls_key) {
        (Some(_), None) => ("tls_certificate", "tls_key"),
        (None, Some(_)) => ("tls_key", "tls_certificate"),
        _ => return,
    };
    if !refused.contains(&missing) {
        let text = format!(
            "{there} needs {missing}: name both files, or neither and the server makes its own"
        );
        mistakes.add(origins.get(there).unwrap_or(&Origin::Default), text);
    }
}

/// One address is one kind of listener's.
fn check_addresses(config: &Config, origins: &HashMap<&str, Origin>, mistakes: &mut Mistakes) {
    let kinds = [
        ("listen", &config.listen),
        ("listen_tls", &config.listen_tls),
        ("listen_telnet", &config.listen_telnet),
    ];
    for (n, (second, addresses)) in kinds.into_iter().enumerate() {
        for (first, taken) in &kinds[..n] {
            if let Some(address) = addresses.iter().find(|a| a.port() != 0 && taken.contains(a)) {
                let origin = origins.get(second).unwrap_or(&Origin::Default);
                mistakes
                    .add(origin, format!("{second} names {address}, which {first} has already"));
            }
        }
    }
}
