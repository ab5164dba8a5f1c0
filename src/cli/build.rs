//! What this program was built from: the long form of `--version`, and the first lines of `doctor`.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

/// The commit, where whoever built the program said it (`DYNASCOPE_COMMIT`).
const COMMIT: Option<&str> = option_env!("DYNASCOPE_COMMIT");

static LONG: LazyLock<String> = LazyLock::new(|| {
    let mut text = format!(
        "{}\ncommit    {}\nsystem    {}\nfeatures  {}",
        env!("CARGO_PKG_VERSION"),
        COMMIT.unwrap_or("not recorded"),
        system(),
        features(),
    );
    for (id, sha256) in shipped() {
        // Writing to a string cannot fail.
        let _ = write!(text, "\nweights   {id:<17} sha256 {sha256}");
    }
    text
});

/// Version, commit, features and hashes of the shipped weights, a line each.
pub fn long_version() -> &'static str {
    &LONG
}

/// Architecture and operating system that the program was built for.
pub fn system() -> String {
    let environment = if cfg!(target_env = "musl") {
        " musl"
    } else if cfg!(target_env = "gnu") {
        " gnu"
    } else {
        ""
    };
    format!(
        "{} {}{environment}",
        std::env::consts::ARCH,
        std::env::consts::OS
    )
}

/// The cargo features of this build.
pub fn features() -> String {
    let on: Vec<&str> = [
        ("cuda", cfg!(feature = "cuda")),
        ("metal", cfg!(feature = "metal")),
        ("train", cfg!(feature = "train")),
    ]
    .into_iter()
    .filter_map(|(name, on)| on.then_some(name))
    .collect();
    if on.is_empty() {
        "none (CPU only)".to_owned()
    } else {
        on.join(", ")
    }
}

/// How this program came here, told from where it lies.
pub fn origin(program: &Path) -> &'static str {
    let within = |name: &str| program.components().any(|part| part.as_os_str() == name);
    let beside = |name: &str| {
        let mut folders = program.ancestors().skip(1).take(2);
        folders.any(|folder| folder.join(name).exists())
    };
    if within(".cargo") {
        "cargo install"
    } else if within("target") && (within("release") || within("debug")) {
        "built here"
    } else if beside("conda-meta") {
        "conda"
    } else if beside("pyvenv.cfg") || within("site-packages") || within(".local") {
        "pip"
    } else if beside("NOTICE-THIRD-PARTY.txt") || beside("CITATION.cff") {
        "archive"
    } else {
        "not known"
    }
}

/// Name and SHA-256 of the weights inside the program.
fn shipped() -> Vec<(String, String)> {
    let manifest: toml::Table = include_str!("../../weights/manifest.toml")
        .parse()
        .unwrap_or_default();
    let entries = manifest.get("shipped").and_then(toml::Value::as_array);
    let text = |entry: &toml::Value, name: &str| entry.get(name)?.as_str().map(str::to_owned);
    entries
        .into_iter()
        .flatten()
        .filter_map(|entry| Some((text(entry, "id")?, text(entry, "sha256")?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::embedded;

    #[test]
    fn the_version_names_every_shipped_network() {
        let text = long_version();
        assert!(text.starts_with(env!("CARGO_PKG_VERSION")));
        for id in embedded::ids() {
            assert!(text.contains(id), "{text}");
        }
    }

    #[test]
    fn where_a_program_lies_tells_how_it_came() {
        let folder = tempfile::tempdir().expect("a folder");
        let bin = folder.path().join("env/bin");
        std::fs::create_dir_all(&bin).expect("a folder");
        assert_eq!(origin(&bin.join("dynascope")), "not known");
        std::fs::write(folder.path().join("env/pyvenv.cfg"), "").expect("a file");
        assert_eq!(origin(&bin.join("dynascope")), "pip");
        assert_eq!(
            origin(Path::new("/home/a/.cargo/bin/dynascope")),
            "cargo install"
        );
    }
}
