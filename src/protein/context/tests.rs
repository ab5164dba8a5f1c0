//! A complex written as PDB and as mmCIF: the same neighbours, the same copies, the same residues touched.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;

use super::*;
use crate::protein::read::read_bytes;
use crate::protein::select::Selection;
use crate::protein::{ChainChoice, Protein};

/// Atom, residue, author's chain, number, the chain's name in mmCIF, a place in Å.
type Atom = (
    &'static str,
    &'static str,
    &'static str,
    i32,
    &'static str,
    [f64; 3],
);

const ATOMS: [Atom; 14] = [
    ("N", "GLY", "A", 1, "A", [1.0, 0.0, 1.2]),
    ("CA", "GLY", "A", 1, "A", [2.0, 0.0, 0.0]),
    ("C", "GLY", "A", 1, "A", [3.3, 0.5, 0.6]),
    ("N", "ALA", "A", 2, "A", [4.0, 1.5, 0.0]),
    ("CA", "ALA", "A", 2, "A", [5.4, 1.8, 0.3]),
    ("C", "ALA", "A", 2, "A", [6.2, 0.6, 0.8]),
    ("N", "GLY", "B", 5, "B", [6.0, 0.0, 4.6]),
    ("CA", "GLY", "B", 5, "B", [7.2, 0.4, 5.4]),
    ("C", "GLY", "B", 5, "B", [8.1, 1.4, 4.7]),
    ("MG", "MG", "A", 300, "C", [2.0, 2.2, 0.0]),
    ("PB", "ADP", "A", 301, "D", [4.6, 5.2, 0.1]),
    ("O1", "ADP", "A", 301, "D", [4.7, 5.9, 1.4]),
    ("H1", "ADP", "A", 301, "D", [4.7, 4.0, 1.4]),
    ("O", "HOH", "A", 401, "E", [2.0, -2.5, 0.0]),
];

/// Half a turn about z, and a shift along x: [rows of the rotation, shift].
const TURN: [[f64; 4]; 3] = [
    [-1.0, 0.0, 0.0, 4.0],
    [0.0, -1.0, 0.0, 0.0],
    [0.0, 0.0, 1.0, 0.0],
];
const SHIFT: [[f64; 4]; 3] = [
    [1.0, 0.0, 0.0, 0.0],
    [0.0, 1.0, 0.0, 0.0],
    [0.0, 0.0, 1.0, 20.0],
];
const STILL: [[f64; 4]; 3] = [
    [1.0, 0.0, 0.0, 0.0],
    [0.0, 1.0, 0.0, 0.0],
    [0.0, 0.0, 1.0, 0.0],
];

fn element(atom: &str) -> &str {
    match atom {
        "MG" => "MG",
        "PB" => "P",
        atom => &atom[..1],
    }
}

fn as_pdb() -> Structure {
    let mut text = String::new();
    let operators = |text: &mut String, operators: &[[[f64; 4]; 3]]| {
        for (number, rows) in operators.iter().enumerate() {
            for (row, [a, b, c, d]) in rows.iter().enumerate() {
                writeln!(
                    text,
                    "REMARK 350   BIOMT{}{:4} {a:9.6} {b:9.6} {c:9.6}     {d:10.5}",
                    row + 1,
                    number + 1
                )
                .unwrap();
            }
        }
    };
    text.push_str("REMARK 350 BIOMOLECULE: 1\nREMARK 350 APPLY THE FOLLOWING TO CHAINS: A\n");
    operators(&mut text, &[STILL, TURN]);
    text.push_str("REMARK 350 BIOMOLECULE: 2\nREMARK 350 APPLY THE FOLLOWING TO CHAINS: A,\n");
    text.push_str("REMARK 350                    AND CHAINS: B\n");
    operators(&mut text, &[TURN, SHIFT]);
    for (serial, (atom, residue, chain, number, _, [x, y, z])) in ATOMS.iter().enumerate() {
        let record = if *number < 100 { "ATOM  " } else { "HETATM" };
        writeln!(
            text,
            "{record}{serial:5}  {atom:<3} {residue:>3} {chain}{number:4}    {x:8.3}{y:8.3}{z:8.3}  1.00 10.00          {:>2}",
            element(atom)
        )
        .unwrap();
    }
    read_bytes("twin.pdb", text.as_bytes()).unwrap().0
}

