//! Every file is written, the same again, and reads back.

use super::*;
use crate::analysis::ensemble;
use crate::export::product::PRODUCTS;
use crate::export::samples;
use crate::protein::{AminoAcid, ChainChoice, read};
use crate::study::RunReport;

fn content() -> Content {
    let run = RunReport {
        frames: (0..20).map(|frame| (0, frame)).collect(),
        rmsd_angstrom: (0..20).map(|k| 0.1 * f64::from(k)).collect(),
    };
    let dynamics = DynamicsReport {
        run: Some(Arc::new(run)),
        ..samples::ubiquitin()
    };
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
        residues: Some(residues(&dynamics.protein)),
        ranking: Some(ranking()),
        name: "1ubi".into(),
        dynamics: Some(Arc::new(dynamics)),
        scores: Some(Arc::clone(&scan)),
        variants: Some(samples::scored()),
        all_scores: vec![scan],
        comparison: Some(Arc::new(samples::beside_itself())),
        pae: Some(Arc::new(samples::pae())),
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

fn residues(protein: &Arc<Protein>) -> ResidueList {
    ResidueList {
        protein: Arc::clone(protein),
        measures: vec!["rmsf", "coupling"],
        site: "A:1".into(),
        rows: vec![residues::ResidueRow {
            index: 41,
            values: vec![0.5, f64::NAN],
            best: AminoAcid::from_letter('P'),
            worst: None,
            marked: true,
            note: String::new(),
        }],
        provenance: Vec::new(),
    }
}

fn ranking() -> Ranking {
    Ranking {
        methods: vec!["stability"],
        columns: Vec::new(),
        rows: vec![ranking::RankedRow {
            row: 1,
            mutant: "R42P".into(),
            rank: 1.0,
            scores: vec![0.5],
            note: String::new(),
            written: "R42P".into(),
            fields: Vec::new(),
        }],
        provenance: Vec::new(),
    }
}

#[test]
fn the_pae_of_a_pair_is_written_both_ways() {
    let written = |name: &str| {
        let product = Product::of(Family::Pae, name).unwrap();
        content().files(product, "x").unwrap()[0].1.clone()
    };
    let table = String::from_utf8(written("x.csv")).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 1 + 76 * 75 / 2);
    assert_eq!(lines[2], "A,1,,MET,1,A,3,,ILE,3,0.25,0.5,1,1");
    let last = lines[lines.len() - 1];
    assert!(last.ends_with(",27.875,28,,"), "{last}");
    let npz = written("x.npz");
    let mut archive = npyz::npz::NpzArchive::new(Cursor::new(npz)).unwrap();
    let pae: Vec<f64> = archive.by_name("pae").unwrap().unwrap().into_vec().unwrap();
    assert!((pae[76 * 2 + 4] - 1.0).abs() < 1e-12);
    let domain: Vec<f64> = archive
        .by_name("domain")
        .unwrap()
        .unwrap()
        .into_vec()
        .unwrap();
    assert!((domain[69] - 1.0).abs() < 1e-12 && domain[70].is_nan());
    let page = content()
        .files(Product::of(Family::Report, "x.md").unwrap(), "x")
        .unwrap();
    let page = String::from_utf8(page[0].1.clone()).unwrap();
    assert!(page.contains("PAE domain 1: A:1-70") && page.contains("10.1107/S2059798322010026"));
}

#[test]
fn the_table_of_residues_names_site_and_substitutions() {
    let product = Product::of(Family::Residues, "x.csv").unwrap();
    let files = content().files(product, "x").unwrap();
    assert_eq!(
        String::from_utf8(files[0].1.clone()).unwrap(),
        "chain,residue_number,insertion_code,residue,index,rmsf,coupling_with_A:1,best_substitution,\
         worst_substitution,marked,note\nA,42,,ARG,42,0.5,,R42P,,yes,\n"
    );
}

#[test]
fn every_product_is_written_and_the_same_again() {
    let content = content();
    for product in PRODUCTS {
        assert!(content.has(product.family), "{product:?}");
        let files = content.files(*product, "x").unwrap();
        let short = matches!(
            product.family,
            Family::Marks | Family::Variants | Family::Ranking
        );
        assert!(files[0].1.len() > 100 || short);
        assert_eq!(files[0].0, format!(".{}", product.ending));
        assert!(
            files == content.files(*product, "x").unwrap(),
            "{product:?}"
        );
        let name = format!("folder.d/x{}", files[0].0);
        assert_eq!(Product::of(product.family, &name), Ok(*product));
    }
    assert!(Product::of(Family::Coupling, "x.npz").is_err());
    assert!(Product::of(Family::Scores, "none").is_err());
}

#[test]
fn a_name_says_what_a_file_is_about() {
    for (path, family) in [
        ("coupling.csv", Some(Family::Coupling)),
        ("out/1ubi-Coupling.svg", Some(Family::Coupling)),
        ("1ubi-marks.pml", Some(Family::Marks)),
        ("coupling.npz", None),
        ("decoupling.csv", None),
        ("x.csv", None),
    ] {
        assert_eq!(Product::named(path), family, "{path}");
    }
}

#[test]
fn every_table_has_its_provenance_beside_it() {
    let content = content();
    for product in PRODUCTS.iter().filter(|p| p.ending == "csv") {
        let files = content.files(*product, "x").unwrap();
        let place = beside(Path::new("a/b.csv"), &files[1].0);
        assert_eq!(place, Path::new("a/b.csv.provenance.json"));
        assert!(files[1].1.starts_with(b"{") || files[1].1.starts_with(b"["));
    }
}

#[test]
fn a_script_opens_the_users_file_or_the_one_beside_it() {
    let mut content = content();
    for (family, ending) in [
        (Family::Dynamics, "x.pml"),
        (Family::Dynamics, "x.cxc"),
        (Family::Table, "x.pml"),
        (Family::Marks, "x.pml"),
    ] {
        let product = Product::of(family, ending).unwrap();
        content.structure_file = None;
        let files = content.files(product, "stem").unwrap();
        let text = String::from_utf8(files[0].1.clone()).unwrap();
        assert!(text.contains("stem-structure.pdb"), "{text}");
        assert_eq!(
            beside(Path::new("stem.pml"), &files[1].0),
            Path::new("stem-structure.pdb")
        );
        content.structure_file = Some("/there/1ubi.pdb".into());
        let files = content.files(product, "stem").unwrap();
        let text = String::from_utf8(files[0].1.clone()).unwrap();
        assert!(
            text.contains("/there/1ubi.pdb") && files.len() == 1,
            "{text}"
        );
    }
}

#[test]
fn what_is_missing_is_said() {
    let empty = Content::default();
    for product in PRODUCTS.iter().filter(|p| p.family != Family::Report) {
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
