//! Pictures for papers and slides: flexibility, coupling and mutation maps as SVG and PNG.

mod coupling;
mod flexibility;
mod mutations;
pub(super) mod scale;
mod sheet;
mod structure;

use std::io::{self, Write};

use crate::study::{DynamicsReport, PaeReport, ScanReport};
pub use structure::{Look, Shades};

/// The kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Lines and text as such; maps as an image inside.
    Svg,
    /// Pixels.
    Png,
}

/// RMSF of each residue as bars, with the experiment and the secondary structure.
///
/// # Errors
/// When `out` cannot be written.
pub fn flexibility(report: &DynamicsReport, format: Format, out: impl Write) -> io::Result<()> {
    flexibility::draw(report).write(format, out)
}

/// The correlation of every pair of residues.
///
/// # Errors
/// When `out` cannot be written.
pub fn coupling(report: &DynamicsReport, format: Format, out: impl Write) -> io::Result<()> {
    coupling::draw(report, coupling::CORRELATION).write(format, out)
}

/// The mutual information of every pair of residues.
///
/// # Errors
/// When `out` cannot be written.
pub fn mutual_information(
    report: &DynamicsReport,
    format: Format,
    out: impl Write,
) -> io::Result<()> {
    coupling::draw(report, coupling::MUTUAL_INFORMATION).write(format, out)
}

/// The predicted aligned error of every pair of residues.
///
/// # Errors
/// When `out` cannot be written.
pub fn pae(report: &PaeReport, format: Format, out: impl Write) -> io::Result<()> {
    coupling::draw_error(report).write(format, out)
}

/// The backbone, turned and coloured as asked.
///
/// # Errors
/// When `out` cannot be written.
pub fn structure(
    report: &DynamicsReport,
    look: &Look,
    format: Format,
    out: impl Write,
) -> io::Result<()> {
    structure::draw(report, look).write(format, out)
}

/// The map of all single substitutions, in lines of up to 120 residues.
///
/// # Errors
/// When `out` cannot be written.
pub fn mutations(report: &ScanReport, format: Format, out: impl Write) -> io::Result<()> {
    mutations::draw(report).write(format, out)
}

/// The range of colours for RMSF: from the 2nd to the 98th percentile of what is known.
#[must_use]
pub fn color_range(values: &[f64]) -> (f64, f64) {
    let mut known: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    if known.is_empty() {
        return (0.0, 1.0);
    }
    known.sort_unstable_by(f64::total_cmp);
    let at = |percent: usize| known[(known.len() - 1) * percent / 100];
    let (low, high) = (at(2), at(98));
    if high > low {
        (low, high)
    } else {
        (low, low + 1.0)
    }
}

/// Five colours from rigid to mobile, for other programs.
#[must_use]
pub fn motion_palette() -> [crate::color::Rgb; 5] {
    std::array::from_fn(|i| scale::motion(i as f64 / 4.0))
}

/// The first of 1, 2, 5, 10 … that is at least `least`.
fn round_step(least: usize) -> i32 {
    let decades = (0..9).flat_map(|d| [1, 2, 5].map(|s| s * 10i32.pow(d)));
    let enough = |step: &i32| usize::try_from(*step).is_ok_and(|s| s >= least);
    decades.into_iter().find(enough).unwrap_or(i32::MAX)
}

/// What the picture says about its origin.
fn origin(provenance: &crate::study::Provenance) -> String {
    let model = if provenance.model == "-" {
        String::new()
    } else {
        format!(" {}", provenance.model)
    };
    format!(
        "dynascope {} · {}{model} · {} {}",
        provenance.version, provenance.source, provenance.device, provenance.dtype
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use crate::export::samples;

    type Writer<'a> = &'a dyn Fn(Format, &mut Vec<u8>) -> io::Result<()>;

    fn both(write: Writer<'_>) -> (String, image::RgbImage) {
        let (mut svg, mut png) = (Vec::new(), Vec::new());
        write(Format::Svg, &mut svg).unwrap();
        write(Format::Png, &mut png).unwrap();
        if let Ok(folder) = std::env::var("DYNASCOPE_PLOT_DIR") {
            let name = png.len();
            std::fs::write(format!("{folder}/{name}.png"), &png).unwrap();
            std::fs::write(format!("{folder}/{name}.svg"), &svg).unwrap();
        }
        let picture = image::load_from_memory(&png).unwrap().to_rgb8();
        (String::from_utf8(svg).unwrap(), picture)
    }

    #[test]
    fn flexibility_has_a_bar_a_residue() {
        let report = samples::ubiquitin();
        let (svg, png) = both(&|format, out| flexibility(&report, format, out));
        assert!(svg.trim_start().starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(svg.matches("<rect").count() >= 76);
        assert!(
            svg.contains("RMSF (Å)") && svg.contains("B-factors"),
            "{}",
            &svg[..2000]
        );
        assert_eq!(png.get_pixel(0, 0).0, [255; 3]);
        let red = png.pixels().filter(|p| p.0[0] > 150 && p.0[2] < 90).count();
        let blue = png
            .pixels()
            .filter(|p| p.0[2] > 150 && p.0[0] < 110)
            .count();
        assert!(red > 200 && blue > 200, "{red} {blue}");
    }

    #[test]
    fn coupling_is_symmetric_and_has_its_scale() {
        let report = samples::ubiquitin();
        let (svg, png) = both(&|format, out| coupling(&report, format, out));
        assert!(svg.contains("data:image/png;base64,") && svg.contains("correlation"));
        assert!(png.width() > 600 && png.height() > 600);
    }

    #[test]
    fn the_structure_is_coloured_and_turned() {
        let report = samples::ubiquitin();
        let look = Look::default();
        let (svg, png) = both(&|format, out| structure(&report, &look, format, out));
        assert!(svg.contains("RMSF") && svg.matches("<polyline").count() >= 300);
        let ink = png.pixels().filter(|p| p.0 != [255; 3]).count();
        assert!(ink > 20_000, "{ink}");
        let turned = Look { yaw: 2.0, ..look };
        let (other, _) = both(&|format, out| structure(&report, &turned, format, out));
        assert_ne!(svg, other);
    }

    #[test]
    fn mutations_name_residues_and_scale() {
        let report = samples::scan();
        let (svg, png) = both(&|format, out| mutations(&report, format, out));
        assert!(
            svg.contains("damaging") && svg.contains(">W<") || svg.contains("W\n"),
            "no amino acids"
        );
        assert!(png.width() > 800);
    }

    #[test]
    fn a_range_is_never_empty() {
        assert_eq!(color_range(&[]), (0.0, 1.0));
        assert_eq!(color_range(&[2.0, f64::NAN]), (2.0, 3.0));
        assert_eq!([1, 3, 11, 900].map(round_step), [1, 5, 20, 1000]);
    }
}