fn as_mmcif() -> Structure {
    let mut text = "data_TWIN\nloop_\n_atom_site.group_PDB\n_atom_site.type_symbol\n_atom_site.label_atom_id\n\
                    _atom_site.label_comp_id\n_atom_site.label_asym_id\n_atom_site.auth_asym_id\n\
                    _atom_site.auth_seq_id\n_atom_site.Cartn_x\n_atom_site.Cartn_y\n_atom_site.Cartn_z\n"
        .to_owned();
    for (atom, residue, chain, number, asym, [x, y, z]) in ATOMS {
        let group = if number < 100 { "ATOM" } else { "HETATM" };
        let element = element(atom);
        writeln!(
            text,
            "{group} {element} {atom} {residue} {asym} {chain} {number} {x} {y} {z}"
        )
        .unwrap();
    }
    text.push_str(
        "loop_\n_pdbx_struct_assembly_gen.assembly_id\n_pdbx_struct_assembly_gen.oper_expression\n\
         _pdbx_struct_assembly_gen.asym_id_list\n1 1,2 A,C,D,E\n2 2,3 A,B,C,D,E\n3 (1)(2-3) A,C,D\n",
    );
    text.push_str("loop_\n_pdbx_struct_oper_list.id\n");
    for row in 1..=3 {
        for column in 1..=3 {
            writeln!(text, "_pdbx_struct_oper_list.matrix[{row}][{column}]").unwrap();
        }
        writeln!(text, "_pdbx_struct_oper_list.vector[{row}]").unwrap();
    }
    for (id, rows) in [(1, STILL), (2, TURN), (3, SHIFT)] {
        let numbers: Vec<String> = rows.iter().flatten().map(ToString::to_string).collect();
        writeln!(text, "{id} {}", numbers.join(" ")).unwrap();
    }
    read_bytes("twin.cif", text.as_bytes()).unwrap().0
}

fn protein(structure: Structure, assembly: Option<&str>, chains: &str) -> Result<Protein, String> {
    let around = Around {
        assembly: assembly.map(str::to_owned),
        counts: false,
    };
    let structure = Arc::new(structure).with_around(around);
    let structure = structure.map_err(|e| e.to_string())?;
    let chains: ChainChoice = chains.parse().unwrap();
    structure.protein(0, &chains).map_err(|e| e.to_string())
}

/// Name and first place of every neighbour.
fn places(protein: &Protein) -> Vec<(String, Vec3)> {
    let all = protein.context.neighbours.iter();
    let mut places: Vec<_> = all
        .map(|n| (n.name(), n.residue.atoms[0].position))
        .collect();
    places.sort_by(|a, b| a.0.cmp(&b.0));
    places
}

