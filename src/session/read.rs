//! The effects that read files.

use std::path::PathBuf;

use super::open;
use crate::app::effect::Effect;
use crate::app::message::Message;
use crate::app::subject::Subject;
use crate::engine::named_part::NamedPart;
use crate::protein::Around;
use crate::protein::chains::ChainChoice;

/// What every structure that is opened gets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    /// FASTA file that completes it.
    pub sequence: Option<PathBuf>,
    /// Its neighbours.
    pub around: Around,
}

/// Does what reads files; nothing for the other effects.
pub(crate) fn read(
    effect: Effect,
    chains: &ChainChoice,
    given: &Given,
    input: Option<&[u8]>,
) -> Option<Message> {
    let opened = |outcome: Result<Subject, String>| {
        let whole = outcome.map(|subject| open::completed(subject, given.sequence.as_deref()));
        Message::Opened(Box::new(whole))
    };
    Some(match effect {
        Effect::Open(path) => match open::missing(&path) {
            Some(missing) => Message::NotHere(missing),
            None => opened(open::open(&path, input, chains, &given.around)),
        },
        Effect::Fetch(path) => {
            let brought = open::fetched(&path);
            opened(brought.and_then(|()| open::open(&path, input, chains, &given.around)))
        }
        Effect::OpenSecond {
            name,
            part,
            structure,
        } => {
            let part = NamedPart::parse(&part);
            let outcome =
                part.and_then(|part| part.take(Some(&structure), &structure.around).map(Box::new));
            Message::SecondOpened { name, outcome }
        }
        Effect::Choose {
            structure,
            path,
            model,
            chains,
        } => {
            let choice = chains.map_or(ChainChoice::All, ChainChoice::Named);
            let around = structure.with_around(given.around.clone());
            let structure = around.map_err(|e| e.to_string());
            opened(structure.and_then(|s| open::part(&s, path, model, &choice, Vec::new())))
        }
        Effect::ReadWeights(path) => Message::WeightsRead {
            outcome: crate::engine::recognise::methods_of(&path),
            path,
        },
        Effect::ReadData(path) => Message::DataRead {
            outcome: open::table(&path).map(Box::new),
            path,
        },
        Effect::ReadVariants(asked) => Message::VariantsRead {
            outcome: open::variants(&asked),
            asked,
        },
        _ => return None,
    })
}
