//! Reading the configuration again for a server that runs: the same sources as at the
//! start, and one line in the log for everything that differs.

use std::sync::{Arc, Mutex, PoisonError};

use taifas::config::{Config, Environment, LoadedTerms, Sources, take_over, take_over_terms};
use taifas::hub::Terms;
use taifas::reactor::{Reloaded, Reread};

use super::{load, logging};

/// What the reactor is to call for SIGHUP, for a server that runs with this.
pub fn reread(
    sources: Sources,
    environment: Environment,
    config: Config,
    terms: LoadedTerms,
) -> Reread {
    let running = Mutex::new((config, terms));
    Arc::new(move || {
        let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
        let (fresh, fresh_terms) = match load(&sources, &environment) {
            Ok(fresh) => fresh,
            Err(mistakes) => {
                mistakes.to_string().lines().for_each(|mistake| log::error!("{mistake}"));
                log::error!(
                    "no setting is changed: correct the configuration and send SIGHUP again"
                );
                return None;
            }
        };
        let (config, terms) = &mut *running;
        let mut changes = take_over(config, &fresh);
        changes.extend(take_over_terms(terms, fresh_terms));
        if changes.is_empty() {
            log::info!("nothing has changed");
        }
        for change in changes {
            let level = if change.holds { log::Level::Info } else { log::Level::Warn };
            log::log!(level, "{}", change.text);
        }
        // Last, so that what was said above is seen as it was asked for until now.
        logging::set_level(config.log);
        Some(Reloaded { limits: config.limits.clone(), terms: for_the_hub(terms) })
    })
}

/// The terms in the hub's words.
pub fn for_the_hub(terms: &LoadedTerms) -> Terms {
    Terms { version: terms.version.clone(), lines: terms.lines.clone() }
}