fn names(protein: &Protein) -> Vec<String> {
    places(protein).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn what_is_beside_a_chain_is_named_and_touched() {
    for structure in [as_pdb(), as_mmcif()] {
        let name = structure.name.clone();
        let a = protein(structure.clone(), None, "A").unwrap();
        assert_eq!(names(&a), ["ADP A:301", "B:5", "MG A:300"], "{name}");
        assert_eq!(a.context.summary(), "chain B; MG, ADP");
        let labels: Vec<String> = a.context.neighbours.iter().map(Neighbour::label).collect();
        assert!(labels.contains(&"Mg²⁺ A:300".to_owned()), "{labels:?}");
        let touched = |p: &Protein, i: usize| -> Vec<String> {
            let all = &p.context.neighbours;
            p.touches()[i]
                .iter()
                .map(|t| all[t.neighbour].name())
                .collect()
        };
        assert_eq!(touched(&a, 0), ["MG A:300"]);
        // N to PB 3.7, C to N of B:5 3.9, N to MG 2.1.
        assert_eq!(touched(&a, 1), ["MG A:300", "ADP A:301", "B:5"]);
        assert!((a.touches()[1][0].distance_angstrom - (4.0_f64 + 0.49).sqrt()).abs() < 1e-9);
        assert_eq!(a.interface(), Some(vec![0.0, 1.0]));
        let all = protein(structure.clone(), None, "all").unwrap();
        assert_eq!(all.interface(), Some(vec![0.0, 1.0, 1.0]));
        assert_eq!(names(&all), ["ADP A:301", "MG A:300"]);
        let selected = |p: &Protein, text: &str| {
            let classes = vec![crate::protein::SecondaryStructure::Coil; p.len()];
            Selection::parse(text).unwrap().matches(p, &classes)
        };
        assert_eq!(selected(&a, "interface"), [false, true]);
        assert_eq!(selected(&a, "not interface"), [true, false]);
        assert_eq!(selected(&a, "interface >= 1"), [false, true]);
        assert_eq!(selected(&a, "within 4 of ligand"), [false, true]);
        assert_eq!(selected(&a, "within 2.3 of metal"), [true, true]);
        assert_eq!(selected(&a, "within 2.15 of metal"), [false, true]);
        assert_eq!(selected(&a, "within 5 of nucleic"), [false, false]);
        assert_eq!(selected(&a, "within 4.5 of chain B"), [false, true]);
        assert_eq!(
            selected(&a, "within 4.5 of (chain B and resi 6)"),
            [false, false]
        );
        assert_eq!(selected(&a, "within 4 of resn ADP"), [false, true]);
        // Numbers alone are the protein's own.
        assert_eq!(selected(&a, "within 100 of resi 5"), [false, false]);
        let refused = Selection::parse("ligand").unwrap_err().to_string();
        assert!(refused.contains("within 5 of ligand"), "{refused}");
    }
}

#[test]
fn an_assembly_is_the_same_by_biomt_and_by_operators() {
    for (assembly, chains, expected) in [
        (
            "1",
            "A",
            vec![
                "A-2:1",
                "A-2:2",
                "ADP A-2:301",
                "ADP A:301",
                "MG A-2:300",
                "MG A:300",
            ],
        ),
        (
            "2",
            "A",
            vec![
                "A-2:1",
                "A-2:2",
                "ADP A-2:301",
                "ADP A:301",
                "B-2:5",
                "B:5",
                "MG A-2:300",
                "MG A:300",
            ],
        ),
    ] {
        let (pdb, mmcif) = (
            protein(as_pdb(), Some(assembly), chains).unwrap(),
            protein(as_mmcif(), Some(assembly), chains).unwrap(),
        );
        assert_eq!(names(&pdb), expected, "{assembly}");
        let (a, b) = (places(&pdb), places(&mmcif));
        assert_eq!(a.len(), b.len());
        for ((name, p), (other, q)) in a.iter().zip(&b) {
            assert_eq!(name, other);
            assert!((p - q).norm() < 1e-3, "{name}: {p} {q}");
        }
    }
    // Half a turn about z through (2, 0): x and y change their sides.
    let copied = places(&protein(as_pdb(), Some("1"), "A").unwrap());
    let at = |name: &str| copied.iter().find(|(n, _)| n == name).unwrap().1;
    assert!((at("A-2:1") - Vec3::new(3.0, 0.0, 1.2)).norm() < 1e-9);
    assert!((at("MG A-2:300") - Vec3::new(2.0, -2.2, 0.0)).norm() < 1e-9);
    // In the second nothing lies where the file has it: seen from A, the copy by the shift is turned and shifted.
    let copied = places(&protein(as_pdb(), Some("2"), "A").unwrap());
    let at = |name: &str| copied.iter().find(|(n, _)| n == name).unwrap().1;
    assert!((at("A-2:1") - Vec3::new(3.0, 0.0, 21.2)).norm() < 1e-9);
    assert!((at("B:5") - Vec3::new(6.0, 0.0, 4.6)).norm() < 1e-9);
    // A product of sets: (1)(2-3) is 2 and 3.
    let product = protein(as_mmcif(), Some("3"), "A").unwrap();
    assert_eq!(product.context.assembly.as_deref(), Some("3"));
    assert_eq!(product.context.neighbours.len(), 6);
}

#[test]
fn what_no_assembly_holds_is_refused_by_name() {
    let unknown = protein(as_pdb(), Some("9"), "A").unwrap_err();
    assert_eq!(unknown, "there is no assembly '9'; twin has 1, 2");
    let outside = protein(as_pdb(), Some("1"), "B").unwrap_err();
    assert_eq!(outside, "chain B is not in assembly 1; it is in 2");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/1ejg.pdb");
    let bare = crate::protein::read::read(path.as_ref()).unwrap().0;
    let none = protein(
        Structure {
            assemblies: [].into(),
            ..bare
        },
        Some("1"),
        "A",
    )
    .unwrap_err();
    assert_eq!(none, "there is no assembly '1'; 1ejg describes none");
}

#[test]
fn what_is_loaded_is_said_once() {
    let structure = Arc::new(as_pdb());
    let said = |around: Around| {
        let structure = structure.with_around(around).unwrap();
        let protein = structure.protein(0, &ChainChoice::First).unwrap();
        structure.loaded(&protein).join("\n")
    };
    let plain = said(Around::default());
    assert!(
        plain.starts_with(
            "chain A of A, B (--chain A,B or all); neighbours: chain B; MG, ADP, not counted (--context); \
             set aside: 1 water"
        ),
        "{plain}"
    );
    let counted = said(Around {
        assembly: Some("1".to_owned()),
        counts: true,
    });
    assert!(
        counted.contains(
            "assembly 1, neighbours: chain A-2; 2 MG, 2 ADP, counted; set aside: 1 water"
        ),
        "{counted}"
    );
}

#[test]
fn the_farthest_copies_are_left_out_of_a_large_assembly() {
    let structure = as_pdb();
    let mut assembly = structure.assemblies[0].clone();
    let far = |k: i32| Frame {
        origin: Vec3::new(0.0, 0.0, 10.0 * f64::from(k)),
        ..identity()
    };
    // Six atoms of the chain, one of Mg, two of ADP each.
    assembly.copies[0].operators = (0..40).map(far).collect();
    let of = |most| structure.assembled(&assembly, &structure.models[0], &["A"], most);
    let whole = of(1000).unwrap();
    assert_eq!((whole.neighbours.len(), whole.left_out), (2 + 39 * 4, 0));
    let cut = of(100).unwrap();
    let atoms: usize = cut.neighbours.iter().map(|n| n.residue.atoms.len()).sum();
    assert!((90..=100).contains(&atoms), "{atoms}");
    let heights = cut.neighbours.iter().map(|n| n.residue.atoms[0].position.z);
    assert!(heights.fold(0.0, f64::max) < 130.0);
    assert_eq!(
        cut.left_out,
        40 * 3 - 1 - cut.neighbours.len() + chains(&cut)
    );
}

/// Residues of a chain beyond its first, which are of one copy.
fn chains(context: &Context) -> usize {
    let is_protein = |n: &&Neighbour| n.kind == NeighbourKind::Protein;
    context.neighbours.iter().filter(is_protein).count() / 2
}
