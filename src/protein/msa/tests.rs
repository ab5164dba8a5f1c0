//! Formats, the search for the query, and faults by their line.

use super::*;
use crate::protein::Sequence;

const QUERY: &str = "MKTAYIAKQRQISFVKSHFSRQ";

fn parsed(text: &str) -> Msa {
    Msa::parse("x.a3m", text.as_bytes()).unwrap()
}

fn chain(letters: &str) -> Protein {
    Protein::of_sequence(&Sequence::new("p", letters).unwrap())
}

fn about(msa: &Msa, letters: &str) -> Result<Homologs, MsaError> {
    let protein = chain(letters);
    msa.about(&protein.residues, &protein)
}

/// The rows of an alignment as letters.
fn rows(homologs: &Homologs) -> Vec<String> {
    let letter = |&s: &u8| {
        AminoAcid::ALL
            .get(usize::from(s))
            .map_or('-', |a| a.letter())
    };
    let rows = homologs.cells.chunks_exact(homologs.width);
    rows.map(|row| row.iter().map(letter).collect()).collect()
}

fn packed(text: &str) -> Vec<u8> {
    use std::io::Write as _;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// One alignment in every format that is read.
#[test]
fn formats_say_the_same() {
    let wanted = [QUERY, "MKTAYIAKQR--SFVKSHF-RQ", "--TAYLAKQRQISFVKSHFSRQ"];
    let a3m = format!(
        "# a comment\n>q x\n{QUERY}\n>a\nMKTAYIAKQR\n--SFVKggSHF-RQ\n\n>b\nwwm--TAYLAKQRQISFVKSHFSRQ\n"
    );
    let a2m = format!(
        ">q\n...{}..{}\n>a\n...MKTAYIAKQR--SFVKggSHF-RQ\n>b\nwwm--TAYLAKQRQISFVK..SHFSRQ\n",
        &QUERY[..16],
        &QUERY[16..]
    );
    let fasta = format!(">q\n{QUERY}\n>a\nmktayiakqr..sfvkshf~rq*\n>b\n--TAYLAKQRQISFVKSHFSRQ\n");
    let stockholm = format!(
        "# STOCKHOLM 1.0\n#=GF ID x\n\nq {}\na MKTAYIAKQR..\nb --TAYLAKQRQI\n#=GC RF xxxxxxxxxxxx\n\nq {}\na sfvkshf-rq\nb SFVKSHFSRQ\n//\n# STOCKHOLM 1.0\nz AAA\n//\n",
        &QUERY[..12],
        &QUERY[12..]
    );
    for text in [a3m, a2m, fasta, stockholm] {
        for text in [text.clone(), text.replace('\n', "\r\n")] {
            for bytes in [text.clone().into_bytes(), packed(&text)] {
                let msa = Msa::parse("some.file", &bytes).unwrap();
                assert_eq!(rows(&about(&msa, QUERY).unwrap()), wanted, "{text}");
            }
        }
    }
}

#[test]
fn the_query_is_the_row_that_is_the_chain() {
    let msa = parsed(&format!(
        ">far\nMATSYLAKNRQVSYVKSNFTRQ\n>own\n-{}\n>near\nMKTAYIAKQRQLSFVKSHFSRQ\n",
        &QUERY[1..]
    ));
    let found = about(&msa, QUERY).unwrap();
    assert_eq!(found.mapping.sequence.name, "own");
    assert_eq!(found.width, 21);
    assert_eq!(found.mapping.alignment.b_to_a(0), None);
    assert_eq!(found.mapping.alignment.b_to_a(1), Some(0));
    assert_eq!(rows(&found)[1], "ATSYLAKNRQVSYVKSNFTRQ");
    assert_eq!(rows(&found)[2], "KTAYIAKQRQLSFVKSHFSRQ");
}

#[test]
fn residues_that_the_structure_lacks_keep_the_others_in_place() {
    let msa = parsed(&format!(">q\n{QUERY}\n>b\n{QUERY}\n"));
    // As a gap of the structure without and with its residues as X.
    for (seen, last) in [("MKTAYIFVKSHFSRQ", 14), ("MKTAYIXXXXXXXFVKSHFSRQ", 21)] {
        let found = about(&msa, seen).unwrap();
        assert_eq!(found.mapping.alignment.b_to_a(last), Some(21), "{seen}");
        assert_eq!(found.mapping.alignment.b_to_a(5), Some(5), "{seen}");
    }
}

#[test]
fn each_chain_of_joined_sequences_has_its_own_columns() {
    let (a, b) = (QUERY, "GSHMLEDPVDAFKLWWNNPR");
    let msa = parsed(&format!(
        "#22,20\t1,1\n>101\t102\n{a}{b}\n>x\n{}{b}\n",
        "-".repeat(22)
    ));
    assert_eq!(rows(&about(&msa, b).unwrap()), [b, b]);
    assert_eq!(
        rows(&about(&msa, a).unwrap()),
        [a.to_owned(), "-".repeat(22)]
    );
}

#[test]
fn letters_that_are_no_standard_residue_are_gaps() {
    let msa = parsed(">q\nACDEXFGHIKL\n>b\nACBEAFGUIKL\n");
    let found = about(&msa, "ACDEMFGHIKL").unwrap();
    assert_eq!(rows(&found), ["ACDEFGHIKL", "AC-EFG-IKL"]);
    assert_eq!(found.mapping.alignment.b_to_a(4), None);
}

#[test]
fn another_protein_is_refused_by_name() {
    let msa = parsed(&format!(">q\n{QUERY}\n"));
    let error = about(&msa, "GSHMLEDPVDAFKLWWNNPRGGAVTS").unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("x.a3m: no row is the sequence of p"),
        "{text}"
    );
    assert!(text.contains("'q' comes nearest"), "{text}");
    assert!(about(&msa, "AAAA").is_err());
}

