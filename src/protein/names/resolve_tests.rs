//! Placing variants on sequences and proteins.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::owner::Owner;
use super::super::parse_variant;
use super::*;
use crate::protein::{AminoAcid, ChainChoice, Protein, ResidueId, Sequence, Structure, read};

type Entry = Result<WrittenVariant, NameError>;

fn written(list: &[&str]) -> Vec<Entry> {
    list.iter().map(|t| parse_variant(t)).collect()
}

fn sequence(letters: &str) -> Sites {
    Sites::of_protein(&Protein::of_sequence(&Sequence::new("s", letters).unwrap()))
}

fn residue(
    chain: &str,
    number: i32,
    code: Option<char>,
    letter: char,
) -> (ResidueId, Option<AminoAcid>) {
    let id = ResidueId {
        chain: chain.into(),
        number,
        insertion_code: code,
    };
    (id, AminoAcid::from_letter(letter))
}

/// Chains A and B with the same residues, numbered from 10, with 11A after 11.
fn dimer() -> Sites {
    let chain = |c| {
        [
            residue(c, 10, None, 'M'),
            residue(c, 11, None, 'K'),
            residue(c, 11, Some('A'), 'V'),
        ]
    };
    Sites::new(
        ["A", "B"].into_iter().flat_map(chain).collect(),
        Owner::new("dimer"),
    )
}

fn place(sites: &Sites, text: &str, numbering: Numbering) -> Result<Variant, NameError> {
    resolve(&parse_variant(text).unwrap(), sites, numbering)
}

fn rows(resolved: &Resolved) -> Vec<usize> {
    resolved.variants().map(|v| v.0).collect()
}

