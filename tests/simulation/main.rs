//! The hub and the parser under chance and under faults, with everything around them
//! made up: reactor, store, auth thread, clock and people.
//!
//! A run is its seed, which is printed first. `SEED=17 cargo test --test simulation`
//! plays one again; `SEEDS=100000` plays that many. Nothing here knows how the hub
//! does it: what is checked can be seen from outside.

mod cases;
mod checks;
mod life;
mod order;
mod passing;
mod peer;
#[path = "../query_model/mod.rs"]
mod query_model;
mod rng;
mod rooms;
mod scenario;
mod store;
mod tells;
mod visits;
mod want;
mod world;

use std::env;

/// Seeds of an ordinary run.
const SEEDS: u64 = 300;

/// Steps of one.
const STEPS: usize = 450;

fn number(name: &str) -> Option<u64> {
    Some(env::var(name).ok()?.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}

/// Messages of a deluge: six times what is kept in memory.
const DELUGE: usize = 500;

fn seeds(ordinary: u64) -> std::ops::Range<u64> {
    match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SEEDS").unwrap_or(ordinary),
    }
}

#[test]
fn slow_readers_get_all_of_a_deluge() {
    let mut fed = 0;
    for seed in seeds(SEEDS / 20) {
        println!("seed {seed}");
        fed += usize::from(life::Life::new(seed).deluge(DELUGE));
    }
    assert!(fed > 0, "nobody was ever fed from the store");
}

#[test]
fn random_lives_leave_nothing_over() {
    for seed in seeds(SEEDS) {
        println!("seed {seed}");
        life::Life::new(seed).run(STEPS);
    }
}

#[test]
fn every_request_may_fail() {
    let asked = scenario::run(None);
    assert!(asked > 20, "the scenario has shrunk to {asked} requests");
    for at in 0..asked {
        println!("request {at} of {asked} fails");
        scenario::run(Some(at));
    }
}
