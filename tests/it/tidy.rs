//! The rules of the house, read off the source.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use super::imports::{Source, sources};

/// A module, the modules of this program that it may name, and what else it never names.
struct Layer {
    module: &'static str,
    may: &'static [&'static str],
    never: &'static [&'static [&'static str]],
}

const fn layer(
    module: &'static str,
    may: &'static [&'static str],
    never: &'static [&'static [&'static str]],
) -> Layer {
    Layer { module, may, never }
}

const TENSORS: &[&str] = &["candle_core", "candle_nn", "candle_transformers"];
const SCREEN: &[&str] = &["ratatui", "ratatui_image"];
const TERMINAL: &[&str] = &["crossterm", "mio", "signal_hook", "tokio"];
const RUNTIME: &[&str] = &["mio", "signal_hook", "tokio"];
const OUTSIDE: &[&str] = &[
    "std::fs",
    "std::thread",
    "std::process",
    "Instant::now",
    "SystemTime::now",
];
const THREADS: &[&str] = &[
    "std::thread",
    "std::process",
    "Instant::now",
    "SystemTime::now",
];

/// The table of `docs/architecture.md`, the lowest first: what a module may name stands above it.
const LAYERS: &[Layer] = &[
    layer("color", &[], &[TENSORS, SCREEN, TERMINAL, OUTSIDE]),
    layer("printable", &[], &[TENSORS, SCREEN, TERMINAL, OUTSIDE]),
    layer("progress", &[], &[TENSORS, SCREEN, TERMINAL, OUTSIDE]),
    layer(
        "numeric",
        &["progress"],
        &[TENSORS, SCREEN, TERMINAL, OUTSIDE],
    ),
    layer(
        "protein",
        &["progress", "numeric"],
        &[TENSORS, SCREEN, TERMINAL, THREADS],
    ),
    layer(
        "dataset",
        &["progress", "numeric", "protein"],
        &[TENSORS, SCREEN, TERMINAL, THREADS],
    ),
    layer(
        "models",
        &["progress", "numeric", "protein"],
        &[SCREEN, TERMINAL, THREADS],
    ),
    layer(
        "analysis",
        &["progress", "numeric", "protein", "dataset", "models"],
        &[TENSORS, SCREEN, TERMINAL, OUTSIDE],
    ),
    layer(
        "train",
        &[
            "progress", "numeric", "protein", "dataset", "models", "analysis",
        ],
        &[SCREEN, TERMINAL],
    ),
    layer(
        "study",
        &["numeric", "protein", "analysis"],
        &[TENSORS, SCREEN, TERMINAL, OUTSIDE],
    ),
    layer(
        "engine",
        &[
            "progress", "numeric", "protein", "models", "analysis", "study",
        ],
        &[TENSORS, SCREEN, TERMINAL],
    ),
    layer(
        "export",
        &["color", "numeric", "protein", "analysis", "study", "engine"],
        &[TENSORS, SCREEN, TERMINAL, OUTSIDE],
    ),
    layer(
        "app",
        &[
            "numeric", "protein", "analysis", "study", "engine", "export",
        ],
        &[TENSORS, SCREEN, RUNTIME, OUTSIDE],
    ),
    layer(
        "session",
        &[
            "printable",
            "protein",
            "analysis",
            "engine",
            "export",
            "app",
        ],
        &[TENSORS, SCREEN, TERMINAL, THREADS],
    ),
    layer(
        "ui",
        &[
            "color", "numeric", "protein", "analysis", "study", "engine", "export", "app",
        ],
        &[TENSORS, TERMINAL, OUTSIDE],
    ),
    layer(
        "tui",
        &[
            "color",
            "printable",
            "protein",
            "study",
            "engine",
            "export",
            "app",
            "session",
            "ui",
        ],
        &[TENSORS],
    ),
    layer(
        "cli",
        &[
            "printable",
            "progress",
            "numeric",
            "protein",
            "dataset",
            "models",
            "analysis",
            "train",
            "study",
            "engine",
            "export",
            "session",
            "tui",
        ],
        &[TENSORS, SCREEN, TERMINAL],
    ),
];

/// The one home of a crate.
const HOMES: &[(&str, &str)] = &[("pdbtbx", "protein::read"), ("tokio", "tui")];

/// Words that no source file may hold.
const BANNED: &[&str] = &["todo!(", "dbg!(", "#[ignore", "unimplemented!("];

/// Lines a source file may have at most.
const HARD_CAP: usize = 500;

