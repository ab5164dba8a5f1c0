//! Every file is written, the same again, and reads back.

use super::*;
use crate::analysis::ensemble;
use crate::engine::report::SampleReport;
use crate::export::product::PRODUCTS;
use crate::export::samples;
use crate::protein::{AminoAcid, ChainChoice, read};

fn content() -> Content {
    let dynamics = samples::ubiquitin();
    let ensemble = ensemble::sample(&dynamics.protein, &dynamics.dynamics, 3, 1, &()).unwrap();
    let sample = SampleReport {
        provenance: dynamics.provenance.clone(),
        dynamics: Arc::new(dynamics.clone()),
        ensemble,
        warnings: Vec::new(),
    };
    let scan = Arc::new(samples::scan());
    let table = MutantTable {
        name: "1ubi".into(),
        file: Some("1ubi.pdb".into()),
        protein: Arc::clone(&dynamics.protein),
        measures: vec!["rmsf"],
        rows: vec![mutants::MutantRow {
            index: 41,
            mutant: AminoAcid::from_letter('P'),
            values: vec![0.5],
            marked: true,
            note: String::new(),
        }],
        provenance: Vec::new(),
    };
    Content {
        table: Some(table.clone()),
        marked: Some(table),
        name: "1ubi".into(),
        dynamics: Some(Arc::new(dynamics)),
        scores: Some(Arc::clone(&scan)),
        all_scores: vec![scan],
        ensemble: Some(Arc::new(sample)),
        marks: vec![Mark {
            index: 41,
            mutant: AminoAcid::from_letter('P'),
            name: "R42P".into(),
            note: "in the strand".into(),
        }],
        ..Content::default()
    }
}

#[test]
fn every_product_is_written_and_the_same_again() {
    let content = content();
    for product in PRODUCTS {
        assert!(content.has(product.family), "{product:?}");
        let files = content.files(*product, "x").unwrap();
        assert!(files[0].1.len() > 100 || product.family == Family::Marks);
        assert_eq!(files[0].0, format!(".{}", product.ending));
        assert!(
            files == content.files(*product, "x").unwrap(),
            "{product:?}"
        );
        let name = format!("folder.d/x{}", files[0].0);
        assert_eq!(Product::of(product.family, &name), Ok(*product));
    }
    assert!(Product::of(Family::Coupling, "x.csv").is_err());
    assert!(Product::of(Family::Scores, "none").is_err());
}

#[test]
fn what_is_missing_is_said() {
    let empty = Content::default();
    for product in PRODUCTS
        .iter()
        .filter(|p| !matches!(p.family, Family::Report | Family::Marks))
    {
        let error = empty.files(*product, "x").unwrap_err().to_string();
        assert!(error.contains("not") || error.contains("no "), "{error}");
    }
}

#[test]
fn the_score_of_a_position_is_in_the_b_column() {
    let content = content();
    let product = Product::of(Family::Scores, "x.pdb").unwrap();
    let bytes = content.files(product, "x").unwrap().remove(0).1;
    let (structure, _) = read::read_bytes("x.pdb", &bytes).unwrap();
    let protein = structure.protein(0, &ChainChoice::All).unwrap();
    let means = samples::scan().map.position_means();
    let b = protein.residues[41].atom("CA").unwrap().b_factor;
    assert!((b - means[41]).abs() < 0.006);
}
