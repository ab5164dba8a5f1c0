//! Weights as they are shipped: byte planes beside the others.

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

/// Packs every file.
///
/// # Errors
/// A file that cannot be read, or has no name, and a place that cannot be written to.
pub fn run(args: &Args, progress: &mut dyn Write) -> anyhow::Result<()> {
    for file in &args.files {
        let shown = file.display().to_string();
        let bytes = std::fs::read(file).context(shown.clone())?;
        let name = file.with_extension("planes");
        let place = args.out.join(name.file_name().context(shown.clone())?);
        std::fs::write(&place, embedded::planes(&bytes)).context(place.display().to_string())?;
        writeln!(progress, "{shown} is {} now", place.display())?;
    }
    Ok(())
}