fn program() -> Vec<Source> {
    let sources = sources().into_iter();
    sources.filter(Source::is_program).collect()
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Whether `name` is the item, or within it.
fn is_of(name: &str, item: &str) -> bool {
    let within = name.strip_prefix(item);
    within.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        || name
            .strip_suffix(item)
            .is_some_and(|before| before.ends_with("::"))
}

#[test]
fn what_a_layer_may_name_stands_above_it() {
    let mut above = BTreeSet::new();
    for layer in LAYERS {
        for module in layer.may {
            assert!(
                above.contains(module),
                "{module} is not above {}",
                layer.module
            );
        }
        above.insert(layer.module);
    }
}

#[test]
fn modules_name_lower_layers_only() {
    let mut faults = Vec::new();
    for source in program().iter().filter(|s| !s.module.is_empty()) {
        let Some(layer) = LAYERS.iter().find(|l| l.module == source.top()) else {
            faults.push(format!("src/{} is in no layer", source.file));
            continue;
        };
        for name in &source.names {
            let own = name
                .strip_prefix("crate::")
                .and_then(|n| n.split("::").next());
            let above = own.is_some_and(|m| m != layer.module && !layer.may.contains(&m));
            let never = layer.never.concat().iter().any(|item| is_of(name, item));
            if above || never {
                faults.push(format!("src/{} names {name}", source.file));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn some_crates_have_one_home() {
    let mut faults = Vec::new();
    for source in program() {
        for (item, home) in HOMES {
            let outside = !source.module.starts_with(home);
            if outside && source.names.iter().any(|name| is_of(name, item)) {
                faults.push(format!("src/{} names {item}", source.file));
            }
        }
    }
    assert_none(&faults);
}

/// Which modules the file of each module names; a module and its own children are no circle.
fn imports(sources: &[Source]) -> BTreeMap<&str, BTreeSet<&str>> {
    let modules: BTreeSet<&str> = sources.iter().map(|s| &*s.module).collect();
    let home = |name: &str| {
        let mut path = name.strip_prefix("crate::")?;
        while !modules.contains(path) {
            path = path.rsplit_once("::")?.0;
        }
        modules.get(path).copied()
    };
    let kin = |a: &str, b: &str| is_within(a, b) || is_within(b, a);
    let named = |source: &Source| {
        let homes = source.names.iter().filter_map(|name| home(name));
        homes
            .filter(|module| !kin(module, &source.module))
            .collect()
    };
    sources.iter().map(|s| (&*s.module, named(s))).collect()
}

fn is_within(module: &str, parent: &str) -> bool {
    let below = module.strip_prefix(parent);
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Everything that can be reached from a module.
fn reached<'a>(from: &'a str, imports: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(module) = open.pop() {
        let new = imports[module].iter().filter(|m| seen.insert(**m));
        open.extend(new.collect::<Vec<_>>());
    }
    seen
}

#[test]
fn files_import_each_other_in_no_circle() {
    let sources = program();
    let imports = imports(&sources);
    let in_circles = imports
        .keys()
        .filter(|m| reached(m, &imports).contains(**m));
    assert_none(
        &in_circles
            .map(|m| format!("{m} is in a circle of imports"))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn files_open_with_their_purpose_and_stay_short() {
    let mut faults = Vec::new();
    for source in sources() {
        let (file, length) = (&source.file, source.text.lines().count());
        if !source.text.starts_with("//! ") {
            faults.push(format!("src/{file} does not open with //!"));
        }
        if length > HARD_CAP && source.is_program() {
            faults.push(format!(
                "src/{file} has {length} lines, more than {HARD_CAP}"
            ));
        }
    }
    assert_none(&faults);
}

#[test]
fn nothing_unfinished_is_left() {
    let mut faults = Vec::new();
    for Source { file, text, .. } in sources() {
        for word in BANNED.iter().filter(|w| text.contains(**w)) {
            faults.push(format!("src/{file} holds {word}"));
        }
    }
    assert_none(&faults);
}

/// What cargo says of the packages in the lock file; asked of the network only where it must be.
fn metadata() -> serde_json::Value {
    for network in [&["--offline"][..], &[]] {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked"])
            .args(network)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        if output.status.success() {
            return serde_json::from_slice(&output.stdout).unwrap();
        }
    }
    panic!("cargo metadata fails")
}

/// `1.90` and `1.90.0` as numbers.
fn version(text: &str) -> Vec<u32> {
    let mut numbers: Vec<u32> = text.split('.').map(|n| n.parse().unwrap()).collect();
    numbers.resize(3, 0);
    numbers
}

#[test]
fn no_dependency_needs_a_newer_compiler_than_is_stated() {
    let stated = version(env!("CARGO_PKG_RUST_VERSION"));
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100);
    let newer = packages.iter().filter_map(|package| {
        let needed = package["rust_version"].as_str()?;
        let name = &package["name"];
        (version(needed) > stated).then(|| format!("{name} needs Rust {needed}"))
    });
    assert_none(&newer.collect::<Vec<_>>());
}
