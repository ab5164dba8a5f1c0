//! Where results go: stdout, a new file, or a folder with one file an input. Files appear whole or not
//! at all, and none is overwritten unasked.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::console::{Console, stdout};
use crate::engine::files;
use crate::engine::report::Provenance;
use crate::export::json;

/// A place for one result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// A file.
    File(PathBuf),
}

impl Destination {
    /// `-` is stdout. With `many` inputs, or when it is a folder, `place` is the folder of
    /// `name.extension`.
    pub fn new(place: &Path, many: bool, name: &str, extension: &str) -> Self {
        if place.as_os_str() == "-" {
            Self::Stdout
        } else if many || place.is_dir() {
            Self::File(place.join(format!("{}.{extension}", file_name(name))))
        } else {
            Self::File(place.to_owned())
        }
    }

    /// Whether the result is there already.
    pub fn is_there(&self) -> bool {
        matches!(self, Self::File(path) if path.exists())
    }

    /// Writes the result: a new file appears under its name when it is complete.
    pub fn write(
        &self,
        force: bool,
        write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> anyhow::Result<()> {
        let mut bytes = Vec::new();
        write(&mut bytes).with_context(|| self.to_string())?;
        match self {
            Self::Stdout => {
                let mut out = stdout();
                out.write_all(&bytes)?;
                out.flush()?;
            }
            Self::File(path) => {
                write_file(path, force, &bytes).with_context(|| path.display().to_string())?;
            }
        }
        Ok(())
    }
}

impl std::fmt::Display for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stdout => f.write_str("standard output"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// Refuses places that cannot take what would be written there.
pub fn check_places(places: &[(Option<&Path>, &'static str)], many: bool) -> anyhow::Result<()> {
    let dashes = places
        .iter()
        .filter(|(place, _)| place.is_some_and(|p| p.as_os_str() == "-"))
        .count();
    anyhow::ensure!(
        dashes <= 1,
        "standard output takes one result; give files for the others"
    );
    anyhow::ensure!(
        dashes == 0 || !many,
        "several inputs need a folder in place of -"
    );
    Ok(())
}

/// All files of one input.
#[derive(Debug)]
pub struct Output {
    parts: Vec<(&'static str, Destination)>,
    many: bool,
    force: bool,
}

impl Output {
    /// Decides where each kind of result goes.
    pub fn plan(
        places: &[(Option<&Path>, &'static str)],
        many: bool,
        name: &str,
        force: bool,
    ) -> anyhow::Result<Self> {
        check_places(places, many)?;
        let parts: Vec<_> = places
            .iter()
            .filter_map(|(place, kind)| {
                Some((*kind, Destination::new((*place)?, many, name, kind)))
            })
            .collect();
        if !many
            && !force
            && let Some((_, there)) = parts.iter().find(|(_, d)| d.is_there())
        {
            anyhow::bail!("{there} exists; --force overwrites it");
        }
        Ok(Self { parts, many, force })
    }

    /// Whether no file was asked for.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether an earlier run of many inputs wrote everything.
    pub fn is_finished(&self) -> bool {
        self.many
            && !self.force
            && !self.parts.is_empty()
            && self.parts.iter().all(|(_, d)| d.is_there())
    }

    /// Writes every kind. A CSV table has no room for provenance: it goes beside the file.
    pub fn write(
        &self,
        provenance: &Provenance,
        console: &Console,
        mut write: impl FnMut(&'static str, &mut Vec<u8>) -> io::Result<()>,
    ) -> anyhow::Result<()> {
        for (kind, destination) in &self.parts {
            // What is left of an interrupted run of many inputs may be written again.
            destination.write(self.force || self.many, |out| write(kind, out))?;
            if *kind == "csv" {
                write_provenance(destination, provenance, console)?;
            }
        }
        Ok(())
    }
}

fn write_provenance(
    table: &Destination,
    provenance: &Provenance,
    console: &Console,
) -> anyhow::Result<()> {
    let value = json::provenance(provenance);
    match table {
        Destination::Stdout => console.note(&format!("provenance: {value}")),
        Destination::File(path) => {
            let mut name = path.as_os_str().to_owned();
            name.push(".provenance.json");
            // It belongs to the table, which was just written.
            Destination::File(name.into()).write(true, |out| json::finish(&value, out))?;
        }
    }
    Ok(())
}

/// Writes a file as a whole.
pub fn write_file(path: &Path, force: bool, bytes: &[u8]) -> anyhow::Result<()> {
    files::write(path, force, bytes).map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            anyhow::anyhow!("the file exists; --force overwrites it")
        } else {
            error.into()
        }
    })
}

/// A name without what file systems do not like.
fn file_name(name: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || "-_.+".contains(c);
    let text: String = name
        .chars()
        .map(|c| if safe(c) { c } else { '_' })
        .take(120)
        .collect();
    match text.trim_start_matches('.') {
        "" => "unnamed".to_owned(),
        rest => rest.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn places_follow_from_what_was_asked() {
        let folder = tempfile::tempdir().unwrap();
        let new = Destination::new(Path::new("-"), true, "a", "csv");
        assert_eq!(new, Destination::Stdout);
        let new = Destination::new(Path::new("x.csv"), false, "a", "csv");
        assert_eq!(new, Destination::File("x.csv".into()));
        let new = Destination::new(folder.path(), false, "sp|P1/2", "csv");
        assert_eq!(new, Destination::File(folder.path().join("sp_P1_2.csv")));
    }
}
