//! What the documents say and the code knows better: keys, bounds, dependencies, the
//! code map, links, commands, words.
//!
//! Reads the documents as text and asks the code; writes nothing. What a document
//! says of the wire is held by `protocol_doc.rs`.

#![cfg(feature = "server")]
#![allow(missing_docs)]

#[path = "tidy/words.rs"]
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use taifas::config::{Environment, Sources, default_config};

/// Every document, from the root.
const DOCUMENTS: [&str; 7] = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/ARCHITECTURE.md",
    "docs/OPERATIONS.md",
    "docs/PROTOCOL.md",
    "tests/transcripts/README.md",
];

/// Keys whose default depends on the machine, or that have none.
const WITHOUT_A_DEFAULT: [&str; 5] =
    ["data", "metrics", "terms_file", "tls_certificate", "tls_key"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The tables' rows of one section, as cells without backticks.
fn rows(document: &str, heading: &str) -> Vec<Vec<String>> {
    let text = read(document);
    let level = heading.split(' ').next().unwrap_or_default().len();
    let inside = text.lines().skip_while(|line| *line != heading).skip(1).take_while(|line| {
        let hashes = line.bytes().take_while(|b| *b == b'#').count();
        hashes == 0 || hashes > level
    });
    let cells = |line: &str| -> Vec<String> {
        let line = line.trim_matches('|');
        line.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
    };
    let rows = inside.filter(|line| line.starts_with("| ") && !line.starts_with("| ---"));
    let rows: Vec<_> = rows.map(cells).collect();
    assert!(rows.len() > 1, "{document} has no table under {heading:?}");
    rows
}

/// The first two cells of each row, by the first. The tables' own heads are in it too.
fn pairs(document: &str, heading: &str) -> BTreeMap<String, String> {
    let mut pairs = BTreeMap::new();
    for row in rows(document, heading) {
        let twice = pairs.insert(row[0].clone(), row[1].clone());
        assert!(twice.is_none(), "{document} has two rows for {}", row[0]);
    }
    pairs
}

/// Every key with its default, as `default-config` prints them.
fn keys() -> BTreeMap<String, String> {
    let environment =
        Environment { data_directory: Some(PathBuf::from("/somewhere")), ..Environment::default() };
    let mut section = String::new();
    let mut keys = BTreeMap::new();
    for line in default_config(&environment).lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = format!("{}.", name.trim_end_matches(']'));
        }
        // "#key = value" is a default, "# key = value" an example, "# words" a comment.
        let line = line.strip_prefix('#').unwrap_or_default();
        let (line, example) = line.strip_prefix(' ').map_or((line, false), |line| (line, true));
        if let Some((key, value)) = line.split_once(" = ")
            && !key.contains(' ')
        {
            let value = if example { "" } else { value };
            keys.insert(format!("{section}{key}"), value.to_owned());
        }
    }
    assert!(keys.len() > 20, "{keys:?}");
    keys
}

#[test]
fn every_key_stands_in_operations_with_its_default() {
    let general = pairs("docs/OPERATIONS.md", "## Configuration");
    let limits = pairs("docs/OPERATIONS.md", "## Bounds");
    let keys = keys();
    for (key, default) in &keys {
        let row = match key.strip_prefix("limits.") {
            Some(limit) => limits.get(limit),
            None => general.get(key),
        };
        let row = row.unwrap_or_else(|| panic!("docs/OPERATIONS.md has no row for {key}"));
        if !WITHOUT_A_DEFAULT.contains(&key.as_str()) {
            assert_eq!(row, default, "the default of {key} in docs/OPERATIONS.md");
        }
    }
    for limit in limits.keys().filter(|limit| *limit != "key") {
        assert!(keys.contains_key(&format!("limits.{limit}")), "there is no limits.{limit}");
    }
    for key in general.keys().filter(|key| *key != "key") {
        assert!(keys.contains_key(key), "there is no key {key}");
    }
}

