//! What the B column holds, kind by kind: written into one crystal structure.

use super::*;
use crate::protein::b_column::{Confidence, Evidence, Other};

/// The atoms of ubiquitin with a value for each residue and atom name, counted from 0.
fn with(value: impl Fn(usize, &str, f64) -> f64) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/1ubi.pdb");
    let text = std::fs::read_to_string(path).unwrap();
    let mut changed = String::new();
    for l in text.lines().filter(|l| l.starts_with("ATOM")) {
        let residue: usize = l[22..26].trim().parse().unwrap();
        let b = l[60..66].trim().parse().unwrap();
        let b = value(residue - 1, l[12..16].trim(), b);
        writeln!(changed, "{}{b:6.2}{}", &l[..60], &l[66..]).unwrap();
    }
    changed
}

/// Rises where the protein is dense, as a confidence does; the last residues are loose.
fn confident(residue: usize) -> f64 {
    match residue {
        72.. => 55.0 + residue as f64 / 10.0,
        _ => 90.0 + (residue % 7) as f64 * 0.73 - f64::from(residue.is_multiple_of(10)) * 8.0,
    }
}

fn holds(text: &str) -> BColumn {
    parse(text).0.b_column
}

const XRAY: &str = "EXPDTA    X-RAY DIFFRACTION\n";

#[test]
fn confidence_is_told_from_b_factors_with_and_without_a_header() {
    let by_values = |range| BColumn::Plddt(range, Evidence::Values);
    let percent = with(|i, _, _| confident(i));
    assert_eq!(holds(&percent), by_values(Confidence::Percent));
    let unit = with(|i, _, _| confident(i) / 100.0);
    assert_eq!(holds(&unit), by_values(Confidence::Unit));
    assert_eq!(
        holds(&(XRAY.to_owned() + &unit)),
        BColumn::Other(Other::UnitScore)
    );
    // One value an atom, lower for side chains.
    let lower = |name: &str| {
        if name.len() > 1 && name != "CA" {
            1.7
        } else {
            0.0
        }
    };
    let of_atoms = |by: f64| with(move |i, name, b| (confident(i) - lower(name) - b / 50.0) / by);
    assert_eq!(holds(&of_atoms(1.0)), by_values(Confidence::Percent));
    assert_eq!(holds(&of_atoms(100.0)), by_values(Confidence::Unit));
    let experiment = with(|_, _, b| b);
    assert_eq!(holds(&experiment), BColumn::BFactor);
    assert_eq!(holds(&(XRAY.to_owned() + &experiment)), BColumn::BFactor);
}

#[test]
fn a_title_is_a_hint_that_the_values_may_refute() {
    let title = "TITLE     MODEL BY ALPHAFOLD, REFINED\n".to_owned();
    let named = |text: &str| parse(&(title.clone() + text));
    let hinted = |believed| Warning::PredictorNamed {
        name: "ALPHAFOLD",
        believed,
    };
    let (structure, warnings) = named(&with(|_, _, b| b));
    assert_eq!(structure.b_column, BColumn::BFactor);
    assert_eq!(warnings, [hinted(false)]);
    let (structure, warnings) = named(&with(|i, _, _| confident(i)));
    let plddt = BColumn::Plddt(Confidence::Percent, Evidence::Header);
    assert_eq!(
        (structure.b_column, structure.method),
        (plddt, Method::Predicted)
    );
    assert_eq!(warnings, [hinted(true), Warning::BColumn(plddt)]);
    let (structure, _) = parse(&(XRAY.to_owned() + &title + &with(|_, _, b| b)));
    assert_eq!(structure.b_column, BColumn::BFactor);
}

