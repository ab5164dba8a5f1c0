//! Every form of the same matrix, what its rows are, and what is refused.

use npyz::WriterBuilder;
use npyz::npz::NpzWriter;

use super::*;
use crate::protein::ChainChoice;
use crate::protein::Opened;

/// Not symmetric: the row is what is laid on.
const ROWS: [[f32; 3]; 3] = [[0.25, 3.0, 17.5], [4.0, 0.5, 21.0], [30.0, 12.0, 0.75]];

fn read(name: &str, bytes: &[u8]) -> Result<Pae, PaeError> {
    Pae::read(name, bytes)
}

fn npz(fortran: bool) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut archive = NpzWriter::new(&mut bytes);
    let order = if fortran {
        npyz::Order::Fortran
    } else {
        npyz::Order::C
    };
    let options = npyz::zip::write::FileOptions::default();
    let array = archive.array("pae", options).unwrap();
    let mut array = array
        .default_dtype()
        .order(order)
        .shape(&[3, 3])
        .begin_nd()
        .unwrap();
    for (i, row) in ROWS.iter().enumerate() {
        for (j, value) in row.iter().enumerate() {
            let value = if fortran { &ROWS[j][i] } else { value };
            array.push(value).unwrap();
        }
    }
    array.finish().unwrap();
    drop(archive);
    bytes.into_inner()
}

fn every_form() -> Vec<(&'static str, Vec<u8>)> {
    let rows = format!("{ROWS:?}");
    let flat: Vec<f32> = ROWS.concat();
    vec![
        (
            "afdb",
            format!(r#"[{{"predicted_aligned_error":{rows},"max_predicted_aligned_error":31.75}}]"#)
                .into_bytes(),
        ),
        (
            "older afdb",
            format!(
                r#"[{{"residue1":[1,1,1,2,2,2,3,3,3],"residue2":[1,2,3,1,2,3,1,2,3],"distance":{flat:?},"max_predicted_aligned_error":31.75}}]"#
            )
            .into_bytes(),
        ),
        (
            "colabfold",
            format!(r#"{{"plddt":[90.1,80,7],"max_pae":30,"pae":{rows},"ptm":0.5}}"#).into_bytes(),
        ),
        (
            "alphafold3",
            format!(
                r#"{{"atom_plddts":[1],"pae":{rows},"token_chain_ids":["A","A","B"],"token_res_ids":[1,2,1]}}"#
            )
            .into_bytes(),
        ),
        ("boltz", npz(false)),
        ("columns first", npz(true)),
    ]
}

#[test]
fn every_form_gives_the_same_matrix() {
    for (name, bytes) in every_form() {
        let pae = read(name, &bytes).unwrap();
        assert_eq!(pae.tokens(), 3, "{name}");
        let matrix = pae.between(&[0, 1, 2]);
        for (i, row) in ROWS.iter().enumerate() {
            for (j, value) in row.iter().enumerate() {
                assert_eq!(matrix[(i, j)], f64::from(*value), "{name} {i} {j}");
            }
        }
        assert_eq!(pae.between(&[2, 0])[(0, 1)], 30.0, "{name}");
    }
}

fn structure(chains: &[(char, &[i32])]) -> Structure {
    let mut text = String::new();
    let mut serial = 0;
    for (chain, numbers) in chains {
        for number in *numbers {
            serial += 1;
            let x = 3.8 * f64::from(serial);
            let _ = std::fmt::Write::write_fmt(
                &mut text,
                format_args!(
                    "ATOM  {serial:>5}  CA  ALA {chain}{number:>4}    {x:8.3}   0.000   0.000  1.00 50.00           C\n"
                ),
            );
        }
        text.push_str("TER\n");
    }
    let opened = Opened::read("m.pdb", text.as_bytes()).unwrap();
    let structure = opened.structures().next().unwrap();
    (*structure).clone()
}

fn protein(structure: &Structure, chains: &str) -> Protein {
    let choice: ChainChoice = chains.parse().unwrap();
    structure.protein(0, &choice).unwrap()
}

#[test]
fn rows_are_found_by_length_whole_model_number_or_token() {
    let forms = every_form();
    let (plain, tokens) = (
        read("p", &forms[0].1).unwrap(),
        read("t", &forms[3].1).unwrap(),
    );
    let two = structure(&[('A', &[1, 2]), ('B', &[1])]);
    let b = protein(&two, "B");
    assert_eq!(
        plain.rows(&two, &b).unwrap(),
        (vec![2], "by position in the whole model")
    );
    assert_eq!(
        tokens.rows(&two, &b).unwrap(),
        (vec![2], "by chain and number")
    );
    let all = protein(&two, "all");
    assert_eq!(tokens.rows(&two, &all).unwrap().0, [0, 1, 2]);
    let cut = structure(&[('A', &[1, 3])]);
    let one = protein(&cut, "A");
    assert_eq!(plain.rows(&cut, &one).unwrap(), (vec![0, 2], "by number"));
    let fault = tokens.rows(&cut, &one).unwrap_err().to_string();
    assert!(fault.contains("no residue A:3"), "{fault}");
    let long = structure(&[('A', &[1, 2, 3, 4])]);
    let fault = plain
        .rows(&long, &protein(&long, "A"))
        .unwrap_err()
        .to_string();
    assert!(fault.contains("of 3 residues; 4 are loaded"), "{fault}");
}

#[test]
fn what_is_no_pae_says_so() {
    for (text, said) in [
        ("{\"plddt\":[1]}", "there is no PAE in it"),
        (
            "{\"pae\":[[1,2],[3]]}",
            "row 2 of the PAE has 1 values, not 2",
        ),
        ("{\"pae\":[[1,2]]}", "not square"),
        ("{\"pae\":[[-1]]}", "row 1, column 1 of the PAE is -1"),
        ("{\"pae\":[[1,2],[3", "EOF"),
        ("<html>", "expected value"),
        (
            "[{\"residue1\":[1,2],\"residue2\":[1,1],\"distance\":[0,1]}]",
            "2 pairs are not those of 2 residues",
        ),
    ] {
        let fault = read("f.json", text.as_bytes()).unwrap_err().to_string();
        assert!(
            fault.starts_with("f.json: ") && fault.contains(said),
            "{fault}"
        );
    }
}
