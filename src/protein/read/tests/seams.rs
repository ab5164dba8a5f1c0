//! Chains in pieces: `TER`, `END` and `MODEL` where no chain ends, and the chains of one complex apart.

use super::twins::{changed, residues, same, tidy};
use super::*;

#[test]
fn hetatm_and_ter_lose_no_protein() {
    let hetero = tidy().replace("ATOM  ", "HETATM");
    same(&hetero);
    let middle = |text: &str| {
        text.find("    ASN A  25")
            .map(|at| text[..at].rfind('\n').unwrap() + 1)
    };
    let at = middle(&hetero.replace(" N   ASN", "     ASN")).unwrap_or(0);
    let ended = hetero[..at].to_owned() + "TER\n" + &hetero[at..];
    same(&ended);
    // A second copy in the same chain.
    let twice =
        hetero.clone() + "TER\n" + &changed(&hetero, |l| format!("{} {}", &l[..31], &l[32..]));
    let (structure, _) = parse(&twice);
    assert_eq!(structure.chain_names(0), ["A", "A-2"]);
    assert_eq!(residues(&structure).len(), 152);
}

fn as_chain(text: &str, chain: char) -> String {
    changed(text, |l| format!("{}{chain}{}", &l[..21], &l[22..]))
}

#[test]
fn joined_files_and_spread_chains_are_one_structure() {
    let (a, b) = (tidy(), as_chain(&tidy(), 'B'));
    let joined = |text: &str, chains: &[&str]| {
        let (structure, warnings) = parse(text);
        assert_eq!(structure.models.len(), 1);
        assert_eq!(structure.chain_names(0), chains);
        assert_eq!(residues(&structure).len(), 152);
        warnings
    };
    let warnings = joined(&format!("{a}TER\nEND\n{b}TER\nEND\n"), &["A", "B"]);
    assert_eq!(warnings, [Warning::JoinedFiles { lines: vec![604] }]);
    let models = format!("MODEL        1\n{a}ENDMDL\nMODEL        2\n{b}ENDMDL\n");
    assert_eq!(
        joined(&models, &["A", "B"]),
        [Warning::JoinedModels { models: 2 }]
    );
    // Another protein under the same chain name.
    let other = changed(&a, |l| {
        let next = if &l[17..20] == "LEU" { "ALA" } else { "LEU" };
        format!("{}{next}{}", &l[..17], &l[20..])
    });
    joined(&format!("{a}END\n{other}END\n"), &["A", "A-2"]);
}

#[test]
fn a_carboxylate_ends_a_chain_without_a_name() {
    let moved = changed(&tidy(), |l| {
        let number: i32 = l[22..26].trim().parse().unwrap();
        let x: f64 = l[30..38].trim().parse().unwrap();
        format!(
            "{}{:4}{}{:8.3}{}",
            &l[..22],
            number + 76,
            &l[26..30],
            x + 40.0,
            &l[38..]
        )
    });
    let nameless = as_chain(&(tidy() + &moved), ' ');
    let (structure, warnings) = parse(&nameless);
    assert_eq!(structure.chain_names(0), ["A", "B"]);
    assert_eq!(warnings, [Warning::UnnamedChains { count: 2 }]);
}

#[test]
fn rigid_copies_are_no_ensemble() {
    let turned = changed(&tidy(), |l| {
        let at = |k: usize| l[30 + 8 * k..38 + 8 * k].trim().parse::<f64>().unwrap();
        let (x, y, z) = (40.0 - at(1), at(0) + 20.0, at(2) - 50.0);
        format!("{}{x:8.3}{y:8.3}{z:8.3}{}", &l[..30], &l[54..])
    });
    let models = |second: &str| {
        let first = tidy();
        format!("MODEL        1\n{first}ENDMDL\nMODEL        2\n{second}ENDMDL\n")
    };
    let (structure, warnings) = parse(&models(&turned));
    assert_eq!(structure.models_are, ModelsAre::Copies);
    assert_eq!(warnings, [Warning::NoEnsemble(ModelsAre::Copies)]);
    let moved = changed(&turned, |l| {
        let x: f64 = l[30..38].trim().parse().unwrap();
        let x = if &l[22..26] == "  50" { x + 0.5 } else { x };
        format!("{}{x:8.3}{}", &l[..30], &l[38..])
    });
    assert_eq!(parse(&models(&moved)).0.models_are, ModelsAre::Ensemble);
}

#[test]
fn a_chain_goes_on_behind_whatever_stands_within_it() {
    // Within a residue, between two, before the last one.
    for at in [7, 8, 330, 331, 592] {
        let text = tidy();
        let lines: Vec<&str> = text.lines().collect();
        let with = |record: &str| [&lines[..at], &[record], &lines[at..]].concat().join("\n");
        same(&with("TER"));
        let nameless = changed(&with("TER"), |l| match l.get(22..) {
            Some(rest) => format!("{} {rest}", &l[..21]),
            None => l.to_owned(),
        });
        same(&nameless);
    }
    let ended: String = tidy()
        .lines()
        .map(|l| match &l[12..26] {
            " N   ALA A  28" | " N   GLY A  76" => format!("END\n{l}\n"),
            _ => format!("{l}\n"),
        })
        .collect();
    let (structure, warnings) = same(&ended);
    assert_eq!(structure.set_aside.amino_acids, 0);
    assert!(matches!(&warnings[..], [Warning::JoinedFiles { lines }] if lines.len() == 2));
}
