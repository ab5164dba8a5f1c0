//! The same protein written oddly is the same protein: made from one tidy file by small changes.

use super::*;
use crate::protein::Residue;
use crate::protein::b_column::Other;

pub(super) fn tidy() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/1ubi.pdb");
    let text = std::fs::read_to_string(path).unwrap();
    let atoms = text.lines().filter(|l| l.starts_with("ATOM"));
    atoms.flat_map(|l| [l, "\n"]).collect()
}

/// Every atom line changed by `change`.
pub(super) fn changed(text: &str, change: impl Fn(&str) -> String) -> String {
    text.lines().map(|l| change(l) + "\n").collect()
}

pub(super) fn residues(structure: &Structure) -> Vec<&Residue> {
    let chains = &structure.models[0].chains;
    chains.iter().flat_map(|c| &c.residues).collect()
}

/// Number, letter, names and places of atoms.
type Seen = (i32, char, Vec<(String, String)>);

/// What the models see of each residue, hydrogens and the order of atoms apart.
fn seen(structure: &Structure) -> Vec<Seen> {
    let heavy = |r: &Residue| {
        let atoms = r.atoms.iter().filter(|a| a.element != "H");
        let place = |a: &crate::protein::Atom| {
            let p = a.position;
            (a.name.clone(), format!("{:.3} {:.3} {:.3}", p.x, p.y, p.z))
        };
        let mut atoms: Vec<_> = atoms.map(place).collect();
        atoms.sort();
        atoms
    };
    let residues = residues(structure).into_iter();
    residues
        .map(|r| (r.id.number, r.letter(), heavy(r)))
        .collect()
}

#[track_caller]
pub(super) fn same(odd: &str) -> (Structure, Vec<Warning>) {
    let (structure, warnings) = parse(odd);
    let (expected, _) = parse(&tidy());
    assert_eq!(structure.models.len(), 1);
    assert_eq!(structure.models[0].chains.len(), 1, "{warnings:?}");
    let (odd, tidy) = (seen(&structure), seen(&expected));
    let differ = odd.iter().zip(&tidy).find(|(a, b)| a != b);
    assert!(differ.is_none(), "{differ:?} {warnings:?}");
    assert_eq!(odd.len(), tidy.len(), "{warnings:?}");
    (structure, warnings)
}

fn with_residues(text: &str, renamed: &[(&str, &str)]) -> String {
    changed(text, |line| {
        let found = renamed.iter().find(|(from, _)| &line[17..20] == *from);
        found.map_or_else(
            || line.to_owned(),
            |(_, to)| format!("{}{to:<4}{}", &line[..17], &line[21..]),
        )
    })
}

#[test]
fn residue_names_of_simulation_programs_are_their_residues() {
    let chain = |text: &str| changed(text, |l| format!("{} {}", &l[..21], &l[22..]));
    let text = chain(&tidy());
    for renamed in [
        [
            ("HIS", "HSD"),
            ("LYS", "LSN"),
            ("ASP", "ASPP"),
            ("GLU", "GLUP"),
        ],
        [
            ("HIS", "HSE"),
            ("LYS", "LYSN"),
            ("ASP", "ASPH"),
            ("GLU", "GLUH"),
        ],
        [
            ("HIS", "HSP"),
            ("LYS", "LYSH"),
            ("ARG", "ARGN"),
            ("TYR", "TYRH"),
        ],
        [
            ("HIS", "HID"),
            ("LYS", "LYN"),
            ("ASP", "ASH"),
            ("GLU", "GLH"),
        ],
        [
            ("HIS", "HIE"),
            ("LYS", "LYP"),
            ("ASP", "AS4"),
            ("GLU", "GL4"),
        ],
        [
            ("HIS", "HIP"),
            ("ARG", "ARN"),
            ("TYR", "TYM"),
            ("THR", "THR"),
        ],
        [
            ("HIS", "HISA"),
            ("LYS", "LYS+"),
            ("ARG", "ARG+"),
            ("GLU", "GLU-"),
        ],
        [
            ("HIS", "HISB"),
            ("LYS", "LYN"),
            ("ASP", "ASP-"),
            ("SER", "SER"),
        ],
        [
            ("HIS", "HISD"),
            ("MET", "NMET"),
            ("GLY", "CGLY"),
            ("SER", "SER"),
        ],
        [
            ("HIS", "HISE"),
            ("MET", "NMET"),
            ("GLY", "NGLY"),
            ("SER", "SER"),
        ],
        [
            ("HIS", "HISH"),
            ("HIS", "HISH"),
            ("HIS", "HISH"),
            ("HIS", "HISH"),
        ],
        [
            ("HIS", "HIS1"),
            ("HIS", "HIS1"),
            ("HIS", "HIS1"),
            ("HIS", "HIS1"),
        ],
        [
            ("HIS", "HIS2"),
            ("HIS", "HIS2"),
            ("HIS", "HIS2"),
            ("HIS", "HIS2"),
        ],
    ] {
        same(&with_residues(&text, &renamed));
    }
}

