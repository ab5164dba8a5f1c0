//! Reports to files, in the format of the file's ending; whole or not at all.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use crate::app::message::Notice;
use crate::engine::Report;
use crate::export::plot::Format;
use crate::export::{json, npz, pdb, plot, table};

/// Writes a report; says what became of it.
pub(super) fn export(path: &Path, overwrite: bool, report: &Report, coupling: bool) -> Notice {
    let name = path.display();
    if path.exists() && !overwrite {
        return Notice::warning(format!(
            "{name} is there already: `:export! {name}` replaces it"
        ));
    }
    match write(path, report, coupling) {
        Ok(()) => Notice::info(format!("wrote {name}")),
        Err(error) => Notice::error(format!("{name} is not written: {error}")),
    }
}

/// Writes beside the file and renames, so that no half file is ever there.
fn write(path: &Path, report: &Report, coupling: bool) -> std::io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    let file = tempfile::NamedTempFile::new_in(folder.unwrap_or_else(|| ".".as_ref()))?;
    let mut out = BufWriter::new(file);
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    match (report, ending.to_ascii_lowercase().as_str()) {
        (Report::Dynamics(r), "csv") => table::dynamics(r, &mut out)?,
        (Report::Dynamics(r), "json") => json::dynamics(r, &mut out)?,
        (Report::Dynamics(r), "npz") => npz::dynamics(r, &mut out)?,
        (Report::Dynamics(r), "pdb") => pdb::dynamics(r, &mut out)?,
        (Report::Dynamics(r), "svg") if coupling => plot::coupling(r, Format::Svg, &mut out)?,
        (Report::Dynamics(r), "png") if coupling => plot::coupling(r, Format::Png, &mut out)?,
        (Report::Dynamics(r), "svg") => plot::flexibility(r, Format::Svg, &mut out)?,
        (Report::Dynamics(r), "png") => plot::flexibility(r, Format::Png, &mut out)?,
        (Report::Scan(r), "csv") => table::scan(r, &mut out)?,
        (Report::Scan(r), "json") => json::scan(r, &mut out)?,
        (Report::Scan(r), "npz") => npz::scan(r, &mut out)?,
        (Report::Scan(r), "svg") => plot::mutations(r, Format::Svg, &mut out)?,
        (Report::Scan(r), "png") => plot::mutations(r, Format::Png, &mut out)?,
        _ => {
            return Err(std::io::Error::other(format!(
                "'.{ending}' is no format of it; dynamics: csv json npz pdb svg png, scores: csv json npz svg png"
            )));
        }
    }
    out.flush()?;
    let file = out
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error)?;
    file.persist(path)?;
    Ok(())
}