#[test]
fn faults_are_named_by_their_line() {
    for (text, line, wanted) in [
        (
            ">a\nACD\n>b\nAC\n",
            3,
            "row 'b' has 2 columns and the first row 3",
        ),
        (">a\nACD\n>b\nACdD\n>c\nAC\n", 5, "row 'c' has 2 columns"),
        (">a\nAC1D\n", 2, "'1' at character 3"),
        (">a\nA*CD\n", 2, "'*' at character 2"),
        ("# STOCKHOLM 1.0\na ACD\nb AC\n//\n", 3, "row 'b'"),
        ("# STOCKHOLM 1.0\nlonely\n", 2, "a name, blanks"),
        (">a\nACD\n\0>b\nACD\n", 3, "another alignment begins"),
    ] {
        let error = Msa::parse("f", text.as_bytes()).unwrap_err().to_string();
        let begin = format!("f, line {line}: ");
        assert!(
            error.starts_with(&begin) && error.contains(wanted),
            "{error}"
        );
    }
    for text in [
        "",
        "ATOM  1",
        "CLUSTAL W\n\na ACD\n",
        "{}",
        ">a\n>b\n",
        "# STOCKHOLM 1.0\n//",
    ] {
        assert!(Msa::parse("f", text.as_bytes()).is_err(), "{text}");
    }
    let cut = &packed(&format!(">q\n{QUERY}\n"))[..14];
    assert!(matches!(
        Msa::parse("f.gz", cut),
        Err(MsaError::Unreadable(_))
    ));
}

#[test]
fn random_bytes_neither_panic_nor_hang() {
    use rand::{RngExt as _, SeedableRng as _};
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(9);
    let seeds = [
        format!("#11,11\t1,1\n>q\n{QUERY}\n>b\nmktAYIAKQR--SFVKSHF-RQ..\n"),
        format!("# STOCKHOLM 1.0\nq {QUERY}\nb {QUERY}\n//\n"),
    ];
    let protein = chain(QUERY);
    for k in 0..3000 {
        let mut bytes = seeds[k % 2].clone().into_bytes();
        for _ in 0..random.random_range(1..8) {
            let at = random.random_range(0..bytes.len());
            match random.random_range(0..3) {
                0 => bytes[at] = random.random(),
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, b">\n\r#-*\xff"[random.random_range(0..7)]),
            }
        }
        if let Ok(msa) = Msa::parse("x", &bytes)
            && let Ok(found) = msa.about(&protein.residues, &protein)
        {
            assert_eq!(found.cells.len(), found.width * msa.len());
        }
    }
}
