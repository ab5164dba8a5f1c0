//! Tables and lists of every layout.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::protein::{Protein, Sequence};

const UBIQUITIN: &str =
    "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG";

fn sites(name: &str, letters: &str) -> Sites {
    Sites::of_protein(&Protein::of_sequence(
        &Sequence::new(name, letters).unwrap(),
    ))
}

/// What each row says, in canonical form; `!` where it cannot be scored.
fn said(text: &str) -> Vec<String> {
    let table = VariantTable::parse(text).unwrap();
    let name = |r: &VariantRow| match r.read(&Reader::default(), false) {
        Ok(variant) => variant.to_string(),
        Err(_) => format!("!{}", r.text),
    };
    table.rows.iter().map(name).collect()
}

#[test]
fn secondary_structure_is_no_mutant() {
    let rows = UBIQUITIN.chars().zip(1..).take(20);
    let row =
        |(letter, n): (char, i32)| format!("A,{letter},{n},{}\n", ["H", "E", "-"][n as usize % 3]);
    let text = rows.map(row).collect::<String>();
    let table = VariantTable::parse(&format!("chain,residue,index,secondary_structure\n{text}"));
    assert!(matches!(table, Err(TableError::NoColumn(_))), "{table:?}");
}

#[test]
fn every_layout_gives_the_rows_of_its_tidy_twin() {
    let tidy = ["Q2A", "K6R", "L8G"];
    for (kind, text) in [
        ("a plain list", "Q2A\nK6R\nL8G\n"),
        ("a list in a line", "Q2A, K6R L8G"),
        ("a headed list", "mutant\nQ2A\nK6R\nL8G\n"),
        ("a header of one's own", "my mutants\nQ2A\nK6R\nL8G\n"),
        ("commas", "mutant,score\nQ2A,1\nK6R,2\nL8G,3\n"),
        ("tabs", "mutant\tscore\nQ2A\t1\nK6R\t2\nL8G\t3\n"),
        (
            "semicolons and decimal commas",
            "mutant;score\nQ2A;1,5\nK6R;2,5\nL8G;3,5\n",
        ),
        ("bars", "mutant|score\nQ2A|1\nK6R|2\nL8G|3\n"),
        ("blanks", "mutant score\nQ2A 1\nK6R  2\nL8G 3\n"),
        ("no header", "Q2A,1\nK6R,2\nL8G,3\n"),
        ("parts apart", "Q,2,A\nK,6,R\nL,8,G\n"),
        ("parts behind a chain", "A,Q,2,A\nA,K,6,R\nA,L,8,G\n"),
        ("entries with numbers", "1. Q2A\n2. K6R\n3) L8G\n"),
        (
            "a spreadsheet's separator",
            "sep=;\nmutant;score\nQ2A;1,5\nK6R;2\nL8G;3\n",
        ),
        (
            "Markdown",
            "| mutant | score |\n|---|---:|\n| Q2A | 1 |\n| K6R | 2 |\n| L8G | 3 |\n",
        ),
        ("no header, blanks", "Q2A 1.5\nK6R -2\nL8G NA\n"),
        (
            "a hashed header",
            "#mutant\tscore\nQ2A\t1\nK6R\t2\nL8G\t3\n",
        ),
        (
            "remarks",
            "# by hand\n# two\nmutant,score\nQ2A,1\n# dubious\nK6R,2\nL8G,3\n",
        ),
        ("line ends of old", "mutant,score\rQ2A,1\rK6R,2\rL8G,3\r"),
        (
            "R's row names",
            "\"mutant\" \"score\"\n\"1\" \"Q2A\" 1\n\"2\" \"K6R\" 2\n\"3\" \"L8G\" 3\n",
        ),
        (
            "pandas's index",
            ",mutant,score\n0,Q2A,1\n1,K6R,2\n2,L8G,3\n",
        ),
        (
            "parts",
            "site,wildtype,mutant,effect\n2,Q,A,1\n6,K,R,2\n8,L,G,3\n",
        ),
        (
            "parts by other names",
            "pos;wtAA;mutAA\n2;Q;A\n6;K;R\n8;L;G\n",
        ),
        (
            "parts without names",
            "x1,x2,x3,x4\n2,Q,A,1\n2,Q,P,1\n6,K,R,2\n8,L,G,3\n",
        ),
        (
            "numbers of pandas",
            "position,wt,mut\n2.0,Q,A\n6.0,K,R\n8.0,L,G\n",
        ),
        ("residue and mutant", "residue,mutant\nQ2,A\nK6,R\nL8,G\n"),
        (
            "three letters",
            "wildtype,position,mutation\nGln,2,Ala\nLYS,6,ARG\nLeu,8,Gly\n",
        ),
        (
            "HGVS beside parts",
            "site,wildtype,mutant,hgvs_pro\n1,Q,A,p.Gln2Ala\n5,K,R,p.Lys6Arg\n7,L,G,p.Leu8Gly\n",
        ),
        (
            "apart by blanks",
            "mutation,ddg\nQ 2 A,1\nK 6 R,2\nL 8 G,3\n",
        ),
        (
            "a lone quotation mark",
            "mutant,note\nQ2A,\"core\nK6R,x\nL8G,y\n",
        ),
        ("two of them", "mutant,note\nQ2A,\"core\nK6R,x\nL8G,\"y\n"),
        (
            "a cell of two lines",
            "mutant,note\nQ2A,\"core\nmaybe\"\nK6R,x\nL8G,y\n",
        ),
    ] {
        let found = said(text);
        let found: Vec<String> = found.into_iter().filter(|t| *t != "Q2P").collect();
        assert_eq!(found, tidy, "{kind}");
    }
}

