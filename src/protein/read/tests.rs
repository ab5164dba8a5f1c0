//! One test a quirk.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fmt::Write as _;

mod b_columns;
mod fuzz;
mod real;
mod seams;
mod twins;

use super::*;
use crate::protein::BColumn;
use crate::protein::b_column::{Confidence, Evidence, Other};
use crate::protein::structure::ModelsAre;

fn file(name: &str) -> (Structure, Vec<Warning>) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures");
    read(&Path::new(folder).join(name)).unwrap()
}

fn letters(structure: &Structure, chain: usize) -> String {
    let residues = &structure.models[0].chains[chain].residues;
    residues
        .iter()
        .map(crate::protein::Residue::letter)
        .collect()
}

const UBIQUITIN: &str =
    "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG";

#[test]
fn both_formats_give_the_same_protein() {
    let (pdb, warnings) = file("1ubi.pdb");
    assert!(warnings.is_empty(), "{warnings:?}");
    let (cif, _) = file("1ubq.cif");
    for s in [&pdb, &cif] {
        assert_eq!(s.models.len(), 1);
        assert_eq!(letters(s, 0), UBIQUITIN);
        assert_eq!(s.b_column, BColumn::BFactor);
        assert_eq!(
            s.method,
            Method::Diffraction {
                resolution: Some(1.8)
            }
        );
        assert!(s.set_aside.waters > 50);
    }
    let ca = pdb.models[0].chains[0].residues[0].atom("CA").unwrap();
    assert_eq!((ca.position.x, ca.b_factor), (26.381, 9.58));
}

fn parse(text: &str) -> (Structure, Vec<Warning>) {
    read_bytes("x.pdb", text.as_bytes()).unwrap()
}

/// An atom line of the format.
fn line(record: &str, name: &str, place: &str, x: f64, rest: &str) -> String {
    format!(
        "{record:<6}    1  {name:<3}{place:<14}{x:8.3}{:8.3}{:8.3}{rest}\n",
        1.0, 2.0
    )
}

#[test]
fn gzip_and_mmcif_are_told_by_content() {
    let (structure, _) = file("1ake.cif.gz");
    assert_eq!(structure.name, "1ake");
    assert_eq!(structure.chain_names(0), ["A", "B"]);
    assert_eq!(structure.models[0].chains[0].residues.len(), 214);
    assert_eq!(structure.set_aside.ligands, 2);
    assert!(structure.set_aside.waters > 300);
    let bytes = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/structures/1ubq.cif"
    ));
    let (by_content, _) = read_bytes("-", &bytes.unwrap()).unwrap();
    assert_eq!(by_content.name, "1UBQ");
    assert_eq!(letters(&by_content, 0), UBIQUITIN);
}

#[test]
fn microheterogeneity_gives_one_residue_and_anisou_its_tensor() {
    let (structure, _) = file("1ejg.pdb");
    let residues = &structure.models[0].chains[0].residues;
    assert_eq!(residues.len(), 46);
    assert_eq!(
        (residues[21].name.as_str(), residues[24].name.as_str()),
        ("PRO", "LEU")
    );
    let ca = residues[0].atom("CA").unwrap();
    let tensor = ca.anisou.unwrap();
    assert!((tensor[(0, 0)] - 0.0305).abs() < 1e-12 && (tensor[(0, 1)] - 0.0039).abs() < 1e-12);
    for residue in residues {
        assert!(
            residue.atom("N").is_some() && residue.atom("C").is_some(),
            "{}",
            residue.id
        );
        let mut names: Vec<&str> = residue.atoms.iter().map(|a| a.name.as_str()).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all, "{}", residue.id);
    }
}

#[test]
fn alternate_locations_keep_the_fuller_one_then_a() {
    let (structure, _) = file("altloc.pdb");
    let residues = &structure.models[0].chains[0].residues;
    let arginine = residues.iter().find(|r| r.id.number == 27).unwrap();
    assert_eq!(arginine.atom("NH1").unwrap().position.x, 57.848);
    let text = [
        line("ATOM", "CA", "AGLY A   1", 1.0, "  0.40  1.00"),
        line("ATOM", "CA", "BGLY A   1", 2.0, "  0.60  1.00"),
        line("ATOM", "CA", "BGLY A   2", 3.0, "  0.50  1.00"),
        line("ATOM", "CA", "AGLY A   2", 4.0, "  0.50  1.00"),
    ]
    .concat();
    let (structure, _) = parse(&text);
    let x = |i: usize| {
        structure.models[0].chains[0].residues[i]
            .position("CA")
            .unwrap()
            .x
    };
    assert_eq!((x(0), x(1)), (2.0, 4.0));
}

#[test]
fn insertion_codes_negative_and_long_numbers_are_kept() {
    let (structure, _) = file("insertion_codes.pdb");
    let ids: Vec<String> = structure.models[0].chains[0]
        .residues
        .iter()
        .map(|r| r.id.to_string())
        .collect();
    assert_eq!(ids, ["A:465A", "A:465B"]);
    let text: String = ["  -3 ", "9999 ", "A000 ", "10005", "A00F "]
        .iter()
        .map(|n| line("ATOM", "CA", &format!(" GLY A{n}"), 1.0, "  1.00  1.00"))
        .collect();
    let (structure, _) = parse(&text);
    let numbers: Vec<i32> = structure.models[0].chains[0]
        .residues
        .iter()
        .map(|r| r.id.number)
        .collect();
    assert_eq!(numbers, [-3, 9999, 10_000, 10_005, 10_015]);
}

