//! Real entries, counted: what is in the chains and what was set aside.

use super::*;
use crate::protein::ChainChoice;

fn counts(structure: &Structure) -> (usize, usize, usize) {
    let s = structure.set_aside;
    (s.waters, s.ligands, s.nucleotides)
}

fn lengths(structure: &Structure) -> Vec<usize> {
    let chains = &structure.models[0].chains;
    chains.iter().map(|c| c.residues.len()).collect()
}

#[test]
fn an_nmr_bundle_has_its_models_and_hydrogens_and_no_b_factors() {
    let (structure, warnings) = file("2k39.pdb");
    assert!(warnings.is_empty(), "{warnings:?}");
    let numbers: Vec<usize> = structure.models.iter().map(|m| m.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(
        (structure.method, structure.b_column),
        (Method::Nmr, BColumn::Other(Other::AllEqual))
    );
    for model in &structure.models {
        assert_eq!(model.chains.len(), 1);
        let residues = &model.chains[0].residues;
        let letters: String = residues
            .iter()
            .map(crate::protein::Residue::letter)
            .collect();
        assert_eq!(letters, &UBIQUITIN[..10]);
        let hydrogens = residues
            .iter()
            .flat_map(|r| &r.atoms)
            .filter(|a| a.element == "H");
        assert_eq!(hydrogens.count(), 89);
    }
    let x = |m: usize| {
        structure.models[m].chains[0].residues[0]
            .position("CA")
            .unwrap()
            .x
    };
    assert_ne!(x(0), x(1));
}

#[test]
fn dna_beside_a_protein_is_set_aside_and_counted() {
    let (structure, warnings) = file("3mht.pdb");
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(structure.chain_names(0), ["A"]);
    assert_eq!(lengths(&structure), [100]);
    assert_eq!(counts(&structure), (70, 1, 25));
}

#[test]
fn haem_and_phosphate_beside_globins_are_set_aside_and_counted() {
    let (structure, warnings) = file("4hhb.pdb");
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(structure.chain_names(0), ["A", "B"]);
    assert_eq!(lengths(&structure), [141, 60]);
    assert_eq!(counts(&structure), (113, 3, 0));
    let resolution = Some(1.74);
    assert_eq!(structure.method, Method::Diffraction { resolution });
    assert_eq!(structure.b_column, BColumn::BFactor);
}

#[test]
fn alpha_carbons_alone_are_a_protein_without_frames() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/4hhb.pdb");
    let text = std::fs::read_to_string(path).unwrap();
    let alone: String = text
        .lines()
        .filter(|l| l.starts_with("ATOM") && &l[12..16] == " CA ")
        .flat_map(|l| [l, "\n"])
        .collect();
    let (structure, warnings) = parse(&alone);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(lengths(&structure), [141, 60]);
    let protein = structure.protein(0, &ChainChoice::All).unwrap();
    assert!(protein.alpha_carbons().iter().all(Option::is_some));
    assert!(protein.frames().iter().all(Option::is_none));
    assert_eq!(protein.bonded().iter().filter(|b| !**b).count(), 1);
}

#[test]
fn a_residue_without_backbone_atoms_stays_in_sequence_and_numbering() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/1ubi.pdb");
    let text = std::fs::read_to_string(path).unwrap();
    let without: String = text
        .lines()
        .filter(|l| !(l.starts_with("ATOM") && &l[12..26] == " C   ILE A  30"))
        .flat_map(|l| [l, "\n"])
        .collect();
    let (structure, warnings) = parse(&without);
    assert_eq!(letters(&structure, 0), UBIQUITIN);
    let frames = structure.protein(0, &ChainChoice::First).unwrap().frames();
    let missing: Vec<usize> = (0..76).filter(|&i| frames[i].is_none()).collect();
    assert_eq!(missing, [29]);
    assert!(
        warnings
            .iter()
            .any(|w| matches!(w, Warning::MissingBackbone { count: 1, first } if first == "A:30"))
    );
}