#[test]
fn parts_of_a_multiple_mutant_stay_together() {
    for join in [
        ":", "+", ",", ";", "/", " ", "_", "-", "|", "&", ", ", " + ",
    ] {
        let several = format!("Q2A{join}K6R");
        for text in [
            format!("{several}\nL8G\n"),
            format!("mutant\n{several}\nL8G\n"),
            format!("mutant\tscore\n{several}\t1\nL8G\t2\n"),
            format!("mutant,score\n\"{several}\",1\nL8G,2\n"),
        ] {
            assert_eq!(said(&text), ["Q2A:K6R", "L8G"], "{text}");
        }
    }
    assert_eq!(said("mutant,score\nQ2A,K6R,1\nL8G,2\n"), ["Q2A:K6R", "L8G"]);
    assert_eq!(said("QA2A,KA6R;\nLA8G;\n"), ["A:Q2A+A:K6R", "A:L8G"]);
    assert_eq!(said("QA2A,KA6R;\n"), ["A:Q2A+A:K6R"]);
}

#[test]
fn blanks_and_commas_set_variants_apart_where_parts_are_joined_otherwise() {
    assert_eq!(
        said("Q2A, K6R\n# note\nL8G:T9S  I13V\n"),
        ["Q2A", "K6R", "L8G:T9S", "I13V"]
    );
    assert_eq!(said("Q2A, K6R,\nL8G\n"), ["Q2A", "K6R", "L8G"]);
    assert_eq!(said("Q2A Q2P\nL8G\n"), ["Q2A", "Q2P", "L8G"]);
    let one = VariantTable::parse("Q2A K6R\nL8G\n").unwrap();
    assert!(one.remarks[0].contains("line 1: 'Q2A K6R' is read as one variant"));
}

#[test]
fn no_entry_is_lost_and_each_has_its_line() {
    let table = VariantTable::parse("Q2*,-3.10\nQ2A,-0.35\n\nK6R,0.02\n").unwrap();
    let lines: Vec<usize> = table.rows.iter().map(|r| r.line).collect();
    assert_eq!((lines, table.rows[0].text.as_str()), (vec![1, 2, 4], "Q2*"));
    assert!(
        table.rows[0]
            .variant
            .as_ref()
            .unwrap_err()
            .to_string()
            .contains("a stop")
    );
    let oops = VariantTable::parse("A42G, L55P\n# note\nK7R:W9F  oops\n").unwrap();
    let lines: Vec<usize> = oops.rows.iter().map(|r| r.line).collect();
    assert_eq!(lines, [1, 1, 3, 3]);
    assert!(oops.rows[3].variant.is_err());
    assert_eq!(said("mutant,score\n,1\nNA,2\nQ2A,3\n"), ["!", "!NA", "Q2A"]);
    assert_eq!(said("mutant\nQ2A\nQ2A\n").len(), 2);
}

#[test]
fn what_is_no_table_says_so() {
    assert_eq!(VariantTable::parse(" \n"), Err(TableError::Empty));
    let error = VariantTable::parse("name,score\nx,1\n")
        .unwrap_err()
        .to_string();
    assert!(error.contains("there are name, score"), "{error}");
}

#[test]
fn chains_and_proteins_of_their_own_columns_count() {
    assert_eq!(said("mutation,chain\nQ2A,B\nA:K6R,B\n"), ["B:Q2A", "A:K6R"]);
    assert_eq!(
        said("gene,mutation\nTP53,R175H\nBRCA1,C61G\n"),
        ["TP53:R175H", "BRCA1:C61G"]
    );
    assert_eq!(
        said("UBB,Q2A\nUBB,K6R\nSUMX,M1V\nSUMX,T9S\n"),
        ["UBB:Q2A", "UBB:K6R", "SUMX:M1V", "SUMX:T9S"]
    );
    let own = "mutant,chain,residue_number,insertion_code,index,wild_type,mutant_residue,score\n\
               V1A,A,1,,1,V,A,0.5\nV1A,B,1,,142,V,A,0.7\nA12~G,,,,12,A,G,0.1\n";
    assert_eq!(said(own), ["A:V1A", "B:V1A", "A12~G"]);
}

