//! Where results go: stdout, a new file, or a folder with one file per input. Files appear whole or not
//! at all, and none is overwritten unasked.

use std::io::{self, Write as _};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::console::{Console, stdout};
use crate::engine::files;
use crate::export::content::{Content, File, PROVENANCE, beside};
use crate::export::product::{Family, PRODUCTS, Product};

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

    /// Whether a result is there that would be replaced.
    pub fn is_there(&self) -> bool {
        matches!(self, Self::File(path) if files::is_taken(path))
    }

    /// Writes the result and what belongs beside it: a new file appears under its name when it is complete.
    pub fn write(&self, force: bool, made: &[File], console: &Console) -> anyhow::Result<()> {
        let Some(((_, bytes), others)) = made.split_first() else {
            return Ok(());
        };
        match self {
            Self::File(path) if !files::is_stream(path) => {
                // What the first refers to is there before it.
                for (suffix, bytes) in others {
                    let place = beside(path, suffix);
                    let same = std::fs::read(&place).is_ok_and(|there| there == *bytes);
                    // The provenance belongs to its table.
                    write_file(&place, force || same || suffix == PROVENANCE, bytes)?;
                }
                write_file(path, force, bytes)
            }
            stream => {
                for (suffix, bytes) in others {
                    let told = serde_json::from_slice::<serde_json::Value>(bytes);
                    let told = told.map_err(|_| {
                        let of = "needs the structure beside it, as a file; give a file's name";
                        anyhow::anyhow!("what goes to {stream} {of} ({suffix})")
                    })?;
                    console.note(&format!("provenance: {told}"));
                }
                match stream {
                    Self::File(path) => write_file(path, force, bytes),
                    Self::Stdout => {
                        let mut out = stdout();
                        out.write_all(bytes)?;
                        Ok(out.flush()?)
                    }
                }
            }
        }
    }

    /// The name without its ending, which what stands beside it has too.
    fn stem(&self) -> String {
        let Self::File(path) = self else {
            return String::new();
        };
        let stem = path.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
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

/// Which files of the catalogue a command makes.
pub trait Makes: std::fmt::Debug {
    const FAMILIES: &'static [Family];
}

/// The files that were asked for: an option an output, `--csv OUT`, `--coupling-svg OUT`.
#[derive(Debug)]
pub struct Places<M> {
    chosen: Vec<(Product, PathBuf)>,
    makes: PhantomData<M>,
}

impl<M: Makes> Places<M> {
    fn products() -> impl Iterator<Item = &'static Product> {
        let made = |p: &&Product| M::FAMILIES.contains(&p.family);
        PRODUCTS.iter().filter(made)
    }

    /// What was asked for; the first output on standard output where that is nothing.
    pub fn or_stdout(&self) -> Vec<(Product, PathBuf)> {
        match Self::products().next() {
            Some(first) if self.chosen.is_empty() => vec![(*first, PathBuf::from("-"))],
            _ => self.chosen.clone(),
        }
    }

    pub fn chosen(&self) -> &[(Product, PathBuf)] {
        &self.chosen
    }
}

impl<M: Makes> clap::Args for Places<M> {
    fn augment_args(command: clap::Command) -> clap::Command {
        command.args(Self::products().map(|product| {
            clap::Arg::new(product.option)
                .long(product.option)
                .value_name("OUT")
                .value_parser(clap::value_parser!(PathBuf))
                .help(format!("Write: {}", product.about))
        }))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl<M: Makes> clap::FromArgMatches for Places<M> {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        let place = |product: &Product| {
            Some((
                *product,
                matches.get_one::<PathBuf>(product.option).cloned()?,
            ))
        };
        Ok(Self {
            chosen: Self::products().filter_map(place).collect(),
            makes: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Refuses places that cannot take what would be written there.
pub fn check_places(places: &[(Product, PathBuf)], many: bool) -> anyhow::Result<()> {
    let dashes = places.iter().filter(|(_, place)| place.as_os_str() == "-");
    let dashes = dashes.count();
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
    parts: Vec<(Product, Destination)>,
    many: bool,
    force: bool,
}

impl Output {
    /// Decides where each result goes.
    pub fn plan(
        places: &[(Product, PathBuf)],
        many: bool,
        name: &str,
        force: bool,
    ) -> anyhow::Result<Self> {
        check_places(places, many)?;
        let part = |(product, place): &(Product, PathBuf)| {
            let destination = Destination::new(place, many, name, &product.extension());
            (*product, destination)
        };
        let parts: Vec<_> = places.iter().map(part).collect();
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

    /// Writes every file.
    pub fn write(&self, content: &Content, console: &Console) -> anyhow::Result<()> {
        for (product, destination) in &self.parts {
            let made = content.files(*product, &destination.stem());
            let made = made.with_context(|| destination.to_string())?;
            if let (Destination::File(path), true) = (destination, self.many) {
                // The folder of many inputs is the command's to make.
                std::fs::create_dir_all(path.parent().unwrap_or(path))?;
            }
            // What is left of an interrupted run of many inputs may be written again.
            destination.write(self.force || self.many, &made, console)?;
        }
        Ok(())
    }
}

fn write_file(path: &Path, force: bool, bytes: &[u8]) -> anyhow::Result<()> {
    let written = files::write(path, force, bytes).map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            anyhow::anyhow!("the file exists; --force overwrites it")
        } else {
            error.into()
        }
    });
    written.with_context(|| path.display().to_string())
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