#[test]
fn a_file_that_was_cut_short_says_so() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/1ubi.pdb");
    let text = std::fs::read_to_string(path).unwrap();
    let at = text.find("CA  ARG A  42").unwrap();
    let start = text[..at].rfind('\n').unwrap() + 1;
    let number = text[..at].lines().count();
    let whole = |from: usize| (parse(&text[..from]).0, parse(&text[..from]).1);
    let residues = |s: &Structure| s.models[0].chains[0].residues.len();
    // Between two records nothing tells: many programs write no END.
    let (structure, warnings) = whole(start);
    assert_eq!((residues(&structure), warnings.len()), (42, 1));
    assert!(matches!(warnings[0], Warning::MissingBackbone { .. }));
    for (columns, last_atom) in [(3, false), (22, false), (50, false), (60, true)] {
        let (structure, warnings) = whole(start + columns);
        assert_eq!(warnings[0], Warning::CutInLine { line: number });
        let atom = structure.models[0].chains[0].residues[41].atom("CA");
        assert_eq!(atom.is_some(), last_atom, "{columns}");
    }
}

#[test]
fn chains_of_two_letters_are_told_from_names_of_four() {
    let atoms = |names: &[&str], chain: &str| -> String {
        let places = names.iter().enumerate();
        places
            .map(|(i, name)| {
                let place = format!(" {name}{chain}{:4}", i + 1);
                line("ATOM", "CA", &place, 3.8 * i as f64, "  1.00  1.00")
            })
            .collect()
    };
    let names = ["ALA", "HIS", "GLY", "LYS"];
    let text = atoms(&names, " A") + &atoms(&names, "AA") + "TER\n" + &atoms(&names, "AB");
    let (structure, warnings) = parse(&text);
    assert_eq!(structure.chain_names(0), ["A", "AA", "AB"]);
    assert_eq!(letters(&structure, 2), "AHGK");
    assert!(warnings.is_empty(), "{warnings:?}");
    let (structure, _) = parse(&atoms(&["HISA", "LYSH", "CYS2", "GLUP"], "A"));
    assert_eq!(
        (structure.chain_names(0), letters(&structure, 0)),
        (vec!["A"], "HKCE".to_owned())
    );
}

#[test]
fn lost_atoms_and_a_model_without_end_are_told() {
    let atom = |n: usize| {
        line(
            "ATOM",
            "CA",
            &format!(" GLY A{n:4}"),
            3.8 * n as f64,
            "  1.00  1.00",
        )
    };
    let two = atom(1) + &atom(2);
    let master = |n: usize| {
        format!("MASTER        0    0    0    0    0    0    0    6{n:5}    1    0    0\n")
    };
    assert!(parse(&(two.clone() + &master(2) + "END\n")).1.is_empty());
    assert_eq!(
        parse(&(two.clone() + &master(5) + "END\n")).1,
        [Warning::MissingAtoms {
            found: 2,
            announced: 5
        }]
    );
    let model = |n: usize, end: &str| format!("MODEL     {n:4}\n{two}{end}");
    let whole = model(1, "ENDMDL\n") + &model(2, "ENDMDL\n");
    assert!(parse(&(whole + &master(4))).1.is_empty());
    let cut = model(1, "ENDMDL\n") + &model(2, "");
    assert_eq!(parse(&cut).1, [Warning::CutInModel { number: 2 }]);
}

#[test]
fn an_mmcif_file_of_more_than_99_999_atoms_is_read() {
    let mut text = String::from("data_big\nloop_\n");
    for tag in [
        "group_PDB",
        "id",
        "label_atom_id",
        "label_comp_id",
        "auth_asym_id",
        "auth_seq_id",
        "Cartn_x",
        "Cartn_y",
        "Cartn_z",
    ] {
        writeln!(text, "_atom_site.{tag}").unwrap();
    }
    for i in 0..100_200_usize {
        let (residue, name) = (i / 4, ["N", "CA", "C", "O"][i % 4]);
        let (chain, number) = (
            char::from(b'A' + (residue / 5000) as u8),
            residue % 5000 + 1,
        );
        let (x, y) = ((i % 300) as f64 * 1.5, (i / 300) as f64 * 1.5);
        writeln!(
            text,
            "ATOM {} {name} GLY {chain} {number} {x:.1} {y:.1} 0",
            i + 1
        )
        .unwrap();
    }
    let (structure, _) = parse(&text);
    assert_eq!(lengths(&structure), [5000, 5000, 5000, 5000, 5000, 50]);
}

