//! Sites and letters of a combinatorial library, as the user writes them.

use std::collections::BTreeSet;

use crate::analysis::mutation_scan::Library;
use crate::protein::names::{Numbering, Sites, parse_residue};
use crate::protein::{AminoAcid, Protein, Variant};

/// More members than this are refused.
const LARGEST: usize = 200_000;

/// Every member of the library: `sites` as `42`, `A:42`, `42B` (insertion code) or `42=AVL`; `letters`
/// where a site names none.
pub fn variants(
    sites: &[String],
    letters: Option<&str>,
    protein: &Protein,
    numbering: Numbering,
) -> anyhow::Result<Vec<Variant>> {
    let everywhere = match letters {
        Some(letters) => amino_acids(letters)?,
        None => AminoAcid::ALL.to_vec(),
    };
    let bare = protein.residues.iter().all(|r| r.id.chain.is_empty());
    let chains = chains(sites);
    anyhow::ensure!(
        !bare || chains.len() < 2,
        "the sites name the chains {}, and {} is one sequence",
        chains.into_iter().collect::<Vec<_>>().join(", "),
        protein.name
    );
    let chosen = sites
        .iter()
        .map(|site| {
            let (place, own) = match site.split_once('=') {
                Some((place, own)) => (place, amino_acids(own)?),
                None => (site.as_str(), everywhere.clone()),
            };
            Ok((index_of(place.trim(), protein, numbering)?, own))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    Ok(Library::new(&protein.letters(), &chosen, LARGEST)?.variants())
}

/// The chains that sites name.
fn chains(sites: &[String]) -> BTreeSet<String> {
    let places = sites.iter().filter_map(|site| site.split('=').next());
    let chains = places.filter_map(|place| Some(parse_residue(place)?.id.chain));
    chains.filter(|chain| !chain.is_empty()).collect()
}

fn amino_acids(letters: &str) -> anyhow::Result<Vec<AminoAcid>> {
    let known = |c: char| {
        AminoAcid::from_letter(c.to_ascii_uppercase()).ok_or_else(|| {
            anyhow::anyhow!("'{c}' in {letters} is not one of the twenty amino acids")
        })
    };
    letters.chars().map(known).collect()
}

/// The position that a written place means, counted as variants are. A bare sequence is one chain, whatever
/// it is called.
fn index_of(place: &str, protein: &Protein, numbering: Numbering) -> anyhow::Result<usize> {
    let mut written = parse_residue(place).ok_or_else(|| {
        anyhow::anyhow!("site '{place}': write 42, A:42, 42B with an insertion code, or 42=AVL")
    })?;
    if protein.residues.iter().all(|r| r.id.chain.is_empty()) {
        written.id.chain.clear();
    }
    let said = format!("site '{place}'");
    let found = Sites::of_protein(protein).find(&written.id, written.wild_type, numbering, &said);
    Ok(found?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::protein::Sequence;

    fn names(sites: &[&str], letters: Option<&str>) -> anyhow::Result<Vec<String>> {
        let sequence = Sequence::new("x", "MKTAYIAKQR".to_owned())?;
        let protein = Protein::of_sequence(&sequence);
        let sites: Vec<String> = sites.iter().map(|s| (*s).to_owned()).collect();
        let variants = variants(&sites, letters, &protein, Numbering::Author)?;
        let name = |v: &Variant| protein.variant_name(v);
        Ok(variants.iter().map(name).collect())
    }

    #[test]
    fn every_combination_but_the_wild_type() {
        let found = names(&["2", "4"], Some("AV")).unwrap();
        assert_eq!(found, ["A4V", "K2A", "K2A:A4V", "K2V", "K2V:A4V"]);
        assert_eq!(
            names(&["2=W", "4=l"], None).unwrap(),
            ["A4L", "K2W", "K2W:A4L"]
        );
        assert_eq!(names(&["1"], None).unwrap().len(), 19);
        // A bare sequence is one chain, whatever it is called.
        assert_eq!(names(&["B:2=W"], None).unwrap(), ["K2W"]);
        assert!(names(&["A:2=W", "B:4"], None).is_err());
    }

    #[test]
    fn sites_are_counted_chain_by_chain_as_variants_are() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/4hhb.pdb");
        let (structure, _) = crate::protein::read::read(path.as_ref()).unwrap();
        let protein = structure.protein(0, &"A,B".parse().unwrap()).unwrap();
        let at = |place: &str| index_of(place, &protein, Numbering::Sequence);
        assert_eq!(at("B:2").unwrap(), 142);
        assert_eq!(at("A:141").unwrap(), 140);
        assert!(at("2").unwrap_err().to_string().contains("in chains A, B"));
        assert!(at("A:142").is_err() && at("B:2A").is_err());
    }

    #[test]
    fn what_is_no_site_is_named() {
        for (sites, letters, wanted) in [
            (&["99"] as &[&str], None, "99"),
            (&["x"], None, "insertion code"),
            (&["2"], Some("AB"), "'B'"),
            (&["2", "2"], None, "twice"),
            (&["1", "2", "3", "4", "5"], None, "combinations"),
        ] {
            let text = names(sites, letters).unwrap_err().to_string();
            assert!(text.contains(wanted), "{text}");
        }
    }
}
