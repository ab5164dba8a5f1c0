//! Order, ranks and reasons of the table.

use super::*;
use crate::numeric::Matrix;
use crate::protein::{BColumn, Residue};

fn id(chain: &str, number: i32, code: Option<char>) -> ResidueId {
    ResidueId {
        chain: chain.into(),
        number,
        insertion_code: code,
    }
}

/// Three residues in two chains and one unknown; llr = −(mutant index) / 5.
fn example() -> Triage {
    let wild_type: Vec<_> = "MXKT".chars().map(AminoAcid::from_letter).collect();
    let mut map = MutationMap::unscored(ScanMethod::MaskedMarginals, wild_type.clone());
    map.score = Matrix::from_fn(
        4,
        20,
        |i, j| if i == 3 { f64::NAN } else { -(j as f64) / 5.0 },
    );
    let ids = [
        id("A", -2, None),
        id("A", 0, None),
        id("A", 1, None),
        id("B", 1, Some('a')),
    ];
    let residues = ids.into_iter().zip(&wild_type);
    let protein = Arc::new(Protein {
        name: "example".into(),
        model: 1,
        residues: residues.map(|(id, a)| Residue::unseen(id, *a)).collect(),
        b_column: BColumn::Absent,
        seqres: [].into(),
        context: std::sync::Arc::default(),
    });
    Triage::new(&TriageInput {
        protein: Some(&protein),
        maps: &[&map],
        rmsf_angstrom: &[0.5, 0.7, 1.5, f64::NAN],
        burial_neighbours: &[10.0, 3.0, 4.0, 5.0],
        secondary: &[SecondaryStructure::AlphaHelix],
        ..TriageInput::default()
    })
}

#[test]
fn rows_are_the_nineteen_others_of_known_residues() {
    let triage = example();
    assert_eq!(triage.rows().len(), 3 * 19);
    assert_eq!(triage.name(0), "A:M-2A");
    assert_eq!(triage.name(56), "B:T1aY");
    assert_eq!(triage.row_of(2, AminoAcid::Ala), Some(19));
    assert_eq!(triage.row_of(2, AminoAcid::Lys), None);
    assert_eq!(triage.row_of(1, AminoAcid::Ala), None);
    assert_eq!(
        triage.measures().collect::<Vec<_>>(),
        [Measure::Llr, Measure::Rmsf, Measure::Burial]
    );
}

#[test]
fn unknown_values_come_last_either_way() {
    let triage = example();
    let names = |order| -> Vec<String> {
        triage
            .sorted(Some((Measure::Llr, order)), None, &|_| false)
            .into_iter()
            .map(|r| triage.name(r))
            .collect()
    };
    let up = names(Order::Ascending);
    assert_eq!(up[..2], ["A:M-2Y", "A:K1Y"]);
    assert!(up[38].starts_with("B:"));
    let down = names(Order::Descending);
    assert_eq!(down[..2], ["A:M-2A", "A:K1A"]);
    assert!(down[38..].iter().all(|n| n.starts_with("B:")));
    assert_eq!(Order::best_first(Measure::Llr), Order::Descending);
    assert_eq!(Order::best_first(Measure::Stability), Order::Ascending);
}

#[test]
fn ranks_and_percentiles() {
    let triage = example();
    let worst = triage.row_of(0, AminoAcid::Tyr).unwrap_or(0);
    assert_eq!(triage.rank(Measure::Llr, worst), Some(1));
    assert_eq!(triage.rank(Measure::Llr, 0), Some(37));
    assert!(triage.percentile(Measure::Llr, worst) < Some(5.0));
    assert_eq!(
        triage.percentile(Measure::Rmsf, 0),
        Some(25.0),
        "two residues have an RMSF"
    );
    assert_eq!(
        triage.percentile(Measure::Burial, 0),
        Some(100.0 * 2.5 / 3.0),
        "three have rows"
    );
    assert_eq!(triage.rank(Measure::Rmsf, 56), None);
    assert_eq!(triage.percentile(Measure::Stability, 0), None);
}