#[test]
fn atom_names_of_simulation_programs_are_their_atoms() {
    let (o, oxt) = (" O   GLY A  76", " OXT GLY A  76");
    for (first, second) in [
        ("OT1", "OT2"),
        ("OC1", "OC2"),
        ("O1 ", "O2 "),
        ("O' ", "O''"),
    ] {
        let renamed = tidy()
            .replace(o, &format!(" {first} GLY A  76"))
            .replace(oxt, &format!(" {second} GLY A  76"));
        same(&renamed);
    }
    same(&tidy().replace(" CD1 ILE", " CD  ILE"));
    let alone = |text: &str| -> String {
        let kept = text.lines().filter(|l| !l.contains(o));
        kept.flat_map(|l| [l, "\n"]).collect()
    };
    let (odd, _) = parse(&alone(&tidy()));
    let (twin, _) = parse(&alone(&tidy()).replace(oxt, o));
    assert_eq!(seen(&odd), seen(&twin));
    let cap = tidy().replace(
        "ATOM      9  N   GLN",
        "ATOM      9  CAY MET A   1      24.000  24.000   1.000  1.00  9.00           C\n\
         ATOM      9  N   GLN",
    );
    same(&cap);
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let text = tidy();
    let lines: Vec<&str> = text.lines().collect();
    let n = lines.len();
    let join = |order: Vec<usize>| -> String {
        order.into_iter().flat_map(|i| [lines[i], "\n"]).collect()
    };
    let (_, warnings) = same(&join((0..n).rev().collect()));
    assert!(
        matches!(warnings[..], [Warning::Reordered { .. }]),
        "{warnings:?}"
    );
    // 602 = 2 · 7 · 43: every row once.
    same(&join((0..n).map(|i| i * 101 % n).collect()));
    let first = |residue: &str| {
        let (moved, kept): (Vec<&str>, Vec<&str>) =
            lines.iter().partition(|l| &l[22..26] == residue);
        let hetero = moved.iter().map(|l| l.replacen("ATOM  ", "HETATM", 1));
        let mut all: Vec<String> = kept.into_iter().map(str::to_owned).collect();
        all.extend(hetero);
        all.join("\n")
    };
    for residue in ["   1", "  40", "  75"] {
        let (_, warnings) = same(&first(residue));
        assert!(
            matches!(warnings[..], [Warning::Reordered { places: 1, .. }]),
            "{warnings:?}"
        );
    }
    let alpha = |reversed: bool| -> String {
        let mut alpha: Vec<&&str> = lines.iter().filter(|l| &l[12..16] == " CA ").collect();
        if reversed {
            alpha.reverse();
        }
        alpha.into_iter().flat_map(|l| [*l, "\n"]).collect()
    };
    assert_eq!(seen(&parse(&alpha(true)).0), seen(&parse(&alpha(false)).0));
}

