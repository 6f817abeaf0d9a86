//! packaging/: that the pieces name each other rightly, and that what reads them
//! understands them.

#![cfg(feature = "server")]
#![allow(missing_docs)]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{Folder, skipped};
use taifas::config::{Environment, Sources, default_config};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// As systemd starts the service.
fn as_a_service() -> Environment {
    Environment { state_directory: Some("/var/lib/taifas".into()), data_directory: None }
}

/// The value of one of the unit's settings.
fn setting(unit: &str, name: &str) -> String {
    let start = format!("{name}=");
    let mut values = unit.lines().filter_map(|line| line.strip_prefix(&start));
    let value = values.next().unwrap_or_else(|| panic!("no {name}= in the unit"));
    assert_eq!(values.next(), None, "{name}= twice");
    value.to_owned()
}

#[test]
fn the_configuration_has_every_key_and_says_nothing() {
    let packaged = read("packaging/taifas.toml");
    assert!(
        packaged == default_config(&as_a_service()),
        "packaging/taifas.toml is no longer what `STATE_DIRECTORY=/var/lib/taifas taifas \
         default-config` prints: write it anew with that"
    );
    let file = root().join("packaging/taifas.toml");
    let with = Sources { file: Some(file), ..Sources::default() }.load(&as_a_service()).unwrap();
    assert_eq!(with, Sources::default().load(&as_a_service()).unwrap());
}

#[test]
fn the_unit_starts_what_the_package_installs() {
    let (unit, manifest) = (read("packaging/taifas.service"), read("Cargo.toml"));
    let (_, deb) = manifest.split_once("\n[package.metadata.deb]\n").unwrap();
    let (deb, _) = deb.split_once("\n[profile.").unwrap();
    assert_eq!(setting(&unit, "ExecStart"), "/usr/bin/taifas --config /etc/taifas.toml");
    assert!(deb.contains("[\"target/release/taifas\", \"usr/bin/\", \"755\"]"));
    assert!(deb.contains("[\"packaging/taifas.toml\", \"etc/taifas.toml\", \"644\"]"));
    assert!(deb.contains("conf-files = [\"/etc/taifas.toml\"]"));
    assert!(deb.contains("maintainer-scripts = \"packaging/\""));
    for line in deb.lines().filter(|line| line.trim_start().starts_with("[\"")) {
        let source = line.split('"').nth(1).unwrap();
        let built = source.starts_with("target/");
        assert!(built || root().join(source).is_file(), "{source} is not there");
    }
    // What the server does with each of these is tested in service.rs.
    assert_eq!(setting(&unit, "Type"), "notify");
    assert_eq!(setting(&unit, "ExecReload"), "/bin/kill -HUP $MAINPID");
    assert!(setting(&unit, "WatchdogSec").parse::<u32>().unwrap() >= 10);
    assert_eq!(setting(&unit, "StateDirectory"), "taifas");
    let families = setting(&unit, "RestrictAddressFamilies");
    assert!(families.contains("AF_UNIX"), "the manager is told through it");
    let openrc = read("packaging/taifas.openrc");
    for named in ["command=\"/usr/bin/taifas\"", ":=/etc/taifas.toml}", ":=/var/lib/taifas}"] {
        assert!(openrc.contains(named), "{named}");
    }
}

#[test]
fn systemd_understands_the_unit() {
    let test = "systemd_understands_the_unit";
    let Ok(version) = Command::new("systemd-analyze").arg("--version").output() else {
        return skipped(test, "no systemd-analyze");
    };
    assert!(version.status.success());
    let folder = Folder::new("unit");
    // It looks whether the program is there.
    let unit = read("packaging/taifas.service").replace("/usr/bin/taifas", "/bin/true");
    let unit: String = unit
        .lines()
        .filter(|line| !line.starts_with("Documentation="))
        .fold(String::new(), |all, line| all + line + "\n");
    let verify = |name: &str, unit: &str| {
        let path = folder.0.join(name);
        fs::write(&path, unit).unwrap();
        let said = Command::new("systemd-analyze").arg("verify").arg(&path).output().unwrap();
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        // Of this unit alone: others of the machine are not ours.
        said.lines().filter(|line| line.contains(name)).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(verify("taifas.service", &unit), [""; 0]);
    let wrong = unit.replace("WatchdogSec=30", "WatchdogSecs=30");
    assert!(!verify("wrong.service", &wrong).is_empty(), "it would say so");
}

#[test]
fn a_shell_understands_the_script() {
    let script = root().join("packaging/taifas.openrc");
    let said = Command::new("sh").arg("-n").arg(script).output().unwrap();
    assert!(said.status.success() && said.stderr.is_empty(), "{said:?}");
    // The commands in it are ours.
    let folder = Folder::new("openrc");
    fs::write(folder.0.join("taifas.toml"), "").unwrap();
    let file = folder.0.join("taifas.toml");
    let (status, out, err) = folder.taifas(&["check", file.to_str().unwrap()], "");
    assert!(status.success(), "{out}{err}");
}

#[test]
fn the_image_runs_with_options_that_there_are() {
    let dockerfile = read("packaging/Dockerfile");
    assert!(dockerfile.contains("\nFROM scratch\n"));
    // Where there is no /dev, a static program has no other randomness.
    assert!(dockerfile.contains("--cfg getrandom_backend=\\\"linux_getrandom\\\""));
    assert!(dockerfile.contains("ENTRYPOINT [\"/taifas\", \"--data\", \"/data\"]\n"));
    assert!(dockerfile.contains("CMD [\"--listen\", \"0.0.0.0:7667\"]\n"));
    let (data, listen) = (Some("/data".into()), vec!["0.0.0.0:7667".to_owned()]);
    // There is no home in it.
    let config = Sources { data, listen, ..Sources::default() }.load(&Environment::default());
    assert_eq!(config.unwrap().listen, ["0.0.0.0:7667".parse().unwrap()]);
}