#[test]
fn every_range_is_the_one_that_is_checked() {
    let mut checked = 0;
    for row in rows("docs/OPERATIONS.md", "## Bounds").iter().filter(|row| row[0] != "key") {
        let set = vec![format!("limits.{}=-1", row[0])];
        let mistake = Sources { set, data: Some("x".into()), ..Sources::default() }
            .load(&Environment::default())
            .expect_err("no bound takes -1")
            .to_string();
        // "… must be a whole number from 0 (off) to 1000000, not -1"
        let (_, range) = mistake.split_once(" from ").expect("the range is told");
        let numbers = |text: &str, few: usize| -> Vec<u64> {
            let text = text.replace(',', "");
            let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty());
            numbers.take(few).map(|n| n.parse().expect("digits")).collect()
        };
        assert_eq!(numbers(&row[2], 2), numbers(range, 2), "the range of {}: {mistake}", row[0]);
        checked += 1;
    }
    assert_eq!(checked, keys().keys().filter(|key| key.starts_with("limits.")).count());
}

#[test]
fn every_fixed_bound_stands_in_operations_with_its_value() {
    let mut documented = pairs("docs/OPERATIONS.md", "## Fixed bounds");
    documented.remove("bound");
    let mut there_are = BTreeMap::new();
    for line in read("src/limits.rs").lines() {
        if let Some(line) = line.strip_prefix("pub const ")
            && let Some((name, rest)) = line.split_once(": ")
            && let Some((_, value)) = rest.trim_end_matches(';').split_once(" = ")
        {
            let factors = value.split(" * ").map(|factor| {
                let digits = factor.replace('_', "");
                digits.parse::<u64>().unwrap_or_else(|_| panic!("{name} is {value:?}"))
            });
            there_are.insert(name.to_owned(), factors.product::<u64>().to_string());
        }
    }
    assert!(there_are.len() > 20, "{there_are:?}");
    assert_eq!(documented, there_are, "docs/OPERATIONS.md (left) against src/limits.rs");
}

#[test]
fn every_dependency_stands_in_architecture_with_its_features() {
    for (heading, manifest) in [
        ("## Dependencies", "Cargo.toml"),
        ("## Dependencies of the desktop client", "clients/desktop/Cargo.toml"),
    ] {
        let mut documented = pairs("docs/ARCHITECTURE.md", heading);
        documented.remove("crate");
        let documented: BTreeMap<String, String> = documented
            .into_iter()
            .map(|(name, features)| (name, features.replace('`', "")))
            .collect();
        assert_eq!(documented, dependencies(manifest), "{heading} (left) against {manifest}");
    }
}

/// What a manifest depends on, for tests too, and the features it asks for.
fn dependencies(manifest: &str) -> BTreeMap<String, String> {
    let mut there_are = BTreeMap::new();
    let mut section = String::new();
    for line in read(manifest).lines() {
        if line.starts_with('[') {
            line.clone_into(&mut section);
        }
        // Those of one kind of system alone, too.
        let is_target = section.starts_with("[target.") && section.ends_with(".dependencies]");
        if !is_target && !["[dependencies]", "[dev-dependencies]"].contains(&section.as_str()) {
            continue;
        }
        let Some((name, value)) = line.split_once(" = ") else { continue };
        let features = value.split_once("features = [").and_then(|(_, list)| list.split_once(']'));
        let bare = value.contains("default-features = false");
        let features = match features {
            Some((list, _)) => list.replace('"', ""),
            None if bare => "none".to_owned(),
            None => String::new(),
        };
        there_are.insert(name.to_owned(), features);
    }
    assert!(there_are.len() > 5, "{manifest}: {there_are:?}");
    there_are
}

#[test]
fn the_code_map_has_every_file_once() {
    let map = links("docs/ARCHITECTURE.md");
    for folder in ["src", "clients/client/src", "clients/desktop/src"] {
        let prefix = format!("../{folder}/");
        let mapped: Vec<&str> =
            map.iter().filter_map(|(_, link)| link.strip_prefix(&prefix)).collect();
        let unique: BTreeSet<&str> = mapped.iter().copied().collect();
        assert_eq!(mapped.len(), unique.len(), "a file of {folder} stands twice in the code map");
        let mut files = Vec::new();
        walk(&root().join(folder), &mut files);
        let files: BTreeSet<String> = files
            .iter()
            .map(|file| file.strip_prefix(root().join(folder)).expect("walked from there"))
            .map(|file| file.to_str().expect("our own names are UTF-8").to_owned())
            .collect();
        let there_are: BTreeSet<&str> = files.iter().map(String::as_str).collect();
        assert_eq!(unique, there_are, "the code map (left) against {folder}");
    }
}