#[test]
fn the_rows_of_an_mmcif_file_may_stand_in_any_order() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/1ubq.cif");
    let text = std::fs::read_to_string(path).unwrap();
    let is_atom = |l: &&str| l.starts_with("ATOM ") || l.starts_with("HETATM ");
    let atoms: Vec<&str> = text.lines().filter(is_atom).collect();
    let first = text.find("\nATOM ").unwrap() + 1;
    let (head, tail) = text.split_at(first);
    let tail: String = tail
        .lines()
        .filter(|l| !is_atom(l))
        .flat_map(|l| [l, "\n"])
        .collect();
    let reversed: String = atoms.iter().rev().flat_map(|l| [l, "\n"]).collect();
    let (odd, warnings) = parse(&format!("{head}{reversed}{tail}"));
    assert_eq!(seen(&odd), seen(&parse(&text).0));
    assert!(
        warnings
            .iter()
            .any(|w| matches!(w, Warning::Reordered { .. }))
    );
}

#[test]
fn encodings_and_units_change_nothing() {
    let text = "REMARK   3 Å\n".to_owned() + &tidy();
    let utf16 = |text: &str, big: bool| -> Vec<u8> {
        let unit = |u: u16| {
            if big {
                u.to_be_bytes()
            } else {
                u.to_le_bytes()
            }
        };
        text.encode_utf16().flat_map(unit).collect()
    };
    let latin1: Vec<u8> = text.chars().map(|c| c as u8).collect();
    let expected = seen(&parse(&tidy()).0);
    for bytes in [
        utf16(&text, false),
        utf16(&text, true),
        utf16(&format!("\u{feff}{text}"), false),
        utf16(&format!("\u{feff}{text}"), true),
        format!("\u{feff}{text}").into_bytes(),
        text.replace('\n', "\r\n").into_bytes(),
        text.replace('\n', "\r").into_bytes(),
        latin1,
    ] {
        let (structure, _) = read_bytes("x.pdb", &bytes).unwrap();
        assert_eq!(seen(&structure), expected);
    }
    let nm = changed(&tidy(), |line| {
        let at = |k: usize| line[30 + 8 * k..38 + 8 * k].trim().parse::<f64>().unwrap() / 10.0;
        format!(
            "{}{:8.3}{:8.3}{:8.3}{}",
            &line[..30],
            at(0),
            at(1),
            at(2),
            &line[54..]
        )
    });
    let (structure, warnings) = parse(&nm);
    assert!(warnings.contains(&Warning::Nanometres));
    let ca = residues(&structure)[0].position("CA").unwrap();
    assert!((ca.x - 26.381).abs() < 0.006);
}

#[test]
fn segments_name_chains_only_where_no_atom_has_a_chain() {
    let put = |line: &str, chain: &str, segment: &str| {
        let line = format!("{line:<80}");
        format!(
            "{}{chain}{}{segment:<4}{}",
            &line[..21],
            &line[22..72],
            &line[76..]
        )
    };
    let some = |line: &str| if line.contains(" O ") { "A" } else { "" };
    same(&changed(&tidy(), |l| put(l, "A", some(l))));
    same(&changed(&tidy(), |l| put(l, " ", some(l))));
    let (named, _) = same(&changed(&tidy(), |l| put(l, " ", "PROA")));
    assert_eq!(named.chain_names(0), ["PROA"]);
    // Before 1996 the entry's id and a line number stood there.
    let old = changed(&tidy(), |l| {
        format!("{}1UBI {:3}", &put(l, " ", "")[..72], 7)
    });
    assert_eq!(same(&old).0.chain_names(0), ["A"]);
}

#[test]
fn charges_and_radii_are_neither_segments_nor_b_factors() {
    let pdbqt = changed(&tidy(), |l| {
        let element = &l[76..78].trim();
        let kind = if *element == "O" { "OA" } else { element };
        format!("{} {}    {:6.3} {kind:<2}", &l[..21], &l[22..66], -0.347)
    });
    let (structure, _) = same(&pdbqt);
    let oxygen = residues(&structure)[0].atom("O").unwrap();
    assert_eq!(
        (oxygen.element.as_str(), structure.b_column),
        ("O", BColumn::BFactor)
    );
    let charge = |l: &str| if l.contains(" O ") { -0.5713 } else { 0.1592 };
    let aligned = changed(&tidy(), |l| {
        format!("{}{:8.4}{:7.4}", &l[..54], charge(l), 1.824)
    });
    let spaced = changed(&aligned, |l| {
        let fields: Vec<&str> = l.split_ascii_whitespace().collect();
        fields.join("   ")
    });
    let mead = changed(&tidy(), |l| {
        format!("{}{:6.2}{:6.2}", &l[..54], charge(l), 1.82)
    });
    for text in [aligned, spaced, mead] {
        let (structure, _) = same(&text);
        assert_eq!(structure.b_column, BColumn::Other(Other::Radii));
        assert!(
            residues(&structure)
                .iter()
                .all(|r| r.atoms[0].occupancy == 1.0)
        );
    }
}

