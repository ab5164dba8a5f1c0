//! From rows to residues through pdbtbx's builders, and the choice among alternate locations.
//!
//! pdbtbx's readers are not used: they refuse, print about or panic at what people bring (shifted columns,
//! repeated numbers, rows out of order), name no lines, and read one block of an mmCIF file.

use super::around;
use super::atoms;
use super::modified::is_cap;
use super::polymer::residue_id;
use super::rows::{Group, Header, RawModel, Row};
use super::sites::Polymer;
use super::sites::amino_acid;
use crate::numeric::{Covariance3, Vec3};
use crate::protein::{AminoAcid, Atom, Chain, Model, Residue, Sequence};

/// Atoms that two residue types at one place may share.
const SHARED: [&str; 7] = ["N", "CA", "C", "O", "CB", "H", "HA"];

/// Builds one model. The error names what pdbtbx refuses.
pub(super) fn build(
    raw: &RawModel<'_>,
    groups: &[Group],
    polymer: &Polymer,
    header: &Header,
) -> Result<Model, String> {
    let chain = |(name, members): &(String, Vec<usize>)| {
        let residues = members
            .iter()
            .map(|&g| residue(raw, &groups[g], name, header));
        let residues = residues.collect::<Result<_, String>>()?;
        let first = members.first().and_then(|&g| groups[g].rows.first());
        let asym = first.map_or(name.as_str(), |&row| raw.rows[row].asym());
        Ok(Chain {
            asym: asym.to_owned(),
            ..Chain::new(name, residues)
        })
    };
    let chains = polymer.chains.iter().map(chain);
    let listed = polymer.chains.iter();
    let listed =
        listed.filter_map(|(name, members)| seqres(name, raw, &groups[*members.first()?], header));
    Ok(Model {
        number: raw.number,
        chains: chains.collect::<Result<_, String>>()?,
        others: around::others(&raw.rows, groups, &polymer.apart).into(),
        seqres: listed.collect(),
    })
}

/// The polymer that the residues of a group of a chain are part of, as the header lists it.
fn seqres(chain: &str, raw: &RawModel<'_>, group: &Group, header: &Header) -> Option<Sequence> {
    let polymer = raw.rows[*group.rows.first()?].polymer;
    let of_section = |section: usize| header.sequences.get(&(section, polymer.to_owned()));
    let names = of_section(raw.section).or_else(|| of_section(0))?;
    let letters = names.iter().filter(|n| !is_cap(n)).map(|n| {
        let known = amino_acid(n, header);
        known.map_or('X', AminoAcid::letter)
    });
    Sequence::new(chain, letters.collect::<String>()).ok()
}

/// All conformers of one residue, its atoms under the names of the Protein Data Bank.
fn conformers(
    raw: &RawModel<'_>,
    group: &Group,
    header: &Header,
) -> Result<pdbtbx::Residue, String> {
    let rows = || group.rows.iter().map(move |&i| (i, &raw.rows[i]));
    let has = |name: &str| rows().any(|(_, row)| row.name == name);
    let mut residue = pdbtbx::Residue::new(0, None, None).ok_or("an empty residue")?;
    for (index, row) in rows() {
        let name = match amino_acid(row.residue, header) {
            Some(known) => atoms::standard(row.name, known, has),
            None => Some(row.name),
        };
        let Some(name) = name else { continue };
        let atom = built(row, index, name)
            .ok_or_else(|| format!("pdbtbx does not accept the atom of line {}", row.line))?;
        let alternate = printable(row.alternate);
        let alternate = Some(alternate.as_str()).filter(|a| !a.is_empty());
        let mut name = printable(row.residue);
        if name.is_empty() {
            "UNK".clone_into(&mut name);
        }
        residue.add_atom(atom, (name, alternate));
    }
    Ok(residue)
}

fn built(row: &Row<'_>, index: usize, name: &str) -> Option<pdbtbx::Atom> {
    let (x, y, z) = (row.position.x, row.position.y, row.position.z);
    let (occupancy, b) = (row.occupancy, row.b_factor);
    let (name, element) = (printable(name), around::element(row));
    pdbtbx::Atom::new(row.hetero, index, name, x, y, z, occupancy, b, element, 0)
}

fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_ascii_graphic() { c } else { '?' };
    text.chars().map(shown).collect()
}

/// One conformer of a residue: its name, its alternate location and how much of it there is.
struct Choice<'a> {
    conformer: &'a pdbtbx::Conformer,
    /// `None`: common to all.
    alternate: Option<&'a str>,
    occupancy: f64,
}

fn residue(
    raw: &RawModel<'_>,
    group: &Group,
    chain: &str,
    header: &Header,
) -> Result<Residue, String> {
    let parsed = conformers(raw, group, header)?;
    let mut choices: Vec<Choice<'_>> = parsed
        .conformers()
        .map(|conformer| Choice {
            conformer,
            alternate: conformer.alternative_location(),
            occupancy: mean_occupancy(conformer),
        })
        .collect();
    // Highest occupancy first, then A before B; what all share comes last.
    choices.sort_by_key(|c| {
        let thousandths = (c.occupancy * 1000.0).round() as i64;
        (c.alternate.is_none(), -thousandths, c.alternate)
    });
    let name = choices
        .first()
        .map_or("UNK", |c| c.conformer.name())
        .to_owned();
    let mut atoms: Vec<(usize, Atom)> = Vec::new();
    for choice in choices.iter().rev().filter(|c| c.alternate.is_none()) {
        let same = choice.conformer.name() == name;
        add_atoms(&mut atoms, raw, choice.conformer, |atom| {
            same || SHARED.contains(&atom)
        });
    }
    for choice in choices.iter().filter(|c| c.alternate.is_some()) {
        if choice.conformer.name() == name {
            add_atoms(&mut atoms, raw, choice.conformer, |_| true);
        }
    }
    atoms.sort_by_key(|(index, _)| *index);
    Ok(Residue {
        id: residue_id(&raw.rows, group, chain),
        amino_acid: amino_acid(&name, header),
        name,
        atoms: atoms.into_iter().map(|(_, a)| a).collect(),
    })
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

fn atom(raw: &RawModel<'_>, parsed: &pdbtbx::Atom) -> Atom {
    let row = &raw.rows[parsed.serial_number()];
    let (x, y, z) = parsed.pos();
    Atom {
        name: parsed.name().to_owned(),
        element: around::element(row),
        position: Vec3::new(x, y, z),
        b_factor: parsed.b_factor(),
        occupancy: parsed.occupancy(),
        anisou: row.anisou.map(|[u11, u22, u33, u12, u13, u23]| {
            Covariance3::new(u11, u12, u13, u12, u22, u23, u13, u23, u33)
        }),
    }
}
