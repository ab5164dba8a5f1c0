//! From rows to residues through pdbtbx, and the choice among alternate locations.
//!
//! Real files break the rules in ways that pdbtbx refuses, prints about or panics at. So it is given
//! one strict mmCIF table a model, with every value checked and every residue under its own number,
//! and its residues and conformers are matched to the rows again by number.

use std::fmt::Write as _;
use std::io::BufReader;

use super::modified::is_cap;
use super::polymer::{Polymer, amino_acid, residue_id};
use super::rows::{Group, Header, RawModel, Row, is_decimal};
use crate::numeric::{Covariance3, Vec3};
use crate::protein::{AminoAcid, Atom, Chain, Model, Residue, Sequence};

/// Stands for "no alternate location"; a blank one would be copied into the others.
const COMMON: &str = "_";

/// Atoms that two residue types at one place may share.
const SHARED: [&str; 7] = ["N", "CA", "C", "O", "CB", "H", "HA"];

/// Builds one model. The error is pdbtbx's own words.
pub(super) fn build(
    raw: &RawModel<'_>,
    groups: &[Group],
    polymer: &Polymer,
    header: &Header,
) -> Result<Model, String> {
    let ordered: Vec<usize> = polymer
        .chains
        .iter()
        .flat_map(|(_, members)| members.iter().copied())
        .collect();
    let table = strict_table(raw, groups, &ordered);
    let parsed = std::panic::catch_unwind(|| {
        pdbtbx::ReadOptions::new()
            .set_format(pdbtbx::Format::Mmcif)
            .set_level(pdbtbx::StrictnessLevel::Loose)
            .read_raw(BufReader::new(table.as_bytes()))
    });
    let (pdb, _) = parsed
        .map_err(|_| "the parser failed".to_owned())?
        .map_err(|errors| {
            errors.first().map_or_else(String::new, |e| {
                format!("{}: {}", e.short_description(), e.long_description())
            })
        })?;
    let mut residues = pdb.residues();
    let chains = polymer
        .chains
        .iter()
        .map(|(name, members)| Chain {
            id: name.clone(),
            residues: members
                .iter()
                .zip(residues.by_ref())
                .map(|(&g, parsed)| residue(raw, &groups[g], parsed, name, header))
                .collect(),
            seqres: members
                .first()
                .and_then(|&g| seqres(raw, &groups[g], header)),
        })
        .collect();
    Ok(Model {
        number: raw.number,
        chains,
    })
}

/// The polymer that the residues of a group are part of, as the header lists it.
fn seqres(raw: &RawModel<'_>, group: &Group, header: &Header) -> Option<Sequence> {
    let polymer = raw.rows[*group.rows.first()?].polymer;
    let of_section = |section: usize| header.sequences.get(&(section, polymer.to_owned()));
    let names = of_section(raw.section).or_else(|| of_section(0))?;
    let letters = names.iter().filter(|n| !is_cap(n)).map(|n| {
        let known = amino_acid(n, header);
        known.map_or('X', AminoAcid::letter)
    });
    Sequence::new(polymer, letters.collect::<String>()).ok()
}

fn strict_table(raw: &RawModel<'_>, groups: &[Group], ordered: &[usize]) -> String {
    let mut text = String::from("data_model\nloop_\n");
    for column in [
        "group_PDB",
        "id",
        "type_symbol",
        "label_atom_id",
        "label_alt_id",
        "label_comp_id",
        "label_asym_id",
        "label_seq_id",
        "Cartn_x",
        "Cartn_y",
        "Cartn_z",
        "occupancy",
        "B_iso_or_equiv",
    ] {
        let _ = writeln!(text, "_atom_site.{column}");
    }
    // pdbtbx searches chains and residues one after the other: blocks of residues stand for chains.
    let block = (4 * ordered.len()).isqrt().max(64);
    for (ordinal, &g) in ordered.iter().enumerate() {
        for &index in &groups[g].rows {
            let row = &raw.rows[index];
            let [x, y, z] = row.position;
            let occupancy = decimal_or(row.occupancy, "1.0");
            let b_factor = decimal_or(row.b_factor, "0.0");
            let alternate = if row.alternate.is_empty() {
                COMMON
            } else {
                row.alternate
            };
            let _ = writeln!(
                text,
                "ATOM {index} '{}' {} {} {} 'b{}' {ordinal} {x} {y} {z} {occupancy} {b_factor}",
                element(row),
                quoted(row.name),
                quoted(alternate),
                quoted(row.residue),
                ordinal / block,
            );
        }
    }
    text
}

