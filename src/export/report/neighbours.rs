//! What stands around the protein, and which residues touch it.

use std::collections::BTreeMap;

use super::Block;
use crate::protein::touching::TOUCH_ANGSTROM;
use crate::protein::{NeighbourKind, Protein};

/// Rows of the table.
const LISTED: usize = 24;
/// Residues named in a row.
const NAMED: usize = 40;

/// The table of a page; nothing where nothing is touched.
pub(super) fn blocks(protein: &Protein) -> Vec<Block> {
    let all = &protein.context.neighbours;
    // A chain is one row, a ligand is one.
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (residue, touches) in protein.residues.iter().zip(protein.touches()) {
        for touch in touches {
            let neighbour = &all[touch.neighbour];
            let chain = &neighbour.residue.id.chain;
            let name = match neighbour.kind {
                NeighbourKind::Protein => format!("chain {chain}"),
                NeighbourKind::Nucleic => format!("DNA or RNA {chain}"),
                NeighbourKind::Ligand | NeighbourKind::Metal => neighbour.label(),
            };
            let at = *places.entry(name.clone()).or_insert_with(|| {
                rows.push((name, Vec::new()));
                rows.len() - 1
            });
            let id = residue.id.to_string();
            if rows[at].1.last() != Some(&id) && !rows[at].1.contains(&id) {
                rows[at].1.push(id);
            }
        }
    }
    if rows.is_empty() {
        return Vec::new();
    }
    let (count, counts) = (rows.len(), protein.context.counts);
    let listed = rows.into_iter().take(LISTED).map(|(name, residues)| {
        let more = residues.len().saturating_sub(NAMED);
        let mut named = residues[..residues.len().min(NAMED)].join(" ");
        if more > 0 {
            named = format!("{named} and {more} more");
        }
        vec![name, residues.len().to_string(), named]
    });
    let counted = if counts {
        "They count in elastic networks, burial and accessibility."
    } else {
        "They do not count in the numbers of this page (--context)."
    };
    let mut text = format!("Heavy atoms within {TOUCH_ANGSTROM} Å. {counted}");
    if count > LISTED {
        text = format!("{text} {LISTED} of {count} are listed.");
    }
    vec![
        Block::Heading("Neighbours".to_owned()),
        Block::Text(text),
        Block::Table {
            head: vec!["Neighbour", "touched by", "residues"],
            rows: listed.collect(),
        },
    ]
}
