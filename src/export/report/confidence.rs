//! The part of the page about the predicted aligned error.

use std::io;

use super::super::plot::{self, Format};
use super::Block;
use crate::study::{DynamicsReport, PaeReport};

pub(super) fn blocks(
    report: &PaeReport,
    dynamics: Option<&DynamicsReport>,
    blocks: &mut Vec<Block>,
) -> io::Result<()> {
    blocks.push(Block::Heading("Confidence of the model (PAE)".to_owned()));
    let mut svg = Vec::new();
    plot::pae(report, Format::Svg, &mut svg)?;
    // An inline picture has no declaration of its own.
    let start = svg.windows(4).position(|w| w == b"<svg").unwrap_or(0);
    blocks.push(Block::Picture {
        name: "pae".to_owned(),
        svg: svg[start..].to_vec(),
        shows: "Expected error in Å of the residue of the column when the model is laid on that of the row"
            .to_owned(),
    });
    let domain = |d: usize| format!("PAE domain {}: {}", d + 1, report.ranges(d));
    let mut items: Vec<String> = (0..report.domain_count()).map(domain).collect();
    items.extend(dynamics.and_then(|d| report.doubt(d)));
    blocks.push(Block::List(items));
    let origin = report.provenance.setting("domains").unwrap_or_default();
    blocks.push(Block::Text(format!(
        "From {} (SHA-256 {}…); domains by {origin}.",
        report.provenance.model, report.provenance.weights_hash
    )));
    for citation in report
        .provenance
        .citations()
        .iter()
        .filter(|c| c.doi.is_some())
    {
        blocks.push(Block::Text(citation.line()));
    }
    Ok(())
}