#[test]
fn incomplete_and_truncated_files_give_what_they_have() {
    let (structure, warnings) = file("incomplete.pdb");
    assert_eq!(letters(&structure, 0), "KVF");
    assert_eq!(structure.b_column, BColumn::Other(Other::AllEqual));
    // Its two models are the same.
    assert_eq!(warnings, [Warning::NoEnsemble(ModelsAre::Copies)]);
    let (structure, _) = file("truncated.pdb");
    assert!(!structure.models[0].chains[0].residues.is_empty());
    assert!(
        structure.models[0].chains[0]
            .residues
            .iter()
            .all(|r| r.atom("CA").is_some())
    );
}

#[test]
fn modified_residues_count_inside_the_chain_only() {
    let text = [
        line("ATOM", "CA", " GLY A   1", 0.0, "  1.00  1.00"),
        line("HETATM", "CA", " MSE A   2", 3.8, "  1.00  2.00"),
        line("HETATM", "CA", " SEP A   3", 7.6, "  1.00  3.00"),
        "TER\n".to_owned(),
        line("HETATM", "CA", " MSE A 101", 50.0, "  1.00  1.00"),
        line("HETATM", "CA", "  CA A 102", 60.0, "  1.00  1.00"),
        line("HETATM", "O", " HOH A 103", 60.0, "  1.00  1.00"),
        line("ATOM", "P", "  DA C   1", 60.0, "  1.00  1.00"),
    ]
    .concat();
    let (structure, _) = parse(&text);
    assert_eq!(letters(&structure, 0), "GMS");
    assert_eq!(structure.models[0].chains.len(), 1);
    let SetAside {
        waters,
        ligands,
        nucleotides,
        ..
    } = structure.set_aside;
    assert_eq!((waters, ligands, nucleotides), (1, 2, 1));
}

#[test]
fn models_and_nameless_chains_are_told_apart() {
    let frame = |names: &str| -> String {
        let atoms = names
            .chars()
            .map(|c| line("ATOM", "CA", &format!(" GLY {c}   1"), 1.0, "  1.00  1.00") + "TER\n");
        format!("MODEL        1\n{}ENDMDL\n", atoms.collect::<String>())
    };
    let (structure, warnings) = parse(&(frame("  ") + &frame("  ")));
    assert_eq!(structure.models.len(), 2);
    assert_eq!(structure.chain_names(1), ["A", "B"]);
    assert!(matches!(
        warnings[..],
        [Warning::UnnamedChains { count: 2 }]
    ));
    assert_eq!(parse(&frame("AA")).0.chain_names(0), ["A", "A-2"]);
}

#[test]
fn predicted_models_are_recognised_without_a_header() {
    let residue = |i: usize| -> String {
        let b = 40.0 + i as f64 * 3.0;
        let atoms = ["N", "CA", "C", "O", "CB"].iter();
        atoms
            .map(|n| {
                line(
                    "ATOM",
                    n,
                    &format!(" ALA A{i:4}"),
                    i as f64,
                    &format!("  1.00{b:6.2}"),
                )
            })
            .collect()
    };
    let (structure, warnings) = parse(&(1..8).map(residue).collect::<String>());
    let by_values = BColumn::Plddt(Confidence::Percent, Evidence::Values);
    assert_eq!(
        (structure.b_column, structure.method),
        (by_values, Method::Predicted)
    );
    assert_eq!(warnings, [Warning::BColumn(structure.b_column)]);
}

#[test]
fn refusals_say_what_is_wrong_and_where() {
    let refusal = |bytes: &[u8]| read_bytes("some.pdb", bytes).unwrap_err().to_string();
    assert!(refusal(b"  \n").contains("some.pdb: is empty"));
    assert!(refusal(&[0; 64]).contains("is not text"));
    assert!(refusal(b"PK\x03\x04rest").contains("zip archive"));
    assert!(refusal(b"\x1f\x8b\x08\x00rest").contains("gzip stream"));
    assert!(refusal(b"hello\nworld\n").contains("no atom records"));
    let water = line("HETATM", "O", " HOH A   1", 1.0, "  1.00  1.00");
    assert!(refusal(water.as_bytes()).contains("1 waters"));
    let bad = "REMARK\nATOM      2  CA  GLY A   1      xx.xxx   1.000   1.000\n";
    assert!(refusal(bad.as_bytes()).contains("line 2: the x coordinate 'xx.xxx'"));
    let missing = read(Path::new("/nowhere/x.pdb")).unwrap_err().to_string();
    assert!(missing.contains("/nowhere/x.pdb: cannot be read"));
}

#[test]
fn a_bad_record_is_skipped_with_its_line() {
    let good = line("ATOM", "CA", " GLY A   1", 1.0, "  1.00  1.00");
    let (_, warnings) = parse(&(good + "ATOM      2  CA  GLY A   2      xx.xxx\n"));
    assert!(
        warnings[0].to_string().starts_with("line 2 was skipped"),
        "{}",
        warnings[0]
    );
}

#[test]
fn more_atoms_than_serial_numbers_are_read() {
    let mut text = String::new();
    for i in 0..100_500_usize {
        let (chain, number) = (char::from(b'A' + (i / 5000) as u8), i % 5000 + 1);
        let serial = if i < 99_999 {
            format!("{:5}", i + 1)
        } else {
            "*****".to_owned()
        };
        let (x, y, z) = (
            (i % 50) as f64 * 3.8,
            (i / 50 % 50) as f64 * 3.8,
            (i / 2500) as f64 * 3.8,
        );
        writeln!(
            text,
            "ATOM  {serial}  CA  GLY {chain}{number:4}    {x:8.3}{y:8.3}{z:8.3}  1.00  0.00"
        )
        .unwrap();
    }
    let (structure, _) = parse(&text);
    let count: usize = structure.models[0]
        .chains
        .iter()
        .map(|c| c.residues.len())
        .sum();
    assert_eq!((structure.models[0].chains.len(), count), (21, 100_500));
}