#[test]
fn reasons_name_the_most_unusual_first() {
    let triage = example();
    let worst = triage.row_of(0, AminoAcid::Tyr).unwrap_or(0);
    let why = triage.why(worst);
    assert_eq!(why[0].measure, Measure::Llr);
    assert_eq!(
        why[0].text,
        "llr -3.80 nat: less tolerated than 97 % of substitutions"
    );
    assert!(
        why.iter()
            .any(|r| r.text == "burial 10 neighbours: more buried than 83 % of residues")
    );
    assert!(
        why.iter()
            .any(|r| r.text == "rmsf 0.50 Å: more rigid than 75 % of residues")
    );
}

fn shown(text: &str) -> Vec<String> {
    let triage = example();
    let filter = filter(text).unwrap();
    let rows = triage.sorted(None, Some(&filter), &|_| false);
    rows.into_iter().map(|row| triage.name(row)).collect()
}

#[test]
fn a_filter_is_a_selection_over_the_columns() {
    assert_eq!(shown("chain B").len(), 19);
    assert_eq!(shown("chain A,B").len(), 57);
    assert_eq!(shown("resi -2 and mut A"), ["A:M-2A"]);
    assert_eq!(shown("resi -3-0 and mut ALA"), ["A:M-2A"]);
    assert_eq!(shown("(wt K or wt T) and mut W"), ["A:K1W", "B:T1aW"]);
    assert_eq!(shown("not (chain A) and mut p,g"), ["B:T1aG", "B:T1aP"]);
    assert_eq!(shown("ss H and mut W"), ["A:M-2W"]);
    assert_eq!(shown("basic and mut W"), ["A:K1W"]);
    assert_eq!(shown("LLR<-3.5").len(), 4);
    assert_eq!(shown("llr >= -0.3 and rmsf < 1 and mut C,D"), ["A:M-2C"]);
    assert_eq!(shown("pct.rmsf > 60 and mut A"), ["A:K1A"]);
}

#[test]
fn what_is_not_known_matches_nothing() {
    assert!(shown("ddg > -100").is_empty());
    assert!(shown("ddg < 100").is_empty());
    assert_eq!(shown("rmsf > 0").len(), 38);
}

#[test]
fn faults_of_a_filter_have_a_place() {
    for (text, column, word) in [
        ("llr", 4, "comparison"),
        ("llr > x", 7, "number"),
        ("llr > 2 rmsf", 9, "and"),
        ("foo > 2", 1, "burial"),
        ("mut Z", 5, "amino acids"),
        ("mut", 4, "amino acids"),
    ] {
        let error = filter(text).unwrap_err();
        assert_eq!(error.column, column, "{text}: {error}");
        assert!(error.message.contains(word), "{text}: {error}");
    }
}

#[test]
fn a_bare_sequence_is_filtered_too() {
    let sequence = crate::protein::Sequence::new("s", "MKX").unwrap();
    let triage = Triage::new(&TriageInput {
        protein: Some(&Arc::new(Protein::of_sequence(&sequence))),
        ..TriageInput::default()
    });
    let filter = filter("resi 2-3 and wt K and mut A").unwrap();
    let rows = triage.sorted(None, Some(&filter), &|_| false);
    assert_eq!(rows.len(), 1);
    assert_eq!(triage.name(rows[0]), "K2A");
}

#[test]
fn an_empty_table_is_a_table() {
    let triage = Triage::new(&TriageInput::default());
    assert!(
        triage
            .sorted(Some((Measure::Llr, Order::Ascending)), None, &|_| false)
            .is_empty()
    );
    assert!(triage.why(0).is_empty());
    assert_eq!(triage.name(3), "");
}

#[test]
fn marked_rows_are_a_word_of_the_filter() {
    let triage = example();
    let kept = |text: &str| triage.sorted(None, Some(&filter(text).unwrap()), &|row| row % 7 == 2);
    assert_eq!(kept("marked")[..3], [2, 9, 16]);
    let all = triage.rows().len();
    assert_eq!(kept("not marked").len(), all - kept("marked").len());
}