fn decimal_or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if is_decimal(text) { text } else { otherwise }
}

/// In the quotes that the text does not hold; printable characters only.
fn quoted(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_ascii_graphic() { c } else { '?' })
        .collect();
    if clean.contains('\'') {
        format!("\"{}\"", clean.replace('"', "'"))
    } else {
        format!("'{clean}'")
    }
}

/// The element as the file gives it, else from the atom's name: `CA` of a residue is carbon.
fn element(row: &Row<'_>) -> String {
    let given = row.element.trim();
    if (1..=2).contains(&given.len()) && given.bytes().all(|b| b.is_ascii_alphabetic()) {
        return given.to_ascii_uppercase();
    }
    if row.name == "SE" {
        return "SE".to_owned();
    }
    let first = row.name.chars().find(char::is_ascii_alphabetic);
    first.unwrap_or('C').to_ascii_uppercase().to_string()
}

/// One conformer of a residue: its name, its alternate location and how much of it there is.
struct Choice<'a> {
    conformer: &'a pdbtbx::Conformer,
    alternate: &'a str,
    occupancy: f64,
}

fn residue(
    raw: &RawModel<'_>,
    group: &Group,
    parsed: &pdbtbx::Residue,
    chain: &str,
    header: &Header,
) -> Residue {
    let mut choices: Vec<Choice<'_>> = parsed
        .conformers()
        .map(|conformer| Choice {
            conformer,
            alternate: conformer.alternative_location().unwrap_or(COMMON),
            occupancy: mean_occupancy(conformer),
        })
        .collect();
    // Highest occupancy first, then A before B; what all share comes last.
    choices.sort_by_key(|c| {
        let thousandths = (c.occupancy * 1000.0).round() as i64;
        (c.alternate == COMMON, -thousandths, c.alternate)
    });
    let name = choices
        .first()
        .map_or("UNK", |c| c.conformer.name())
        .to_owned();
    let mut atoms: Vec<(usize, Atom)> = Vec::new();
    for choice in choices.iter().rev().filter(|c| c.alternate == COMMON) {
        let same = choice.conformer.name() == name;
        add_atoms(&mut atoms, raw, choice.conformer, |atom| {
            same || SHARED.contains(&atom)
        });
    }
    for choice in choices.iter().filter(|c| c.alternate != COMMON) {
        if choice.conformer.name() == name {
            add_atoms(&mut atoms, raw, choice.conformer, |_| true);
        }
    }
    atoms.sort_by_key(|(index, _)| *index);
    Residue {
        id: residue_id(&raw.rows, group, chain),
        amino_acid: amino_acid(&name, header),
        name,
        atoms: atoms.into_iter().map(|(_, a)| a).collect(),
    }
}

/// Adds the atoms that are not there yet.
fn add_atoms(
    atoms: &mut Vec<(usize, Atom)>,
    raw: &RawModel<'_>,
    conformer: &pdbtbx::Conformer,
    wanted: impl Fn(&str) -> bool,
) {
    for parsed in conformer.atoms().filter(|a| wanted(a.name())) {
        if !atoms.iter().any(|(_, a)| a.name == parsed.name()) {
            atoms.push((parsed.serial_number(), atom(raw, parsed)));
        }
    }
}

fn mean_occupancy(conformer: &pdbtbx::Conformer) -> f64 {
    let sum: f64 = conformer.atoms().map(pdbtbx::Atom::occupancy).sum();
    sum / conformer.atom_count().max(1) as f64
}

/// The number as written: pdbtbx adds up the decimals of mmCIF one by one.
fn as_written(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn atom(raw: &RawModel<'_>, parsed: &pdbtbx::Atom) -> Atom {
    let row = &raw.rows[parsed.serial_number()];
    let (x, y, z) = parsed.pos();
    Atom {
        name: parsed.name().to_owned(),
        element: element(row),
        position: Vec3::new(as_written(x), as_written(y), as_written(z)),
        b_factor: as_written(parsed.b_factor()),
        occupancy: as_written(parsed.occupancy()),
        anisou: row.anisou.map(|[u11, u22, u33, u12, u13, u23]| {
            Covariance3::new(u11, u12, u13, u12, u22, u23, u13, u23, u33)
        }),
    }
}
