//! Weights as they are shipped: byte planes, or what differs from those that they went on from.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::models::embedded;

/// Which files, and where to.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Trained weights: NAME.safetensors
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The folder of the shipped weights, which gets NAME.planes
    #[arg(long, value_name = "FOLDER", default_value = "weights")]
    out: PathBuf,
}

/// Packs every file; with one that others went on from, those again, as they are inside the program.
///
/// # Errors
/// A file that cannot be read, or has no name, and a place that cannot be written to.
pub fn run(args: &Args, progress: &mut dyn Write) -> anyhow::Result<()> {
    let mut files = BTreeMap::new();
    for file in &args.files {
        let shown = file.display().to_string();
        let name = file.file_stem().and_then(|name| name.to_str());
        let name = name.context(format!("{shown}: no name"))?.to_owned();
        files.insert(name, std::fs::read(file).context(shown)?);
    }
    let again: Vec<_> = (files.keys())
        .flat_map(|name| embedded::resting_on(name))
        .collect();
    for id in again {
        if let Some(bytes) = embedded::bytes(id) {
            files.entry(id.to_owned()).or_insert_with(|| bytes.to_vec());
        }
    }
    for (name, bytes) in &files {
        let others = |id: &str| {
            let given = files.get(id).map(Vec::as_slice);
            given.or_else(|| embedded::bytes(id))
        };
        let place = args.out.join(format!("{name}.planes"));
        std::fs::write(&place, embedded::packed(name, bytes.clone(), others))
            .context(place.display().to_string())?;
        writeln!(progress, "{name} is {} now", place.display())?;
    }
    Ok(())
}
