//! What each target does with its bytes, and what must hold of the outcome.
#![allow(clippy::unwrap_used, reason = "a fault is a panic")]

use std::io::Write as _;

use dynascope::app::keymap::Keymap;
use dynascope::app::message::Message;
use dynascope::app::state::State;
use dynascope::app::subject::Subject;
use dynascope::app::{Command, update};
use dynascope::models::weights::WeightsFile;
use dynascope::protein::names::{Numbering, Sites, VariantTable, decode};
use dynascope::protein::{ChainChoice, Opened, Protein, Sequence, Structure, read};

const UBIQUITIN: &str =
    "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG";

/// PDB and its dialects.
pub fn structure(bytes: &[u8]) {
    read_as("x.pdb", bytes);
}

/// mmCIF.
pub fn mmcif(bytes: &[u8]) {
    read_as("x.cif", bytes);
}

fn read_as(name: &str, bytes: &[u8]) {
    let Ok((structure, warnings)) = read::read_bytes(name, bytes) else {
        return;
    };
    for warning in warnings {
        assert!(!warning.to_string().is_empty());
    }
    for model in 0..structure.models.len() {
        let protein = structure.protein(model, &ChainChoice::All).unwrap();
        assert!(!protein.residues.is_empty());
        assert_eq!(protein.letters().len(), protein.len());
        let _ = (
            protein.frames(),
            protein.whole(),
            structure.loaded(&protein),
        );
    }
}

/// FASTA, or whatever it is told to be by its content.
pub fn fasta(bytes: &[u8]) {
    if let Ok(opened) = Opened::read("x.fasta", bytes) {
        assert!(opened.len() > 0);
        for structure in opened.structures() {
            assert!(structure.protein(0, &ChainChoice::All).is_ok());
        }
    }
}

/// Lists and tables of variants, put on a protein.
pub fn variants(bytes: &[u8]) {
    let Ok(decoded) = decode(bytes) else { return };
    let Ok(table) = VariantTable::parse(&decoded.text) else {
        return;
    };
    let sequence = Sequence::new("ubiquitin", UBIQUITIN).unwrap();
    let protein = Protein::of_sequence(&sequence);
    let sites = Sites::of_protein(&protein);
    for numbering in [Numbering::Author, Numbering::Guarded, Numbering::Auto] {
        let placed = table.place(&sites, numbering);
        assert_eq!(placed.outcomes.len(), table.rows.len());
        for (_, variant) in placed.variants() {
            for change in variant {
                assert_eq!(
                    protein.residues[change.index].amino_acid,
                    Some(change.wild_type)
                );
            }
        }
    }
    let _ = table.scores(None);
}

/// The header of a file of weights.
pub fn safetensors(bytes: &[u8]) {
    let mut file = tempfile::Builder::new()
        .suffix(".safetensors")
        .tempfile()
        .unwrap();
    file.write_all(bytes).unwrap();
    if let Ok(weights) = WeightsFile::open(file.path()) {
        for name in weights.tensor_names() {
            assert!(weights.contains(&name));
            let _ = weights.shape(&name);
        }
    }
}

/// Lines of journals and kept sessions, done to a state without effects.
pub fn journal(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let sequence = Sequence::new("ubiquitin", UBIQUITIN).unwrap();
    let structure = std::sync::Arc::new(Structure::of_sequence(&sequence));
    let protein = structure.protein(0, &ChainChoice::All).unwrap();
    let mut state = State::default();
    let subject = Subject::new(structure, 0, protein);
    drop(update(&mut state, Message::Opened(Box::new(Ok(subject)))));
    for line in text.lines().take(200) {
        if let Ok(command) = Command::parse(line) {
            let again = Command::parse(&command.to_line());
            assert_eq!(again.as_ref(), Ok(&command), "{line}");
        }
        drop(update(&mut state, Message::Command(line.to_owned())));
    }
}

/// A file of keys.
pub fn keymap(bytes: &[u8]) {
    let _ = Keymap::default().merge(&String::from_utf8_lossy(bytes));
}