#[test]
fn names_that_look_like_mutations_are_names_where_the_protein_is_called_so() {
    let protein = sites("A2M", "MAKNKLLHPSLVLLKTDASVSGKPQ");
    let table = VariantTable::parse("variant\nA2M:K5R\nA2M:p.Leu6Val\nA2M:H8Y\n").unwrap();
    let placed = table.place(&protein, Numbering::Author);
    assert_eq!(placed.variants().count(), 3);
    assert!(placed.variants().all(|(_, v)| v.len() == 1));
    assert!(
        placed.remarks[0].contains("A2M is read as the name"),
        "{:?}",
        placed.remarks
    );
    // Elsewhere it is a double mutant.
    let other = VariantTable::parse("A2M:K5R\nA2G:L6V\n").unwrap();
    let placed = other.place(&sites("x", "MAKNKLLHPSLVLLKTDASVSGKPQ"), Numbering::Author);
    assert!(placed.variants().all(|(_, v)| v.len() == 2));
}

#[test]
fn a_list_of_several_proteins_gives_each_its_own() {
    let table = VariantTable::parse("variant\nUBB:Q2A\nSUMX:M1V\nUBB:p.Gly10Val\n").unwrap();
    let placed = table.place(&sites("sp|P0CG47|UBB_HUMAN", UBIQUITIN), Numbering::Author);
    let rows: Vec<usize> = placed.variants().map(|v| v.0).collect();
    assert_eq!(rows, [0, 2]);
    let refused = placed.outcomes[1].as_ref().unwrap_err().to_string();
    assert!(
        refused.contains("names SUMX, and this is sp|P0CG47|UBB_HUMAN"),
        "{refused}"
    );
}

#[test]
fn the_column_of_scores_is_named_and_can_be_chosen() {
    let read = |text: &str, wanted| VariantTable::parse(text).unwrap().scores(wanted);
    let counted = "mutant,n_barcodes,log2FC\nQ2A,12,-0.3\nK6R,3,NA\nL8G,7,-2.1\n";
    let scores = read(counted, None).unwrap();
    assert_eq!(scores.name, "log2FC");
    assert!(scores.values[1].is_nan() && scores.values[2] == -2.1);
    assert_eq!(
        read(counted, Some("N_barcodes")).unwrap().values,
        [12.0, 3.0, 7.0]
    );
    let index = ",mutant,y1,y2\n0,Q2A,0.5,1.5\n1,K6R,0.2,2.5\n2,L8G,0.1,3.5\n";
    let scores = read(index, None).unwrap();
    assert_eq!(
        (scores.name.as_str(), scores.others),
        ("y1", vec!["y2".to_owned()])
    );
    let commas = read("mutant;score\nQ2A;-0,42\nK6R;1,5\n", None).unwrap();
    assert_eq!(commas.values, [-0.42, 1.5]);
    let words = read("mutant,score\nQ2A,-1\nK6R,<5\nL8G,0.5\n", None).unwrap();
    assert!(
        words.remarks[0].contains("first '<5' in line 3"),
        "{:?}",
        words.remarks
    );
    assert_eq!(read("Q2A,-3.1\nK6R,0.5\n", None).unwrap().name, "column 2");
    let missing = read("mutant,n_reads\nQ2A,1\n", Some("x"))
        .unwrap_err()
        .to_string();
    assert!(missing.contains("there are n_reads"), "{missing}");
    assert!(read("mutant,n_reads\nQ2A,1\nK6R,7\n", None).is_err());
    let broken = read("mutant,score\nQ2A,-0,42\nK6R,1,5\n", None);
    assert!(broken.is_err(), "{broken:?}");
    let gym = "mutant,mutated_sequence,DMS_score,DMS_score_bin\nA42G:L55P,MK,-1.5,0\nK7R,MK,,1\n";
    assert_eq!(read(gym, None).unwrap().name, "DMS_score");
}

#[test]
fn random_lists_neither_panic_nor_hang() {
    use rand::{RngExt as _, SeedableRng as _};
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(11);
    let seeds = [
        "mutant,score\nQ2A,-0.3\np.[Lys6Ala;Leu8Gly],2\n\"A42G:L55P\",NA\n",
        "site\twildtype\tmutant\n2\tQ\tA\n6\tK\tR\n",
        "#mutant score\nA:Q2A+B:K6R 1,5\nQA2A,KA6R;\nsp|P0CG47|UBB_HUMAN:K6R\n",
        "p.Lys6_Leu8delinsArg\np.(=)\nNM_000059.3(BRCA2):c.7007G>A (p.Arg2336His)\nA-3G\nM12~G\n",
    ];
    let sites = sites("UBB", UBIQUITIN);
    for round in 0..3000 {
        let mut bytes = seeds[round % seeds.len()].as_bytes().to_vec();
        for _ in 0..random.random_range(1..8) {
            let at = random.random_range(0..bytes.len());
            match random.random_range(0..3) {
                0 => bytes[at] = random.random(),
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, b"\"',;:\t\n-_~#\xff0"[random.random_range(0..13)]),
            }
        }
        if let Ok(decoded) = decode(&bytes)
            && let Ok(table) = VariantTable::parse(&decoded.text)
        {
            let placed = table.place(&sites, Numbering::Auto);
            assert_eq!(placed.outcomes.len(), table.rows.len());
            drop(table.scores(None));
        }
    }
}