#[test]
fn other_uses_of_the_column_are_known_whatever_the_header_says() {
    let radius = |name: &str| match name.as_bytes()[0] {
        b'N' => 1.55,
        b'O' => 1.52,
        b'S' => 1.80,
        _ => 1.70,
    };
    let loose = |i: usize| 0.3 + confident(i) / 100.0;
    for (text, expected) in [
        (with(|_, _, _| 0.0), Other::AllEqual),
        (with(|i, _, _| f64::from(i % 3 == 0)), Other::Flags),
        (
            with(|i, _, _| if i == 4 { 100.0 } else { 0.0 }),
            Other::Flags,
        ),
        (
            with(|i, _, _| if i == 4 { 999.0 } else { 0.0 }),
            Other::Flags,
        ),
        (with(|i, _, _| (i % 9 + 1) as f64), Other::Grades),
        (with(|i, _, _| (i / 20) as f64), Other::Labels),
        (with(|_, name, _| radius(name)), Other::OfAtomKind),
        (with(|i, _, b| b - confident(i)), Other::Negative),
        (with(|i, _, _| i as f64 + 1.0), Other::Counted),
    ] {
        assert_eq!(holds(&text), BColumn::Other(expected));
        let (structure, warnings) = parse(&(XRAY.to_owned() + &text));
        assert_eq!(structure.b_column, BColumn::Other(expected));
        let told = warnings.iter().any(|w| matches!(w, Warning::BColumn(_)));
        assert_eq!(told, expected != Other::AllEqual, "{expected:?}");
        assert!(structure.b_column.to_string().contains("not compared"));
    }
    assert_eq!(
        holds(&with(|i, _, _| loose(i))),
        BColumn::Other(Other::Small)
    );
    assert_eq!(
        holds(&with(|i, _, _| 120.0 * loose(i))),
        BColumn::Other(Other::OneAResidue)
    );
    let marked = with(|i, _, b| if i == 4 { 999.0 } else { b });
    assert_eq!(holds(&marked), BColumn::BFactor);
    let nmr = "EXPDTA    SOLUTION NMR\n".to_owned() + &with(|_, _, b| b);
    assert_eq!(holds(&nmr), BColumn::Other(Other::NmrFiller));
}

#[test]
fn the_column_agrees_with_the_tensors_beside_it() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/structures/1ejg.pdb");
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(holds(&text), BColumn::BFactor);
    let scaled = |l: &str| {
        let b: f64 = l[60..66].trim().parse().unwrap();
        format!("{}{:6.2}{}\n", &l[..60], 40.0 - b, &l[66..])
    };
    let other: String = text
        .lines()
        .map(|l| {
            if l.starts_with("ATOM") {
                scaled(l)
            } else {
                format!("{l}\n")
            }
        })
        .collect();
    assert_eq!(holds(&other), BColumn::Other(Other::BesideTensors));
}

#[test]
fn an_error_in_angstrom_is_no_confidence() {
    let title = "TITLE     ROBETTA MODEL\n".to_owned();
    let errors = title + &with(|i, _, _| (i * 7 % 30) as f64 / 10.0);
    assert_eq!(holds(&errors), BColumn::Other(Other::ModelScore));
}

#[test]
fn an_mmcif_file_declares_its_metric() {
    let table = |metric: &str, b: f64| {
        let mut text =
            format!("data_x\n_ma_qa_metric.id 1\n_ma_qa_metric.name '{metric}'\nloop_\n");
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
            "B_iso_or_equiv",
        ] {
            writeln!(text, "_atom_site.{tag}").unwrap();
        }
        for i in 0..40 {
            let b = b * (1.0 - f64::from(i) / 100.0);
            writeln!(
                text,
                "ATOM {i} CA GLY A {i} {:.1} 0 0 {b}",
                f64::from(i) * 3.8
            )
            .unwrap();
        }
        text
    };
    let metric = |range| BColumn::Plddt(range, Evidence::Metric);
    assert_eq!(holds(&table("pLDDT", 95.0)), metric(Confidence::Percent));
    assert_eq!(holds(&table("pLDDT", 0.95)), metric(Confidence::Unit));
    assert_eq!(
        holds(&table("QMEANDisCo", 0.9)),
        BColumn::Other(Other::ModelScore)
    );
}
