//! Variants as people write them, read and written again.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

fn canonical(text: &str) -> String {
    parse_variant(text).map_or_else(|e| format!("{text}: {e}"), |v| v.to_string())
}

#[test]
fn every_way_of_writing_has_one_canonical_form() {
    for (written, expected) in [
        ("A42G", "A42G"),
        (" a42g ", "A42G"),
        ("A:A42G", "A:A42G"),
        ("A:A42AG", "A:A42AG"),
        ("p.Ala42Gly", "A42G"),
        ("p.(Ala42Gly)", "A42G"),
        ("Ala42BGly", "A42BG"),
        ("p.A42G", "A42G"),
        ("Ala42G", "A42G"),
        ("A42>G", "A42G"),
        ("Ala42->Gly", "A42G"),
        ("A 42 G", "A42G"),
        ("A_42_G", "A42G"),
        ("B/A42G", "B:A42G"),
        ("A-3G", "A-3G"),
        ("1:A42G", "1:A42G"),
        ("M12~G", "M12~G"),
        ("A42A", "A42A"),
        ("p.Leu8=", "L8L"),
        ("p.(Leu8=)", "L8L"),
        ("p.=", "WT"),
        ("p.(=)", "WT"),
        ("_wt", "WT"),
        ("wild type", "WT"),
        ("AB42G", "B:A42G"),
        ("AlaB42Gly", "B:A42G"),
        ("A42G:L55P", "A42G:L55P"),
        ("A42G+L55P", "A42G:L55P"),
        ("A42G,L55P", "A42G:L55P"),
        ("A42G; L55P", "A42G:L55P"),
        ("A42G/L55P", "A42G:L55P"),
        ("A42G L55P", "A42G:L55P"),
        ("A42G_L55P", "A42G:L55P"),
        ("A42G-L55P", "A42G:L55P"),
        ("A-3G-L55P", "A-3G:L55P"),
        ("A42G|L55P", "A42G:L55P"),
        ("A42G & L55P", "A42G:L55P"),
        ("p.[Ala42Gly;Leu55Pro]", "A42G:L55P"),
        ("p.[A42G;L55=]", "A42G:L55L"),
        ("B:A42G:L55P", "B:A42G+B:L55P"),
        ("A:A42G+B:L55P", "A:A42G+B:L55P"),
        ("AA42G,LB55P;", "A:A42G+B:L55P"),
        ("TP53:p.Arg175His", "TP53:R175H"),
        ("BRAF V600E", "BRAF:V600E"),
        ("BRAF_V600E", "BRAF:V600E"),
        ("HLA-A:K6R", "HLA-A:K6R"),
        ("sp|P0CG47|UBB_HUMAN:K6R", "sp|P0CG47|UBB_HUMAN:K6R"),
        ("NP_066289.3:p.(Lys6Arg)", "NP_066289.3:K6R"),
        (
            "NM_000059.3(BRCA2):c.7007G>A (p.Arg2336His)",
            "NM_000059.3|BRCA2:R2336H",
        ),
        ("1ubi:A:K6R", "1ubi:A:K6R"),
    ] {
        assert_eq!(canonical(written), expected, "{written}");
        assert_eq!(canonical(expected), expected);
    }
    let gene = parse_variant("A2M:p.Leu6Val").unwrap();
    assert_eq!(
        (gene.protein.as_deref(), gene.substitutions.len()),
        (Some("A2M"), 1)
    );
}

#[test]
fn a_known_name_is_no_mutation() {
    let reader = Reader::new(["A2M", "C8B"]);
    let read = |text: &str| reader.variant(text).unwrap().to_string();
    for text in [
        "A2M:K5R",
        "a2m:K5R",
        "A2M_K5R",
        "A2M K5R",
        "A2M:p.Lys5Arg",
        "A2M-K5R",
    ] {
        assert_eq!(read(text).to_uppercase(), "A2M:K5R", "{text}");
    }
    assert_eq!(read("C8B:K5R"), "C8B:K5R");
    assert_eq!(read("A2M"), "A2M");
    assert_eq!(canonical("A2M:K5R"), "A2M:K5R");
    assert_eq!(parse_variant("A2M:K5R").unwrap().substitutions.len(), 2);
}

#[test]
fn what_is_no_substitution_says_why() {
    for text in [
        "A", "42", "A42", "42G", "A:", "A:B", "A4.2G", "garbage", "A42G het", "V600E/K", "Ala",
        "é42G",
    ] {
        let error = parse_variant(text).unwrap_err();
        assert!(
            matches!(error, NameError::Unreadable(_)),
            "{text}: {error:?}"
        );
    }
    for (text, wanted) in [
        ("A42*", Kind::Stop),
        ("p.Ala42Ter", Kind::Stop),
        ("A42X", Kind::NonStandard),
        ("B42G", Kind::NonStandard),
        ("A42del", Kind::Deletion),
        ("G10-", Kind::Deletion),
        ("A42fs", Kind::FrameShift),
        ("p.Lys6ArgfsTer12", Kind::FrameShift),
        ("p.Lys6_Thr7insGlySer", Kind::Insertion),
        ("p.Lys6_Leu8delinsArg", Kind::Insertion),
        ("p.Lys6_Leu8del", Kind::Deletion),
        ("p.Lys6dup", Kind::Duplication),
        ("p.Met1?", Kind::Unknown),
        ("p.?", Kind::Unknown),
        ("c.4C>T", Kind::Dna),
        ("p.[Lys6Ala];[Leu8Gly]", Kind::Alleles),
        ("p.Lys6Ala(;)Leu8Gly", Kind::Alleles),
    ] {
        let error = parse_variant(text).unwrap_err();
        let found = matches!(error, NameError::NotASubstitution { kind, .. } if kind == wanted);
        assert!(found, "{text}: {error:?}");
    }
    for text in ["", "NA", "nan", ".", "-", "None"] {
        assert_eq!(parse_variant(text), Err(NameError::Missing), "{text}");
    }
    assert!(matches!(
        parse_variant("A42G:A42V"),
        Err(NameError::Twice(_))
    ));
}

#[test]
fn every_name_is_read_back() {
    use rand::{RngExt as _, SeedableRng as _};
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    for _ in 0..3000 {
        let count = random.random_range(0..4);
        let mut chain = String::new();
        let mut variant = WrittenVariant::default();
        for k in 0..count {
            if random.random_bool(0.5) || (k > 0 && !chain.is_empty()) {
                let names = ["A", "B", "1", "AA", "b", "Z9"];
                chain = names[random.random_range(0..names.len())].to_owned();
            }
            let codes = [None, None, Some('A'), Some('Z'), Some('~')];
            let amino_acid = |i: usize| AminoAcid::ALL[i];
            variant.substitutions.push(WrittenSubstitution {
                wild_type: amino_acid(random.random_range(0..20)),
                id: ResidueId {
                    chain: chain.clone(),
                    number: random.random_range(-20..3000) * 4 + k,
                    insertion_code: codes[random.random_range(0..codes.len())],
                },
                mutant: amino_acid(random.random_range(0..20)),
            });
        }
        let name = variant.to_string();
        assert_eq!(parse_variant(&name).as_ref(), Ok(&variant), "{name}");
    }
}