#[test]
fn places_are_found_and_wild_types_checked() {
    let sites = sequence("MKVLA");
    let placed = place(&sites, "L4P:K2R", Numbering::Author).unwrap();
    assert_eq!(placed.iter().map(|s| s.index).collect::<Vec<_>>(), [1, 3]);
    let error = |text: &str| {
        place(&sites, text, Numbering::Author)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(error("A2G"), "A2G: position 2 is K, not A");
    assert_eq!(
        error("A9G"),
        "A9G: there is no residue 9; the numbers are 1 to 5"
    );
    assert_eq!(place(&sites, "WT", Numbering::Author), Ok(Vec::new()));
}

#[test]
fn chains_insertion_codes_and_ordinals_are_told_apart() {
    let sites = dimer();
    let place = |text: &str, numbering| place(&sites, text, numbering);
    assert_eq!(place("B:V11AG", Numbering::Author).unwrap()[0].index, 5);
    assert_eq!(place("A:K11G", Numbering::Author).unwrap()[0].index, 1);
    assert_eq!(place("B:V3G", Numbering::Sequence).unwrap()[0].index, 5);
    assert_eq!(place("B:K1G", Numbering::Offset(10)).unwrap()[0].index, 4);
    let ambiguous = place("K11G", Numbering::Author).unwrap_err().to_string();
    assert!(
        ambiguous.contains("chains A, B; name one, as in A:K11G"),
        "{ambiguous}"
    );
}

#[test]
fn chains_that_are_not_there_are_named() {
    let mut sites = dimer();
    sites.owner.set_aside(vec!["C".to_owned()]);
    let resolved = resolve_all(
        &written(&["C:K11G", "D:K11G", "B:K11G"]),
        &sites,
        Numbering::Author,
    );
    let said: Vec<String> = resolved.problems().map(|p| p.1.to_string()).collect();
    assert_eq!(said[0], "C:K11G: chain C is not loaded: `--chain A,B,C`");
    assert!(
        said[1].contains("names D, and this is dimer"),
        "{}",
        said[1]
    );
    assert_eq!(rows(&resolved), [2]);
}

#[test]
fn a_bad_row_loses_only_itself() {
    let list = written(&["M1A", "A2G", "L4P", "nonsense"]);
    let result = resolve_all(&list, &sequence("MKVLA"), Numbering::Author);
    assert_eq!(rows(&result), [0, 2]);
    assert_eq!(result.problems().map(|p| p.0).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(result.proposal, None);
}

#[test]
fn residues_that_the_structure_lacks_have_the_numbers_that_its_neighbours_leave() {
    let list = vec![
        residue("A", 1, Some('~'), 'G'),
        residue("A", 7, None, 'K'),
        residue("A", 3, Some('~'), 'T'),
        residue("A", 9, None, 'L'),
        residue("A", 5, Some('~'), 'W'),
        residue("A", 20, None, 'V'),
    ];
    let sites = Sites::new(list, Owner::default());
    let index = |text: &str| place(&sites, text, Numbering::Author).map(|v| v[0].index);
    assert_eq!(index("T8A"), Ok(2));
    assert_eq!(index("G6A"), Ok(0));
    assert_eq!(index("W5~A"), Ok(4));
    assert!(
        index("W10A").is_err(),
        "a gap of unknown length has no numbers"
    );
}

#[test]
fn an_offset_is_proposed_and_only_auto_applies_it() {
    let sites = sequence("MKVLAGHWYRTNDE");
    let list = written(&["K102A", "W108F", "T111S", "D113N"]);
    let plain = resolve_all(&list, &sites, Numbering::Author);
    assert_eq!(plain.variants().count(), 0);
    let proposal = plain.proposal.unwrap();
    assert_eq!(
        (
            proposal.numbering,
            proposal.agreeing,
            proposal.now,
            proposal.certain
        ),
        (Numbering::Offset(-100), 4, 0, true)
    );
    let auto = resolve_all(&list, &sites, Numbering::Auto);
    assert_eq!(auto.variants().count(), 4);
    assert_eq!(auto.applied, Some(proposal));
    assert_eq!(auto.numbering, Numbering::Offset(-100));
}

#[test]
fn few_rows_prove_no_offset() {
    let result = resolve_all(&written(&["K102A"]), &sequence("MKVLAKK"), Numbering::Auto);
    assert!(result.applied.is_none() && result.proposal.is_none());
    // Two of four amino acids, five sites: chance alone.
    let repeats = "AGAGGAAGAGGAGAAGGAGAGGAAGAGGA";
    let list = written(&["A1V", "G2V", "A3V", "A4V", "G5V"]);
    let result = resolve_all(&list, &sequence(repeats), Numbering::Auto);
    assert!(result.applied.is_none(), "{result:?}");
}

/// Every residue of ubiquitin, counted from 0, and some misprints.
fn zero_based(misprints: usize) -> (Sites, Vec<Entry>) {
    let letters = "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG";
    let mut names: Vec<String> = letters
        .chars()
        .enumerate()
        .map(|(i, l)| format!("{l}{i}A"))
        .collect();
    for name in names.iter_mut().skip(10).take(misprints) {
        name.replace_range(..1, "W");
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    (sequence(letters), written(&names))
}

#[test]
fn what_fits_by_chance_is_withheld_unless_it_is_asked_for() {
    let (sites, list) = zero_based(0);
    let guarded = resolve_all(&list, &sites, Numbering::Guarded);
    assert_eq!(guarded.variants().count(), 0);
    let withheld: Vec<_> = guarded
        .problems()
        .filter(|(_, e)| matches!(e, NameError::ByChance { .. }))
        .collect();
    let said = withheld[0].1.to_string();
    assert!(said.contains("`--offset 1` scores it"), "{said}");
    let plain = resolve_all(&list, &sites, Numbering::Author);
    assert_eq!(plain.variants().count(), withheld.len());
    let shifted = resolve_all(&list, &sites, Numbering::Offset(1));
    assert_eq!(shifted.variants().count(), 76);
    // One misprint among many is no objection.
    let (sites, list) = zero_based(1);
    let auto = resolve_all(&list, &sites, Numbering::Auto);
    assert_eq!(
        (auto.variants().count(), auto.numbering),
        (75, Numbering::Offset(1))
    );
}

#[test]
fn several_numberings_in_one_list_are_said() {
    let (sites, zero) = zero_based(0);
    let (_, mut list) = zero_based(0);
    for entry in list.iter_mut().skip(38) {
        for s in &mut entry.as_mut().unwrap().substitutions {
            s.id.number += 31;
        }
    }
    let mixed = resolve_all(&list, &sites, Numbering::Author);
    assert!(
        mixed
            .remarks
            .iter()
            .any(|r| r.contains("several numberings")),
        "{mixed:?}"
    );
    let one = resolve_all(&zero, &sites, Numbering::Author);
    assert!(one.remarks.is_empty(), "{:?}", one.remarks);
}

#[test]
fn counting_along_the_sequence_is_proposed_where_it_fits() {
    let numbered = |(i, letter): (usize, char)| {
        let number = i as i32 + if i < 10 { 101 } else { 150 };
        residue("A", number, None, letter)
    };
    let letters = "MKVLAGHWYRTNDEQFIPSC";
    let sites = Sites::new(
        letters.chars().enumerate().map(numbered).collect(),
        Owner::default(),
    );
    let list = written(&["K2A", "W8F", "T11S", "D13N", "F16A"]);
    let found = resolve_all(&list, &sites, Numbering::Guarded)
        .proposal
        .unwrap();
    assert_eq!((found.numbering, found.agreeing), (Numbering::Sequence, 5));
    assert_eq!(found.option(), "`--numbering sequence`");
}

#[test]
fn an_unknown_name_is_taken_for_a_structure_only_beyond_chance() {
    let letters = "MKVLAGHWYRTNDEQFIPSC".chars().enumerate();
    let list: Vec<_> = letters
        .map(|(i, l)| residue("A", i as i32 + 1, None, l))
        .collect();
    let sites = Sites::new(list, Owner::new("1abc"));
    let fits = written(&[
        "XYZ1:p.Lys2Ala",
        "XYZ1:p.Trp8Phe",
        "XYZ1:p.Thr11Ser",
        "XYZ1:p.Ala3Gly",
    ]);
    let resolved = resolve_all(&fits, &sites, Numbering::Guarded);
    assert_eq!(rows(&resolved), [0, 1, 2]);
    assert!(
        resolved.remarks[0].contains("XYZ1 is taken for 1abc: 3"),
        "{:?}",
        resolved.remarks
    );
    let one = resolve_all(&written(&["XYZ1:p.Met1Val"]), &sites, Numbering::Guarded);
    assert_eq!(one.variants().count(), 0);
    let bare = sequence("MKVLAGHWYRTNDEQFIPSC");
    assert_eq!(
        resolve_all(&fits, &bare, Numbering::Guarded)
            .variants()
            .count(),
        0
    );
    // A chain of a bare sequence, as long as the list names one.
    let chain = resolve_all(&written(&["A:K2A"]), &bare, Numbering::Author);
    assert_eq!(chain.variants().count(), 1);
    let two = resolve_all(&written(&["A:K2A", "B:K2A"]), &bare, Numbering::Author);
    assert_eq!(two.variants().count(), 0);
}

fn structure(file: &str, change: impl Fn(String) -> String) -> Structure {
    let path = format!("{}/tests/structures/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = change(std::fs::read_to_string(path).unwrap());
    read::read_bytes(file, text.as_bytes()).unwrap().0
}

#[test]
fn databases_name_single_chains() {
    let haemoglobin = structure("4hhb.pdb", |text| {
        let entry = |chain: char| match chain {
            'A' | 'C' => "P69905   HBA_HUMAN        1    141",
            _ => "P68871   HBB_HUMAN        1    146",
        };
        let reference = |c: char| format!("DBREF  4HHB {c}    1   141  UNP    {}\n", entry(c));
        // A second copy of chain A, far away.
        let atoms = text
            .lines()
            .filter(|l| l.starts_with("ATOM") && &l[21..22] == "A");
        let copy = atoms.map(|l| format!("{}C{}  900{}\n", &l[..21], &l[22..30], &l[35..]));
        let header: String = "ABC".chars().map(reference).collect();
        header + text.trim_end().trim_end_matches("END") + "TER\n" + &copy.collect::<String>()
    });
    let placed = |chains: &str, text: &str| {
        let protein = haemoglobin.protein(0, &chains.parse().unwrap()).unwrap();
        let sites = Sites::in_structure(&protein, &haemoglobin);
        let resolved = resolve_all(&written(&[text]), &sites, Numbering::Author);
        let index = |v: &Variant| v[0].index.to_string();
        match &resolved.outcomes[0] {
            Ok(variant) => index(variant),
            Err(error) => error.to_string(),
        }
    };
    for (chains, text, wanted) in [
        ("A", "HBA_HUMAN:K7A", "6"),
        ("A", "P69905:p.Lys7Ala", "6"),
        ("A,B", "P68871:E6V", "146"),
        ("A,B", "HBB:E6V", "146"),
        ("A", "P68871:E6V", "chain B is not loaded: `--chain A,B`"),
        ("all", "P69905:K7A", "in chains A, C"),
        ("A", "P12345:K7A", "names P12345"),
    ] {
        let found = placed(chains, text);
        assert!(found.contains(wanted), "{chains} {text}: {found}");
    }
}

#[test]
fn numbers_of_the_database_are_proposed() {
    let second = structure("1ubi.pdb", |text| {
        text.replace("UBIQ_HUMAN       1     76", "UBIQ_HUMAN      77    152")
    });
    let protein = second.protein(0, &ChainChoice::All).unwrap();
    let sites = Sites::in_structure(&protein, &second);
    let resolved = resolve_all(&written(&["K82R"]), &sites, Numbering::Author);
    let proposal = resolved.proposal.unwrap();
    assert_eq!(proposal.numbering, Numbering::Offset(-76));
    assert!(!proposal.certain && resolved.variants().next().is_none());
}
