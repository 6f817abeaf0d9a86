//! Fan-out, side by side: the server and the floor, in one run, as ratios.
//!
//! ```text
//! cargo bench --bench fanout                 # 10, 100 and 1000 receivers, 3 s each
//! cargo bench --bench fanout -- 100 5        # 100 receivers, 5 s
//! ```
//!
//! Four senders keep 16 messages of 64 bytes in flight each. The *floor* is a relay
//! that parses nothing, names nobody and stores nothing: it reads what is ready and
//! writes it to everybody once a turn. The server stores every message first. What
//! counts is the ratio of CPU time for each delivered line; the machine is shared with
//! this program, so wall time says less.

mod floor;
mod load;
mod server;

use std::env;
use std::time::Duration;

use load::Load;
use server::Server;

fn main() {
    let args: Vec<String> = env::args().skip(1).filter(|a| !a.starts_with("--bench")).collect();
    if args.first().is_some_and(|a| a == floor::ARGUMENT) {
        return floor::run();
    }
    let number = |n: usize| args.get(n).and_then(|a| a.parse::<usize>().ok());
    let receivers = number(0).map_or_else(|| vec![10, 100, 1000], |n| vec![n]);
    let time = Duration::from_secs(number(1).unwrap_or(3) as u64);

    println!("4 senders, 16 messages of 64 bytes in flight each; {} s a row", time.as_secs());
    println!(
        "{:>9}  {:<22} {:>12} {:>12} {:>14} {:>9}",
        "receivers", "relay", "deliveries/s", "messages/s", "CPU µs/delivery", "ratio"
    );
    for count in receivers {
        let floor = measure(&Server::floor(), count, time);
        row(count, "floor (stores nothing)", &floor, &floor);
        for sync in ["everysec", "always"] {
            let result = measure(&Server::taifas(sync), count, time);
            row(count, &format!("taifas, sync {sync}"), &result, &floor);
        }
    }
    idle(1000);
}

/// What one run has shown.
struct Measured {
    deliveries_per_s: f64,
    messages_per_s: f64,
    cpu_us_per_delivery: f64,
}

fn measure(server: &Server, receivers: usize, time: Duration) -> Measured {
    let mut load = Load::join(server, receivers);
    // Warm caches, full windows.
    load.run(Duration::from_millis(500));
    let cpu = server.cpu();
    let ran = load.run(time);
    let cpu_us = (server.cpu() - cpu).as_secs_f64() * 1e6;
    Measured {
        deliveries_per_s: ran.deliveries as f64 / ran.time.as_secs_f64(),
        messages_per_s: ran.messages as f64 / ran.time.as_secs_f64(),
        cpu_us_per_delivery: cpu_us / ran.deliveries.max(1) as f64,
    }
}

fn row(receivers: usize, relay: &str, m: &Measured, floor: &Measured) {
    println!(
        "{receivers:>9}  {relay:<22} {:>12.0} {:>12.0} {:>14.3} {:>8.2}x",
        m.deliveries_per_s,
        m.messages_per_s,
        m.cpu_us_per_delivery,
        m.cpu_us_per_delivery / floor.cpu_us_per_delivery
    );
}

/// What an idle connection costs in memory.
fn idle(count: usize) {
    println!();
    for server in [Server::floor(), Server::taifas("everysec")] {
        let before = server.resident_bytes();
        let mut load = Load::join(&server, count);
        load.settle();
        let after = server.resident_bytes();
        println!(
            "{:>9} idle: {:<22} {:>6} bytes each; resident {} KiB before, {} KiB with them",
            count,
            server.name(),
            after.saturating_sub(before) / count as u64,
            before / 1024,
            after / 1024
        );
    }
}