#[test]
fn modified_residues_are_known_by_the_sequence_or_the_file() {
    let table = "data_x\nloop_\n_atom_site.group_PDB\n_atom_site.id\n_atom_site.label_atom_id\n\
         _atom_site.label_comp_id\n_atom_site.label_asym_id\n_atom_site.label_seq_id\n_atom_site.Cartn_x\n\
         _atom_site.Cartn_y\n_atom_site.Cartn_z\nATOM 1 CA GLY A 1 0 0 0\nHETATM 2 CA MSE A 2 3.8 0 0\n\
         ATOM 3 CA GLY A 3 7.6 0 0\nHETATM 4 CA MSE B . 90 0 0\nHETATM 5 O HOH C . 95 0 0\n";
    let (structure, _) = parse(table);
    assert_eq!(letters(&structure, 0), "GMG");
    assert_eq!(counts(&structure), (1, 1, 0));
    let unusual = ["N", "CA", "C"].map(|n| line("HETATM", n, " QQQ A   1", 1.0, "  1.00  1.00"));
    let header = "MODRES 1ABC QQQ A    1  LYS  UNHEARD OF\n".to_owned();
    assert_eq!(letters(&parse(&(header + &unusual.concat())).0, 0), "K");
}

#[test]
fn a_predictor_named_in_the_header_makes_the_b_column_confidence() {
    let atoms: String = (1..6)
        .map(|n| {
            line(
                "ATOM",
                "CA",
                &format!(" GLY A{n:4}"),
                3.8 * f64::from(n),
                &format!("  1.00{:6.2}", 20.3 + f64::from(n)),
            )
        })
        .collect();
    let title = "TITLE     ALPHAFOLD MONOMER V2.0 PREDICTION FOR SOMETHING (P0)\n";
    let (structure, warnings) = parse(&(title.to_owned() + &atoms));
    let plddt = BColumn::Plddt(Confidence::Percent, Evidence::Header);
    assert_eq!(
        (structure.b_column, structure.method),
        (plddt, Method::Predicted)
    );
    assert_eq!(warnings.last(), Some(&Warning::BColumn(plddt)));
    let crystal = "EXPDTA    X-RAY DIFFRACTION\n";
    let (structure, warnings) = parse(&(crystal.to_owned() + title + &atoms));
    assert_eq!(structure.b_column, BColumn::BFactor);
    assert!(warnings.is_empty());
    // Alone, one value a residue says nothing where residues have one atom.
    assert_eq!(parse(&atoms).0.b_column, BColumn::BFactor);
}

#[test]
fn the_whole_polymer_is_kept_beside_its_residues() {
    for name in ["1ubi.pdb", "1ubq.cif", "1ake.cif.gz"] {
        let (structure, _) = file(name);
        let model = &structure.models[0];
        for chain in &model.chains {
            let seqres = model.seqres.iter().find(|s| s.name == chain.id).unwrap();
            let residues = chain.residues.iter();
            let letters: String = residues.map(crate::protein::Residue::letter).collect();
            assert!(seqres.letters().contains(&letters), "{name} {}", chain.id);
        }
    }
    let text = "SEQRES   1 A    5  ACE GLY MSE UNK NH2\n".to_owned()
        + &line("ATOM", "CA", " GLY A   1", 0.0, "  1.00  1.00");
    let (structure, _) = parse(&text);
    let seqres = &structure.models[0].seqres[0];
    assert_eq!((seqres.name.as_str(), seqres.letters()), ("A", "GMX"));
}