#[test]
fn what_stands_beside_a_chain_is_no_part_of_it() {
    let text = tidy();
    let glutamate = |record: &str, number: i32| -> String {
        let atoms = [
            ("N", 0.0),
            ("CA", 1.4),
            ("C", 2.8),
            ("O", 3.8),
            ("OXT", 4.2),
        ];
        atoms
            .iter()
            .map(|(n, x)| {
                line(
                    record,
                    n,
                    &format!(" GLU A{number:4}"),
                    90.0 + x,
                    "  1.00 10.00",
                )
            })
            .collect()
    };
    let middle = text.find("ATOM    311").unwrap();
    for record in ["ATOM", "HETATM"] {
        for odd in [
            glutamate(record, -3) + &text,
            text[..middle].to_owned() + &glutamate(record, 300) + &text[middle..],
            text.clone() + &glutamate(record, 301),
            text.clone() + "TER\n" + &glutamate(record, 301),
        ] {
            let (structure, _) = same(&odd);
            assert_eq!(structure.set_aside.amino_acids, 1, "{record}");
        }
    }
    let cap = |name: &str, number: i32, atoms: &[&str]| -> String {
        atoms
            .iter()
            .map(|n| {
                line(
                    "ATOM",
                    n,
                    &format!(" {name} A{number:4}"),
                    26.0,
                    "  1.00 10.00",
                )
            })
            .collect()
    };
    let capped = cap("ACE", 0, &["C", "O", "CH3"]) + &text + &cap("NMA", 77, &["N", "CA"]);
    assert_eq!(same(&capped).0.set_aside.caps, 2);
}

#[test]
fn what_is_not_read_is_refused_by_name() {
    let refusal = |bytes: &[u8]| read_bytes("x", bytes).unwrap_err().to_string();
    let gro = "title\n 2\n    1MET      N    1   2.734   2.429   0.268\n    1MET     CA    2   2.638   2.536   0.289\n";
    assert!(refusal(gro.as_bytes()).contains("gmx editconf"));
    assert!(refusal(b"\x83\xa7encoder\xa5x\xaadataBlocks\x91").contains("BinaryCIF"));
    assert!(refusal(b"@<TRIPOS>MOLECULE\nx\n").contains("mol2"));
    assert!(refusal(b"<!DOCTYPE html>\n<html></html>").contains("HTML"));
    let bead = |n| {
        line(
            "ATOM",
            "BB",
            &format!(" GLY A{n:4}"),
            3.0 * f64::from(n),
            "  1.00  0.00",
        )
    };
    let martini: String = (1..4).map(bead).collect();
    assert!(refusal(martini.as_bytes()).contains("Martini"));
}

#[test]
fn a_chain_torn_by_a_periodic_box_is_told() {
    let cell = "CRYST1   60.000   60.000   60.000  90.00  90.00  90.00 P 1           1\n";
    let torn = changed(&tidy(), |l| {
        let number: i32 = l[22..26].trim().parse().unwrap();
        let x: f64 = l[30..38].trim().parse().unwrap();
        let x = if number > 40 { x - 60.0 } else { x };
        format!("{}{x:8.3}{}", &l[..30], &l[38..])
    });
    let (_, warnings) = parse(&(cell.to_owned() + &torn));
    let found = warnings.iter().any(|w| {
        matches!(w, Warning::TornChain { between, .. } if between.0 == "A:40" && between.1 == "A:41")
    });
    assert!(found, "{warnings:?}");
}