#[test]
fn every_test_is_mentioned() {
    let text = read("docs/ARCHITECTURE.md");
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(root().join("tests")).expect("tests/ is readable") {
        let path = entry.expect("readable").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("UTF-8").to_owned();
        if path.extension().is_some() {
            names.push(name);
        } else if path.join("main.rs").exists() {
            names.push(name + "/");
        }
    }
    assert!(names.len() > 5, "{names:?}");
    for name in names {
        let of_the_store = name.starts_with("store_") && text.contains("`tests/store_*.rs`");
        let named = text.contains(&format!("`tests/{name}`"));
        assert!(named || of_the_store, "docs/ARCHITECTURE.md does not mention tests/{name}");
    }
}

#[test]
fn every_link_leads_somewhere() {
    let mut followed = 0;
    for document in DOCUMENTS {
        let folder = root().join(document).parent().expect("in the root").to_path_buf();
        for (line, link) in links(document) {
            if link.contains("://") {
                continue;
            }
            followed += 1;
            let (path, fragment) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() { root().join(document) } else { folder.join(path) };
            assert!(target.exists(), "{document}:{line}: {link} leads nowhere");
            if !fragment.is_empty() {
                let text = fs::read_to_string(&target).expect("a document");
                let there = headings(&text).any(|heading| anchor(heading) == fragment);
                assert!(there, "{document}:{line}: {link}: there is no such heading");
            }
        }
    }
    assert!(followed > 100, "{followed} links");
}

/// A document's links outside of code, each with its line.
fn links(document: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    for (number, line) in prose(&read(document)) {
        for (at, _) in line.match_indices("](") {
            let target = &line[at + 2..];
            let end = target.find(')').unwrap_or_else(|| panic!("{document}:{number}: no )"));
            links.push((number, target[..end].to_owned()));
        }
    }
    links
}

/// The lines outside of fences, with their numbers.
fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            lines.push((number, line));
        }
    }
    lines
}

fn headings(text: &str) -> impl Iterator<Item = &str> {
    let lines = prose(text).into_iter().filter(|(_, line)| line.starts_with('#'));
    lines.map(|(_, line)| line.trim_start_matches('#').trim())
}

/// A heading's anchor, as GitHub makes it: lower case, punctuation gone, spaces as `-`.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn what_readme_says_to_test_with_is_what_is_run() {
    let readme = read("README.md");
    for run in ["cargo run --release ", "cargo run --release -p taifas-desktop "] {
        assert!(readme.contains(&format!("\n{run}")), "README.md says: {run}");
    }
    assert!(readme.contains("\n.ci/run "), "README.md says how to check everything");
    let test = "cargo test --workspace";
    assert!(readme.contains(&format!("\n{test} ")), "README.md says how to test it");
    let run = read(".ci/run").replace("$locked ", "");
    let counted = format!("tests {test}");
    assert!(run.lines().any(|line| line == counted), ".ci/run does not run {test}");
}

#[test]
fn documents_use_the_words_of_the_project() {
    let mut found = Vec::new();
    for document in DOCUMENTS {
        for (number, line) in (1..).zip(read(document).lines()) {
            let judged = words::judge(document, line).into_iter();
            found.extend(judged.map(|what| format!("{document}:{number}: {what}")));
        }
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
    assert!(!words::judge("README.md", "the nick of somebody").is_empty(), "it still looks");
}

#[test]
fn anchors_are_githubs() {
    assert_eq!(anchor("Bird's-eye view"), "birds-eye-view");
    assert_eq!(anchor("src/hub/: decisions"), "srchub-decisions");
    assert_eq!(anchor("FAIL codes"), "fail-codes");
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}")) {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}
